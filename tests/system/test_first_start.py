"""The very first start, without any database."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from tests.support.daemon import DaemonUnderTest, empty_database
from tests.support.privatebus import PrivateBus


def schema(path: Path) -> set[tuple[str, ...]]:
    """Give what each table and index is made of; in which order its parts stand says nothing."""
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    return {(name, *sorted(line.strip(" \t,") for line in sql.splitlines())) for name, sql in rows}


def test_a_daemon_makes_its_own_database(session_bus: PrivateBus, tmp_path: Path) -> None:
    daemon = DaemonUnderTest(tmp_path, session_bus, makes_database=True)
    path = tmp_path / "state/engramd.db"

    with daemon:
        assert daemon.jobs() == []

    assert path.stat().st_mode & 0o777 == 0o600, "it is nobody else's to read"
    assert schema(path) == schema(empty_database()), "what other tests begin with is what a daemon makes"
    assert not list(path.parent.glob("backups/*")), "there is nothing to keep a copy of"
