"""The database and the clock: real databases of both kinds, whole, damaged, and of another schema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from engramd.models.base import utcnow
from engramd.pipeline.checks.machine import check_clock, check_database
from engramd.pipeline.findings import Finding
from engramd.store import Store, default_url, open_engine
from engramd.store.revision import HEAD
from tests.support.databases import Bench


def database(store: Store) -> Finding:
    [found] = check_database(store)
    return found


def test_a_whole_database_says_its_size_and_schema(store: Store) -> None:
    found = database(store)
    assert found.severity == "ok", found
    assert f"schema {HEAD}" in found.text
    assert "kB of sqlite" in found.text or "MB of postgresql" in found.text


def test_a_database_of_another_schema_has_the_command_that_mends_it(store: Store) -> None:
    with store.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    found = database(store)
    assert (found.severity, found.remedy) == ("error", "sudo systemctl restart engramd")
    assert f"has schema 0001, and this engramd wants {HEAD}" in found.text


def test_a_damaged_database_is_found_out(sqlite_store: Store, sqlite_bench: Bench, tmp_path: Path) -> None:
    """In a page of the titles, so that what is asked of it besides can be read."""
    sqlite_bench.titles(sqlite_bench.job(), 40)
    with sqlite_store.read() as session:
        wanted = text("SELECT rootpage FROM sqlite_master WHERE name = 'disc_titles'")
        page = session.execute(wanted).scalar_one()
        size = session.execute(text("PRAGMA page_size")).scalar_one()
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    sqlite_store.close()
    file = tmp_path / "engramd.db"
    content = bytearray(file.read_bytes())
    content[(page - 1) * size + 8 : (page - 1) * size + 40] = b"\xff" * 32
    file.write_bytes(content)
    damaged = Store(open_engine(default_url(tmp_path)))
    found = database(damaged)
    damaged.close()
    assert (found.severity, found.text[:25]) == ("error", "the database is damaged: "), found
    assert "db restore" in found.remedy


def test_a_file_that_is_no_database_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    sqlite_store.close()
    (tmp_path / "engramd.db").write_bytes(b"no database" * 1000)
    found = database(sqlite_store)
    assert (found.severity, "cannot be read" in found.text) == ("error", True), found


def test_a_clock_that_cannot_be_right_is_told(sqlite_bench: Bench) -> None:
    def clock(moment: datetime) -> Finding:
        [found] = check_clock(sqlite_bench.store, moment)
        return found

    now = utcnow()
    assert clock(now).severity == "ok"
    at_boot = clock(datetime(1970, 1, 1, 0, 3, tzinfo=UTC))
    assert (at_boot.severity, at_boot.remedy) == ("error", "sudo timedatectl set-ntp true")
    sqlite_bench.job()
    assert clock(now).severity == "ok"
    behind = clock(now - timedelta(days=30))
    assert behind.severity == "warning"
    assert "the newest job is of" in behind.text
