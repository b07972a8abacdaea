"""Discs that cannot be read at some places: FUSE serves them, ddrescue and FFmpeg read them, all for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import Disc, Protection, Title, read_disc
from engramd.errors import Cancelled, NoMedium, NoSpace, ProtectedDisc, RipFailed
from engramd.rip import OpenBackend, Progress, RipResult, TitleDamaged, TitleStalled
from engramd.rip.damage import FLAWED, RESCUED
from engramd.rip.ddrescue_map import parse_map, size_of, without
from engramd.rip.matroska import read_head
from engramd.rip.regions import title_regions
from engramd.rip.rescue import Rescue, rescue_bytes
from engramd.tools import CancelToken, Outcome, Tools
from tests.rip.samples import need_its_own_check
from tests.rip.test_clips import PART, PARTS, branching_disc
from tests.rip.test_open_backend import clip_units, elementary, h264_units, joined, title_of
from tests.rip.test_regions import only
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import scrambled_copy, truncated_copy
from tests.support.badsectors import SECTOR, BadDisc, Spot, loop_device, need_fuse


class WatchedTools(Tools):
    """The real thing, remembering what it ran; `before` is called before each ddrescue."""

    def __init__(self, environment: dict[str, str] | None = None) -> None:
        super().__init__(environment)
        self.rescues: list[list[str]] = []
        self.before = lambda: None

    def run(self, argv: Sequence[str | os.PathLike[str]], **options: Any) -> Outcome:
        """Run like Tools."""
        words = [os.fspath(word) for word in argv]
        if words[0] == "ddrescue":
            self.rescues.append(words)
            self.before()
        return super().run(words, **options)


@dataclass
class Bench:
    """A disc as it was scanned, what it is read through now, and where its rips and rescues go."""

    disc: Disc
    bad: BadDisc
    folder: Path
    tools: WatchedTools
    backend: OpenBackend
    attempts: int = 0

    @property
    def rescue(self) -> Path:
        """The rescue folder."""
        return self.folder / "rescue"

    def title(self, number: int) -> Title:
        """Give a title."""
        return title_of(self.disc, number)

    def place(self, number: int, sector: int) -> int:
        """Give where in the image a sector of a title lies, counted from the title's first."""
        return title_regions(self.disc, self.title(number)).played[0][0] + sector * SECTOR

    def rip(self, number: int, **options: Any) -> RipResult:
        """Rip a title to a name of its own, with the rescue folder."""
        self.attempts += 1
        target = self.folder / f"title-{number}.attempt-{self.attempts}.mkv"
        options = {"on_progress": lambda _: None, "rescue_folder": self.rescue} | options
        try:
            return self.backend.rip_title(self.disc, self.title(number), target, **options)
        except BaseException:
            assert not target.exists()
            raise

    def missing(self, number: int) -> int:
        """Give the bytes of a title that the map does not have."""
        known = parse_map((self.rescue / "disc.map").read_text())
        return size_of(known.missing(title_regions(self.disc, self.title(number)).played))


@pytest.fixture
def damaged(tmp_path: Path) -> Iterator[Any]:
    """Give a function that puts an image behind bad sectors."""
    need_fuse()
    if shutil.which("ddrescue") is None:
        pytest.skip("ddrescue (Debian package gddrescue) is not installed")
    opened: list[BadDisc] = []

    def make(image: Path, *, source: Path | None = None, **options: Any) -> Bench:
        bad = BadDisc(image, tmp_path / f"bad{len(opened)}").__enter__()
        opened.append(bad)
        tools = WatchedTools()
        backend = OpenBackend(tools, **options)
        found = backend.ffmpeg()
        if not (found.dvdvideo and found.bluray):
            pytest.skip("no FFmpeg here reads discs; install engramd[open]")
        disc = read_disc(source or image).model_copy(update={"source": str(bad.path)})
        return Bench(disc, bad, tmp_path, tools, backend)

    yield make
    for bad in opened:
        bad.__exit__(None, None, None)


def assert_is_dvd_title(path: Path, truth: AuthoredDisc, number: int) -> None:
    assert elementary(path, "v:0", "mpeg2video") == joined(truth.title(number).video)
    assert elementary(path, "a:0", "ac3") == joined(truth.title(number).audio)


@pytest.mark.parametrize("sector", [115, 113])
def test_a_bad_sector_costs_its_title_only_until_the_disc_is_clean(
    damaged: Any, tv_dvd: AuthoredDisc, sector: int
) -> None:
    """The one sector is of the picture, the other one is a navigation pack."""
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, sector)))
    for number in (3, 4, 5):
        result = bench.rip(number)
        assert_is_dvd_title(result.path, tv_dvd, number)
        assert (result.notes, result.read_errors) == ((), 0)
    assert bench.tools.rescues == []

    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, SECTOR)
    assert "1 place with 2048 bytes" in failure.value.why
    assert failure.value.remedy
    partial = failure.value.partial
    assert partial is not None
    assert partial.suffixes[-2:] == [".partial", ".mkv"]
    assert read_head(partial).duration == pytest.approx(tv_dvd.title(2).seconds, abs=0.2)
    lost = len(joined(tv_dvd.title(2).video)) - len(elementary(partial, "v:0", "mpeg2video"))
    assert 0 <= lost <= 3 * SECTOR

    bench.bad.heal()
    bench.bad.forget_reads()
    result = bench.rip(2)
    assert_is_dvd_title(result.path, tv_dvd, 2)
    assert result.notes == (RESCUED,)
    assert bench.bad.reads() == [(bench.place(2, sector), SECTOR)]


def test_a_lost_navigation_pack_costs_nothing_of_picture_and_sound(
    damaged: Any, tv_dvd: AuthoredDisc
) -> None:
    bench = damaged(tv_dvd.image)
    starts = [bench.place(2, sector) for sector in (0, 113, 281)]  # the title's, some, and a cell's first
    bench.bad.spoil(*map(Spot, starts))
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    assert failure.value.read_errors == 3
    assert failure.value.partial is not None
    assert_is_dvd_title(failure.value.partial, tv_dvd, 2)


@pytest.mark.parametrize(("first", "count"), [(430, 40), (281, 278), (100, 1200)])
def test_a_long_gap_keeps_its_length_in_what_can_be_had(
    damaged: Any, tv_dvd: AuthoredDisc, first: int, count: int
) -> None:
    """The second gap is a whole chapter, with all of its navigation packs."""
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, first), count * SECTOR))
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, count * SECTOR)
    assert failure.value.partial is not None
    head = read_head(failure.value.partial)
    assert head.duration == pytest.approx(tv_dvd.title(2).seconds, abs=0.3)
    assert head.chapters == len(tv_dvd.title(2).chapters)


@pytest.mark.parametrize(("number", "count"), [(1, 1), (1, 300), (100, 300)])
def test_a_damaged_bluray(damaged: Any, tv_bluray: AuthoredDisc, number: int, count: int) -> None:
    bench = damaged(tv_bluray.image)
    bench.bad.spoil(Spot(bench.place(1, 500), count * SECTOR))
    assert h264_units(bench.rip(2).path) == clip_units(tv_bluray, 2)
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(number)
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, count * SECTOR)
    partial = failure.value.partial
    assert partial is not None
    assert read_head(partial).duration == pytest.approx(tv_bluray.title(number).seconds, abs=0.2)

    bench.bad.heal()
    bench.bad.forget_reads()
    result = bench.rip(number)
    assert elementary(result.path, "a:0", "ac3") == joined(tv_bluray.title(number).audio)
    clips = (1,) if number == 1 else (1, 2, 3)
    assert h264_units(result.path) == [unit for clip in clips for unit in clip_units(tv_bluray, clip)]
    assert sum(size for _, size in bench.bad.reads()) == count * SECTOR


@pytest.mark.parametrize("number", [PART, PARTS])
def test_a_gap_elsewhere_in_the_clip_is_none_of_a_title_that_plays_a_part(damaged: Any, number: int) -> None:
    """Between the beginning of the clip, by which FFmpeg knows what it is, and the part nothing is read."""
    bench = damaged(branching_disc().image)
    start, end = title_regions(bench.disc, bench.title(number)).played[-1]
    (clip,) = title_regions(bench.disc, only(bench.title(number), "00002")).played
    bench.bad.spoil(Spot(start - 40 * SECTOR, 20 * SECTOR), Spot(end + 20 * SECTOR, 20 * SECTOR))
    assert Rescue(bench.tools, bench.disc, bench.rescue, stall=60).note_trouble(bench.title(number))
    result = bench.rip(number)
    assert RESCUED in result.notes
    assert result.duration == pytest.approx(bench.title(number).duration, abs=0.1)
    known = parse_map((bench.rescue / "disc.map").read_text())
    assert size_of(known.missing(((clip[0], start),))) > 128 * 1024
    pictures = elementary(result.path, "v:0", "h264")

    bench.bad.heal()
    shutil.rmtree(bench.rescue)
    direct = bench.rip(number)
    assert RESCUED not in direct.notes
    assert elementary(direct.path, "v:0", "h264") == pictures
    assert clip[0] < start - 40 * SECTOR
    assert end + 40 * SECTOR < clip[1]


@pytest.mark.parametrize("number", [PART, PARTS])
def test_a_gap_in_a_part_of_a_clip_is_told(damaged: Any, number: int) -> None:
    """libbluray drops the unit and goes on, with one line in the log."""
    bench = damaged(branching_disc().image)
    start, end = title_regions(bench.disc, bench.title(number)).played[-1]
    bench.bad.spoil(Spot((start + end) // 2 // SECTOR * SECTOR, SECTOR))
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(number)
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, SECTOR)
    assert failure.value.partial is not None


def test_what_an_unwanted_title_lacks_does_not_matter(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    """It lies where FFmpeg's library looks for a key, which it takes for a scrambled disc."""
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 0), 8 * SECTOR))
    result = bench.rip(3)
    assert "Error cracking" in result.log_tail or "Encrypted DVD" in result.log_tail
    assert_is_dvd_title(result.path, tv_dvd, 3)
    assert not bench.rescue.exists()


def test_titles_that_were_read_along_are_ripped_from_the_image(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(TitleDamaged):
        bench.rip(1)
    bench.bad.forget_reads()
    result = bench.rip(3)
    assert_is_dvd_title(result.path, tv_dvd, 3)
    assert result.notes == (RESCUED,)
    played = title_regions(bench.disc, bench.title(3)).played
    read = tuple((at, at + size) for at, size in bench.bad.reads())
    assert without(played, tuple(sorted(read))) == played, "the disc was read again"
    assert len(bench.tools.rescues) == 2


@pytest.mark.parametrize("times", [3, 4])
def test_a_spot_that_can_be_read_in_the_end_needs_no_person(
    damaged: Any, tv_dvd: AuthoredDisc, times: int
) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115), times=times))
    seen: list[Progress] = []
    result = bench.rip(2, on_progress=seen.append)
    assert_is_dvd_title(result.path, tv_dvd, 2)
    assert result.notes == (RESCUED,)
    assert result.read_errors >= 1
    assert seen[-1].fraction == 1.0
    assert all(0 <= progress.fraction <= 1 for progress in seen)


@pytest.mark.parametrize("number", [1, 3])
def test_a_truncated_image_gives_what_it_has(
    damaged: Any, tv_dvd: AuthoredDisc, tmp_path: Path, number: int
) -> None:
    short = truncated_copy(tv_dvd.image, tmp_path / "short.iso", 0.45)
    bench = damaged(short, source=tv_dvd.image)
    whole = bench.disc.model_copy(update={"source": str(tv_dvd.image)})
    played = title_regions(whole, bench.title(number)).played
    lacking = size_of(without(played, ((0, short.stat().st_size),)))
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(number)
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, lacking)
    assert failure.value.partial is not None
    assert read_head(failure.value.partial).duration > 20


def test_a_disc_that_was_made_with_flaws_is_ripped_with_them(
    damaged: Any, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    bench = damaged(tv_bluray.image)
    flawed = tmp_path / "flawed.iso"
    data = bytearray(tv_bluray.image.read_bytes())
    place = bench.place(1, 501)
    data[place : place + SECTOR] = bytes(SECTOR)
    flawed.write_bytes(data)
    bench.disc = bench.disc.model_copy(update={"source": str(flawed)})
    assert bench.rip(1).notes == (FLAWED,)


def test_a_stall_gives_the_drive_to_the_next_title(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115), 4 * SECTOR, seconds=3))
    patient, hasty = bench.backend, OpenBackend(bench.tools, stall=1.5)
    bench.backend = hasty
    with pytest.raises(TitleStalled, match="given up"):
        bench.rip(2)
    assert bench.tools.rescues == [], "it stalled before ddrescue"
    bench.backend = patient
    assert bench.rip(3).notes == ()
    bench.backend = hasty
    with pytest.raises(TitleStalled) as failure:
        bench.rip(2)
    assert len(bench.tools.rescues) == 1
    assert failure.value.missing_bytes == bench.missing(2) > 0
    assert failure.value.partial is not None
    bench.bad.heal()
    bench.backend = patient
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)


def test_cancel_keeps_what_was_read(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench, cancel = damaged(tv_dvd.image), CancelToken()
    bench.bad.spoil(Spot(bench.place(2, 115), 60 * SECTOR, seconds=0.15))

    def report(progress: Progress) -> None:
        if bench.tools.rescues and progress.bytes > 0:
            cancel.cancel("by the test")

    begun = time.monotonic()
    with pytest.raises(Cancelled):
        bench.rip(2, on_progress=report, cancel=cancel)
    assert time.monotonic() - begun < 8, "it did not stop before it was done"
    missing = bench.missing(2)
    assert 0 < missing < bench.title(2).size
    assert not list(bench.folder.glob("*.mkv"))
    bench.bad.heal()
    bench.bad.forget_reads()
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)
    assert sum(size for _, size in bench.bad.reads()) <= missing + 400 * SECTOR


def test_a_disc_that_is_torn_out_while_it_is_copied_is_no_damage(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115), 60 * SECTOR, seconds=0.15))

    def tear_out(progress: Progress) -> None:
        if bench.tools.rescues and bench.bad.path.exists():
            bench.bad.__exit__(None, None, None)

    with pytest.raises(NoMedium):
        bench.rip(2, on_progress=tear_out)
    bench.disc = bench.disc.model_copy(update={"source": str(tv_dvd.image)})
    assert bench.missing(2) < bench.title(2).size
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)


def rescue_processes(image: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"ddrescue") and os.fsencode(image) in words:
                found.append(int(entry.name))
    return found


def test_a_ddrescue_that_is_killed_goes_on(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115), 20 * SECTOR, seconds=0.1))
    killed: list[int] = []

    def kill_one() -> None:
        until = time.monotonic() + 20
        while not killed and time.monotonic() < until:
            for number in rescue_processes(bench.rescue / "disc.iso"):
                os.kill(number, signal.SIGKILL)
                killed.append(number)
            time.sleep(0.01)

    thread = threading.Thread(target=kill_one)
    thread.start()
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    thread.join()
    assert killed
    assert (failure.value.read_errors, failure.value.missing_bytes) == (1, 20 * SECTOR)
    assert len(bench.tools.rescues) == 3


def test_a_ddrescue_that_always_dies_is_told_from_damage(
    damaged: Any, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    bench = damaged(tv_dvd.image)
    dying = tmp_path / "programs/ddrescue"
    dying.parent.mkdir()
    dying.write_text("#!/bin/sh\nkill -9 $$\n")
    dying.chmod(0o755)
    bench.tools = WatchedTools({"PATH": f"{dying.parent}:{os.environ['PATH']}"})
    bench.backend = OpenBackend(bench.tools)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(RipFailed, match="signal 9, 3 times") as failure:
        bench.rip(2)
    assert not isinstance(failure.value, TitleDamaged | TitleStalled)


def test_a_map_that_a_crash_cut_off_costs_little(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(TitleDamaged):
        bench.rip(2)
    text = (bench.rescue / "disc.map").read_text()
    (bench.rescue / "disc.map.bak").write_text(text)
    (bench.rescue / "disc.map").write_text(text[: len(text) // 2])
    bench.bad.heal()
    bench.bad.forget_reads()
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)
    assert bench.bad.reads() == [(bench.place(2, 115), SECTOR)]


def test_a_map_without_its_image_promises_nothing(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(TitleDamaged):
        bench.rip(2)
    (bench.rescue / "disc.iso").unlink()
    bench.bad.heal()
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)


def test_a_disc_that_shows_a_read_error_and_is_scrambled_is_never_copied(
    damaged: Any, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    scrambled = scrambled_copy(tv_dvd.image, tmp_path / "css.iso")
    bench = damaged(scrambled)
    bench.bad.spoil(Spot(bench.place(2, 0)))
    with pytest.raises(ProtectedDisc):
        bench.rip(2)
    need_its_own_check(bench.backend.ffmpeg().path, tv_dvd.image)
    bench.disc = bench.disc.model_copy(update={"protection": Protection.NONE})
    with pytest.raises(ProtectedDisc):
        bench.rip(2)
    assert bench.tools.rescues == []
    assert not bench.rescue.exists()


def test_without_ddrescue_it_keeps_what_came_before_and_names_the_package(
    damaged: Any, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("sh", "env"):
        (programs / name).symlink_to(shutil.which(name) or name)
    bench.backend = OpenBackend(Tools({"PATH": str(programs)}), ffmpeg_path=str(bench.backend.ffmpeg().path))
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    assert "gddrescue" in failure.value.remedy
    assert failure.value.read_errors == 1
    partial = failure.value.partial
    assert partial is not None
    seconds = read_head(partial).duration
    assert 5 < seconds < 30
    share = 1 - seconds / bench.title(2).duration
    assert failure.value.missing_bytes == pytest.approx(bench.title(2).size * share, rel=0.01)


def test_a_folder_with_a_bad_place_gives_what_came_before(
    damaged: Any, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    shutil.copytree(tv_dvd.folder / "VIDEO_TS", folder / "VIDEO_TS")
    video = folder / "VIDEO_TS/VTS_01_1.VOB"
    bench = damaged(tv_dvd.folder / "VIDEO_TS/VTS_01_1.VOB", source=tv_dvd.image)
    video.unlink()
    video.symlink_to(bench.bad.path)
    bench.bad.spoil(Spot(115 * SECTOR))
    bench.disc = bench.disc.model_copy(update={"source": str(folder)})
    with pytest.raises(TitleDamaged) as failure:
        bench.rip(2)
    assert failure.value.partial is not None
    assert bench.tools.rescues == []
    assert_is_dvd_title(bench.rip(3).path, tv_dvd, 3)


def test_without_a_folder_nothing_is_rescued(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(TitleDamaged):
        bench.rip(2, rescue_folder=None)
    assert bench.tools.rescues == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a file system of three megabytes."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "none", str(folder)]
    if subprocess.run(mount, check=False).returncode != 0:
        pytest.skip("nothing can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.root
def test_an_image_that_would_not_fit_is_not_begun(
    damaged: Any, tv_dvd: AuthoredDisc, small_disk: Path
) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with pytest.raises(NoSpace) as failure:
        bench.rip(2, rescue_folder=small_disk / "rescue")
    needed = size_of(title_regions(bench.disc, bench.title(2)).all)
    assert str(needed) in failure.value.why
    assert needed == rescue_bytes([bench.title(2), bench.title(2)], small_disk / "rescue")
    assert rescue_bytes([bench.title(5)], small_disk / "rescue") == 0, "it had no trouble yet"
    assert needed > bench.title(2).size
    assert bench.tools.rescues == []


@pytest.mark.root
def test_a_disk_that_fills_up_while_imaging_keeps_what_was_read(
    damaged: Any, tv_dvd: AuthoredDisc, small_disk: Path
) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(5, 20)))
    filler = small_disk / "of somebody else"
    bench.tools.before = lambda: filler.write_bytes(bytes(2_400_000))
    with pytest.raises(NoSpace):
        bench.rip(5, rescue_folder=small_disk / "rescue")
    assert parse_map((small_disk / "rescue/disc.map").read_text()).rescued
    filler.unlink()
    bench.tools.before = lambda: None
    bench.bad.heal()
    result = bench.rip(5, rescue_folder=small_disk / "rescue")
    assert elementary(result.path, "a:0", "ac3") == joined(tv_dvd.title(5).audio)


@pytest.mark.root
@pytest.mark.loop
def test_a_block_device_is_read_sector_by_sector(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    """What is cached would come in pages of two sectors."""
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(2, 115)))
    with loop_device(bench.bad.path) as device:
        bench.disc = bench.disc.model_copy(update={"source": str(device)})
        with pytest.raises(TitleDamaged) as failure:
            bench.rip(2)
        assert (failure.value.read_errors, failure.value.missing_bytes) == (1, SECTOR)
        bench.bad.heal()
        assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)


def test_the_image_is_sparse_and_as_long_as_the_disc(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    bench.bad.spoil(Spot(bench.place(5, 20)))
    with pytest.raises(TitleDamaged):
        bench.rip(5)
    image = (bench.rescue / "disc.iso").stat()
    assert image.st_size == tv_dvd.image.stat().st_size
    assert image.st_blocks * 512 < image.st_size / 2
    assert rescue_bytes([bench.title(5)], bench.rescue) == SECTOR


def test_a_file_system_that_cannot_be_read_any_more_is_damage(damaged: Any, tv_bluray: AuthoredDisc) -> None:
    bench = damaged(tv_bluray.image)
    bench.bad.spoil(Spot(0, 400 * SECTOR))
    for number in (1, 100):
        with pytest.raises(TitleDamaged) as failure:
            bench.rip(number)
        assert failure.value.read_errors == 1
        assert failure.value.partial is None
    assert bench.tools.rescues == []


def test_a_second_call_needs_no_readable_file_system(damaged: Any, tv_dvd: AuthoredDisc) -> None:
    bench = damaged(tv_dvd.image)
    place = bench.place(2, 115)
    bench.bad.spoil(Spot(place))
    with pytest.raises(TitleDamaged):
        bench.rip(2)
    bench.bad.spoil(Spot(0, 300 * SECTOR))
    assert_is_dvd_title(bench.rip(2).path, tv_dvd, 2)
