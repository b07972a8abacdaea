"""Copies of the database before its schema changes, and the way back; with the real migrations."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url, text

from engramd import durable
from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace, NotFound, ToolMissing
from engramd.store import default_url, is_current, open_engine
from engramd.store import sqlite_files as files
from engramd.store.backups import KEPT, Backups
from engramd.store.last_version import note_version
from engramd.store.migrate import configuration
from engramd.store.restoring import restore
from engramd.store.revision import HEAD, known_revisions, revision_in
from engramd.store.upgrading import bring_to_present
from engramd.tools import Tools
from tests.support.databases import PostgresCluster

#: The schema before the present one.
FORMER = f"{int(HEAD) - 1:04}"
INSERT = (
    "INSERT INTO track_rules (show, audio_languages, actor, changed_at)"
    " VALUES ('word', :word, '', '2026-01-01 00:00:00')"
)


def migrated_to(url: str, revision: str) -> None:
    command.upgrade(configuration(url), revision)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def former_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of the schema before the present one, made by Alembic."""
    folder = tmp_path_factory.mktemp("former")
    migrated_to(default_url(folder), FORMER)
    return folder / "engramd.db"


@pytest.fixture
def state(tmp_path: Path, former_database: Path) -> Path:
    """A state folder that engramd 0.0.9 left, with something in it."""
    folder = tmp_path / "state"
    folder.mkdir()
    (folder / "engramd.db").write_bytes(former_database.read_bytes())
    note_version(folder, "0.0.9")
    said(folder / "engramd.db", "before")
    return folder


def said(database: Path, word: str) -> None:
    """Write something that is recognised later."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("DELETE FROM track_rules")
        connection.execute(INSERT.replace(":word", "?"), (word,))
        connection.commit()


def said_and_killed(database: Path, word: str) -> None:
    """Write something, and be killed: it is in the write-ahead log only."""
    code = (
        "import os, sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=WAL');"
        " c.execute('UPDATE track_rules SET audio_languages = ?', sys.argv[2:]); c.commit(); os._exit(0)"
    )
    subprocess.run([sys.executable, "-c", code, str(database), word], check=True)
    assert Path(f"{database}-wal").stat().st_size > 0


def word_in(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return str(connection.execute("SELECT audio_languages FROM track_rules").fetchone()[0])


def upgraded(state: Path) -> None:
    engine = open_engine(default_url(state))
    bring_to_present(engine, default_url(state), state, Tools())
    assert is_current(engine)
    engine.dispose()


def test_the_files_of_a_damaged_database_are_on_the_disk_before_another_one_takes_their_place(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_and_killed(state / "engramd.db", "last")
    synced: list[str] = []
    monkeypatch.setattr(durable, "sync_file", lambda path: synced.append(path.read_bytes()[:4].hex()))
    monkeypatch.setattr(durable, "sync_folder", lambda path: synced.append(path.name))
    Backups(state).keep_as_it_is(state / "engramd.db")
    heads = [(state / f"engramd.db{ending}").read_bytes()[:4].hex() for ending in ("", "-wal")]
    assert synced == [*heads, "backups"]


def test_the_known_schemas_are_alembics() -> None:
    scripts = ScriptDirectory.from_config(configuration())  # type: ignore[arg-type]
    assert known_revisions() == {script.revision for script in scripts.walk_revisions()}


def test_before_a_migration_the_database_is_copied(state: Path) -> None:
    upgraded(state)

    [backup] = Backups(state).listed()
    assert (backup.version, backup.revision, backup.kind) == ("0.0.9", FORMER, "migration")
    assert files.revision_of(backup.path) == FORMER
    assert word_in(backup.path) == word_in(state / "engramd.db") == "before"
    assert backup.path.stat().st_mode & 0o777 == 0o600, "keys are in it"
    assert backup.path.parent.stat().st_mode & 0o777 == 0o700


def test_the_oldest_schema_is_copied_too_and_a_new_database_is_not(tmp_path: Path) -> None:
    for name, revision in (("old", "0001"), ("new", "")):
        folder = tmp_path / name
        folder.mkdir()
        if revision:
            migrated_to(default_url(folder), revision)
        upgraded(folder)
        assert [backup.revision for backup in Backups(folder).listed()] == [revision] * bool(revision)


def test_where_no_copy_can_be_made_nothing_is_migrated(state: Path) -> None:
    before = (state / "engramd.db").read_bytes()
    (state / "backups").write_text("a file is in the way")
    with pytest.raises(FilingFailed, match="cannot be copied"):
        upgraded(state)
    assert (state / "engramd.db").read_bytes() == before


@pytest.mark.root
def test_without_room_for_a_copy_nothing_is_migrated(tmp_path: Path, former_database: Path) -> None:
    state = tmp_path / "small"
    state.mkdir()
    room = former_database.stat().st_size * 3 // 2 // 1024
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={room}k", "none", state], check=True)
    try:
        (state / "engramd.db").write_bytes(former_database.read_bytes())
        with pytest.raises(NoSpace, match="no room for a copy") as caught:
            upgraded(state)
        assert "nothing was changed" in caught.value.remedy
        assert files.revision_of(state / "engramd.db") == FORMER
        assert Backups(state).listed() == []
    finally:
        subprocess.run(["umount", "-l", state], check=True)


def test_a_database_of_a_newer_engramd_is_refused_with_the_way_back(state: Path) -> None:
    upgraded(state)
    note_version(state, "9.0")
    with closing(sqlite3.connect(state / "engramd.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(InvalidArgument, match=r"used by a newer engramd 9\.0") as caught:
        upgraded(state)

    [backup] = Backups(state).listed()
    assert f"its schema is 9999, and this one knows schemas up to {HEAD}" in caught.value.why
    assert f"sudo engramctl db restore {backup.name}" in caught.value.remedy
    assert files.revision_of(state / "engramd.db") == "9999"


def test_going_back_is_undone_by_going_back_again(state: Path) -> None:
    upgraded(state)
    note_version(state, "0.1.0")
    database, backups, url = state / "engramd.db", Backups(state), make_url(default_url(state))
    said(database, "after")

    restore(backups.find(), url, state, Tools())

    assert (files.revision_of(database), word_in(database)) == (FORMER, "before")
    assert backups.version == "0.0.9"
    [kept] = [backup for backup in backups.listed() if backup.kind == "restore"]
    assert (kept.version, kept.revision, word_in(kept.path)) == ("0.1.0", HEAD, "after")
    restore(kept, url, state, Tools())
    assert (files.revision_of(database), word_in(database)) == (HEAD, "after")


def test_what_a_killed_daemon_left_in_its_log_is_copied_and_not_mixed_in_later(state: Path) -> None:
    """Rows may be in the write-ahead log only; after going back it must not be replayed over the old file."""
    database = state / "engramd.db"
    backups, url = Backups(state), make_url(default_url(state))
    first = backups.make(url, FORMER, "hand", Tools())
    said_and_killed(database, "in the log")

    restore(first, url, state, Tools())

    assert word_in(database) == "before"
    [kept] = [backup for backup in backups.listed() if backup.kind == "restore"]
    assert word_in(kept.path) == "in the log"


def test_a_crash_on_the_way_back_leaves_the_database(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, backups, url = state / "engramd.db", Backups(state), make_url(default_url(state))
    first = backups.make(url, FORMER, "hand", Tools())
    said_and_killed(database, "after")

    class PowerCutError(Exception):
        pass

    def cut(partial: Path, target: Path) -> None:
        if target == database:
            raise PowerCutError
        partial.replace(target)

    monkeypatch.setattr(durable, "put_in_place", cut)
    with pytest.raises(PowerCutError):
        restore(first, url, state, Tools())
    assert word_in(database) == "after"
    monkeypatch.undo()
    restore(first, url, state, Tools())
    assert word_in(database) == "before"


def test_a_damaged_database_is_kept_as_it_is_when_somebody_goes_back(state: Path) -> None:
    database, backups, url = state / "engramd.db", Backups(state), make_url(default_url(state))
    good = backups.make(url, FORMER, "hand", Tools())
    damaged = b"a letter to my aunt\n" * 1000
    database.write_bytes(damaged)
    log = Path(f"{database}-wal")
    log.write_bytes(b"its log")
    with pytest.raises(EngramError, match="not a database") as caught:
        upgraded(state)
    assert "restore a backup" in caught.value.remedy

    restore(good, url, state, Tools())

    assert word_in(database) == "before"
    [kept] = [backup for backup in backups.listed() if backup.kind == "restore"]
    assert kept.path.read_bytes() == damaged
    assert not log.exists(), "the log of another database"
    assert kept.path.stat().st_mode & 0o777 == 0o600


def test_a_damaged_backup_and_one_for_a_newer_engramd_change_nothing(state: Path) -> None:
    database, backups, url = state / "engramd.db", Backups(state), make_url(default_url(state))
    good = backups.make(url, FORMER, "hand", Tools())
    before = database.read_bytes()
    newer = good.path.with_name(good.name.replace(f"-0.0.9-{FORMER}-", "-9.0-9999-"))
    newer.write_bytes(good.path.read_bytes())
    good.path.write_bytes(good.path.read_bytes()[:5000])

    with pytest.raises(EngramError, match=r"damaged|cannot be read"):
        restore(backups.find(good.name), url, state, Tools())
    with pytest.raises(InvalidArgument) as caught:
        restore(backups.find(newer.name), url, state, Tools())
    assert "it needs engramd 9.0 (schema 9999)" in caught.value.remedy
    assert database.read_bytes() == before
    assert {backup.kind for backup in backups.listed()} == {"hand"}


def test_the_last_five_of_each_kind_stay_and_those_made_by_hand_all(state: Path) -> None:
    backups, url = (
        Backups(state, lambda: datetime(2026, 11, 30, 18, tzinfo=UTC)),
        make_url(default_url(state)),
    )
    for _ in range(KEPT + 2):  # the clock stands still, as one that was set back seems to
        for kind in ("migration", "hand"):
            backups.make(url, FORMER, kind, Tools())  # type: ignore[arg-type]

    names = [backup.name for backup in backups.listed()]
    assert sum("-hand." in name for name in names) == KEPT + 2
    kept = [name for name in names if "-migration." in name]
    assert kept == [f"20261130T1800{at:02}Z-0.0.9-{FORMER}-migration.db" for at in (12, 10, 8, 6, 4)]
    with pytest.raises(NotFound, match="no backup yesterday"):
        backups.find("yesterday")


def test_the_one_that_is_gone_back_to_is_not_pruned_for_it(state: Path) -> None:
    backups, url = Backups(state), make_url(default_url(state))
    for turn in range(KEPT):
        said(state / "engramd.db", f"turn {turn}")
        backups.make(url, FORMER, "restore", Tools())
    oldest = backups.listed()[-1]

    restore(oldest, url, state, Tools())

    assert word_in(state / "engramd.db") == "turn 0"
    assert oldest.path.exists()


def test_a_servers_database_is_dumped_before_its_schema_changes(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres.create("to_be_migrated")
    migrated_to(url, FORMER)
    note_version(tmp_path, "0.0.9")
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(INSERT), {"word": "before"})

    bring_to_present(engine, url, tmp_path, Tools())

    assert is_current(engine)
    engine.dispose()
    [backup] = Backups(tmp_path).listed()
    assert (backup.path.suffix, backup.revision, backup.version) == (".dump", FORMER, "0.0.9")
    assert backup.path.stat().st_mode & 0o777 == 0o600
    other = postgres.create("restored")
    place = make_url(other)
    host = str(place.query["host"])
    words = ["pg_restore", "--no-owner", f"--dbname=postgresql://engramd@/{place.database}?host={host}"]
    subprocess.run([*words, str(backup.path)], check=True)
    engine = create_engine(other)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT audio_languages FROM track_rules")).scalar() == "before"
    assert revision_in(engine) == FORMER
    engine.dispose()
    with pytest.raises(InvalidArgument, match="a server has the database") as caught:
        restore(backup, make_url(url), tmp_path, Tools())
    assert "pg_restore --clean --if-exists --single-transaction" in caught.value.remedy


def test_a_servers_database_that_cannot_be_dumped_is_not_migrated(
    postgres: PostgresCluster, tmp_path: Path
) -> None:
    url = postgres.create("not_to_be_migrated")
    migrated_to(url, FORMER)
    engine = create_engine(url)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/setpriv").symlink_to("/usr/bin/setpriv")
    without = Tools(os.environ | {"PATH": str(tmp_path / "bin")})

    with pytest.raises(ToolMissing, match="must be dumped") as caught:
        bring_to_present(engine, url, tmp_path, without)
    assert "postgresql-client" in caught.value.remedy
    away = make_url(url).set(database="elsewhere", username="engramd-someone")
    with pytest.raises(EngramError, match="could not be dumped") as failed:
        Backups(tmp_path).make(away, FORMER, "hand", Tools())

    assert "engramd-someone" not in str(failed.value)
    assert revision_in(engine) == FORMER
    assert Backups(tmp_path).listed() == []
    engine.dispose()
