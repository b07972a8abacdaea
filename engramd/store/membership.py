"""A daemon's place among those that share a database: its name, and one change of the schema at a time.

Both are locks of the database's server, which ends them with the connection of a daemon that is gone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from engramd.errors import Busy, EngramError, InvalidArgument
from engramd.store.engine import place_of, without_secrets

DRIVER = "psycopg"
#: Seconds for which a name is waited for: the daemon that had it may have ended in this moment.
PATIENCE = 2.0
#: A machine that lost power is given up by the server after 20 seconds: before systemd gives up its service.
_KEEPALIVE = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 2,
    "tcp_user_timeout": 20_000,
}
_KEY = "hashtextextended(%s, 0)"
_HELD = text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND ((classid::bigint << 32) | objid::bigint) = hashtextextended(:name, 0) LIMIT 1"
)
_SCHEMA = "engramd schema"


class Membership:
    """Holds the name of a station for as long as the daemon lives, on a connection of its own."""

    def __init__(self, engine: Engine, station: str, patience: float = PATIENCE) -> None:
        """`patience` is how many seconds a name is waited for that another daemon has."""
        if engine.dialect.driver != DRIVER:
            raise InvalidArgument(
                "stations need another driver of PostgreSQL",
                where=f"database_url: {engine.dialect.driver}",
                remedy="write postgresql+psycopg:// instead",
            )
        self.station = station
        self._engine = engine
        self._patience = patience
        self._connection: psycopg.Connection[Any] | None = None

    @property
    def connection(self) -> psycopg.Connection[Any]:
        """The connection that holds the name; for one thread at a time. Busy where the name is not held."""
        if self._connection is None:
            raise Busy("the station has left its database", where=self.station)
        return self._connection

    def join(self) -> None:
        """Take the name (again). Busy if another daemon has it, EngramError where no server answers."""
        self.leave()
        try:
            self._connection = self._open()
            self._take_name()
            self._share_schema()
        except BaseException:
            self.leave()
            raise

    def leave(self) -> None:
        """Give the name back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep others from using the database within the block.

        Raises Busy if one does, and EngramError where the server is gone.
        """
        self._lock("pg_advisory_unlock_shared", _SCHEMA)
        try:
            if not self._lock("pg_try_advisory_lock", _SCHEMA):
                raise Busy(
                    "the database must get another schema, and other stations use it",
                    where=place_of(self._engine.url),
                    remedy="install this version on all of them, stop all (sudo systemctl stop engramd),"
                    " and start one after another",
                )
            try:
                yield
            finally:
                self._lock("pg_advisory_unlock", _SCHEMA)
        finally:
            self._share_schema()

    def is_running(self, station: str) -> bool:
        """Whether a daemon has a name now; on any thread."""
        with self._engine.connect() as connection:
            return connection.execute(_HELD, {"name": f"engramd station {station}"}).first() is not None

    def _open(self) -> psycopg.Connection[Any]:
        settings = {**_KEEPALIVE, "lock_timeout": round(self._patience * 1000)}
        try:
            pooled = self._engine.raw_connection()
            connection = pooled.driver_connection
            pooled.detach()
            assert isinstance(connection, psycopg.Connection)
            connection.rollback()
            connection.autocommit = True
            for name, value in settings.items():
                connection.execute("SELECT set_config(%s, %s, false)", (name, str(value)))
        except (psycopg.Error, SQLAlchemyError) as error:
            raise self._away(error) from error
        return connection

    def _take_name(self) -> None:
        try:
            self._lock("pg_advisory_lock", f"engramd station {self.station}")
        except LockNotAvailable:
            raise self._name_is_taken() from None

    def _share_schema(self) -> None:
        """Keep others from changing the schema. Raises Busy while one does."""
        try:
            self._lock("pg_advisory_lock_shared", _SCHEMA)
        except LockNotAvailable:
            what = "another station gives the database its present schema"
            remedy = "wait until it is ready: engramd starts again by itself"
            raise Busy(what, where=place_of(self._engine.url), remedy=remedy) from None

    def _lock(self, function: str, name: str) -> Any:
        try:
            found = self.connection.execute(f"SELECT {function}({_KEY})".encode(), (name,)).fetchone()
        except LockNotAvailable:
            raise
        except psycopg.Error as error:
            raise self._away(error) from error
        return found and found[0]

    def _name_is_taken(self) -> Busy:
        return Busy(
            f"another engramd that is called {self.station} uses this database",
            where=place_of(self._engine.url),
            remedy='give this machine another name: station = "…" in engramd.toml',
        )

    def _away(self, error: Exception) -> EngramError:
        url = self._engine.url
        why = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
        remedy = "start its server, or mend database_url"
        said = without_secrets(why, url)
        return EngramError("the database cannot be read", where=place_of(url), why=said, remedy=remedy)
