"""Sessions of a database: as many as one likes that read, and one at a time that writes."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from engramd.store.engine import ALONE, SHARED
from engramd.store.outages import Outages, finds_disk_full

#: Bytes of a disk with which SQLite can go on.
_ROOM = 1024 * 1024
T = TypeVar("T")


class Sessions:
    """Opens them. One of a server's database has its connection before anything is done with it.

    So it waits there for a server that is away, as long as its thread may (see `outages`).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writing = threading.RLock()
        self._outages = Outages(engine.url)
        #: What was said when SQLite found its disk full; until there is room nothing is begun.
        self._full: OperationalError | None = None
        #: Whether other daemons may have jobs here, too.
        self.is_shared = engine.dialect.name == SHARED

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading; what it loads stays usable after its end."""
        if self.is_shared:
            with self._outages.outlast(self._connected) as session:
                yield session
            return
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    def reading(self, task: Callable[[Session], T]) -> T:
        """Give what a task reads, which does nothing else: it reads again where it was cut off."""

        def attempt() -> T:
            with self._connected() if self.is_shared else self.read() as session:
                return task(session)

        return self._outages.outlast(attempt) if self.is_shared else attempt()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits at its end; one at a time, so that SQLite's writers never collide.

        That holds over all stations: what is read in it is as it was when it is written.
        """
        if self.is_shared:
            with self._alone() as session:
                yield session
            return
        if self._full is not None:
            self._outages.outlast(self._need_room)
        try:
            with self._writing, Session(self._engine, expire_on_commit=False) as session, session.begin():
                yield session
        except OperationalError as error:
            self._full = error if finds_disk_full(error) else self._full
            raise

    def stop_waiting(self) -> None:
        """Have no thread wait any more for a server that is away: it gets Cancelled."""
        self._outages.stop()

    def close(self) -> None:
        """Close all connections."""
        self._outages.stop()
        self._engine.dispose()

    def _need_room(self) -> None:
        """Raises what SQLite said, as long as its disk is full."""
        disk = os.statvfs(Path(self._engine.url.database or ".").parent)
        if self._full is not None and disk.f_bavail * disk.f_frsize < _ROOM:
            raise self._full
        self._full = None

    @contextmanager
    def _alone(self) -> Iterator[Session]:
        session = self._outages.outlast(self._begun_alone)
        try:
            with session:
                yield session
                session.commit()
        finally:
            self._writing.release()

    def _begun_alone(self) -> Session:
        """Give a session that is the only one that writes; nobody waits for one whose server is away."""
        self._writing.acquire()
        try:
            session = self._connected()
            with _closed_after_error(session):
                session.execute(ALONE)
        except BaseException:
            self._writing.release()
            raise
        return session

    def _connected(self) -> Session:
        session = Session(self._engine, expire_on_commit=False)
        with _closed_after_error(session):
            session.connection()
        return session


@contextmanager
def _closed_after_error(session: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.close()
        raise
