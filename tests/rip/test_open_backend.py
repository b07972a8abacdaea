"""Real rips of real discs: bit-exact, complete, and honest about what goes wrong."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import Disc, Media, Protection, Title, read_disc
from engramd.errors import (
    Cancelled,
    InvalidArgument,
    NoMedium,
    NoSpace,
    NotFound,
    ProtectedDisc,
    RipFailed,
    ToolMissing,
)
from engramd.rip import OpenBackend, Progress, RipResult
from engramd.tools import CancelToken, Outcome, Tools
from tests.rip.samples import need_its_own_check
from tests.support.authoring import AuthoredDisc, make_tv_dvd
from tests.support.authoring.broken import aacs_image, phantom_audio, scrambled_copy, truncated_copy


class WatchedTools(Tools):
    """The real thing, remembering what it ran; `slowly` makes FFmpeg read no faster than the film plays."""

    def __init__(self, *, slowly: bool = False) -> None:
        super().__init__()
        self.ran: list[list[str]] = []
        self._slowly = slowly

    def run(self, argv: Sequence[str | os.PathLike[str]], **options: Any) -> Outcome:
        """Run like Tools."""
        words = [os.fspath(word) for word in argv]
        if self._slowly and "-i" in words:
            words[1:1] = ["-readrate", "10"]
        self.ran.append(words)
        return super().run(words, **options)


@pytest.fixture(scope="module")
def tools() -> Tools:
    return WatchedTools()


@pytest.fixture(scope="module")
def backend(tools: Tools) -> OpenBackend:
    backend = OpenBackend(tools)
    found = backend.ffmpeg()
    if not (found.dvdvideo and found.bluray):
        pytest.skip("no FFmpeg here reads discs; install engramd[open]")
    return backend


def title_of(disc: Disc, number: int) -> Title:
    return next(title for title in disc.titles if title.number == number)


def rip(backend: OpenBackend, source: Path, number: int, target: Path) -> RipResult:
    disc = read_disc(source)
    return backend.rip_title(disc, title_of(disc, number), target, on_progress=lambda _: None)


def elementary(file: Path, stream: str, form: str, *filters: str) -> bytes:
    """Give the bytes of one stream of a file, copied by FFmpeg."""
    copy = ["-map", f"0:{stream}", "-c", "copy", *filters, "-f", form, "-"]
    return subprocess.run(
        ["ffmpeg", "-v", "error", "-i", file, *copy], capture_output=True, check=True
    ).stdout


def joined(paths: Sequence[Path]) -> bytes:
    return b"".join(path.read_bytes() for path in paths)


@pytest.mark.parametrize("number", [2, 3, 4, 5])
def test_dvd_titles_are_bit_exact(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path, number: int
) -> None:
    truth, target = tv_dvd.title(number), tmp_path / "title.mkv"
    result = rip(backend, tv_dvd.image, number, target)
    assert elementary(target, "v:0", "mpeg2video") == joined(truth.video)
    assert elementary(target, "a:0", "ac3") == joined(truth.audio)
    assert result.duration == pytest.approx(truth.seconds, abs=0.2)
    assert result.size == target.stat().st_size
    assert not result.notes


def test_dvd_play_all_holds_all_sound_and_chapters(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    truth, target = tv_dvd.title(1), tmp_path / "title.mkv"
    result = rip(backend, tv_dvd.image, 1, target)
    assert elementary(target, "a:0", "ac3") == joined(truth.audio)
    assert result.chapters == len(truth.chapters) == 15


def test_dvd_tracks_keep_languages_and_every_subtitle(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    target = tmp_path / "title.mkv"
    result = rip(backend, tv_dvd.image, 2, target)
    tracks = [(track.kind, track.codec, track.language, track.default) for track in result.tracks]
    assert tracks == [
        ("video", "V_MPEG2", None, True),
        ("audio", "A_AC3", "eng", True),
        ("subtitle", "S_VOBSUB", "eng", False),
    ]
    assert result.chapters == len(tv_dvd.title(2).chapters)
    assert len(subtitle_times(target)) == len(tv_dvd.title(2).cues)


def subtitle_times(file: Path) -> list[float]:
    show = ["-select_streams", "s:0", "-show_entries", "packet=pts_time", "-of", "csv=p=0"]
    text = subprocess.run(
        ["ffprobe", "-v", "error", *show, file], capture_output=True, text=True, check=True
    ).stdout
    return [float(line.strip(",")) for line in text.split()]


def test_subtitles_keep_their_times(backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    rip(backend, tv_dvd.image, 3, tmp_path / "title.mkv")
    starts = [cue.start for cue in tv_dvd.title(3).cues]
    assert subtitle_times(tmp_path / "title.mkv") == pytest.approx(starts, abs=0.15)


def test_a_folder_rips_like_its_image(backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    for name, source in (
        ("image", tv_dvd.image),
        ("folder", tv_dvd.folder),
        ("inner", tv_dvd.folder / "VIDEO_TS"),
    ):
        rip(backend, source, 5, tmp_path / f"{name}.mkv")
    sounds = {elementary(file, "a:0", "ac3") for file in tmp_path.glob("*.mkv")}
    assert sounds == {joined(tv_dvd.title(5).audio)}


def h264_units(file: Path) -> list[bytes]:
    """Give the NAL units of a Matroska file, whatever the length of the start codes."""
    return split_units(elementary(file, "v:0", "h264", "-bsf:v", "h264_mp4toannexb"))


def clip_units(disc: AuthoredDisc, number: int) -> list[bytes]:
    return split_units(elementary(disc.folder / f"BDMV/STREAM/{number:05}.m2ts", "v:0", "h264"))


def split_units(stream: bytes) -> list[bytes]:
    return [unit.rstrip(b"\0") for unit in stream.split(b"\0\0\1") if unit.rstrip(b"\0")]


@pytest.mark.parametrize("number", [1, 3, 200])
def test_bluray_titles_are_bit_exact(
    backend: OpenBackend, tv_bluray: AuthoredDisc, tmp_path: Path, number: int
) -> None:
    truth, target = tv_bluray.title(number), tmp_path / "title.mkv"
    result = rip(backend, tv_bluray.image, number, target)
    assert h264_units(target) == clip_units(tv_bluray, number)
    assert elementary(target, "a:0", "ac3") == joined(truth.audio)
    assert result.duration == pytest.approx(truth.seconds, abs=0.2)
    assert result.chapters == len(truth.chapters)
    assert [track.language for track in result.tracks[1:]] == ["eng"] * (1 + truth.subtitles)


@pytest.mark.parametrize("place", ["image", "folder"])
def test_bluray_playlist_of_several_clips_loses_nothing(
    backend: OpenBackend, tv_bluray: AuthoredDisc, tmp_path: Path, place: str
) -> None:
    truth, target = tv_bluray.title(100), tmp_path / "title.mkv"
    result = rip(backend, getattr(tv_bluray, place), 100, target)
    assert elementary(target, "a:0", "ac3") == joined(truth.audio)
    assert h264_units(target) == [unit for number in (1, 2, 3) for unit in clip_units(tv_bluray, number)]
    assert result.duration == pytest.approx(truth.seconds, abs=0.2)
    assert result.chapters == 15
    assert [track.language for track in result.tracks] == [None, "eng", "eng"]
    shown = subtitle_times(target)[1:]
    for cue in (truth.cues[200], truth.cues[-1]):
        assert min(abs(at - cue.start) for at in shown) < 0.1, f"no subtitle at {cue.start}"


@pytest.fixture(scope="module")
def cut_bluray(tmp_path_factory: pytest.TempPathFactory) -> AuthoredDisc:
    """Give a Blu-ray whose playlist 300 plays a part of one clip and then a part of another."""
    bluray = pytest.importorskip("tests.support.authoring.bluray")
    form = {"episodes": 2, "seconds": 110, "cues": 40, "spoken": False, "extra_seconds": 0}
    disc: AuthoredDisc = bluray.make_bluray(
        tmp_path_factory.mktemp("cut") / "cut.iso", cut=((1, 20, 45), (2, 10, 30)), **form
    )
    return disc


def test_bluray_playlist_of_parts_of_clips(
    backend: OpenBackend, cut_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    disc, target = read_disc(cut_bluray.image), tmp_path / "title.mkv"
    title = title_of(disc, 300)
    assert ["@" in segment.key for segment in title.segments] == [True, True]
    result = backend.rip_title(disc, title, target, on_progress=lambda _: None)
    assert result.duration == pytest.approx(cut_bluray.title(300).seconds, abs=0.2)
    sound = result.tracks[1]
    assert sound.seconds == pytest.approx(cut_bluray.title(300).seconds, abs=0.2)


def test_a_clip_that_goes_on_ends_where_its_playlist_leaves_it(
    backend: OpenBackend, cut_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    """Where no other playlist plays a clip, nothing but the clip's own times shows that it is cut."""
    disc, target = read_disc(cut_bluray.image), tmp_path / "title.mkv"
    title = title_of(disc, 300)
    segments = tuple(s.model_copy(update={"key": s.key.partition("@")[0]}) for s in title.segments)
    alone = title.model_copy(update={"segments": segments})
    result = backend.rip_title(disc, alone, target, on_progress=lambda _: None)
    seconds = cut_bluray.title(300).seconds
    assert [track.seconds for track in result.tracks[:2]] == [pytest.approx(seconds, abs=0.2)] * 2
    assert len(elementary(target, "v:0", "h264")) < sum(
        len(elementary(cut_bluray.folder / f"BDMV/STREAM/{clip:05}.m2ts", "v:0", "h264")) for clip in (1, 2)
    )


def test_a_bluray_of_short_playlists_only(backend: OpenBackend, tmp_path: Path) -> None:
    bluray = pytest.importorskip("tests.support.authoring.bluray")
    form = {"episodes": 1, "seconds": 15, "cues": 5, "spoken": False, "extra_seconds": 0, "duplicate": False}
    short: AuthoredDisc = bluray.make_bluray(tmp_path / "short.iso", **form)
    result = rip(backend, short.image, 1, tmp_path / "title.mkv")
    assert result.duration == pytest.approx(short.title(1).seconds, abs=0.2)
    assert h264_units(tmp_path / "title.mkv") == clip_units(short, 1)
    assert [track.language for track in result.tracks] == [None, "eng", "eng"]


def test_uncompressed_sound_keeps_every_bit(backend: OpenBackend, tmp_path: Path) -> None:
    disc = make_tv_dvd(tmp_path / "pcm.iso", episodes=1, seconds=15, cues=4, extra_seconds=0, pcm=True)
    result = rip(backend, disc.image, 1, tmp_path / "title.mkv")
    assert result.tracks[1].codec == "A_FLAC"
    decode = ["-map", "0:a:0", "-c:a", "pcm_s16be", "-f", "s16be", "-"]
    command = ["ffmpeg", "-v", "error", "-i", tmp_path / "title.mkv", *decode]
    sound = subprocess.run(command, capture_output=True, check=True).stdout
    assert sound == joined(disc.title(1).audio)[: len(sound)]
    assert len(sound) > 14 * 48000 * 4


@pytest.mark.root
@pytest.mark.loop
@pytest.mark.parametrize(("name", "number"), [("tv_dvd", 3), ("tv_bluray", 2), ("tv_bluray", 100)])
def test_a_block_device_rips_like_an_image(
    backend: OpenBackend, request: pytest.FixtureRequest, tmp_path: Path, name: str, number: int
) -> None:
    disc: AuthoredDisc = request.getfixturevalue(name)
    attach = ["losetup", "--read-only", "--find", "--show", disc.image]
    made = subprocess.run(attach, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip("there is no loop device here")
    device = Path(made.stdout.strip())
    try:
        rip(backend, device, number, tmp_path / "title.mkv")
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
    assert elementary(tmp_path / "title.mkv", "a:0", "ac3") == joined(disc.title(number).audio)


def test_a_pid_that_does_not_exist_is_left_out_and_noted(
    backend: OpenBackend, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    disc = read_disc(tv_bluray.image)
    for number in (1, 100):
        title = title_of(disc, number)
        ghost = title.streams[1].model_copy(update={"stream_id": 0x1101, "language": "fre"})
        haunted = title.model_copy(update={"streams": (*title.streams[:1], ghost, *title.streams[1:])})
        target = tmp_path / f"{number}.mkv"
        result = backend.rip_title(disc, haunted, target, on_progress=lambda _: None)
        assert result.notes == ("The disc names 2 of its streams as audio, but has 1.",)
        assert [track.language for track in result.tracks] == [None, "eng", "eng"]


def test_a_place_in_ffmpegs_input_costs_no_track_of_a_playlist(
    backend: OpenBackend, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    """The clip's own order of streams is not the playlist's, so a place in it names none of them."""
    picky = tmp_path / "ffmpeg"
    picky.write_text(
        '#!/bin/sh\ncase "$*" in *matroska*)\n'
        "echo '[out#0/matroska @ 0x5] Cannot map stream #0:1 - unsupported type.' >&2; exit 234;; esac\n"
        f"exec '{backend.ffmpeg().path}' \"$@\"\n"
    )
    picky.chmod(0o755)
    watched = WatchedTools()
    with pytest.raises(RipFailed, match="Cannot map stream"):
        rip(OpenBackend(watched, ffmpeg_path=str(picky)), tv_bluray.image, 1, tmp_path / "title.mkv")
    assert sum("-i" in words for words in watched.ran) == 1, "it went on without tracks that are there"


def test_a_track_that_the_disc_never_plays_is_kept_and_noted(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    result = rip(backend, phantom_audio(tv_dvd.image, tmp_path / "phantom.iso"), 2, tmp_path / "title.mkv")
    sound = [(track.language, track.seconds) for track in result.tracks if track.kind == "audio"]
    assert sound == [("eng", pytest.approx(tv_dvd.title(2).seconds, abs=0.2)), ("fre", 0)]
    assert result.notes == ("Track 3, audio (fre), is empty: the disc declares it and never plays it.",)


def test_progress_grows_to_the_end(tv_dvd: AuthoredDisc, tmp_path: Path, backend: OpenBackend) -> None:
    seen: list[Progress] = []
    disc = read_disc(tv_dvd.image)
    slow = OpenBackend(WatchedTools(slowly=True))
    slow.rip_title(disc, title_of(disc, 5), tmp_path / "title.mkv", on_progress=seen.append)
    fractions = [progress.fraction for progress in seen]
    assert len(seen) > 3
    assert fractions == sorted(fractions)
    assert 0 <= fractions[0] < 0.9
    assert fractions[-1] == 1.0
    assert seen[-1].bytes == (tmp_path / "title.mkv").stat().st_size
    assert any(progress.bytes_per_second > 0 for progress in seen)


def test_cancel_stops_at_once_and_leaves_no_file(
    tv_dvd: AuthoredDisc, tmp_path: Path, backend: OpenBackend
) -> None:
    disc, cancel, moved = read_disc(tv_dvd.image), CancelToken(), threading.Event()
    slow = OpenBackend(WatchedTools(slowly=True))

    def report(progress: Progress) -> None:
        if (tmp_path / "title.mkv").exists():
            moved.set()

    def stop() -> None:
        assert moved.wait(10)
        cancel.cancel("by the test")

    threading.Thread(target=stop).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        slow.rip_title(disc, title_of(disc, 1), tmp_path / "title.mkv", on_progress=report, cancel=cancel)
    assert moved.is_set(), "the rip was cancelled before it began"
    assert time.monotonic() - begun < 10
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("keep", "number"), [(0.35, 1), (0.35, 3), (0.35, 4)])
def test_a_truncated_image_fails_and_leaves_no_file(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path, keep: float, number: int
) -> None:
    disc = read_disc(tv_dvd.image)
    short = truncated_copy(tv_dvd.image, tmp_path / "short.iso", keep)
    broken = disc.model_copy(update={"source": str(short)})
    target = tmp_path / "title.mkv"
    with pytest.raises(RipFailed) as failure:
        backend.rip_title(broken, title_of(disc, number), target, on_progress=lambda _: None)
    assert failure.value.why
    assert failure.value.remedy
    assert not target.exists()


@pytest.mark.parametrize("number", [3, 100])
def test_a_truncated_bluray_fails_and_leaves_no_file(
    backend: OpenBackend, tv_bluray: AuthoredDisc, tmp_path: Path, number: int
) -> None:
    disc = read_disc(tv_bluray.image)
    broken = disc.model_copy(
        update={"source": str(truncated_copy(tv_bluray.image, tmp_path / "short.iso", 0.75))}
    )
    target = tmp_path / "title.mkv"
    with pytest.raises(RipFailed):
        backend.rip_title(broken, title_of(disc, number), target, on_progress=lambda _: None)
    assert not target.exists()


def protected_discs(tv_dvd: AuthoredDisc, tv_bluray: AuthoredDisc, folder: Path) -> Iterator[Disc]:
    yield read_disc(scrambled_copy(tv_dvd.image, folder / "css.iso"))
    yield read_disc(aacs_image(tv_bluray.folder, folder / "aacs.iso"))
    yield read_disc(tv_dvd.image).model_copy(update={"protection": Protection.UNKNOWN})


def test_a_protected_disc_is_refused_before_anything_runs(
    tv_dvd: AuthoredDisc, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    tools = WatchedTools()
    backend = OpenBackend(tools)
    discs = list(protected_discs(tv_dvd, tv_bluray, tmp_path))
    assert [disc.protection for disc in discs] == [Protection.CSS, Protection.AACS, Protection.UNKNOWN]
    for disc in discs:
        assert isinstance(backend.refuses(disc), ProtectedDisc)
        with pytest.raises(ProtectedDisc, match="MakeMKV"):
            backend.rip_title(disc, disc.titles[0], tmp_path / "title.mkv", on_progress=lambda _: None)
    assert tools.ran == []
    assert not (tmp_path / "title.mkv").exists()


def test_scrambling_that_only_ffmpeg_notices_is_protection(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    """A second look, which only an FFmpeg with its own check gives; our own look comes first in any case."""
    need_its_own_check(backend.ffmpeg().path, tv_dvd.image)
    clear = read_disc(tv_dvd.image)
    scrambled = scrambled_copy(tv_dvd.image, tmp_path / "css.iso")
    missed = clear.model_copy(update={"source": str(scrambled)})
    with pytest.raises(ProtectedDisc):
        backend.rip_title(missed, title_of(clear, 2), tmp_path / "title.mkv", on_progress=lambda _: None)
    assert not (tmp_path / "title.mkv").exists()


def test_no_key_library_and_no_cache_is_offered(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    seen: list[Mapping[str, str]] = []

    class EnvironmentTools(Tools):
        def run(self, argv: Sequence[str | os.PathLike[str]], **options: Any) -> Outcome:
            seen.append(options["env"])
            return super().run(argv, **options)

    rip(OpenBackend(EnvironmentTools()), tv_dvd.image, 5, tmp_path / "title.mkv")
    for environment in seen:
        assert environment["DVDCSS_CACHE"] == "off"
        assert not Path(environment["LIBAACS_PATH"]).exists()
        assert not Path(environment["LIBBDPLUS_PATH"]).exists()


def test_a_title_that_is_not_there(backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    disc = read_disc(tv_dvd.image)
    ghost = title_of(disc, 2).model_copy(update={"number": 42})
    with pytest.raises(NotFound, match="Title 42 not found"):
        backend.rip_title(disc, ghost, tmp_path / "title.mkv", on_progress=lambda _: None)
    assert not (tmp_path / "title.mkv").exists()


def test_a_source_that_is_gone_is_no_medium(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    disc = read_disc(tv_dvd.image).model_copy(update={"source": str(tmp_path / "gone.iso")})
    with pytest.raises(NoMedium):
        backend.rip_title(disc, disc.titles[0], tmp_path / "title.mkv", on_progress=lambda _: None)


def test_a_file_that_exists_is_never_touched(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    target = tmp_path / "title.mkv"
    target.write_text("precious")
    with pytest.raises(InvalidArgument):
        rip(backend, tv_dvd.image, 5, target)
    assert target.read_text() == "precious"


def test_a_staging_folder_that_is_missing(backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    with pytest.raises(RipFailed, match="No such file"):
        rip(backend, tv_dvd.image, 5, tmp_path / "nowhere" / "title.mkv")


@pytest.mark.root
def test_a_full_disk_is_no_space(backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], check=False)
    if mounted.returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        with pytest.raises(NoSpace) as failure:
            rip(backend, tv_dvd.image, 2, small / "title.mkv")
        assert not list(small.iterdir())
        assert str(small) in str(failure.value)
    finally:
        subprocess.run(["umount", small], check=True)


def test_data_discs_and_missing_readers_are_refused(tmp_path: Path) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho ffmpeg version 5.1 Copyright\n")
    fake.chmod(0o755)
    backend = OpenBackend(Tools(), ffmpeg_path=str(fake))
    assert isinstance(backend.refuses(Disc(source="/x", media=Media.DATA)), NotFound)
    for media, name in ((Media.DVD, "DVDs"), (Media.BLURAY, "Blu-rays"), (Media.UHD, "Blu-rays")):
        refusal = backend.refuses(Disc(source="/x", media=media))
        assert isinstance(refusal, ToolMissing)
        assert name in refusal.what
        assert refusal.remedy


def test_time_stamps_out_of_order_are_no_damage(
    backend: OpenBackend, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    picky = tmp_path / "ffmpeg"
    real = backend.ffmpeg().path
    picky.write_text(
        '#!/bin/sh\ncase "$*" in *-xerror*) for last; do :; done; echo broken > "$last"\n'
        "echo '[aost#0:1/copy @ 0x1] Non-monotonic DTS; previous: 5, current: 4;' >&2; exit 234;; esac\n"
        f"exec '{real}' \"$@\"\n"
    )
    picky.chmod(0o755)
    result = rip(OpenBackend(Tools(), ffmpeg_path=str(picky)), tv_dvd.image, 5, tmp_path / "title.mkv")
    assert "time stamps" in result.notes[0]
    assert elementary(tmp_path / "title.mkv", "a:0", "ac3") == joined(tv_dvd.title(5).audio)


def test_an_ffmpeg_that_reads_only_blurays_is_good_for_those(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    backend = OpenBackend(Tools(), ffmpeg_path="/usr/bin/ffmpeg")
    if not Path("/usr/bin/ffmpeg").exists() or not backend.ffmpeg().bluray:
        pytest.skip("the system's FFmpeg does not read Blu-rays")
    for number in (1, 100):
        rip(backend, tv_bluray.image, number, tmp_path / f"{number}.mkv")
        assert elementary(tmp_path / f"{number}.mkv", "a:0", "ac3") == joined(tv_bluray.title(number).audio)


def test_a_drive_that_hangs_is_given_up(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    hanging = tmp_path / "ffmpeg"
    hanging.write_text(
        "#!/bin/sh\ncase $2 in\n-version) echo ffmpeg version 9;;\n-demuxers) echo ' D  dvdvideo DVD';;\n"
        "-protocols) ;;\n*) while :; do printf 'out_time_us=1\\ntotal_size=1\\nprogress=continue\\n'; "
        "sleep 0.1; done;;\nesac\n"
    )
    hanging.chmod(0o755)
    backend = OpenBackend(Tools(), ffmpeg_path=str(hanging), stall=0.5)
    begun = time.monotonic()
    with pytest.raises(RipFailed, match="given up"):
        rip(backend, tv_dvd.image, 2, tmp_path / "title.mkv")
    assert time.monotonic() - begun < 5
