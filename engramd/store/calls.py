"""What stations ask of each other, as rows: who is asked takes a call once, and notes what came of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, text, update
from sqlmodel import col, select

from engramd.models.base import utcnow
from engramd.models.stations import StationCall
from engramd.store.store import Store

_NOW = text("SELECT clock_timestamp()")
#: How long it is kept what came of a call, if nobody asked.
_KEPT = timedelta(days=1)


class StationCalls:
    """Their rows; every call is one short session."""

    def __init__(self, store: Store, interface: str, kept: Collection[str], patience: float) -> None:
        """`kept` are methods of an interface that are done however late.

        Who asks for another waits for `patience` seconds.
        """
        self._store, self._patience = store, timedelta(seconds=patience)
        self._is_kept = and_(col(StationCall.interface) == interface, col(StationCall.method).in_(kept))

    def add(self, call: StationCall) -> int:
        """Ask; give the number of the call. It has the time of the server's clock."""
        with self._store.write() as session:
            call.at = session.execute(_NOW).scalar_one()
            session.add(call)
        return call.id or 0

    def take(self) -> StationCall | None:
        """Give the oldest call for this station that nobody took yet, and take it.

        Those for which nobody waits any more are removed: who asked ended, or was told that it failed.
        """
        not_taken = and_(col(StationCall.station) == self._store.station, col(StationCall.taken_at).is_(None))
        wanted = select(StationCall).where(not_taken)
        with self._store.write() as session:
            too_old = col(StationCall.at) < session.execute(_NOW).scalar_one() - self._patience
            session.execute(delete(StationCall).where(not_taken, ~self._is_kept, too_old))
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

    def begin(self) -> None:
        """Let what this station left half-done be taken again, if it is one of the methods that are kept.

        The others are removed: what they were to do may be done. So are those that ended long ago.
        """
        mine = col(StationCall.station) == self._store.station
        half = and_(mine, col(StationCall.done_at).is_(None), col(StationCall.taken_at).is_not(None))
        with self._store.write() as session:
            session.execute(update(StationCall).where(half, self._is_kept).values(taken_at=None))
            session.execute(delete(StationCall).where(half, ~self._is_kept))
            session.execute(delete(StationCall).where(col(StationCall.done_at) < utcnow() - _KEPT))
