"""Answers of people that hold for more than one question."""

from __future__ import annotations

from sqlmodel import col, select

from engramd.models import StandingAnswer
from engramd.models.base import utcnow
from engramd.store.store import Store


class StandingAnswers:
    """Their rows; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, row: StandingAnswer) -> StandingAnswer:
        """Keep one."""
        return self._store.add(row)

    def newest_first(self) -> list[StandingAnswer]:
        """Give those that count, the newest first."""
        wanted = select(StandingAnswer).where(col(StandingAnswer.ended_at).is_(None))
        with self._store.read() as session:
            return list(session.exec(wanted.order_by(col(StandingAnswer.id).desc())).all())

    def end(self, review_id: int) -> None:
        """Let what was answered to one question count no longer."""
        with self._store.write() as session:
            wanted = select(StandingAnswer).where(
                StandingAnswer.review_id == review_id, col(StandingAnswer.ended_at).is_(None)
            )
            for row in session.exec(wanted):
                row.ended_at = utcnow()
                session.add(row)
