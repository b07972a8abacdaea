"""The outbox as rows: what was told, and what is still to be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlmodel import col, delete, select

from engramd.models.notices import Notice
from engramd.store import Store

BEGINS, ENDS = "condition_begins", "condition_ends"
QUESTIONS, NEEDS_DISC = "questions", "needs_disc"
#: All is well: at most one of these a disc.
GOOD = ("filed", "duplicate", "nothing_to_do")
#: How long it is remembered what was told.
_KEPT = timedelta(days=90)


class NoticeRows:
    """Reads and writes notices; each call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, notice: Notice) -> None:
        """Put a message into the outbox."""
        notice.station = self._store.scope
        self._store.add(notice)

    def save(self, notices: Iterable[Notice]) -> None:
        """Keep what has changed."""
        for notice in notices:
            self._store.save(notice)

    def drop(self, notices: Iterable[Notice]) -> None:
        """Forget messages that nobody has to read any more."""
        numbers = [notice.id for notice in notices]
        if numbers:
            with self._store.write() as session:
                session.execute(delete(Notice).where(col(Notice.id).in_(numbers)))

    def pending(self) -> list[Notice]:
        """Give what is not sent, oldest first."""
        with self._store.read() as session:
            wanted = select(Notice).where(col(Notice.sent_at).is_(None), self._store.own(Notice))
            return list(session.exec(wanted.order_by(col(Notice.id))))

    def of_job(self, job_id: int) -> list[Notice]:
        """Give all messages about a job, newest first."""
        with self._store.read() as session:
            wanted = select(Notice).where(Notice.job_id == job_id).order_by(col(Notice.id).desc())
            return list(session.exec(wanted))

    def open_conditions(self) -> dict[str, Notice]:
        """Give the conditions whose beginning was the last that was told of them, by what they are about."""
        with self._store.read() as session:
            wanted = select(Notice).where(col(Notice.kind).in_((BEGINS, ENDS)), self._store.own(Notice))
            last = {notice.about: notice for notice in session.exec(wanted.order_by(col(Notice.id)))}
        return {about: notice for about, notice in last.items() if notice.kind == BEGINS}

    def times_ended(self, about: str, since: datetime) -> int:
        """Give how often it was told since a time that a condition ended."""
        with self._store.read() as session:
            wanted = select(Notice.id).where(Notice.about == about, Notice.kind == ENDS, Notice.at > since)
            wanted = wanted.where(self._store.own(Notice))
            return len(session.exec(wanted).all())

    def forget_old(self, now: datetime) -> None:
        """Remove what was told long ago, but conditions that have not ended."""
        kept = [notice.id for notice in self.open_conditions().values()]
        with self._store.write() as session:
            old = col(Notice.sent_at) < now - _KEPT
            mine = self._store.own(Notice)
            session.execute(delete(Notice).where(old, mine, col(Notice.id).not_in(kept)))
