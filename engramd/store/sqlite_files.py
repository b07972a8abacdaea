"""A database of SQLite as files: copied while it is used, checked, and put in the place of another."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from engramd import durable
from engramd.errors import EngramError, NoSpace

_PATIENCE = 30.0


def copy_database(source: Path, target: Path) -> None:
    """Copy a database as it is at one moment, also while a daemon uses it; only its owner may read the copy.

    Raises NoSpace, EngramError where it is damaged or in use for too long, OSError.
    """
    target.unlink(missing_ok=True)
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with closing(_opened(source)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise _refusal(source, error) from error


def revision_of(database: Path) -> str:
    """Give the schema of a database, empty where it has none. EngramError where it is none, or damaged."""
    try:
        with closing(_opened(database)) as connection:
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if damage != "ok":
                raise EngramError("the database is damaged", where=database, why=damage)
            table = "SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'"
            if connection.execute(table).fetchone() is None:
                return ""
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return str(row[0]) if row else ""
    except sqlite3.Error as error:
        raise _refusal(database, error) from error


def put_in_place(source: Path, database: Path) -> None:
    """Put a copy in the place of a database that nobody uses now: a crash leaves one of both. OSError."""
    partial = database.with_name(f"{database.name}.restored")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    shutil.copyfile(source, partial)
    for ending in ("-wal", "-shm"):  # what is left of a damaged one's log must not be taken for the new one's
        Path(f"{database}{ending}").unlink(missing_ok=True)
    durable.put_in_place(partial, database)


def _opened(database: Path) -> sqlite3.Connection:
    address = f"file:{quote(str(database))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=_PATIENCE, isolation_level=None)


def _refusal(database: Path, error: sqlite3.Error) -> EngramError:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        remedy = "make room there; nothing was changed"
        return NoSpace("there is no room for a copy of the database", where=database.parent, remedy=remedy)
    remedy = "restore a backup: sudo engramctl db restore; nothing was changed"
    return EngramError("the database cannot be read", where=database, why=error, remedy=remedy)
