"""What is known of files and folders while they are moved: whether they are still what they were."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import FilingFailed, InvalidArgument
from engramd.organize import atomic
from engramd.organize.safe_names import collides

Guard = Callable[[], None]


@dataclass(frozen=True)
class Mark:
    """What a file is known by after it got its name: other hands may put another one there."""

    size: int
    node: tuple[int, int]
    changed: int

    def is_of(self, path: Path) -> bool:
        """Whether a path still leads to that file; some file systems number a file anew with its name."""
        try:
            there = mark_of(path)
        except FileNotFoundError:
            return False
        return there.size == self.size and (there.node == self.node or there.changed == self.changed)


def mark_of(path: Path) -> Mark:
    """Give what a file is known by now. Raises OSError."""
    status = path.lstat()
    return Mark(status.st_size, (status.st_dev, status.st_ino), status.st_mtime_ns)


@contextlib.contextmanager
def held(root: Path) -> Iterator[Guard]:
    """Hold a library as it is mounted now; give what raises FilingFailed when another is in its place."""
    if not root.is_dir():
        raise _missing(root)
    handle = os.open(root, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    root_then = os.fstat(handle)

    def still_there() -> None:
        try:
            now = root.stat()
        except FileNotFoundError:
            raise _missing(root) from None
        if (now.st_dev, now.st_ino) != (root_then.st_dev, root_then.st_ino):
            raise _missing(root)

    try:
        yield still_there
    finally:
        os.close(handle)


def _missing(root: Path) -> FilingFailed:
    remedy = "mount it, create it, or correct library_tv_path and library_movies_path"
    return FilingFailed("The library folder is missing", where=root, remedy=remedy)


def regular_size(path: Path) -> int:
    """Give the size of a file that may be filed. Raises InvalidArgument, FilingFailed, OSError."""
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise InvalidArgument("Only regular files can be filed", where=path)
    if status.st_size == 0:
        raise FilingFailed("The file is empty", where=path, remedy="rip the title again")
    return status.st_size


def is_regular(path: Path) -> bool:
    """Whether a path is a file, and no link to one."""
    return path.is_file() and not path.is_symlink()


def has_size(path: Path, size: int) -> bool:
    """Whether a path is a file of that size in bytes."""
    return is_regular(path) and path.lstat().st_size == size


def is_same(source: Path, target: Path) -> bool:
    """Tell whether the library's file is this file: the same by link, or byte for byte."""
    if not stat.S_ISREG(target.lstat().st_mode):
        return False
    return is_linked(source, target) or atomic.same_content(source, target)


def is_linked(source: Path, target: Path) -> bool:
    """Whether both are names of one file. Raises OSError."""
    return mark_of(source).node == mark_of(target).node


def is_one_name(source: Path, target: Path) -> bool:
    """Tell whether both paths lead to one directory entry, so that removing one would remove the file."""
    if not is_linked(source, target):
        return False
    in_one_folder = source.parent.samefile(target.parent) and collides(source.name, [target.name])
    return in_one_folder or source.lstat().st_nlink < 2
