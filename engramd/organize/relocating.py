"""Moves files of a library to other names, several at once, so that none is ever over another.

Files that take each other's names go to hidden names first, without a video's ending. Where each file is
follows from what was noted of it and from the names that are there, so that a crash at any call is made good
by doing the same again.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from engramd import durable
from engramd.errors import EngramError, FilingFailed, NoSpace, NotFound, WrongState
from engramd.organize import atomic
from engramd.organize.files import has_size, is_linked, is_one_name, is_regular, is_same
from engramd.organize.modes import Modes
from engramd.organize.safe_names import collides

_PARTIAL = ".partial"
_UNCHANGED = "; nothing was moved"


@dataclass(frozen=True)
class Relocation:
    """One file on its way from `old` to `new`, below the folders `roots` (its library's, then the other's).

    `aside` is its hidden name meanwhile. `size` in bytes and `changed` in nanoseconds are what it is known
    by; 0 for a file that may change. One that is `optional` is left out where it is not there.
    """

    key: int
    old: Path
    new: Path
    aside: Path
    roots: tuple[Path, Path]
    size: int = 0
    changed: int = 0
    optional: bool = False


class Progress(Protocol):
    """Where the files of several relocations are, kept so that a crash does not end it; by `key`."""

    def is_aside(self, key: int) -> bool:
        """Whether it was noted that a file went to its hidden name."""

    def is_done(self, key: int) -> bool:
        """Whether it was noted that a file arrived."""

    def went_aside(self, key: int) -> None:
        """Note it."""

    def arrived(self, key: int) -> None:
        """Note it."""


def check(relocations: Sequence[Relocation]) -> None:
    """Raise, before anything moves, where one of several files is not what it was, or cannot get its name.

    Raises NotFound, WrongState, OSError.
    """
    leaving = [one.old for one in relocations]
    arriving: list[Path] = []
    for one in relocations:
        if not _is_there(one):
            continue
        if any(_is_one_place(one.new, other) for other in arriving):
            raise WrongState("two files would get one name", where=one.new, remedy="name them apart")
        arriving.append(one.new)
        in_the_way = os.path.lexists(one.new) and not any(_is_one_place(one.new, old) for old in leaving)
        if in_the_way:
            why = f"another file has that name{_UNCHANGED}"
            raise WrongState(
                "a file cannot get its name", where=one.new, why=why, remedy="move that file away first"
            )


def is_where(relocation: Relocation, progress: Progress, *, swaps: bool) -> str:
    """Say where a file is: `old`, `aside` or `new`; `swaps` if it goes by its hidden name."""
    if progress.is_done(relocation.key):
        return "new"
    if os.path.lexists(relocation.aside):
        return "aside"
    if swaps or progress.is_aside(relocation.key):
        return "new" if progress.is_aside(relocation.key) else "old"
    return "old" if os.path.lexists(relocation.old) or not os.path.lexists(relocation.new) else "new"


def swapping(relocations: Sequence[Relocation]) -> frozenset[int]:
    """Give the keys of the files whose names others get, so that they make way first. Pure."""
    return frozenset(
        one.key
        for one in relocations
        if any(_is_one_place(one.old, other.new) for other in relocations) and one.old != one.new
    )


def relocate(
    relocations: Sequence[Relocation],
    progress: Progress,
    *,
    modes: Modes,
    guard: Callable[[], None] = lambda: None,
) -> None:
    """Move files, or go on where a crash stopped that. `guard` may raise between two steps.

    Raises NotFound, WrongState, FilingFailed, NoSpace, OSError; what was moved until then is noted.
    """
    left = [one for one in relocations if not progress.is_done(one.key)]
    swaps = swapping(left) | {one.key for one in left if os.path.lexists(one.aside)}
    for one in left:
        guard()
        if one.key not in swaps or progress.is_aside(one.key):
            continue
        if not one.optional or os.path.lexists(one.old) or os.path.lexists(one.aside):
            _move(one, one.old, one.aside, one.roots[0], modes)
            progress.went_aside(one.key)
    for one in left:
        guard()
        if progress.is_aside(one.key):
            if os.path.lexists(one.aside):
                _move(one, one.aside, one.new, one.roots[1], modes)
        elif one.key not in swaps and (not one.optional or os.path.lexists(one.old)):
            _move(one, one.old, one.new, one.roots[1], modes)
        progress.arrived(one.key)


def remove_empty(folders: Iterable[Path], roots: Iterable[Path]) -> list[Path]:
    """Remove folders that are empty now, and those above them that are then, but no library's own folder."""
    kept, gone = set(roots), []
    for below in folders:
        for folder in (below, *below.parents):
            if folder in kept or not any(folder.is_relative_to(root) for root in kept):
                break
            try:
                folder.rmdir()
            except OSError:
                break
            gone.append(folder)
    return gone


def explained(error: OSError, where: object) -> EngramError:
    """Say in words what a file system refused."""
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NoSpace("the library is full", where=where, why=why, remedy="make room")
    remedy = "see that the library is mounted, and may be written by the user that runs engramd"
    return FilingFailed("a file of the library could not be moved", where=where, why=why, remedy=remedy)


@contextlib.contextmanager
def explaining(where: object) -> Iterator[None]:
    """Raise what a file system refuses within the block in words; see `explained`."""
    try:
        yield
    except OSError as error:
        raise explained(error, error.filename or where) from error


def _is_there(one: Relocation) -> bool:
    """Whether a file is there and the one that it was; False where it may be missing."""
    if not os.path.lexists(one.old):
        if one.optional:
            return False
        remedy = "put it back, or see engramctl trash list"
        why = f"somebody moved or removed it{_UNCHANGED}"
        raise NotFound("a file of the library is gone", where=one.old, why=why, remedy=remedy)
    if not is_regular(one.old):
        raise WrongState("this is no file", where=one.old, why="engramd filed a file of that name")
    status = one.old.stat()
    changed = one.changed and status.st_mtime_ns != one.changed
    if (one.size and status.st_size != one.size) or changed:
        why = (
            f"it has {status.st_size} bytes, and had {one.size}" if one.size != status.st_size else "its time"
        )
        raise WrongState(
            "a file of the library is not what engramd filed",
            where=one.old,
            why=f"somebody changed it: {why}{_UNCHANGED}",
            remedy="move it by hand, or put the filed one back",
        )
    return True


def _is_one_place(one: Path, other: Path) -> bool:
    """Whether two paths are one name, or would be where case and composition do not tell names apart."""
    if one == other:
        return True
    return str(one.parent).casefold() == str(other.parent).casefold() and collides(one.name, [other.name])


def _move(one: Relocation, old: Path, new: Path, root: Path, modes: Modes) -> None:
    """Move one file, or finish that; where it lies on another file system, copy it."""
    if os.path.lexists(new) and os.path.lexists(old) and _is_finished(old, new):
        return
    if not os.path.lexists(old):
        if os.path.lexists(new):
            return
        raise NotFound("a file of the library is gone", where=old, why="somebody moved or removed it")
    _make_folder(new.parent, root, modes)
    try:
        atomic.rename_noreplace(old, new)
    except FileExistsError:
        remedy = "move that file away first"
        raise WrongState("a file cannot get its name", where=new, why="it was taken", remedy=remedy) from None
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        atomic.move_by_copy(old, new, new.parent / f"{one.aside.stem}{_PARTIAL}")
    durable.sync_folder(new.parent)
    with contextlib.suppress(OSError):
        durable.sync_folder(old.parent)


def _is_finished(old: Path, new: Path) -> bool:
    """Finish a move that a crash left with both names, or with a claim of the new one."""
    if is_regular(new) and has_size(new, 0) and old.stat().st_size > 0:
        new.unlink()
        return False
    if is_regular(new) and not is_one_name(old, new) and is_same(old, new):
        old.unlink()
        return True
    if is_linked(old, new):
        return False  # one name in another case
    raise WrongState(
        "a file cannot get its name", where=new, why="another has it", remedy="move that file away first"
    )


def _make_folder(folder: Path, root: Path, modes: Modes) -> None:
    if folder.is_relative_to(root):
        modes.make_folder(folder, root)
    else:
        folder.mkdir(parents=True, exist_ok=True)
