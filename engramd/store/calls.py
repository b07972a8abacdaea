"""What stations ask of each other, as rows: who is asked takes a call once, and notes what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, update
from sqlmodel import col, select

from engramd.models.base import utcnow
from engramd.models.stations import StationCall
from engramd.store.store import Store

#: How long it is kept what came of a call, if nobody asked.
_KEPT = timedelta(days=1)


class StationCalls:
    """Their rows; every call is one short session."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, call: StationCall) -> int:
        """Ask; give the number of the call."""
        return self._store.add(call).id or 0

    def take(self) -> StationCall | None:
        """Give the oldest call for this station that nobody took yet, and take it."""
        wanted = select(StationCall).where(
            StationCall.station == self._store.station, col(StationCall.taken_at).is_(None)
        )
        with self._store.write() as session:
            call = session.exec(wanted.order_by(col(StationCall.id)).limit(1)).first()
            if call is not None:
                call.taken_at = utcnow()
        return call

    def waiting(self) -> bool:
        """Whether something is asked of this station that nobody took yet."""
        wanted = select(StationCall.id).where(
            StationCall.station == self._store.station, col(StationCall.taken_at).is_(None)
        )
        with self._store.read() as session:
            return session.exec(wanted.limit(1)).first() is not None

    def conclude(self, number: int, values: Mapping[str, Any]) -> None:
        """Note what came of a call."""
        with self._store.write() as session:
            call = session.get(StationCall, number)
            if call is not None:
                call.done_at = utcnow()
                for name, value in values.items():
                    setattr(call, name, value)

    def get(self, number: int) -> StationCall | None:
        """Give a call as it is now."""
        with self._store.read() as session:
            return session.get(StationCall, number)

    def withdraw(self, number: int) -> bool:
        """Ask no longer; tell whether nobody had taken the call."""
        with self._store.write() as session:
            call = session.get(StationCall, number)
            if call is None or call.taken_at is not None:
                return False
            session.delete(call)
        return True

    def forget(self, number: int) -> None:
        """Remove a call whose outcome is known."""
        with self._store.write() as session:
            session.execute(delete(StationCall).where(col(StationCall.id) == number))

    def begin(self, interface: str, methods: Collection[str]) -> None:
        """Let what this station left half-done be taken again, if it is one of these methods of an interface.

        The others are removed: what they were to do may be done. So are those that ended long ago.
        """
        mine = col(StationCall.station) == self._store.station
        half = and_(mine, col(StationCall.done_at).is_(None), col(StationCall.taken_at).is_not(None))
        again = and_(col(StationCall.interface) == interface, col(StationCall.method).in_(methods))
        with self._store.write() as session:
            session.execute(update(StationCall).where(half, again).values(taken_at=None))
            session.execute(delete(StationCall).where(half, ~again))
            session.execute(delete(StationCall).where(col(StationCall.done_at) < utcnow() - _KEPT))
