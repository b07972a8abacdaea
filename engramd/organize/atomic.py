"""The few file system calls that never replace a file, and that make sure that data is on the disk."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import functools
import os
from collections.abc import Callable
from pathlib import Path

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1
#: What a file system says that cannot do a call at all, as against one that cannot do it now.
UNSUPPORTED = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EMLINK, errno.ENOTTY, errno.EXDEV}
)
CHUNK = 16 * 1024 * 1024
Copied = Callable[[int], None]


@functools.cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def rename_noreplace(old: Path, new: Path) -> None:
    """Rename, but never over an existing file.

    Raise FileExistsError if `new` exists; OSError for all else. Where the kernel or the file system has no
    such rename: link and unlink; where it has no links: claim the name with an empty file and replace that.
    """
    arguments = (_AT_FDCWD, os.fsencode(old), _AT_FDCWD, os.fsencode(new), _RENAME_NOREPLACE)
    if _libc().renameat2(*arguments) == 0:
        return
    code = ctypes.get_errno()
    if code not in UNSUPPORTED or code == errno.EXDEV:
        raise OSError(code, os.strerror(code), str(old), None, str(new))
    try:
        os.link(old, new)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o664))
        old.replace(new)
    else:
        old.unlink()


def sync_file(path: Path) -> None:
    """Wait until a file's data is on the disk."""
    _synced(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Wait until a folder's entries are on the disk, where the file system can do that."""
    with contextlib.suppress(PermissionError):
        _synced(path, os.O_RDONLY | os.O_DIRECTORY)


def _synced(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EROFS, errno.EOPNOTSUPP):
            raise
    finally:
        os.close(handle)


def copy_new(source: Path, partial: Path, copied: Copied) -> int:
    """Copy to a new file (mode 0664 less the umask) and sync it; give the bytes written."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o664)
        try:
            total = _pumped(reading, writing, copied)
            os.fsync(writing)
            return total
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _pumped(reading: int, writing: int, copied: Copied) -> int:
    total, in_kernel = 0, True
    while True:
        try:
            count = (
                os.copy_file_range(reading, writing, CHUNK)
                if in_kernel
                else _read_and_write(reading, writing)
            )
        except OSError as error:
            if not in_kernel or error.errno not in UNSUPPORTED:
                raise
            in_kernel = False
            continue
        if count == 0 and in_kernel:
            in_kernel = False  # some file systems report an end where there is none
        elif count == 0:
            return total
        total += count
        copied(total)


def _read_and_write(reading: int, writing: int) -> int:
    data = memoryview(os.read(reading, CHUNK))
    left = data
    while left:
        left = left[os.write(writing, left) :]
    return len(data)


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


def umask() -> int:
    """Give the process's umask without changing it: other threads create files."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("Umask:"):
            return int(line.split()[1], 8)
    return 0o022
