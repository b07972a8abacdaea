"""Brings a finished file into the library so that it is, at every moment, whole in at least one place.

Order: the intent is noted; the file gets its second name in the library (a link, or a synced copy under a
hidden name that is then renamed); folders are synced; the record is made; only then the first name goes.
A file that exists in the library is never replaced.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from engramd.errors import EngramError, FilingFailed, InvalidArgument, NoSpace, NotFound
from engramd.models.enums import ConflictResolution
from engramd.organize import atomic
from engramd.organize.safe_names import collides, existing_path, numbered

_PARTIAL = ".engramd-{}.partial"
_MOST_NUMBERED = 99
Progress = Callable[[int, int], None]


class Way(StrEnum):
    """How a file came into the library."""

    MOVED = "moved"
    COPIED = "copied"
    ALREADY_THERE = "already_there"


@dataclass(frozen=True)
class Intent:
    """What is about to be filed: noted before the first step, so that a restart knows whose file it finds."""

    target: Path
    size: int


class Journal(Protocol):
    """The memory of one title's filing; it outlives a crash."""

    def intended(self) -> Intent | None:
        """Give the intent noted last, recorded or not, or None."""

    def intend(self, intent: Intent) -> None:
        """Note an intent in place of the earlier one; it is durable when this returns."""

    def recorded(self, target: Path) -> None:
        """Note that the file is complete in the library; it is durable when this returns."""


@dataclass(frozen=True)
class Filed:
    """The file is in the library, `bytes` large; `source_removed` is False if its old name is still there."""

    path: Path
    bytes: int
    way: Way
    source_removed: bool = True


@dataclass(frozen=True)
class Conflict:
    """The library has another file of that name; sizes in bytes. Nothing was changed."""

    path: Path
    bytes: int
    existing_bytes: int


@dataclass(frozen=True)
class Skipped:
    """The library has another file of that name, which is enough by policy. Nothing was changed."""

    path: Path


def file_title(
    source: Path,
    target: Path,
    *,
    library_root: Path,
    journal: Journal,
    free_floor: int,
    policy: ConflictResolution = ConflictResolution.ASK,
    keep_source: bool = False,
    progress: Progress | None = None,
) -> Filed | Conflict | Skipped:
    """File `source` as `target` (both absolute, `target` below `library_root`); safe to repeat after a crash.

    Folders and files that exist in another case or composition of letters keep their spelling. `free_floor`
    are the bytes that a copy leaves free. `progress` gets (bytes done, bytes in all) while a copy runs, and
    may raise to stop it. `keep_source` is for files that are not ours to remove; they may then share their
    data with the library's. Raise NoSpace, FilingFailed, NotFound or InvalidArgument; the source is then
    where it was.
    """
    _check_inside(target, library_root)
    try:
        target = existing_path(library_root, target)
        return _Filing(source, target, library_root, journal, free_floor, keep_source, progress).run(policy)
    except OSError as error:
        raise _explained(error, source, target, library_root) from error


def remove_partials(folders: Iterable[Path]) -> int:
    """Remove what interrupted copies left in library folders; give the number of files."""
    count = 0
    for folder in folders:
        for path in folder.glob(_PARTIAL.format("*")):
            path.unlink(missing_ok=True)
            count += 1
    return count


@dataclass(frozen=True)
class _Filing:
    source: Path
    target: Path
    library_root: Path
    journal: Journal
    free_floor: int
    keep_source: bool
    progress: Progress | None

    def run(self, policy: ConflictResolution) -> Filed | Conflict | Skipped:
        _require_root(self.library_root)
        earlier = self.journal.intended()
        if not os.path.lexists(self.source):
            return self._finished_earlier(earlier, policy)
        size = _regular_size(self.source)
        candidates = list(self._candidates(policy))
        if earlier is not None:
            self._withdraw(earlier, candidates)
        for target in candidates:
            self._drop_placeholder(target, earlier)
            if not os.path.lexists(target):
                return self._bring(target, size)
            if _is_same(self.source, target):
                return self._settle(target, size, Way.ALREADY_THERE)
        if policy is ConflictResolution.SKIP:
            return Skipped(self.target)
        return Conflict(self.target, size, self.target.lstat().st_size)

    def _candidates(self, policy: ConflictResolution) -> Iterable[Path]:
        yield self.target
        if policy is ConflictResolution.RENAME:
            for number in range(2, _MOST_NUMBERED + 1):
                yield self.target.with_name(numbered(self.target.name, number))

    def _finished_earlier(
        self, earlier: Intent | None, policy: ConflictResolution
    ) -> Filed | Conflict | Skipped:
        """Handle a source that is gone: filed before the record could be made, or lost by other hands.

        What was filed under a name that is no longer the right one is filed again, from there.
        """
        if earlier is None or not earlier.target.is_file() or earlier.target.stat().st_size != earlier.size:
            raise NotFound("The file to be filed is gone", where=self.source, remedy="rip the title again")
        if earlier.target not in self._candidates(ConflictResolution.RENAME):
            return replace(self, source=earlier.target, keep_source=False).run(policy)
        return self._settle(earlier.target, earlier.size, Way.ALREADY_THERE)

    def _withdraw(self, earlier: Intent, candidates: Iterable[Path]) -> None:
        """Undo an attempt that stopped half-way: its partial copy, and its file if the name has changed.

        An intent is noted only for a name that was free, and the source is still here: nothing is lost.
        """
        _partial(self.source, earlier.target.parent).unlink(missing_ok=True)
        if self.keep_source or earlier.target in candidates or not os.path.lexists(earlier.target):
            return
        if _is_same(self.source, earlier.target) and not _one_name(self.source, earlier.target):
            earlier.target.unlink()

    def _drop_placeholder(self, target: Path, earlier: Intent | None) -> None:
        """Remove the empty file with which an earlier attempt of ours claimed this name."""
        ours = earlier is not None and earlier.target == target and earlier.size > 0
        if ours and target.is_file() and not target.is_symlink() and target.stat().st_size == 0:
            target.unlink()

    def _bring(self, target: Path, size: int) -> Filed | Conflict:
        self.journal.intend(Intent(target, size))
        _make_folders(target.parent, self.library_root)
        try:
            moved = self._linked(target) or self._renamed(target)
            way = Way.MOVED if moved else self._copied(target, size)
            if moved and not self.keep_source:
                _open_to_group(target)
        except FileExistsError:
            if not target.is_file():
                raise
            return Conflict(target, size, target.stat().st_size)
        return self._settle(target, size, way)

    def _linked(self, target: Path) -> bool:
        """Give the file its second name; False where the two folders cannot share a file."""
        atomic.sync_file(self.source)
        try:
            os.link(self.source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in atomic.UNSUPPORTED:
                raise
            return False
        return True

    def _renamed(self, target: Path) -> bool:
        """Rename where there are no links; the noted intent tells a restart where the file went."""
        if self.keep_source:
            return False
        try:
            atomic.rename_noreplace(self.source, target)
        except OSError as error:
            if error.errno not in atomic.UNSUPPORTED:
                raise
            return False
        return True

    def _copied(self, target: Path, size: int) -> Way:
        """Copy under a hidden name without a video's ending, which no media server looks at, then rename."""
        _require_space(target.parent, size, self.free_floor)
        partial = _partial(self.source, target.parent)
        partial.unlink(missing_ok=True)
        try:
            written = atomic.copy_new(self.source, partial, self._tell(size))
            if not written == size == partial.stat().st_size == _regular_size(self.source):
                raise FilingFailed(
                    "The copy has another size than the file",
                    where=target,
                    why=f"{written} of {size} bytes",
                    remedy="check the file system and try again",
                )
            atomic.rename_noreplace(partial, target)
        finally:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
        return Way.COPIED

    def _tell(self, size: int) -> Callable[[int], None]:
        progress = self.progress
        return (lambda done: progress(done, size)) if progress is not None else (lambda _done: None)

    def _settle(self, target: Path, size: int, way: Way) -> Filed:
        atomic.sync_file(target)
        atomic.sync_folder(target.parent)
        self.journal.recorded(target)
        return Filed(target, size, way, source_removed=self._remove_source(target))

    def _remove_source(self, target: Path) -> bool:
        if not os.path.lexists(self.source):
            return True
        if self.keep_source or _one_name(self.source, target):
            return False
        try:
            self.source.unlink()
        except OSError:
            return False  # the file is filed; what is left in staging goes with the staging folder
        return True


def _check_inside(target: Path, library_root: Path) -> None:
    inside = target.is_absolute() and library_root.is_absolute() and target.is_relative_to(library_root)
    if not inside or ".." in target.parts or target == library_root:
        raise InvalidArgument("The target is not below the library folder", where=target, why=library_root)


def _regular_size(path: Path) -> int:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise InvalidArgument("Only regular files can be filed", where=path)
    if status.st_size == 0:
        raise FilingFailed("The file is empty", where=path, remedy="rip the title again")
    return status.st_size


def _require_root(root: Path) -> None:
    if not root.is_dir():
        raise FilingFailed(
            "The library folder is missing",
            where=root,
            remedy="mount it, create it, or correct library_tv_path and library_movies_path",
        )


def _require_space(folder: Path, size: int, floor: int) -> None:
    status = os.statvfs(folder)
    free = status.f_bavail * status.f_frsize
    if free < size + floor:
        raise NoSpace(
            "The library has too little space",
            where=folder,
            why=f"{free} bytes are free, the file has {size}, and {floor} are to stay free",
            remedy="make room",
        )


def _make_folders(folder: Path, root: Path) -> None:
    """Make the missing folders below the library's, with its group where the file system lets us."""
    missing = []
    while folder != root and not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir(mode=0o775, exist_ok=True)
        with contextlib.suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) | stat.S_ISGID)
        atomic.sync_folder(path.parent)


def _open_to_group(path: Path) -> None:
    """Give a moved file the mode of a new one; some file systems have none to give."""
    with contextlib.suppress(OSError):
        path.chmod(0o664 & ~atomic.umask())


def _partial(source: Path, folder: Path) -> Path:
    """Give the hidden name of a copy on its way; the same for each attempt, which so cleans up the last."""
    name = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
    return folder / _PARTIAL.format(name)


def _is_same(source: Path, target: Path) -> bool:
    """Tell whether the library's file is this file: the same by link, or byte for byte."""
    there, here = target.lstat(), source.lstat()
    if not stat.S_ISREG(there.st_mode):
        return False
    return (there.st_dev, there.st_ino) == (here.st_dev, here.st_ino) or atomic.same_content(source, target)


def _one_name(source: Path, target: Path) -> bool:
    """Tell whether both paths lead to one directory entry, so that removing one would remove the file."""
    there, here = target.lstat(), source.lstat()
    if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
        return False
    in_one_folder = source.parent.samefile(target.parent) and collides(source.name, [target.name])
    return in_one_folder or here.st_nlink < 2


def _explained(error: OSError, source: Path, target: Path, root: Path) -> EngramError:
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("The library is full", where=target.parent, why=why, remedy="make room")
    if error.errno == errno.EROFS:
        remedy = "mount it writable, or open the path in a drop-in of the service"
        return FilingFailed("The library is read-only", where=root, why=why, remedy=remedy)
    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = "let the user of the service write there, for example by its group"
        return FilingFailed(
            "The library may not be written", where=error.filename or root, why=why, remedy=remedy
        )
    remedy = f"{source} is unchanged; check the library and try again"
    return FilingFailed("The file could not be filed", where=target, why=why, remedy=remedy)
