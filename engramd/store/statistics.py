"""Totals over the whole history, counted by the database."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from engramd.models import DiscJob, DiscTitle, JobEvent, JobState, Outcome, RipOutcome, TitleState
from engramd.store.store import ENDED, Store

#: What a ripped title becomes.
_RIPPED = (TitleState.MATCHING, TitleState.MATCHED)
#: Titles that were cut out of another one have its bytes.
_CUT_OUT = "%@%"


@dataclass(frozen=True)
class Filed:
    """A title that came into the library; `path` is absolute."""

    path: str
    at: datetime


@dataclass(frozen=True)
class Totals:
    """What there is in the history.

    `jobs` are all jobs by what they are now. `ended` (by state) and `ripped_titles` count what happened: a
    job that was tried again ended twice, so these never fall. `ripped_bytes` is the size of the titles as
    they are recorded now.
    """

    jobs: dict[tuple[JobState, Outcome | None], int]
    ended: dict[JobState, int]
    ripped_titles: int
    ripped_bytes: int
    last_filed: Filed | None


class Statistics:
    """Counts; events are never changed, so each is looked at once in the life of this object."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._seen = 0
        self._ended: Counter[JobState] = Counter()
        self._ripped = 0

    def totals(self) -> Totals:
        """Count; from any thread."""
        with self._lock, self._store.read() as session:
            self._count_events(session)
            return Totals(
                jobs=_jobs(session),
                ended={state: self._ended[state] for state in ENDED},
                ripped_titles=self._ripped,
                ripped_bytes=_ripped_bytes(session),
                last_filed=_last_filed(session),
            )

    def _count_events(self, session: Session) -> None:
        last = session.exec(select(func.max(JobEvent.id))).one() or 0
        new = (col(JobEvent.id) > self._seen, col(JobEvent.id) <= last)
        count = func.count()
        ends = select(JobEvent.new, count).where(*new, JobEvent.kind == "state", col(JobEvent.new).in_(ENDED))
        ended = {JobState(state): number for state, number in session.exec(ends.group_by(col(JobEvent.new)))}
        rips = select(count).where(*new, JobEvent.kind == "title", JobEvent.old == TitleState.RIPPING)
        ripped = session.exec(rips.where(col(JobEvent.new).in_(_RIPPED))).one()
        self._ended.update(ended)
        self._ripped += ripped
        self._seen = last


def _jobs(session: Session) -> dict[tuple[JobState, Outcome | None], int]:
    kinds = (col(DiscJob.state), col(DiscJob.outcome))
    rows = session.exec(select(*kinds, func.count()).group_by(*kinds))
    return {(state, outcome): number for state, outcome, number in rows}


def _ripped_bytes(session: Session) -> int:
    wanted = select(func.sum(DiscTitle.file_size_bytes)).where(
        DiscTitle.rip_outcome == RipOutcome.SAVED, col(DiscTitle.segment_map).not_like(_CUT_OUT)
    )
    return int(session.exec(wanted).one() or 0)


def _last_filed(session: Session) -> Filed | None:
    """Give the title that was filed last of those that are still in the library."""
    same_job = col(JobEvent.job_id) == col(DiscTitle.job_id)
    same_title = col(JobEvent.title_index) == col(DiscTitle.title_index)
    wanted = (
        select(DiscTitle.organized_to, JobEvent.at)
        .join(JobEvent, same_job & same_title)
        .where(JobEvent.new == TitleState.COMPLETED, JobEvent.kind == "title")
        .where(DiscTitle.state == TitleState.COMPLETED, col(DiscTitle.organized_to).is_not(None))
        .order_by(col(JobEvent.id).desc())
        .limit(1)
    )
    row = session.exec(wanted).first()
    return Filed(row[0] or "", row[1]) if row else None
