"""Opens the database: SQLite by default, any SQLAlchemy URL otherwise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlmodel import create_engine

from engramd.errors import InvalidArgument

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
        pre_ping = parsed.get_backend_name() != "sqlite"
        engine = create_engine(parsed, pool_pre_ping=pre_ping, hide_parameters=True)
    except ArgumentError as error:
        raise InvalidArgument("the database URL cannot be understood", where="database_url") from error
    except (NoSuchModuleError, ImportError) as error:
        raise InvalidArgument(
            "there is no driver for this kind of database",
            where="database_url",
            why=error,
            remedy="install it, or name another one, as in postgresql+psycopg://",
        ) from error
    if parsed.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    for pragma in SQLITE_PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
