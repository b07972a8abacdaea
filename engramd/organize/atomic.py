"""The few file system calls that never replace a file, and that make sure that data is on the disk."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import functools
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from engramd import durable
from engramd.errors import NoSpace

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
#: Have a file share another one's data, where the file system can; of <linux/fs.h>.
_FICLONE = 0x40049409
#: What a file system says that cannot do a call at all, as against one that cannot do it now.
UNSUPPORTED = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK, errno.ENOTTY, errno.EXDEV}
)
CHUNK = 4 * 1024 * 1024
Copied = Callable[[int], None]


class Way(StrEnum):
    """How a file gets its name in a library; each way never replaces what has the name already."""

    #: It gets a second name there, and loses the first one when it is recorded.
    LINK = "link"
    RENAME = "rename"
    #: An empty file claims the name, and the file is renamed over it: no link, no rename that refuses.
    PLACEHOLDER = "placeholder"
    COPY = "copy"
    ALREADY_THERE = "already_there"


class _Hash(Protocol):
    def update(self, data: memoryview, /) -> None: ...


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def rename_noreplace(old: Path, new: Path) -> Way:
    """Rename, but never over an existing file; say by which way.

    Raise FileExistsError if `new` exists; OSError for all else. Where the kernel or the file system has no
    such rename: link and unlink; where it has no links: claim the name with an empty file and replace that.
    """
    if renamed(old, new):
        return Way.RENAME
    if linked(old, new):
        old.unlink()
        return Way.LINK
    rename_by_placeholder(old, new)
    return Way.PLACEHOLDER


def renamed(old: Path, new: Path) -> bool:
    """Rename in one call that refuses an existing `new`; False where there is no such call.

    Raises FileExistsError, and OSError (with EXDEV if the two are not on one file system).
    """
    arguments = (_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _RENAME_NOREPLACE)
    if _libc().renameat2(*arguments) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNSUPPORTED and code != errno.EXDEV:
        return False
    raise OSError(code, os.strerror(code), str(old), None, str(new))


def linked(old: Path, new: Path) -> bool:
    """Give a file a second name; False where that cannot be. Raises FileExistsError, OSError."""
    try:
        os.link(old, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        return False
    return True


def rename_by_placeholder(old: Path, new: Path) -> None:
    """Claim a name with an empty file, and rename over that file if it is still the one that was made.

    Raises FileExistsError if `new` exists, or is no longer the empty file; OSError, after which that file is
    gone. After a crash it may be there.
    """
    handle = os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o664)
    try:
        if not _is_still(handle, new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(new))
        try:
            old.rename(new)
        except OSError:
            if _is_still(handle, new):
                new.unlink()
            raise
    finally:
        os.close(handle)


def _is_still(handle: int, path: Path) -> bool:
    ours, there = os.fstat(handle), path.lstat()
    return there.st_ino == ours.st_ino and there.st_size == 0 and stat.S_ISREG(there.st_mode)


def copy_new(source: Path, partial: Path, copied: Copied) -> int:
    """Copy to a new file (mode 0664 less the umask), sync it, and compare; give the bytes written.

    The copy is read back from its file system, and must have the checksum that the source had while it was
    read. `copied` gets the bytes done so far, and may raise to stop. Raise CopyDiffers; OSError.
    """
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o664)
        try:
            return _copied(reading, writing, copied)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


class CopyDiffers(OSError):
    """What was read back of a copy is not what was written."""


def _copied(reading: int, writing: int, copied: Copied) -> int:
    if _cloned(reading, writing):
        os.fsync(writing)
        total = os.fstat(writing).st_size
        copied(total)
        return total
    read = hashlib.blake2b()
    total = _pumped(reading, writing, copied, read)
    os.fsync(writing)
    os.posix_fadvise(writing, 0, 0, os.POSIX_FADV_DONTNEED)
    os.lseek(writing, 0, os.SEEK_SET)
    again = hashlib.blake2b()
    if _hashed(writing, again, lambda: copied(total)) != total or again.digest() != read.digest():
        raise CopyDiffers(errno.EIO, "what was read back is not what was written")
    return total


def _cloned(reading: int, writing: int) -> bool:
    """Have the copy share the source's data, as Btrfs and XFS can: then there is nothing to compare."""
    try:
        fcntl.ioctl(writing, _FICLONE, reading)
    except OSError:
        return False  # what else is wrong shows when it is copied
    return True


def _pumped(reading: int, writing: int, copied: Copied, read: _Hash) -> int:
    total = 0
    while data := os.read(reading, CHUNK):
        left = memoryview(data)
        read.update(left)
        while left:
            left = left[os.write(writing, left) :]
        total += len(data)
        copied(total)
    return total


def _hashed(handle: int, again: _Hash, tick: Callable[[], None]) -> int:
    total = 0
    while data := os.read(handle, CHUNK):
        again.update(memoryview(data))
        total += len(data)
        tick()
    return total


def move_by_copy(old: Path, new: Path, partial: Path) -> None:
    """Move a file to another file system, by way of the name `partial` there; times and mode stay.

    A file that changes meanwhile stays where it is too. Raise FileExistsError, NoSpace, OSError.
    """
    partial.unlink(missing_ok=True)
    before = old.stat()
    if free_bytes(new.parent) < before.st_size:
        raise NoSpace("there is too little space to move the file", where=new.parent, remedy="make room")
    try:
        copy_new(old, partial, lambda _done: None)
        shutil.copystat(old, partial)
        rename_noreplace(partial, new)
    finally:
        partial.unlink(missing_ok=True)
    durable.sync_folder(new.parent)
    now = old.stat()
    if (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
        old.unlink()


def same_content(one: Path, other: Path) -> bool:
    """Compare two regular files, size first, then every byte."""
    if one.stat().st_size != other.stat().st_size:
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while True:
            a, b = left.read(1024 * 1024), right.read(1024 * 1024)
            if a != b:
                return False
            if not a:
                return True


def free_bytes(folder: Path) -> int:
    """Give the free bytes of a folder's file system, for this user. Raises OSError."""
    status = os.statvfs(folder)
    return status.f_bavail * status.f_frsize
