"""What the bus shows of all jobs at once: a few columns of each job, and what belongs to some titles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlmodel import col, func, select

from engramd.models import (
    DiscJob,
    JobState,
    ReviewTask,
    TitleCandidate,
    TitlePart,
    TitleTrack,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.store.store import ENDED, SHOWN_AFTER_END, Store

#: Numbers that one statement names; databases have a limit.
_AT_ONCE = 500
_MARKS: Any = (
    DiscJob.id,
    DiscJob.state,
    DiscJob.waiting_for,
    DiscJob.updated_at,
    DiscJob.completed_at,
    DiscJob.station,
)
_QUESTIONS: Any = (ReviewTask.id, ReviewTask.job_id, ReviewTask.needs_disc)
Row = TypeVar("Row", TitleCandidate, TitlePart, TitleTrack)


@dataclass(frozen=True, slots=True)
class JobMark:
    """As much of a job as is counted and ranked."""

    id: int
    state: JobState
    waiting_for: WaitingFor | None
    changed_at: datetime
    ended_at: datetime | None
    station: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether nothing more is done for it."""
        return self.state in ENDED

    def is_shown(self, now: datetime) -> bool:
        """Whether it is under way, or ended less than a day ago."""
        return not self.has_ended or (self.ended_at is not None and self.ended_at > now - SHOWN_AFTER_END)


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """As much of a question as is counted."""

    id: int
    job_id: int
    needs_disc: bool


class Overview:
    """Its calls are one short session each."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def jobs(self, ids: Collection[int] | None = None) -> list[JobMark]:
        """Give the jobs that are to be shown, of all or of some: not cleared, and see `JobMark.is_shown`."""
        shown = col(DiscJob.state).not_in(ENDED) | (col(DiscJob.completed_at) > utcnow() - SHOWN_AFTER_END)
        wanted = select(*_MARKS).where(shown, col(DiscJob.cleared_at).is_(None))
        return [JobMark(*row) for row in self._rows(wanted, col(DiscJob.id), ids)]

    def questions(self, ids: Collection[int] | None = None) -> list[OpenQuestion]:
        """Give the open questions of all jobs, or of some."""
        wanted = select(*_QUESTIONS).where(col(ReviewTask.closed_at).is_(None)).order_by(col(ReviewTask.id))
        return [OpenQuestion(*row) for row in self._rows(wanted, col(ReviewTask.job_id), ids)]

    def candidates(self, title_ids: Collection[int]) -> defaultdict[int, list[TitleCandidate]]:
        """Give the episodes that titles may be, likeliest first."""
        best_first = (col(TitleCandidate.confidence).desc(), col(TitleCandidate.id))
        return self._of_titles(TitleCandidate, title_ids, *best_first)

    def tracks(self, title_ids: Collection[int]) -> defaultdict[int, list[TitleTrack]]:
        """Give the streams of titles."""
        return self._of_titles(TitleTrack, title_ids, col(TitleTrack.place))

    def parts(self, title_ids: Collection[int]) -> defaultdict[int, list[TitlePart]]:
        """Give the episodes inside titles that hold several."""
        return self._of_titles(TitlePart, title_ids, col(TitlePart.begin_seconds))

    def in_line(self) -> int:
        """Count the jobs of this daemon that wait for a slot."""
        with self._store.read() as session:
            wanted = select(func.count()).select_from(DiscJob)
            slot = DiscJob.waiting_for == WaitingFor.SLOT
            return session.exec(wanted.where(slot, self._store.own(DiscJob))).one()

    def _rows(self, wanted: Any, key: Any, ids: Collection[int] | None) -> list[Any]:
        parts = [wanted] if ids is None else [wanted.where(key.in_(part)) for part in _parts(ids)]
        with self._store.read() as session:
            return [row for part in parts for row in session.exec(part)]

    def _of_titles(
        self, kind: type[Row], title_ids: Collection[int], *order: Any
    ) -> defaultdict[int, list[Row]]:
        found: defaultdict[int, list[Row]] = defaultdict(list)
        for row in self._rows(select(kind).order_by(*order), col(kind.title_id), title_ids):
            found[row.title_id].append(row)
        return found


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    left = iter(ids)
    while part := list(islice(left, _AT_ONCE)):
        yield part
