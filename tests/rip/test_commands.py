"""The command lines, where no authored disc can show them: lossless audio, forced and commentary tracks."""

from __future__ import annotations

from base64 import b64decode
from itertools import pairwise
from pathlib import Path

from engramd.discs import Disc, Media, Segment, Stream, Title
from engramd.rip.clips import plays_whole_clips
from engramd.rip.commands import clips_command, dvd_command, playlist_command

TARGET = Path("/staging/title_03.attempt-1.mkv")


def pairs(arguments: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(pairwise(arguments))


def audio(pid: int, codec: str, language: str | None = None, *, commentary: bool = False) -> Stream:
    return Stream(kind="audio", codec=codec, stream_id=pid, language=language, commentary=commentary)


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
