"""A disc that comes back with a scan that numbers its titles otherwise, on a real database."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from engramd.discs.model import Disc, Protection
from engramd.models import AppConfig, DiscJob, DiscTitle, JobState, Outcome, TitleState
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identifying import Identified, Identifier
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.runs import DiscRun, Place
from engramd.pipeline.staging import JobFolder
from engramd.rip import TitleDamaged
from engramd.tools import CancelToken
from tests.pipeline.discs import bluray_of
from tests.support.databases import Bench

SCRATCHED, CLEAN = bluray_of(10, 30), bluray_of(10, 20, 30)


class Returned:
    """A job with a damaged second title, and a run of its disc, which is clean now; notes what is ripped."""

    def __init__(self, bench: Bench, root: Path) -> None:
        self.bench, self.lifecycle, self.store = bench, bench.lifecycle, bench.store
        self.settings = SimpleNamespace(current=AppConfig(staging_path=str(root)))
        parts, reviews = cast(Parts, self), Reviews(bench.store, bench.hub)
        self.damaged = DamagedTitles(parts, reviews)
        self.job_id = bench.job(diskseq=1).id or 0
        rows = [
            DiscTitle(
                job_id=self.job_id,
                title_index=title.index,
                source_file=title.source_file,
                segment_map=title.segment_map,
                duration_seconds=title.duration,
            )
            for title in SCRATCHED.titles
        ]
        bench.lifecycle.list_titles(self.job_id, [(row, []) for row in rows])
        first, second = bench.store.titles(self.job_id)
        bench.lifecycle.move_job(self.job_id, JobState.RIPPING, "ripping begins")
        bench.lifecycle.move_title(first, TitleState.SKIPPED, "a test needs one only")
        steps = TitleSteps(parts, lambda _job, _title: None)
        assert steps.begin(second, "makemkv")
        self.damaged.ask(second, TitleDamaged("damaged", why="a scratch", read_errors=1))
        bench.lifecycle.move_job(self.job_id, JobState.REVIEW_NEEDED, "a title waits for an answer")
        self.folder = JobFolder.of(root, self.job_id)
        self.state: JobState | None = None
        self.ripped: list[int] = []
        identifier = SimpleNamespace(run=lambda *_: Identified(CLEAN, continues=self.job_id))
        finisher = SimpleNamespace(submit=lambda _job_id: None)
        self._run = DiscRun(
            parts,
            cast(Identifier, identifier),
            cast(Ripper, SimpleNamespace(run=self._rip, damaged=self.damaged)),
            cast(Finisher, finisher),
            reviews,
        )

    def _rip(self, job_id: int, disc: Disc, _source: Path, _folder: JobFolder, _cancel: CancelToken) -> None:
        self.state, self.disc = self.store.need_job(job_id).state, disc
        pending = [t for t in self.store.titles(job_id) if t.state is TitleState.PENDING]
        self.ripped = [disc.titles[title.title_index].number for title in pending]

    def run(self, *, identify_only: bool = False) -> DiscJob:
        """Have the disc come back as a new insertion; give that one's job."""
        again = self.bench.job(drive_id="/dev/sr1", diskseq=2)
        place = Place(Path("/dev/sr1"), identify_only=identify_only)
        self._run.run(again.id or 0, place, CancelToken())
        return self.store.need_job(again.id or 0)


@pytest.mark.parametrize("kept", [True, False], ids=["its scan was kept", "no scan was kept"])
def test_the_title_that_was_asked_about_is_ripped_and_no_other(
    sqlite_bench: Bench, tmp_path: Path, kept: bool
) -> None:
    returned = Returned(sqlite_bench, tmp_path)
    if kept:
        returned.folder.make()
        returned.folder.save_disc(SCRATCHED.model_copy(update={"protection": Protection.UNKNOWN}))
    returned.run()
    assert returned.ripped == [30]
    assert returned.disc.protection is CLEAN.protection, "that is as it was found now"


def test_the_insertion_names_the_job_with_which_it_goes_on(sqlite_bench: Bench, tmp_path: Path) -> None:
    returned = Returned(sqlite_bench, tmp_path)
    again = returned.run()
    assert (again.state, again.continued_as) == (JobState.COMPLETED, returned.job_id)


def test_its_job_is_ripping_before_anything_is_waited_for(sqlite_bench: Bench, tmp_path: Path) -> None:
    returned = Returned(sqlite_bench, tmp_path)
    returned.run()
    assert returned.state is JobState.RIPPING


def test_a_drive_that_only_identifies_leaves_the_earlier_job_as_it_is(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    returned = Returned(sqlite_bench, tmp_path)
    again = returned.run(identify_only=True)
    assert (again.state, again.outcome) == (JobState.COMPLETED, Outcome.NOTHING_TO_DO)
    assert returned.store.need_job(returned.job_id).state is JobState.REVIEW_NEEDED
    assert [title.title_index for title in returned.damaged.of(returned.job_id)] == [1]
    assert returned.ripped == []
