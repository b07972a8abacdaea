"""What each cleanup policy lets go of a job's staging folder, on a real database and real folders."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from engramd.models import AppConfig, CleanupPolicy, DiscTitle, JobState, Outcome, ReviewKind, TitleState
from engramd.models.base import utcnow
from engramd.organize import Trash
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.patience import Patience
from engramd.pipeline.recovery import Recovery
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.staging import JobFolder
from tests.support.databases import Bench
from tests.support.deadshare import hanging_share

POLICIES = list(CleanupPolicy)
ENDED = (JobState.COMPLETED, JobState.FAILED)


class Job:
    """A job with three ripped titles: one is filed, one skipped, one failed (or as a test says)."""

    def __init__(self, bench: Bench, root: Path) -> None:
        self.store, self.hub, self.lifecycle = bench.store, bench.hub, bench.lifecycle
        self.settings, self.current = self, AppConfig()
        self.root = root / "staging"
        self.library = root / "library"
        self.library.mkdir()
        self.folder = JobFolder.create(self.root, 1)
        self.id = bench.job(staging_folder=str(self.folder.path)).id or 0
        self.titles = bench.titles(self.store.need_job(self.id), 3)
        self.lifecycle.move_job(self.id, JobState.RIPPING, "ripping begins")
        self.files = [self.folder.rip_target(index, 1) for index in range(3)]
        for title, path in zip(self.titles, self.files, strict=True):
            path.write_bytes(b"video")
            self.lifecycle.update_title(title, staging_file=str(path))
        self.folder.evidence(0).write_text("{}")
        none = cast(Any, None)
        self.finisher = Finisher(cast(Any, self), none, none, none)

    def move(self, *states: TitleState) -> None:
        for title, state in zip(self.titles, states, strict=True):
            if state is TitleState.COMPLETED:
                filed = self.library / f"{title.title_index}.mkv"
                filed.write_bytes(b"video")
                self._to(title, TitleState.RIPPING, TitleState.MATCHED)
                self.lifecycle.move_title(title, state, "a test", organized_to=str(filed))
            elif state is not TitleState.PENDING:
                self._to(title, state)

    def _to(self, title: DiscTitle, *states: TitleState) -> None:
        for state in states:
            self.lifecycle.move_title(title, state, "a test")

    def finish(self, policy: CleanupPolicy) -> JobState:
        self.current.staging_cleanup_policy = policy
        self.finisher.advance(self.id)
        return self.store.need_job(self.id).state

    def later(self, days: int) -> None:
        """Have the daemon look at its staging folder when the job ended so many days ago."""
        self.lifecycle.update_job(self.id, completed_at=utcnow() - timedelta(days=days))
        none = cast(Any, None)
        Recovery(cast(Any, self), self.finisher, none, none).clean_staging(self.root)

    def there(self) -> list[int]:
        """Give the numbers of the titles whose files are where they were."""
        return [number for number, path in enumerate(self.files) if path.exists()]

    def trashed(self) -> list[int]:
        names = [path.name for path in self.files]
        return sorted(names.index(entry.path.name) for entry in Trash(self.root).entries())


@pytest.fixture
def job(sqlite_bench: Bench, tmp_path: Path) -> Job:
    return Job(sqlite_bench, tmp_path)


FILED, SKIPPED, FAILED = TitleState.COMPLETED, TitleState.SKIPPED, TitleState.FAILED


@pytest.mark.parametrize("policy", [CleanupPolicy.ON_SUCCESS, CleanupPolicy.ON_COMPLETION])
def test_of_a_job_that_succeeded_nothing_stays_but_what_was_not_filed_is_in_the_trash(
    job: Job, policy: CleanupPolicy
) -> None:
    job.move(FILED, SKIPPED, SKIPPED)
    assert job.finish(policy) is JobState.COMPLETED
    assert not job.folder.path.exists()
    assert job.trashed() == [1, 2], "a copy of what is filed goes for good"
    assert "skipped" in Trash(job.root).entries()[0].why


def test_on_success_keeps_what_failed_for_another_try(job: Job) -> None:
    job.move(FILED, SKIPPED, FAILED)
    assert job.finish(CleanupPolicy.ON_SUCCESS) is JobState.COMPLETED
    assert (job.there(), job.trashed()) == ([2], [1])


def test_on_success_keeps_all_of_a_job_that_failed(job: Job) -> None:
    job.move(FAILED, SKIPPED, FAILED)
    assert job.finish(CleanupPolicy.ON_SUCCESS) is JobState.FAILED
    job.later(days=1000)
    assert (job.there(), job.trashed()) == ([0, 1, 2], [])


@pytest.mark.parametrize("states", [(FILED, SKIPPED, FAILED), (FAILED, SKIPPED, FAILED)])
def test_on_completion_lets_go_of_what_failed_too(job: Job, states: tuple[TitleState, ...]) -> None:
    job.move(*states)
    assert job.finish(CleanupPolicy.ON_COMPLETION) in ENDED
    assert not job.folder.path.exists()
    assert job.trashed() == [number for number, state in enumerate(states) if state is not FILED]


@pytest.mark.parametrize("states", [(FILED, SKIPPED, FAILED), (FAILED, SKIPPED, FAILED)])
def test_manual_touches_nothing_ever(job: Job, states: tuple[TitleState, ...]) -> None:
    job.move(*states)
    assert job.finish(CleanupPolicy.MANUAL) in ENDED
    job.later(days=1000)
    assert (job.there(), job.trashed()) == ([0, 1, 2], [])
    assert job.folder.evidence(0).exists()


@pytest.mark.parametrize("states", [(FILED, SKIPPED, FAILED), (FAILED, SKIPPED, FAILED)])
def test_after_days_waits_so_long_and_then_lets_go(job: Job, states: tuple[TitleState, ...]) -> None:
    job.current.staging_cleanup_days = 7
    job.move(*states)
    job.finish(CleanupPolicy.AFTER_DAYS)
    job.later(days=6)
    assert (job.there(), job.trashed()) == ([0, 1, 2], [])
    job.later(days=7)
    assert not job.folder.path.exists()
    assert job.trashed() == [number for number, state in enumerate(states) if state is not FILED]


def test_a_folder_that_is_old_is_not_old_because_of_its_own_time(job: Job) -> None:
    """A disc that waited long for an answer is not cleaned as soon as it ends."""
    job.current.staging_cleanup_days = 7
    job.move(SKIPPED, SKIPPED, SKIPPED)
    job.lifecycle.update_job(job.id, updated_at=utcnow() - timedelta(days=100))
    job.finish(CleanupPolicy.AFTER_DAYS)
    job.finisher.clean(job.id)
    assert job.there() == [0, 1, 2]


@pytest.mark.parametrize("policy", POLICIES)
def test_what_waits_for_review_stays_whatever_the_policy(job: Job, policy: CleanupPolicy) -> None:
    job.move(FILED, SKIPPED, TitleState.REVIEW)
    assert job.finish(policy) is JobState.REVIEW_NEEDED
    job.later(days=1000)
    assert (job.there(), job.trashed()) == ([0, 1, 2], [])


@pytest.mark.parametrize("policy", POLICIES)
def test_an_ended_job_of_which_something_is_still_asked_keeps_all(job: Job, policy: CleanupPolicy) -> None:
    job.move(FILED, SKIPPED, SKIPPED)
    Reviews(job.store, job.hub).ask(ReviewKind.IDENTITY, job.id, "Which show is it?")
    assert job.finish(policy) in ENDED
    job.later(days=1000)
    assert (job.there(), job.trashed()) == ([0, 1, 2], [])


@pytest.mark.parametrize("policy", POLICIES)
def test_a_job_that_was_taken_up_again_keeps_all(job: Job, policy: CleanupPolicy) -> None:
    job.move(FAILED, SKIPPED, FAILED)
    job.finish(CleanupPolicy.MANUAL)
    job.lifecycle.move_job(job.id, JobState.RIPPING, "tried again")
    job.current.staging_cleanup_policy = policy
    job.later(days=1000)
    assert job.there() == [0, 1, 2]


@pytest.mark.parametrize("policy", POLICIES)
def test_what_engramd_did_not_make_stays(job: Job, policy: CleanupPolicy) -> None:
    theirs = job.folder.path / "thesis.txt"
    theirs.write_text("years of work")
    outside = job.root / "film.mkv"
    outside.write_bytes(b"video")
    job.lifecycle.update_title(job.titles[1], staging_file=str(outside))
    job.move(FILED, SKIPPED, SKIPPED)
    job.finish(policy)
    job.later(days=1000)
    assert theirs.read_text() == "years of work"
    assert outside.exists()


def test_a_copy_of_a_filed_title_that_is_no_copy_goes_to_the_trash(job: Job) -> None:
    job.move(FILED, SKIPPED, SKIPPED)
    job.files[0].write_bytes(b"another video")
    job.finish(CleanupPolicy.ON_SUCCESS)
    assert job.trashed() == [0, 1, 2]


def test_what_was_begun_in_the_library_is_taken_back(job: Job) -> None:
    """It was killed while it filed two titles, which a person then did not want."""
    target = job.library / "film.mkv"
    for title in job.titles[1:]:
        job.lifecycle.update_title(title, filing_target=str(target), filing_bytes=5)
    for name in ("partial", "whole"):
        for path in job.files[1:]:
            hidden = hashlib.sha256(f"{os.uname().nodename}:{path}".encode()).hexdigest()[:16]
            (job.library / f".engramd-{hidden}.{name}").write_bytes(b"video")
    job.files[2].unlink()
    target.hardlink_to(job.files[1])
    job.move(FILED, SKIPPED, SKIPPED)
    job.finish(CleanupPolicy.ON_SUCCESS)
    assert [path.name for path in job.library.iterdir()] == ["0.mkv"]
    assert job.trashed() == [1, 2], "the one that was only in the library is back, and discarded"


def test_what_was_begun_is_taken_back_once(job: Job) -> None:
    """Later another title may have that name, of a file that both share."""
    target = job.library / "film.mkv"
    job.lifecycle.update_title(job.titles[2], filing_target=str(target), filing_bytes=5)
    job.move(FILED, SKIPPED, FAILED)
    job.finish(CleanupPolicy.ON_SUCCESS)
    target.hardlink_to(job.files[2])
    job.later(days=1)
    assert target.exists()
    assert job.there() == [2]


@pytest.mark.root
def test_a_library_that_hangs_holds_no_job_up_and_loses_nothing(job: Job) -> None:
    job.current.library_tv_path = str(job.library)
    libraries = Libraries(cast(Any, job), Patience(0.5))
    none = cast(Any, None)
    job.finisher = Finisher(cast(Any, job), none, none, none, libraries=libraries)
    libraries.ready(job.library)
    job.move(FILED, SKIPPED, SKIPPED)
    job.lifecycle.update_title(job.titles[1], filing_target=str(job.library / "x.mkv"), filing_bytes=5)
    with hanging_share(job.library):
        assert job.finish(CleanupPolicy.ON_SUCCESS) is JobState.COMPLETED
        job.later(days=1)
        assert (job.there(), job.trashed()) == ([0, 1, 2], [])
    until = time.monotonic() + 20
    while libraries.patience.hangs(job.library):
        assert time.monotonic() < until
        time.sleep(0.01)
    job.later(days=1)
    assert (job.there(), job.trashed()) == ([], [1, 2])


def test_what_was_split_stays_as_long_as_a_part_of_it_may_be_tried_again(job: Job) -> None:
    job.lifecycle.update_title(job.titles[1], match_source="was-split")
    job.move(FILED, SKIPPED, FAILED)
    job.finish(CleanupPolicy.ON_SUCCESS)
    assert (job.there(), job.trashed()) == ([1, 2], [])
    assert job.store.need_job(job.id).outcome is Outcome.PARTIAL


def test_a_trash_that_cannot_be_written_ends_no_job(job: Job) -> None:
    (job.root / ".engram-trash").symlink_to(job.library)
    job.move(FILED, SKIPPED, SKIPPED)
    assert job.finish(CleanupPolicy.ON_SUCCESS) is JobState.COMPLETED
    assert 1 in job.there()
