"""Opens the database: SQLite by default, any SQLAlchemy URL otherwise."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlmodel import create_engine

from engramd.errors import InvalidArgument

#: What is shorter tears words apart.
_SHORTEST = 3
#: The kind of database that several daemons can share.
SHARED = "postgresql"
#: One writer at a time over all daemons; the server ends one that hangs in the middle.
ALONE = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('engramd writes', 0)),"
    " set_config('idle_in_transaction_session_timeout', '60s', true)"
)
#: Statements that each connection to SQLite keeps ready. Lists of numbers make new ones without end, and the
#: 128 that Python keeps are megabytes.
STATEMENTS = 16
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "synchronous=FULL",
    "busy_timeout=10000",
    "cache_size=-1024",
)


def default_url(state: Path) -> str:
    """Give the URL of the database in the state folder."""
    return f"sqlite:///{state / 'engramd.db'}"


def open_engine(url: str) -> Engine:
    """Open a database; InvalidArgument if the URL is none, or means a driver that is not installed."""
    try:
        parsed = make_url(url)
        # Errors of the database quote what was to be stored, unless told not to; keys are among it.
        is_sqlite = parsed.get_backend_name() == "sqlite"
        kept = {"cached_statements": STATEMENTS} if is_sqlite else {}
        engine = create_engine(parsed, pool_pre_ping=not is_sqlite, hide_parameters=True, connect_args=kept)
    except (NoSuchModuleError, ImportError) as error:
        raise InvalidArgument(
            "there is no driver for this kind of database",
            where="database_url",
            why=error,
            remedy="install it, or name another one, as in postgresql+psycopg://",
        ) from error
    except (ArgumentError, ValueError):
        # What the library says of a wrong address repeats parts of it.
        remedy = "write what is special in a password as %XX: %40 for @, %3A for :, %2F for /"
        raise InvalidArgument(
            "the database URL cannot be understood", where="database_url", remedy=remedy
        ) from None
    if parsed.get_backend_name() == "sqlite":
        _keep_private(parsed.database or "")
        event.listen(engine, "connect", _set_pragmas)
    return engine


def place_of(url: URL) -> str:
    """Say where a database is, without user name, password and options."""
    host = (url.host or "").rpartition("@")[2]
    shown = URL.create(url.drivername, host=host or None, port=url.port, database=url.database)
    return shown.render_as_string()


def without_secrets(text: str, url: URL) -> str:
    """Take user and passwords of an address out of a text: a server's errors name its user."""
    before_host = (url.host or "").rpartition("@")[0]
    options = {str(value) for name, value in url.query.items() if "pass" in name or name == "user"}
    secrets = {url.username, str(url.password or ""), before_host, *options}
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, "…")
    return text


def _keep_private(database: str) -> None:
    """Let nobody else read the file, in which keys are: the library's group has other members than engramd.

    SQLite gives the files beside it the same mode. What cannot be done here fails when the file is used.
    """
    if not database or database.startswith((":memory:", "file:")):
        return
    with suppress(OSError):
        os.close(os.open(database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    for file in (database, f"{database}-wal", f"{database}-shm"):
        with suppress(OSError):
            Path(file).chmod(Path(file).stat().st_mode & 0o700)


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
