"""Copies of the database: one before each migration, one before each restore, and those made by hand."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import URL

from engramd import durable
from engramd.errors import FilingFailed, NoSpace, NotFound
from engramd.store import dumps, sqlite_files
from engramd.store.last_version import last_version
from engramd.store.revision import known_revisions
from engramd.tools import Tools

Kind = Literal["migration", "restore", "hand"]
#: Backups of each kind that are kept; those made by hand stay until a person removes them.
KEPT = 5
_NAME = re.compile(
    r"(\d{8}T\d{6}Z)-([^-]+)-([^-]+)-(migration|restore|hand)\.(db|dump)",
    re.ASCII,
)
_TIME = "%Y%m%dT%H%M%SZ"
_UNKNOWN = "unknown"
#: A copy needs what the database has, and a little more for what is written meanwhile.
_ROOM = 1.1


@dataclass(frozen=True)
class Backup:
    """One copy. `kind` says what it was made before, `version` is the engramd that used the database then.

    `size` is in bytes; `version` may be empty, where nobody wrote it down.
    """

    path: Path
    at: datetime
    version: str
    revision: str
    kind: Kind
    size: int

    @property
    def name(self) -> str:
        """The name of its file."""
        return self.path.name

    @property
    def is_newer_than_program(self) -> bool:
        """Whether this program does not know its schema."""
        return self.revision not in known_revisions()


class Backups:
    """The backups in the state folder."""

    def __init__(self, state: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._state = state
        self._clock = clock
        self.folder = state / "backups"

    def listed(self) -> list[Backup]:
        """Give every backup, the newest first. FilingFailed where the folder may not be read."""
        try:
            found = [backup for path in self._files() if (backup := _read(path))]
        except OSError as error:
            remedy = "ask as root: sudo engramctl db list"
            raise FilingFailed(
                "the backups cannot be listed", where=self.folder, why=error.strerror, remedy=remedy
            ) from error
        return sorted(found, key=lambda backup: backup.name, reverse=True)

    def find(self, name: str = "") -> Backup:
        """Give a backup by its name, or the last one from before a migration that this program can use."""
        for backup in self.listed():
            before_migration = backup.kind == "migration" and not backup.is_newer_than_program
            if backup.name == name or (not name and before_migration):
                return backup
        what = f"there is no backup {name}" if name else "there is no backup from before a migration"
        raise NotFound(what, where=self.folder, remedy="engramctl db list names all")

    def make(
        self, url: URL, revision: str, kind: Kind, tools: Tools, *, spare: Backup | None = None
    ) -> Backup:
        """Copy the database, which may be in use; the oldest copies of the same kind go, but not `spare`.

        Raises NoSpace, FilingFailed, ToolMissing where a server's database cannot be dumped, and EngramError
        where the database is damaged.
        """
        is_sqlite = url.get_backend_name() == "sqlite"
        try:
            self._make_folder()
            target = self._new(revision, kind, "db" if is_sqlite else "dump")
            self._write(url, target, tools, is_sqlite=is_sqlite)
        except OSError as error:
            what = "the database cannot be copied"
            remedy = "mend that, or ask as root; nothing was changed"
            raise FilingFailed(what, where=self.folder, why=error.strerror, remedy=remedy) from error
        self._prune(kind, spare)
        return next(backup for backup in self.listed() if backup.path == target)

    def _write(self, url: URL, target: Path, tools: Tools, *, is_sqlite: bool) -> None:
        partial = target.with_suffix(".part")
        try:
            if is_sqlite:
                self._need_room(Path(url.database or ""))
                sqlite_files.copy_database(Path(url.database or ""), partial)
            else:
                dumps.dump(url, partial, tools)
            durable.put_in_place(partial, target)
        finally:
            with suppress(OSError):
                partial.unlink(missing_ok=True)

    def keep_as_it_is(self, database: Path) -> None:
        """Keep the files of a database that is damaged, in which nobody may write now."""
        target = self._new("", "restore", "db")
        self._make_folder()
        for ending in ("", "-wal"):
            copy = Path(f"{target}{ending}")
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{database}{ending}", copy)
                copy.chmod(0o600)
                durable.sync_file(copy)
        durable.sync_folder(self.folder)

    @property
    def version(self) -> str:
        """The engramd that used the database last; empty: nobody wrote it down."""
        return last_version(self._state)

    def _files(self) -> Iterator[Path]:
        with suppress(FileNotFoundError), os.scandir(self.folder) as entries:
            yield from (Path(entry.path) for entry in entries)

    def _new(self, revision: str, kind: Kind, ending: str) -> Path:
        """Give a name that sorts behind all others, also where the clock was set back."""
        at, version = self._clock(), self.version.replace("-", ".") or _UNKNOWN
        if found := self.listed():
            at = max(at, found[0].at + timedelta(seconds=1))
        return self.folder / f"{at:{_TIME}}-{version}-{revision or _UNKNOWN}-{kind}.{ending}"

    def _make_folder(self) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)

    def _need_room(self, database: Path) -> None:
        status = os.statvfs(self.folder)
        wanted = int(database.stat().st_size * _ROOM)
        free = status.f_bavail * status.f_frsize
        if free < wanted:
            raise NoSpace(
                "there is no room for a copy of the database",
                where=self.folder,
                why=f"it takes {wanted // 1_000_000 + 1} MB, and {free // 1_000_000} MB are free",
                remedy="make room there; nothing was changed",
            )

    def _prune(self, kind: Kind, spare: Backup | None) -> None:
        if kind == "hand":
            return
        same = [backup for backup in self.listed() if backup.kind == kind]
        for old in [backup for backup in same[KEPT:] if backup != spare]:
            for path in (old.path, old.path.with_name(f"{old.name}-wal")):
                path.unlink(missing_ok=True)


def _read(path: Path) -> Backup | None:
    """Read what a backup's name says; None where it is none."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    at = datetime.strptime(found[1], _TIME).replace(tzinfo=UTC)
    version = "" if found[2] == _UNKNOWN else found[2]
    kind: Kind = found[4]  # type: ignore[assignment]
    return Backup(path, at, version, found[3], kind, path.stat().st_size)
