"""The command lines, where no authored disc can show them: lossless audio, forced and commentary tracks."""

from __future__ import annotations

from base64 import b64decode
from itertools import pairwise
from pathlib import Path

from engramd.discs import Disc, Media, Segment, Stream, Title
from engramd.rip.clips import plays_whole_clips
from engramd.rip.commands import (
    can_join_clips,
    clips_command,
    dvd_command,
    places_command,
    places_of,
    playlist_command,
    wants_places,
)
from engramd.rip.tracks import with_cores

TARGET = Path("/staging/title_03.attempt-1.mkv")


def pairs(arguments: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(pairwise(arguments))


def audio(pid: int, codec: str, language: str | None = None, **flags: bool) -> Stream:
    return Stream(kind="audio", codec=codec, stream_id=pid, language=language, **flags)  # type: ignore[arg-type]


def title(*streams: Stream, clips: tuple[str, ...] = ("00001",), chapters: tuple[float, ...] = ()) -> Title:
    video = Stream(kind="video", codec="h264", stream_id=0x1011)
    return Title(
        index=0,
        number=7,
        source_file="00007.mpls",
        segment_map="1",
        segments=tuple(Segment(key=clip, duration=50, size=1) for clip in clips),
        duration=50.0 * len(clips),
        size=1,
        streams=(video, *streams),
        chapters=chapters,
    )


BLURAY = Disc(source="/dev/sr0", media=Media.BLURAY)
DVD = Disc(source="/dev/sr0", media=Media.DVD)


def maps(arguments: tuple[str, ...]) -> list[str]:
    return [value for word, value in pairs(arguments) if word == "-map"]


def test_a_read_error_always_ends_a_rip_and_nothing_is_overwritten() -> None:
    for command in (
        dvd_command(Disc(source="/dev/sr0", media=Media.DVD), title(), TARGET),
        playlist_command(BLURAY, title(), TARGET),
        clips_command(title(clips=("00001", "00002")), {"00001": "a", "00002": "b"}, TARGET),
    ):
        assert "-xerror" in command.arguments
        assert "-n" in command.arguments
        assert "-y" not in command.arguments
        assert command.arguments[-1] == str(TARGET)
        assert ("-c", "copy") in pairs(command.arguments)


def test_lenient_commands_go_on_at_odd_time_stamps() -> None:
    for command in (
        dvd_command(Disc(source="/dev/sr0", media=Media.DVD), title(), TARGET, lenient=True),
        playlist_command(BLURAY, title(), TARGET, lenient=True),
        clips_command(title(clips=("00001",)), {"00001": "a"}, TARGET, lenient=True),
    ):
        assert "-xerror" not in command.arguments


def test_pcm_becomes_flac_because_matroska_cannot_hold_it() -> None:
    tracks = (audio(0x80, "ac3"), audio(0xA1, "lpcm"))
    words = dvd_command(Disc(source="/dev/sr0", media=Media.DVD), title(*tracks), TARGET).arguments
    assert ("-c:a:1", "flac") in pairs(words)
    assert ("-c:a:0", "flac") not in pairs(words)


def test_bluray_tracks_get_the_languages_and_flags_of_the_disc() -> None:
    forced = Stream(kind="subtitle", codec="pgs", stream_id=0x1200, language="fre", forced=True)
    tracks = (audio(0x1100, "truehd", "eng"), audio(0x1101, "ac3", "ger", commentary=True), forced)
    words = pairs(playlist_command(BLURAY, title(*tracks), TARGET).arguments)
    assert ("-map", "0:i:0x1101") in words
    # FFmpeg gives the AC-3 part of TrueHD as a stream of its own, in second place.
    assert [pair for pair in words if pair[1] == "language=eng"] == [
        ("-metadata:s:a:0", "language=eng"),
        ("-metadata:s:a:1", "language=eng"),
    ]
    assert ("-metadata:s:a:2", "language=ger") in words
    assert ("-disposition:a:2", "comment") in words
    assert ("-metadata:s:s:0", "language=fre") in words
    assert ("-disposition:s:0", "forced") in words


def test_several_clips_are_joined_with_the_durations_of_the_playlist() -> None:
    seamless = title(audio(0x1100, "ac3", "eng"), clips=("00001", "00002", "00001"))
    addresses = {"00001": "subfile,,start,0,end,9,,:/srv/it's.iso", "00002": "file:/b"}
    command = clips_command(seamless, addresses, TARGET)
    assert command.stdin is not None
    lines = command.stdin.splitlines()
    assert lines[:5] == [
        "ffconcat version 1.0",
        "stream",
        "exact_stream_id 4113",
        "stream",
        "exact_stream_id 4352",
    ]
    assert lines[5:7] == [r"file 'subfile,,start,0,end,9,,:/srv/it'\''s.iso'", "duration 50.000000"]
    assert sum(line.startswith("file ") for line in lines) == 3


def test_missing_streams_are_not_asked_for() -> None:
    tracks = (audio(0x1100, "ac3", "eng"), audio(0x1101, "ac3", "fre"))
    words = pairs(playlist_command(BLURAY, title(*tracks), TARGET, {0x1100}).arguments)
    assert ("-map", "0:i:0x1100") not in words
    assert ("-metadata:s:a:0", "language=fre") in words


def test_chapters_travel_with_the_command() -> None:
    words = playlist_command(BLURAY, title(chapters=(0.0, 20.5)), TARGET).arguments
    data = next(word for word in words if word.startswith("data:")).partition("base64,")[2]
    text = b64decode(data).decode()
    assert "START=0\nEND=20500\ntitle=Chapter 01" in text
    assert "START=20500\nEND=50000\ntitle=Chapter 02" in text
    assert ("-map_chapters", "1") in pairs(words)


def test_parts_of_clips_are_told_from_whole_ones() -> None:
    assert plays_whole_clips(title(clips=("00001", "00002")))
    assert not plays_whole_clips(title(clips=("00001", "00002@90000-180000")))


def test_the_streams_of_a_dvd_title_are_copied_in_its_order_and_may_be_missing() -> None:
    words = [Stream(kind="subtitle", codec="dvdsub", stream_id=0x21 + n, forced=n > 0) for n in range(2)]
    tracks = (audio(0x81, "ac3"), audio(0xC0, "mp2"), audio(0x80, "ac3", commentary=True), *words)
    arguments = dvd_command(DVD, title(*tracks), TARGET).arguments
    assert maps(arguments) == ["0:v:0", "0:i:0x81?", "0:i:0x1c0?", "0:i:0x80?", "0:i:0x21?", "0:i:0x22?"]
    # FFmpeg knows what the disc says of its sound, but not of its subtitles.
    assert [pair for pair in pairs(arguments) if pair[0].startswith("-disposition")] == [
        ("-disposition:s:1", "forced")
    ]


def test_no_stream_is_copied_twice() -> None:
    tracks = (audio(0x1100, "ac3", "eng"), audio(0x1100, "ac3", "fre"))
    for command in (
        dvd_command(DVD, title(*tracks), TARGET),
        playlist_command(BLURAY, title(*tracks), TARGET),
    ):
        assert sum("0x1100" in word for word in maps(command.arguments)) == 1
    assert (clips_command(title(*tracks), {"00001": "a"}, TARGET).stdin or "").count("4352") == 1


def test_descriptions_are_flagged() -> None:
    described = audio(0x1101, "ac3", "eng", audio_description=True)
    words = pairs(playlist_command(BLURAY, title(audio(0x1100, "ac3", "eng"), described), TARGET).arguments)
    assert ("-disposition:a:1", "visual_impaired") in words


def test_truehd_comes_with_its_core_or_by_its_place_without() -> None:
    both = title(*with_cores((audio(0x1100, "truehd", "eng"), audio(0x1101, "ac3", "fre"))))
    alone = title(audio(0x1100, "truehd", "eng"), audio(0x1101, "ac3", "fre"))
    assert (wants_places(both), wants_places(alone)) == (False, True)
    words = playlist_command(BLURAY, both, TARGET).arguments
    assert maps(words) == ["0:i:0x1011", "0:i:0x1100", "0:i:0x1101"]
    assert ("-metadata:s:a:2", "language=fre") in pairs(words)
    words = playlist_command(BLURAY, alone, TARGET, places={0x1100: 4}).arguments
    assert maps(words) == ["0:i:0x1011", "0:4", "0:i:0x1101"]
    assert ("-metadata:s:a:1", "language=fre") in pairs(words)


def test_clips_with_truehd_are_not_joined_by_pid() -> None:
    assert can_join_clips(title(audio(0x1100, "dtshd-ma")))
    assert not can_join_clips(title(audio(0x1100, "truehd")))


def test_the_head_of_the_file_gets_room_for_names_and_flags() -> None:
    for command in (
        dvd_command(DVD, title(), TARGET),
        playlist_command(BLURAY, title(), TARGET),
        clips_command(title(), {"00001": "a"}, TARGET),
    ):
        assert ("-metadata_header_padding", "4096") in pairs(command.arguments)


def test_ffmpegs_list_tells_where_truehd_is() -> None:
    """Both streams of the PID are in the list of a real FFmpeg, the core after others."""
    log = (
        "  Stream #0:0[0x1011]: Video: h264 (High) ([27][0][0][0] / 0x001B), yuv420p, 23.98 fps\n"
        "  Stream #0:1[0x1100](eng): Audio: truehd ([131][0][0][0] / 0x0083), 48000 Hz, stereo, s32\n"
        "  Stream #0:3[0x1101]: Audio: ac3 (AC-3 / 0x332D4341), 48000 Hz, mono, fltp, 96 kb/s\n"
        "  Stream #0:2[0x1100](eng): Audio: ac3, 48000 Hz, mono, fltp, 96 kb/s, start 1.400000\n"
    )
    assert places_of(log) == {0x1100: 1}
    assert places_command(BLURAY, title()).arguments[-1] == "bluray:/dev/sr0"
