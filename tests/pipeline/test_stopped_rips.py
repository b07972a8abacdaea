"""The ripper where a rip stops for what is no fault of its title, on a real database."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from engramd.conditions import Conditions
from engramd.discs.model import Disc, Title
from engramd.errors import EngramError, NoSpace
from engramd.models import AppConfig, ContentType, DiscTitle, TitleState
from engramd.pipeline.parts import LOOK_AGAIN, Parts, Wakeups
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.space import Ledger
from engramd.pipeline.staging import JobFolder
from engramd.rip import PASS, PassListener, Progress, RipResult, Wanted
from engramd.rip.ddrescue_map import domain_map
from engramd.tools import CancelToken
from tests.pipeline.discs import dvd_of
from tests.support.databases import Bench

MEGABYTE = 10**6


DISC = dvd_of(3)


class WakeupsThatDoNotSleep(Wakeups):
    """Notes how long would have been slept; `meanwhile` happens then."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def sleep(self, cancel: CancelToken, seconds: float = LOOK_AGAIN, *, seen: int | None = None) -> None:
        self.slept.append(seconds)
        self.meanwhile()


class StoppingDisc:
    """A job at a drive; stands in for the back end, which fails as often as `failures` has an error.

    `reading` is called as a title, and `passing` as a pass is read.
    """

    def __init__(self, bench: Bench, root: Path, count: int = 1) -> None:
        self.bench, self.store, self.hub, self.lifecycle = bench, bench.store, bench.hub, bench.lifecycle
        self.settings = self
        self.current = AppConfig(library_movies_path=str(root), min_free_bytes=0)
        self.conditions, self.wakeups = Conditions(bench.hub), WakeupsThatDoNotSleep()
        self.failures: list[EngramError] = []
        self.reading: Callable[[], None] = lambda: None
        self.passing: Callable[[Sequence[Wanted], PassListener], None] | None = None
        self.source = root / "disc.iso"
        self.source.write_bytes(b"disc")
        self.folder = JobFolder(root / "staging")
        self.folder.make()
        self.ledger = Ledger()
        self.job_id = bench.job(content_type=ContentType.MOVIE).id or 0
        bench.titles(self.store.need_job(self.job_id), count)
        parts, reviews = cast(Parts, self), Reviews(bench.store, bench.hub)
        self.ripper = Ripper(parts, reviews, self.ledger, lambda _job, _title: None)

    def run(self) -> list[DiscTitle]:
        """Rip the job; give its titles."""
        self.ripper.run(self.job_id, DISC, self.source, self.folder, CancelToken())
        return self.store.titles(self.job_id)

    def backend(self) -> StoppingDisc:
        return self

    def name_for(self, _disc: Disc) -> str:
        return "open"

    def refuses(self, _disc: Disc) -> EngramError | None:
        return None

    def together(self, _disc: Disc, titles: Sequence[Title], _cancel: CancelToken) -> Sequence[Title]:
        return titles if self.passing else titles[:1]

    def size_together(self, _disc: Disc, _cancel: CancelToken) -> int:
        return 60 * MEGABYTE

    def rip_title(
        self,
        _disc: Disc,
        _title: Title,
        target: Path,
        *,
        on_progress: Callable[[Progress], None],
        **_options: object,
    ) -> RipResult:
        if self.failures:
            raise self.failures.pop(0)
        on_progress(Progress(0.5, 500, 1.0))
        self.reading()
        return ripped(target)

    def rip_together(
        self,
        _disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        _cancel: CancelToken,
        **_options: object,
    ) -> None:
        assert self.passing is not None
        passing, self.passing = self.passing, None
        passing(wanted, listener)


def ripped(target: Path) -> RipResult:
    target.touch()
    return RipResult(target, 1000, 1000, ())


def test_what_stops_a_rip_is_tried_ever_more_seldom_and_is_no_try_of_the_title(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path, count=2)
    disc.failures = [NoSpace("the quota is used up") for _ in range(5)]
    while_reading: list[int] = []
    disc.reading = lambda: while_reading.append(len(disc.conditions.all()))
    first, second = disc.run()
    assert (first.state, second.state) == (TitleState.MATCHED, TitleState.MATCHED)
    assert (first.rip_attempts, second.rip_attempts) == (1, 1)
    slept = disc.wakeups.slept
    assert slept == sorted(set(slept))
    assert len(slept) == 5
    assert while_reading == [0, 0], "what is being read waits for nothing"
    assert disc.store.need_job(disc.job_id).waiting_for is None


def test_each_whole_title_lets_the_next_pause_be_short_again(sqlite_bench: Bench, tmp_path: Path) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path, count=2)
    disc.failures = [NoSpace("full"), NoSpace("full")]
    full_again = iter([[NoSpace("full")], []])
    disc.reading = lambda: disc.failures.extend(next(full_again))
    disc.run()
    assert disc.wakeups.slept == [LOOK_AGAIN, LOOK_AGAIN * 1.5, LOOK_AGAIN]


def test_a_job_that_has_left_its_drive_tells_of_nothing(sqlite_bench: Bench, tmp_path: Path) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path)
    disc.failures = [NoSpace("full")]
    [title] = disc.store.titles(disc.job_id)
    told: list[int] = []

    def give_up() -> None:
        told.append(len(disc.conditions.all()))
        disc.lifecycle.move_title(title, TitleState.SKIPPED, "nobody wants it any more")

    disc.wakeups.meanwhile = give_up
    disc.run()
    assert told == [1]
    assert disc.conditions.all() == []


@pytest.mark.parametrize("name", ["disc.json", "title-001.streams.json"])
def test_a_staging_folder_that_takes_no_file_fails_no_title(
    sqlite_bench: Bench, tmp_path: Path, name: str
) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path)
    (disc.folder.path / name).mkdir()
    disc.wakeups.meanwhile = (disc.folder.path / name).rmdir
    [title] = disc.run()
    assert title.state is TitleState.MATCHED
    assert len(disc.wakeups.slept) == 1


def test_a_pass_that_stops_is_no_try_of_its_titles(sqlite_bench: Bench, tmp_path: Path) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path, count=3)

    def stop(wanted: Sequence[Wanted], listener: PassListener) -> None:
        listener.begun(wanted[0])
        listener.ripped(wanted[0], ripped(wanted[0].target))
        listener.begun(wanted[1])
        raise NoSpace("full")

    disc.passing = stop
    assert [title.rip_attempts for title in disc.run()] == [1, 1, 1]
    assert disc.wakeups.slept == [LOOK_AGAIN]


def test_a_title_that_left_a_pass_is_not_expected_a_second_time(sqlite_bench: Bench, tmp_path: Path) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path, count=3)
    promised: list[int] = []

    def read(wanted: Sequence[Wanted], listener: PassListener) -> None:
        promised.append(disc.ledger.promised(disc.folder.path))
        part = (disc.folder.path / PASS).with_suffix(".parts") / "title.mkv"
        part.parent.mkdir()
        part.write_bytes(os.urandom(MEGABYTE))
        promised.append(disc.ledger.promised(disc.folder.path))
        part.rename(wanted[0].target)
        listener.ripped(wanted[0], RipResult(wanted[0].target, 1000, MEGABYTE, ()))
        promised.append(disc.ledger.promised(disc.folder.path))

    disc.passing = read
    disc.run()
    before, written, moved = promised
    assert before == 60 * MEGABYTE
    assert abs(before - written - MEGABYTE) < 10_000
    assert abs(moved - written) < 10_000


def test_the_image_of_a_damaged_disc_is_promised_while_its_title_is_read(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    disc = StoppingDisc(sqlite_bench, tmp_path)
    disc.folder.rescue.mkdir()
    for part in ("played", "structure"):
        (disc.folder.rescue / f"title-1.{part}.map").write_text(domain_map(((0, MEGABYTE),)))
    promised: list[int] = []
    disc.reading = lambda: promised.append(disc.ledger.promised(disc.folder.path))
    disc.run()
    assert promised == [MEGABYTE]
