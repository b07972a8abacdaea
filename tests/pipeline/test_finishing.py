"""What stays in staging of a job that has ended, on a real database and real folders."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.models import AppConfig, CleanupPolicy, DiscTitle, JobState, Outcome, TitleState
from engramd.organize import Trash
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.rip.model import partial_of
from tests.support.databases import Bench


class Damaged:
    """A job with two titles: the first was whole, of the second some could be read; both are in staging."""

    def __init__(self, bench: Bench, root: Path) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.settings, self.current = self, AppConfig()
        self.folder = JobFolder.create(root, 1)
        self.job_id = bench.job(staging_folder=str(self.folder.path)).id or 0
        self.whole, self.damaged = bench.titles(self.store.need_job(self.job_id), 2)
        self.lifecycle.move_job(self.job_id, JobState.RIPPING, "ripping begins")
        self.file, partial = self.folder.rip_target(0, 1), partial_of(self.folder.rip_target(1, 1))
        self.partial = partial
        for title, path in ((self.whole, self.file), (self.damaged, self.partial)):
            path.write_bytes(b"video")
            self.lifecycle.update_title(title, staging_file=str(path))
        self.folder.rescue.mkdir()
        self.folder.rescue_image.write_bytes(b"an image")

    def move(self, title: DiscTitle, *states: TitleState) -> None:
        for state in states:
            self.lifecycle.move_title(title, state, "a test")

    def trashed(self) -> list[str]:
        """Give the names of the files in the trash of the staging folder."""
        return sorted(entry.path.name for entry in Trash(self.folder.path.parent).entries())

    def finish(self) -> None:
        """Have the job settled; nothing is left to match or to file."""
        none = cast(Any, None)
        Finisher(cast(Parts, self), none, none, none).advance(self.job_id)


@pytest.fixture
def job(sqlite_bench: Bench, tmp_path: Path) -> Damaged:
    return Damaged(sqlite_bench, tmp_path)


def test_of_a_damaged_title_that_nobody_wants_nothing_stays(job: Damaged) -> None:
    job.move(job.whole, TitleState.SKIPPED)
    job.move(job.damaged, TitleState.SKIPPED)
    job.finish()
    assert job.store.need_job(job.job_id).outcome is Outcome.NOTHING_TO_DO
    assert not job.folder.path.exists()
    assert job.trashed() == [job.file.name, job.partial.name]
    assert [title.staging_file for title in job.store.titles(job.job_id)] == [str(job.file), None]


def test_a_job_that_was_cancelled_keeps_no_image(job: Damaged) -> None:
    job.lifecycle.update_job(job.job_id, cancelled=True)
    job.move(job.whole, TitleState.SKIPPED)
    job.move(job.damaged, TitleState.SKIPPED)
    job.finish()
    assert job.store.need_job(job.job_id).state is JobState.FAILED
    assert not job.folder.rescue.exists()
    assert job.trashed() == [job.file.name, job.partial.name]


def test_a_job_that_failed_keeps_all_for_the_next_try(job: Damaged) -> None:
    job.move(job.whole, TitleState.FAILED)
    job.move(job.damaged, TitleState.FAILED)
    job.finish()
    assert job.store.need_job(job.job_id).state is JobState.FAILED
    assert job.folder.rescue_image.exists()
    assert job.partial.exists()


def test_who_cleans_up_himself_finds_all(job: Damaged) -> None:
    job.current.staging_cleanup_policy = CleanupPolicy.MANUAL
    job.move(job.whole, TitleState.SKIPPED)
    job.move(job.damaged, TitleState.SKIPPED)
    job.finish()
    assert job.store.need_job(job.job_id).state is JobState.COMPLETED
    assert job.folder.rescue_image.exists()
    assert job.partial.exists()


def test_nothing_is_filed_of_a_job_whose_work_is_looked_up_since_the_comparison_began(
    sqlite_bench: Bench, tmp_path: Path
) -> None:
    """A person says what the disc is while it is compared: its name is not known yet."""
    job = Damaged(sqlite_bench, tmp_path)
    job.move(job.whole, TitleState.RIPPING, TitleState.MATCHING)
    job.move(job.damaged, TitleState.SKIPPED)
    held: list[int] = []
    filed: list[int] = []

    def compare(_job: object, titles: list[DiscTitle], _folder: object) -> bool:
        job.lifecycle.move_title(titles[0], TitleState.MATCHED, "a test", matched_episode="S01E01")
        held.append(job.job_id)
        return False

    parts, matcher = cast(Any, job), cast(Any, SimpleNamespace(run=compare))
    labeller = cast(Any, SimpleNamespace(run=lambda _job, titles: titles))
    filer = cast(Any, SimpleNamespace(run=lambda of, _titles: filed.append(of.id)))
    finisher = Finisher(parts, matcher, labeller, filer, lambda job_id: job_id in held)
    finisher.advance(job.job_id)
    assert filed == []
    held.clear()
    finisher.advance(job.job_id)
    assert filed == [job.job_id]
