"""The schema: migrations lead to the models, in a child that is told the URL in private."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlmodel import SQLModel, create_engine

from engramd.errors import EngramError
from engramd.store import Store, default_url, is_current, migrate_in_child, open_engine
from engramd.store.migrate import configuration
from engramd.store.revision import HEAD
from engramd.tools import Outcome, Tools


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


def test_rows_of_the_first_schema_are_kept(tmp_path: Path) -> None:
    """Made by hand with the first schema's columns, since the models have moved on."""
    file = tmp_path / "engramd.db"
    command.upgrade(configuration(default_url(tmp_path)), "0001")  # type: ignore[arg-type]
    with sqlite3.connect(file) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(disc_jobs)") if row[3]]
        given = {
            "id": 7,
            "drive_id": "/dev/sr0",
            "volume_label": "OLD",
            "content_type": "tv",
            "state": "idle",
        }
        given |= {
            "classification_source": "heuristic",
            "created_at": "2026-01-01",
            "updated_at": "2026-01-01",
        }
        row = {name: given.get(name, 0) for name in names}
        marks = ", ".join("?" for _ in row)
        connection.execute(f"INSERT INTO disc_jobs ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        connection.execute(
            "INSERT INTO job_events (job_id, at, kind, actor, old, new, sentence)"
            " VALUES (7, '2026-01-01', 'state', '', '', '', 'made')"
        )
    connection.close()
    migrate_in_child(Tools(), default_url(tmp_path))
    engine = open_engine(default_url(tmp_path))
    store = Store(engine)
    job = store.need_job(7)
    assert (job.volume_label, job.content_type, job.tmdb_namespace, job.hint_id) == ("OLD", "tv", None, None)
    assert [event.sentence for event in store.events(7)] == ["made"]
    engine.dispose()


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
