"""The ripper with titles that go badly: what one costs the disc and the other titles, on a real database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import pytest

from engramd.discs.model import Disc, Title
from engramd.errors import Cancelled, EngramError, NoMedium, NotFound, RipFailed, UnreadableDisc
from engramd.models import AppConfig, ContentType, DiscTitle, RipOutcome, TitleState
from engramd.pipeline.needs import Needs
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.space import Ledger
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.stops import Stop
from engramd.rip import PassListener, Progress, RipResult, TitleDamaged, Wanted
from engramd.tools import CancelToken
from tests.pipeline.discs import dvd_of
from tests.support.databases import Bench

HOUR = 3600.0


DISC = dvd_of(3)


class BadDisc:
    """A job of three titles at a drive; stands in for the back end, whose titles end as a test says.

    `now` is the time, `ends` says how a title ends (None: well), `during` is what happens while one is read.
    """

    def __init__(self, bench: Bench, root: Path) -> None:
        self.bench, self.store, self.hub, self.lifecycle = bench, bench.store, bench.hub, bench.lifecycle
        self.settings, self.current = self, AppConfig()
        self.now = 0.0
        self.ends: dict[int, EngramError] = {}
        self.pass_ends: EngramError | None = None
        self.during: Callable[[Callable[[Progress], None]], None] = lambda _on_progress: None
        self.read: list[int] = []
        self.passes = 0
        self.source = root / "disc.iso"
        self.source.write_bytes(b"disc")
        self.folder = JobFolder(root / "staging")
        self.folder.make()
        self.cancel = CancelToken()
        self.job_id = bench.job(content_type=ContentType.MOVIE).id or 0
        bench.titles(self.store.need_job(self.job_id), 3)
        parts, reviews = cast(Parts, self), Reviews(bench.store, bench.hub)
        self.ripper = Ripper(parts, reviews, Ledger(), lambda _job, _title: None, clock=lambda: self.now)
        self.ripper._needs = cast(Needs, NothingLacks(self))

    def run(self) -> None:
        """Rip the job."""
        self.ripper.run(self.job_id, DISC, self.source, self.folder, self.cancel)

    def titles(self) -> list[DiscTitle]:
        """Give the titles as they are stored."""
        return self.store.titles(self.job_id)

    def states(self) -> list[TitleState]:
        """Give the states of the titles."""
        return [title.state for title in self.titles()]

    def backend(self) -> BadDisc:
        return self

    def name_for(self, _disc: Disc) -> str:
        return "open"

    def together(self, _disc: Disc, titles: Sequence[Title], _cancel: CancelToken) -> Sequence[Title]:
        return titles if self.pass_ends else titles[:1]

    def size_together(self, _disc: Disc, _cancel: CancelToken) -> int:
        return 0

    def rip_together(
        self,
        _disc: Disc,
        wanted: Sequence[Wanted],
        listener: PassListener,
        _cancel: CancelToken,
        **_options: object,
    ) -> None:
        self.passes += 1
        assert listener.begun(wanted[0])
        assert self.pass_ends is not None
        raise self.pass_ends

    def rip_title(
        self,
        _disc: Disc,
        title: Title,
        target: Path,
        *,
        on_progress: Callable[[Progress], None],
        **_options: object,
    ) -> RipResult:
        self.read.append(title.index)
        self.during(on_progress)
        if title.index in self.ends:
            raise self.ends[title.index]
        target.write_bytes(b"video")
        return RipResult(target, 1000, 5, ())


class NothingLacks:
    """Needs that are met; notes what lay in the staging folder when room was first asked for."""

    def __init__(self, disc: BadDisc) -> None:
        self.disc = disc
        self.found: list[str] | None = None

    def __getattr__(self, _name: str) -> Callable[..., int]:
        return lambda *_args, **_options: 0

    def wait(self, *_job: object, **_title: object) -> None:
        if self.found is None:
            self.found = sorted(path.name for path in self.disc.folder.path.iterdir())


@pytest.fixture
def disc(sqlite_bench: Bench, tmp_path: Path) -> BadDisc:
    return BadDisc(sqlite_bench, tmp_path)


@pytest.mark.parametrize("error", [NotFound("no such title"), UnreadableDisc("a bad table")])
def test_a_title_that_is_not_found_is_no_reason_to_give_the_others_up(
    disc: BadDisc, error: EngramError
) -> None:
    disc.ends[0] = error
    disc.run()
    assert disc.states() == [TitleState.FAILED, TitleState.MATCHED, TitleState.MATCHED]
    assert disc.titles()[0].rip_outcome is RipOutcome.FAILED


@pytest.mark.parametrize("error", [NotFound("no such title"), UnreadableDisc("gone"), RipFailed("gone")])
def test_one_that_is_not_found_since_the_disc_is_gone_waits_for_it(disc: BadDisc, error: EngramError) -> None:
    disc.ends[0] = error
    disc.during = lambda _on_progress: disc.source.unlink()
    with pytest.raises(NoMedium):
        disc.run()
    assert disc.states() == [TitleState.PENDING] * 3
    assert disc.titles()[0].rip_outcome is RipOutcome.INTERRUPTED
    assert disc.read == [0]


def test_one_that_fails_while_its_disc_is_taken_out_is_put_back(disc: BadDisc) -> None:
    disc.ends[0] = NotFound("no such title")
    disc.during = lambda _on_progress: disc.cancel.cancel(Stop.REMOVED)
    with pytest.raises(Cancelled):
        disc.run()
    assert disc.states() == [TitleState.PENDING] * 3


@pytest.mark.parametrize("error", [RipFailed("no profile"), NotFound("no title"), UnreadableDisc("bad")])
def test_after_a_pass_that_fails_the_titles_are_ripped_one_by_one(disc: BadDisc, error: EngramError) -> None:
    disc.pass_ends = error
    disc.run()
    assert (disc.passes, disc.read) == (1, [0, 1, 2])
    assert disc.states() == [TitleState.MATCHED] * 3


def reads_well(disc: BadDisc, hours: float) -> Callable[[Callable[[Progress], None]], None]:
    """Read for hours without a rest."""

    def read(on_progress: Callable[[Progress], None]) -> None:
        for second in range(int(hours * HOUR)):
            disc.now += 1
            on_progress(Progress(-1, second + 1, 0))

    return read


def hangs(disc: BadDisc, hours: float) -> Callable[[Callable[[Progress], None]], None]:
    """Bring nothing for hours."""

    def read(on_progress: Callable[[Progress], None]) -> None:
        for _ in range(int(hours * HOUR / 10)):
            disc.now += 10
            on_progress(Progress(-1, 7, 0))

    return read


def test_good_reading_of_damaged_titles_does_not_use_up_the_time_of_a_disc(disc: BadDisc) -> None:
    disc.ends = {index: TitleDamaged("damaged", why="one sector", read_errors=1) for index in range(3)}
    disc.during = reads_well(disc, 3)
    disc.run()
    assert disc.read == [0, 1, 2, 0, 1, 2], "each is tried, and once more"
    assert {title.read_errors for title in disc.titles()} == {1}


def test_time_without_new_data_does(disc: BadDisc) -> None:
    disc.ends = {index: TitleDamaged("damaged", why="one sector", read_errors=1) for index in range(3)}
    disc.during = hangs(disc, 1.1)
    disc.run()
    assert disc.read == [0, 1]
    assert disc.states() == [TitleState.REVIEW] * 3
    assert "nothing new for 132 minutes" in (disc.titles()[2].error_message or "")


def test_what_a_killed_attempt_left_is_not_counted_as_taken_room(disc: BadDisc) -> None:
    kept = disc.folder.rip_target(1, 1).with_suffix(".partial.mkv")
    disc.lifecycle.update_title(disc.titles()[1], staging_file=str(kept))
    for name in ("title-001.attempt-1.mkv", kept.name, "rescue/disc.iso", "pass.parts/a.mkv"):
        path = disc.folder.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"video")
    disc.folder.rip_target(2, 1).with_suffix(".parts").mkdir()
    needs = cast(NothingLacks, disc.ripper._needs)
    disc.run()
    assert needs.found == [".engramd-job", "rescue", kept.name]
