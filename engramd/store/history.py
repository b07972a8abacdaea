"""What happened to jobs: how it is written down, and pages of it, and of jobs, the newest first.

Each page is one short query.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, or_
from sqlmodel import Session, col, select

from engramd.models import DiscJob, DiscTitle, JobEvent, ReviewTask, TitleState

_SEARCHED = ("detected_title", "original_title", "volume_label", "drive_id", "error_message")


@dataclass(frozen=True)
class WantedJobs:
    """Which jobs are wanted: each field that is set counts, and texts are parts, in any case.

    `before_id` is where the last page ended: only jobs that began before that one. `drive` is an identity,
    or a device node or image as the job has it.
    """

    limit: int = 50
    before_id: int | None = None
    before: datetime | None = None
    since: datetime | None = None
    state: str = ""
    outcome: str = ""
    content_type: str = ""
    show: str = ""
    season: int | None = None
    label: str = ""
    drive: str = ""
    text: str = ""
    station: str = ""


@dataclass(frozen=True)
class WantedEvents:
    """What is wanted of what happened: each field that is set counts; `kinds` are any of these."""

    limit: int = 100
    before_id: int | None = None
    since: datetime | None = None
    job_id: int | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class PastEvent:
    """One thing that happened, and the job that it happened to."""

    event: JobEvent
    job: DiscJob


def past_jobs(session: Session, wanted: WantedJobs) -> list[DiscJob]:
    """Give a page of all jobs, the last that began first."""
    found = select(DiscJob).where(*_conditions(wanted)).order_by(col(DiscJob.id).desc())
    return list(session.exec(found.limit(wanted.limit)))


def past_events(session: Session, wanted: WantedEvents) -> list[PastEvent]:
    """Give a page of what happened, the last first.

    Each kind is asked for by itself: a database walks its index backwards only where one is wanted.
    """
    conditions = []
    if wanted.before_id is not None:
        conditions.append(col(JobEvent.id) < wanted.before_id)
    if wanted.since is not None:
        conditions += _since(wanted.since)
    if wanted.job_id is not None:
        conditions.append(col(JobEvent.job_id) == wanted.job_id)
    last = select(JobEvent).where(*conditions).order_by(col(JobEvent.id).desc()).limit(wanted.limit)
    pages = [last.where(JobEvent.kind == kind) for kind in dict.fromkeys(wanted.kinds)] or [last]
    found = [event for page in pages for event in session.exec(page)]
    return _with_jobs(session, sorted(found, key=lambda event: -(event.id or 0))[: wanted.limit])


def events_after(session: Session, last: int, limit: int) -> list[PastEvent]:
    """Give what happened after an event, in order."""
    found = select(JobEvent).where(col(JobEvent.id) > last).order_by(col(JobEvent.id)).limit(limit)
    return _with_jobs(session, list(session.exec(found)))


def note_event(
    session: Session,
    job_id: int,
    kind: str,
    actor: str,
    old: str,
    new: str,
    sentence: str,
    *,
    title_index: int | None = None,
) -> None:
    """Write what happened to a job, or to one of its titles, together with what the session changes."""
    event = JobEvent(job_id=job_id, title_index=title_index, kind=kind, actor=actor, sentence=sentence)
    event.old, event.new = str(old), str(new)
    session.add(event)


def last_event(session: Session) -> int:
    """Give the number of the last event; 0 where nothing happened yet."""
    return session.exec(select(func.max(col(JobEvent.id)))).one() or 0


def title_states(session: Session, job_ids: Collection[int]) -> dict[int, Counter[TitleState]]:
    """Count the titles of jobs by their state."""
    counted: dict[int, Counter[TitleState]] = {job_id: Counter() for job_id in job_ids}
    found = select(DiscTitle.job_id, DiscTitle.state, func.count()).where(col(DiscTitle.job_id).in_(job_ids))
    for job_id, state, count in session.exec(found.group_by(col(DiscTitle.job_id), col(DiscTitle.state))):
        counted[job_id][TitleState(state)] = count
    return counted


def open_questions(session: Session, job_ids: Collection[int]) -> Counter[int]:
    """Count the open questions of jobs."""
    found = select(ReviewTask.job_id).where(
        col(ReviewTask.closed_at).is_(None), col(ReviewTask.job_id).in_(job_ids)
    )
    return Counter(session.exec(found))


def _since(since: datetime) -> list[ColumnElement[bool]]:
    """Ask for what is not older; a page is walked by number, and would go back to the very first one."""
    late = col(JobEvent.at) >= since
    first = select(JobEvent.id).where(late).order_by(col(JobEvent.at), col(JobEvent.id)).limit(1)
    return [late, col(JobEvent.id) >= first.scalar_subquery()]


def _with_jobs(session: Session, events: list[JobEvent]) -> list[PastEvent]:
    numbers = {event.job_id for event in events}
    jobs = {job.id: job for job in session.exec(select(DiscJob).where(col(DiscJob.id).in_(numbers)))}
    return [PastEvent(event, jobs[event.job_id]) for event in events]


def _conditions(wanted: WantedJobs) -> list[ColumnElement[bool]]:
    equal = {
        DiscJob.state: wanted.state or None,
        DiscJob.outcome: wanted.outcome or None,
        DiscJob.content_type: wanted.content_type or None,
        DiscJob.detected_season: wanted.season,
        DiscJob.station: wanted.station or None,
    }
    conditions = [col(column) == value for column, value in equal.items() if value is not None]
    if wanted.before_id is not None:
        conditions.append(col(DiscJob.id) < wanted.before_id)
    if wanted.before is not None:
        conditions.append(col(DiscJob.created_at) < wanted.before)
    if wanted.since is not None:
        conditions.append(col(DiscJob.created_at) >= wanted.since)
    if wanted.show:
        conditions.append(_has(wanted.show, "detected_title", "original_title"))
    if wanted.label:
        conditions.append(_has(wanted.label, "volume_label"))
    if wanted.drive:
        is_it: Any = col(DiscJob.drive_identity) == wanted.drive
        conditions.append(is_it | (col(DiscJob.drive_id) == wanted.drive))
    if wanted.text:
        conditions.append(_has(wanted.text, *_SEARCHED))
    return conditions


def _has(text: str, *columns: str) -> ColumnElement[bool]:
    """Whether one of the columns has the text, in any case.

    SQLite knows the cases of ASCII only, so other letters are looked for as they are written in names.
    """
    spellings = {text} if text.isascii() else {text, text.lower(), text.upper(), text.title()}
    return or_(
        *(
            col(getattr(DiscJob, column)).icontains(spelling, autoescape=True)
            for column in columns
            for spelling in sorted(spellings)
        )
    )
