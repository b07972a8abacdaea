"""The schema: migrations lead to the models, in a child that is told the URL in private."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, inspect
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel, create_engine, select

import engramd.models.stations  # noqa: F401 - fills the metadata: only who shares a database loads it
from engramd.errors import EngramError
from engramd.models import DriveRecord
from engramd.store import Store, default_url, is_current, migrate_in_child, open_engine
from engramd.store.claims import claim
from engramd.store.library import LibraryRows
from engramd.store.migrate import configuration
from engramd.store.revision import HEAD
from engramd.tools import Outcome, Tools

_numbers = count(1)


class WatchedTools(Tools):
    """Real tools that remember what they were asked to run."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[Sequence[Any], dict[str, Any]]] = []

    def run(self, argv: Sequence[Any], **options: Any) -> Outcome:
        self.asked.append((argv, options))
        return super().run(argv, **options)


def test_the_newest_revision_is_alembics_head() -> None:
    scripts = ScriptDirectory.from_config(configuration())  # type: ignore[arg-type]
    assert scripts.get_heads() == [HEAD]


def test_the_migrations_lead_to_the_models(database_url: str) -> None:
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []
    assert is_current(engine)
    engine.dispose()


def test_the_checks_are_the_models_too(sqlite_schema: Path) -> None:
    """Alembic does not compare CHECK constraints, so the enums are compared here."""
    fresh = create_engine("sqlite://")
    SQLModel.metadata.create_all(fresh)
    migrated = open_engine(default_url(sqlite_schema.parent))
    assert _checks(migrated) == _checks(fresh)
    assert len(_checks(fresh)["disc_jobs"]) == 6
    migrated.dispose()


def _checks(engine: Engine) -> dict[str, set[str]]:
    inspector = inspect(engine)
    tables = SQLModel.metadata.tables
    return {table: {str(c["sqltext"]) for c in inspector.get_check_constraints(table)} for table in tables}


def test_a_new_database_is_made_by_a_child(tmp_path: Path) -> None:
    tools, url = WatchedTools(), default_url(tmp_path)
    engine = open_engine(url)
    assert not is_current(engine)
    migrate_in_child(tools, url)
    assert is_current(engine)
    argv, options = tools.asked[0]
    assert url not in " ".join(map(str, argv))
    assert url not in str(options.get("env"))
    assert options["stdin"] == url
    migrate_in_child(tools, url)
    assert is_current(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of a database in which there is nothing."""
    if request.param == "sqlite":
        return default_url(tmp_path)
    url: str = request.getfixturevalue("postgres").create(f"migrated_{next(_numbers)}")
    return url


def test_rows_of_the_first_schema_are_kept(place: str) -> None:
    """Made with the first schema's columns, since the models have moved on."""
    command.upgrade(configuration(place), "0001")  # type: ignore[arg-type]
    old = open_engine(place)
    jobs, events = (Table(name, MetaData(), autoload_with=old) for name in ("disc_jobs", "job_events"))
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC).replace(tzinfo=None)
    given = {
        "id": 7,
        "drive_id": "/dev/sr0",
        "volume_label": "OLD",
        "content_type": "tv",
        "state": "idle",
        "classification_source": "heuristic",
        "created_at": noon,
        "updated_at": noon,
    }
    plain = {column.name: _plain(column.type) for column in jobs.columns if not column.nullable}
    with old.begin() as connection:
        connection.execute(jobs.insert().values(plain | given))
        told = {
            "job_id": 7,
            "at": noon,
            "kind": "state",
            "actor": "",
            "old": "",
            "new": "",
            "sentence": "made",
        }
        connection.execute(events.insert().values(told))
    old.dispose()
    migrate_in_child(Tools(), place)
    engine = open_engine(place)
    store = Store(engine)
    job = store.need_job(7)
    assert (job.volume_label, job.content_type, job.tmdb_namespace, job.hint_id) == ("OLD", "tv", None, None)
    assert (job.created_at, job.station) == (noon.replace(tzinfo=UTC), "")
    assert [event.sentence for event in store.events(7)] == ["made"]
    engine.dispose()


def _plain(kind: TypeEngine[Any]) -> object:
    """Give a value that fits a column."""
    return {bool: False, int: 0, float: 0.0}.get(kind.python_type, "")


def test_the_daemons_rooms_do_not_load_alembic() -> None:
    code = "import sys, engramd.store, engramd.lifecycle; sys.exit('alembic' in sys.modules)"
    assert Tools().run([sys.executable, "-c", code]).returncode == 0


def test_a_database_of_a_newer_engramd_is_left_alone(sqlite_schema: Path, tmp_path: Path) -> None:
    file = tmp_path / "engramd.db"
    file.write_bytes(sqlite_schema.read_bytes())
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    before = file.read_bytes()
    engine = open_engine(default_url(tmp_path))
    assert not is_current(engine)
    with pytest.raises(EngramError, match="9999") as caught:
        migrate_in_child(Tools(), default_url(tmp_path))
    engine.dispose()
    assert "backup" in caught.value.remedy
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "engramd.db"
    file.write_bytes(b"a letter to my aunt\n" * 100)
    engine = open_engine(default_url(tmp_path))
    with pytest.raises(EngramError, match="not a database") as caught:
        is_current(engine)
    engine.dispose()
    assert str(file) in caught.value.where
    with pytest.raises(EngramError, match="not a database"):
        migrate_in_child(Tools(), default_url(tmp_path))
    assert file.read_bytes() == b"a letter to my aunt\n" * 100


def test_a_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg")
    engine = open_engine(f"postgresql+psycopg://engramd:hunter2@/engramd?host={tmp_path}")
    with pytest.raises(EngramError, match="the database cannot be read") as caught:
        is_current(engine)
    assert "hunter2" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_migration_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    file = tmp_path / "engramd.db"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE title_tracks (id INTEGER)")
    connection.close()
    with pytest.raises(EngramError, match="title_tracks already exists"):
        migrate_in_child(Tools(), default_url(tmp_path))
    engine = open_engine(default_url(tmp_path))
    assert inspect(engine).get_table_names() == ["title_tracks"]
    engine.dispose()


def test_the_station_is_added_to_what_there_is(place: str) -> None:
    """Rows of the seventh schema are kept, and belong to the daemon that starts with them."""
    command.upgrade(configuration(place), "0007")  # type: ignore[arg-type]
    old = open_engine(place)
    now = "'2026-01-01 12:00:00'"
    with old.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO drives (identity, name, on_insert, eject, speed)"
            " VALUES ('SN-1', 'Upper', 'identify', 'never', 4)"
        )
        connection.exec_driver_sql(
            "INSERT INTO library_roots (path, marker, file_system, is_mount, way, seen_at)"
            f" VALUES ('/srv/media/tv', 'an id', 'ext4 4711', true, 'rename', {now})"
        )
        connection.exec_driver_sql(
            "INSERT INTO media_scans (server, folder, at, due_at, attempts, error)"
            f" VALUES ('plex', '/srv/media/tv', {now}, {now}, 0, '')"
        )
    old.dispose()

    command.upgrade(configuration(place), "head")  # type: ignore[arg-type]

    store = Store(open_engine(place), "attic")
    claim(store)
    drive = store.drive("SN-1")
    assert (drive.name, drive.on_insert, drive.eject, drive.speed) == ("Upper", "identify", "never", 4)
    root = LibraryRows(store).root("/srv/media/tv")
    assert root is not None
    assert (root.file_system, root.is_mount, root.way) == ("ext4 4711", True, "rename")
    assert root.station == drive.station == store.scope == ("attic" if store.is_shared else "")
    store.save(drive)  # its key is the one that it is found by
    with store.read() as session:
        assert len(session.exec(select(DriveRecord)).all()) == 1
    store.close()
