"""Times in which a database cannot be used: its server is started anew, or SQLite's disk is full."""

from __future__ import annotations

import logging
import math
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from engramd.errors import Cancelled
from engramd.store.engine import place_of, without_secrets

log = logging.getLogger(__name__)

#: Seconds for which a thread waits on which somebody waits. The main thread, which has the bus, never does.
BRIEF = 5.0
#: Seconds before the second try, and between tries at most.
_FIRST, _LONGEST = 0.05, 2.0
_is_patient: ContextVar[bool] = ContextVar("is_patient", default=False)
T = TypeVar("T")


@contextmanager
def patient() -> Iterator[None]:
    """Have what this thread reads and writes in the block wait for the server, however long it is away."""
    before = _is_patient.set(True)
    try:
        yield
    finally:
        _is_patient.reset(before)


def cut_off(error: BaseException) -> bool:
    """Whether a read or write failed for no fault of its own, so that nothing of it counts.

    The connection ended in the middle, or the disk was full.
    """
    return isinstance(error, DBAPIError) and (error.connection_invalidated or finds_disk_full(error))


def finds_disk_full(error: DBAPIError) -> bool:
    """Whether SQLite found no room for what was to be written."""
    return getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


class Outages:
    """Has threads wait until the server is back; used on any thread."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._is_away = False
        self._stop = threading.Event()

    def stop(self) -> None:
        """Have nobody wait any more: the daemon ends."""
        self._stop.set()

    def outlast(self, attempt: Callable[[], T]) -> T:
        """Give what an attempt to connect gives, if need be when the server, or room, is back.

        Raises OperationalError if that takes too long for this thread, and Cancelled at the daemon's end.
        """
        end, pause = time.monotonic() + _allowed(), _FIRST
        while True:
            try:
                made = attempt()
            except DBAPIError as error:
                if not (_finds_no_server(error) or finds_disk_full(error)):
                    raise
                self._note(error)
                left = end - time.monotonic()
                if left <= 0:
                    raise
                if self._stop.wait(min(pause, left)):
                    raise Cancelled("the daemon ends, and the database is away") from error
                pause = min(2 * pause, _LONGEST)
            else:
                if self._is_away:
                    self._note(None)
                return made

    def _note(self, error: DBAPIError | None) -> None:
        """Log an outage once, and its end."""
        with self._lock:
            if self._is_away == (error is not None):
                return
            self._is_away = error is not None
        if error is None:
            log.info("the database is back")
            return
        why = without_secrets(str(error.orig).strip().partition("\n")[0], self._url)
        what = "the database's disk is full" if finds_disk_full(error) else "the database is away"
        log.warning("%s (%s), and is waited for: %s", what, place_of(self._url), why)


def _allowed() -> float:
    """Give for how many seconds this thread may wait."""
    if threading.current_thread() is threading.main_thread():
        return 0.0
    return math.inf if _is_patient.get() else BRIEF


def _finds_no_server(error: DBAPIError) -> bool:
    """Whether there was no connection to be had, or one ended before anything was done with it."""
    return error.connection_invalidated or (isinstance(error, OperationalError) and error.statement is None)
