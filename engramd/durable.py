"""Files that a power cut leaves whole, or as they were: a name is given when the bytes are on the disk."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

#: What a file system says that cannot sync.
_NO_SYNC = frozenset({errno.EINVAL, errno.EROFS, errno.EOPNOTSUPP, errno.ENOSYS})


def write(target: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file: its name stands for what it held before, or for all of this. OSError.

    It has the mode less the umask.
    """
    partial = target.with_name(f".{target.name}.{os.getpid()}-{threading.get_ident()}.partial")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        put_in_place(partial, target)
    finally:
        partial.unlink(missing_ok=True)


def put_in_place(partial: Path, target: Path) -> None:
    """Give a file that is written its name, when it is on the disk. OSError."""
    sync_file(partial)
    partial.replace(target)
    sync_folder(target.parent)


def sync_file(path: Path) -> None:
    """Wait until a file's data is on the disk, where the file system can do that. OSError."""
    _sync(path, os.O_RDONLY)


def sync_folder(path: Path) -> None:
    """Wait until a folder's entries are on the disk, where the file system can do that. OSError."""
    try:
        _sync(path, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:
        return  # a folder that may be written and not be read


def _sync(path: Path, flags: int) -> None:
    handle = os.open(path, flags | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(handle)
