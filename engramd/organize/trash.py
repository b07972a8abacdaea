"""The trash at the root of a library, or of the staging folder: what is discarded stays there for a while.

Each entry is a folder with the file under its own name, and a note in JSON: the file's path below the root,
when and why it was discarded, and its size. So it can be put back without the database, by hand if need be.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from engramd import durable
from engramd.errors import FilingFailed, InvalidArgument, NotFound, WrongState
from engramd.organize import atomic
from engramd.organize.modes import Modes
from engramd.organize.safe_names import existing_path
from engramd.organize.trash_entry import (
    ID,
    NEW_NOTE,
    NOTE,
    PARTIAL,
    TRASH,
    TrashEntry,
    changed_at,
    file_in,
    new_entry,
    read_entry,
    write_note,
)

log = structlog.get_logger(__name__)

#: Files that keep media servers out, with what they must hold: Plex and Emby take patterns, Jellyfin and Kodi
#: an empty file. The folder is hidden, too.
IGNORE_FILES = {".plexignore": "*\n", ".embyignore": "*\n", ".ignore": "", ".nomedia": ""}
#: An entry without its file is one that is being made, or was when the daemon was killed.
_UNFINISHED = timedelta(days=1)


@dataclass(frozen=True)
class Trash:
    """The trash of one root. Nothing in it is touched but what is an entry of it. Methods raise OSError."""

    root: Path
    modes: Modes = field(default_factory=Modes)

    @property
    def folder(self) -> Path:
        """The folder of all entries; it need not be there."""
        return self.root / TRASH

    def put(self, path: Path, why: str) -> TrashEntry:
        """Move a file below the root into the trash; its note is durable before it moves.

        Raises FilingFailed, NotFound, NoSpace (where it must be copied), OSError; the file is then where it
        was.
        """
        if not path.is_relative_to(self.root) or ".." in path.parts:
            raise InvalidArgument("only what lies below its root goes to a trash", where=path, why=self.root)
        if not path.is_file() or path.is_symlink():
            raise NotFound("there is no such file to discard", where=path)
        entry = self.begin(path, why)
        _move(path, entry.file)
        durable.sync_folder(entry.file.parent)
        durable.sync_folder(path.parent)
        log.info("put into the trash", file=str(path), why=why)
        return entry

    def begin(self, path: Path, why: str) -> TrashEntry:
        """Make the entry that a file of the root gets, all but the file; it moves later, to `entry.file`."""
        self._make()
        entry = new_entry(self.root, path, why)
        self.modes.make_folder(entry.file.parent, self.root)
        write_note(entry)
        return entry

    def entries(self) -> list[TrashEntry]:
        """Give what is in the trash, the oldest first."""
        found = (read_entry(self.root, folder) for folder in self._folders())
        return sorted((entry for entry in found if entry is not None), key=lambda entry: (entry.at, entry.id))

    def find(self, entry_id: str) -> TrashEntry | None:
        """Give an entry by its id."""
        found = (read_entry(self.root, folder) for folder in self._folders() if folder.name == entry_id)
        return next(found, None)

    def home(self, entry: TrashEntry) -> Path:
        """Give the path to which an entry would go back.

        Raises WrongState where something has that name, InvalidArgument if it is not below the root.
        """
        home = self.root / entry.path
        if entry.path.is_absolute() or ".." in entry.path.parts or not entry.path.parts:
            raise InvalidArgument("the note of this entry leads out of its library", where=entry.file.parent)
        home = existing_path(self.root, home)
        above = next(folder for folder in home.parents if folder.exists())
        if not above.resolve().is_relative_to(self.root.resolve()):
            raise InvalidArgument("the place of this entry is not in its library any more", where=home)
        if os.path.lexists(home):
            remedy = f"move that one away, or take the file out of {entry.file.parent}"
            raise WrongState("another file has its name now", where=home, remedy=remedy)
        return home

    def restore(self, entry: TrashEntry) -> Path:
        """Put a file back where it was, and give that path; never over an existing file.

        Raises WrongState, InvalidArgument, NoSpace, OSError; it is then still in the trash.
        """
        home = self.home(entry)
        self.modes.make_folder(home.parent, self.root)
        try:
            _move(entry.file, home)
        except FileExistsError:
            raise WrongState("another file has its name now", where=home) from None
        durable.sync_folder(home.parent)
        self._forget(entry.file.parent)
        log.info("taken out of the trash", file=str(home))
        return home

    def delete(self, entry: TrashEntry) -> None:
        """Delete an entry for good."""
        entry.file.unlink(missing_ok=True)
        self._forget(entry.file.parent)
        log.info("deleted from the trash", file=str(entry.path), why=entry.why, bytes=entry.size)

    def expire(self, days: int, now: datetime | None = None) -> list[TrashEntry]:
        """Delete what is older than `days`, and what was never finished; give the deleted entries.

        One that cannot be deleted keeps no other from it.
        """
        now = now or datetime.now(UTC)
        old = []
        for entry in self.entries():
            if now - entry.at > timedelta(days=days) and self._could_delete(entry):
                old.append(entry)
        for folder in self._folders():
            if file_in(folder) is None and now - changed_at(folder) > _UNFINISHED:
                self._forget(folder)
        return old

    def _could_delete(self, entry: TrashEntry) -> bool:
        try:
            self.delete(entry)
        except OSError as error:
            log.warning("an entry of the trash stays", file=str(entry.file), why=error.strerror)
            return False
        return True

    def _make(self) -> None:
        if self.folder.is_symlink():
            remedy = f"remove the link: the trash of a library is a folder of it ({TRASH})"
            raise FilingFailed("the trash is a link to somewhere else", where=self.folder, remedy=remedy)
        self.modes.make_folder(self.folder, self.root)
        for name, text in IGNORE_FILES.items():
            path = self.folder / name
            with contextlib.suppress(FileExistsError), path.open("x", encoding="ascii") as file:
                file.write(text)
                self.modes.set_file(path)

    def _folders(self) -> Iterator[Path]:
        """Give the folders of entries, and of no others."""
        if self.folder.is_symlink() or not self.folder.is_dir():
            return
        with os.scandir(self.folder) as found:
            folders = [one for one in found if ID.fullmatch(one.name) and one.is_dir(follow_symlinks=False)]
        yield from (Path(one.path) for one in folders)

    def _forget(self, folder: Path) -> None:
        """Remove the folder of an entry whose file is gone; what somebody else put there stays."""
        for name in (PARTIAL, NEW_NOTE):
            (folder / name).unlink(missing_ok=True)
        if file_in(folder) is None:
            (folder / NOTE).unlink(missing_ok=True)  # else it says that what is there was never discarded
        with contextlib.suppress(OSError):
            folder.rmdir()
        durable.sync_folder(self.folder)


def make_room(trashes: Sequence[Trash], needed: int) -> list[TrashEntry]:
    """Delete the oldest entries of trashes on one file system until `needed` bytes are free there.

    Nothing goes if all of it would not be enough. A file that has another name elsewhere would give no room;
    it stays. Give the deleted entries. Raises OSError.
    """
    found = [(entry, trash) for trash in trashes for entry in trash.entries()]
    useful = [(entry, trash) for entry, trash in found if entry.file.stat().st_nlink == 1]
    free = atomic.free_bytes(trashes[0].root) if trashes else needed
    if free >= needed or free + sum(entry.size for entry, _ in useful) < needed:
        return []
    deleted = []
    for entry, trash in sorted(useful, key=lambda one: (one[0].at, one[0].id)):
        trash.delete(entry)
        deleted.append(entry)
        if atomic.free_bytes(trash.root) >= needed:
            break
    return deleted


def replaced_by(path: Path) -> str:
    """Say why a file is in the trash in whose place another one was filed."""
    return f"replaced by {path.name}"


def in_trash(path: Path) -> bool:
    """Whether a path leads into a trash."""
    return TRASH in path.parts


def _move(old: Path, new: Path) -> None:
    """Move a file inside its library; where that is several file systems in one, copy it."""
    try:
        atomic.rename_noreplace(old, new)
        return
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    atomic.move_by_copy(old, new, new.parent / PARTIAL)
