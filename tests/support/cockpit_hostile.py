"""Jobs whose discs and databases said the worst that a browser could be told."""

from __future__ import annotations

from pathlib import Path

from engramd.models import (
    ContentType,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    ReviewTask,
    TitleState,
    WorkCandidate,
    WorkNamespace,
)
from engramd.models.base import utcnow
from engramd.store import Store, default_url, open_engine

MARKUP = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'
#: Characters that turn what follows around.
TURNED = "abc\u202e\u2066gpj.exe"
ENDLESS = "W" * 10_000


def record_hostile_jobs(state: Path) -> None:
    """Put two jobs into the database of a state folder: one asks, one failed."""
    store = Store(open_engine(default_url(state)))
    _record_question(store)
    _record_failure(store)
    store.close()


def _record_question(store: Store) -> None:
    job = store.add(
        DiscJob(
            drive_id="/nowhere/a.iso",
            volume_label=MARKUP,
            detected_title=MARKUP,
            content_type=ContentType.MOVIE,
            state=JobState.REVIEW_NEEDED,
            identity_reason=TURNED,
        )
    )
    job_id = job.id or 0
    store.add(DiscTitle(job_id=job_id, title_index=0, state=TitleState.REVIEW, staging_file="/nowhere/a.mkv"))
    work = WorkCandidate(job_id=job_id, namespace=WorkNamespace.MOVIE, name=MARKUP, reason=TURNED)
    work.confidence, work.number = 0.5, 1
    store.add(work)
    store.add(ReviewTask(job_id=job_id, kind=ReviewKind.IDENTITY, question=f"{MARKUP}?", summary=TURNED))


def _record_failure(store: Store) -> None:
    job = store.add(
        DiscJob(
            drive_id="/nowhere/b.iso",
            volume_label=ENDLESS,
            state=JobState.FAILED,
            outcome=Outcome.FAILED,
            error_message=f"{TURNED} {MARKUP}",
            completed_at=utcnow(),
        )
    )
    told = f"{MARKUP}{ENDLESS}"
    store.add(DiscTitle(job_id=job.id or 0, title_index=0, state=TitleState.FAILED, error_message=told))
