"""The report of what happened since a time, from the rows of a real database."""

from __future__ import annotations

from datetime import timedelta

from engramd.models import DiscJob, DiscTitle, JobEvent, JobState, ReviewKind, ReviewTask, TitleState
from engramd.models.base import utcnow
from engramd.pipeline.reporting import report
from engramd.store import Store

NOW = utcnow()
HOUR = timedelta(hours=1)


def filed(store: Store, job: DiscJob, index: int, name: str, ago: timedelta) -> None:
    store.add(
        DiscTitle(
            job_id=job.id or 0, title_index=index, state=TitleState.COMPLETED, organized_to=f"/tv/Show/{name}"
        )
    )
    store.add(
        JobEvent(
            job_id=job.id or 0, title_index=index, at=NOW - ago, kind="title", old="matched", new="completed"
        )
    )


def test_only_what_came_since_then_is_told_and_open_questions_are_counted(store: Store) -> None:
    old = store.add(DiscJob(drive_id="/dev/sr0", state=JobState.COMPLETED))
    filed(store, old, 0, "S01E01.mkv", 3 * HOUR)
    both = store.add(DiscJob(drive_id="/dev/sr0", state=JobState.REVIEW_NEEDED, detected_title="Show"))
    filed(store, both, 0, "S01E02.mkv", 3 * HOUR)
    filed(store, both, 1, "S01E03.mkv", HOUR)
    store.add(DiscTitle(job_id=both.id or 0, title_index=2, state=TitleState.REVIEW))
    store.add(DiscTitle(job_id=both.id or 0, title_index=3, state=TitleState.SKIPPED))
    for kind in (ReviewKind.EPISODE, ReviewKind.EXTRA):
        store.add(ReviewTask(job_id=both.id or 0, kind=kind, question="?"))

    [row] = report(store, NOW - 2 * HOUR)

    assert (row["job"].id, row["filed"], row["questions"]) == (both.id, ["S01E03.mkv"], 2)
    assert (row["open"], row["failed"], row["skipped"]) == (1, 0, 1)
    assert [one["job"].id for one in report(store, NOW - 4 * HOUR)] == [old.id, both.id]
    assert report(store, NOW) == []


def test_a_report_of_years_reads_each_title_once(store: Store) -> None:
    job = store.add(DiscJob(drive_id="/dev/sr0", state=JobState.COMPLETED))
    for _ in range(30):
        store.add(JobEvent(job_id=job.id or 0, title_index=0, at=NOW - HOUR, kind="title", new="completed"))
    filed(store, job, 0, "S01E01.mkv", HOUR)

    assert store.happened_since(NOW - 10_000 * HOUR) == [(job.id, 0, "completed")]
    [row] = report(store, NOW - 10_000 * HOUR)
    assert row["filed"] == ["S01E01.mkv"]
