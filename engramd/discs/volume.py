"""The bytes of a block device or an image file, read through a descriptor of our own."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from engramd.errors import EngramError, NoMedium, UnreadableDisc

#: Logical sector of all optical media, in bytes.
SECTOR = 2048
#: No structure of a disc that is read in one piece is larger, in bytes.
MAX_READ = 16 * 1024 * 1024

_NO_MEDIUM = (errno.ENOMEDIUM, errno.EMEDIUMTYPE)


class ReadFailed(UnreadableDisc):
    """The operating system could not read a part of the disc; `errno` says why."""

    def __init__(self, where: object, error: OSError) -> None:
        super().__init__(
            "a part of the disc cannot be read",
            where=where,
            why=error.strerror or str(error),
            remedy="clean the disc or try another drive",
        )
        self.errno = error.errno


class Volume(Protocol):
    """What the file systems are read from. `size` is in bytes, 0 where the system does not say."""

    size: int

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` bytes; fewer only at the end of the volume. Raises ReadFailed."""
        ...


class OpenVolume:
    """An open device or image; a context manager. The tray is never closed by opening (O_NONBLOCK)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _cannot_open(path, error) from error
        self.is_device = path.is_block_device()
        self.size = os.lseek(self.fd, 0, os.SEEK_END) if self._seekable() else 0

    def _seekable(self) -> bool:
        mode = os.fstat(self.fd).st_mode
        if stat.S_ISBLK(mode) or stat.S_ISREG(mode):
            return True
        self.close()
        why = "it is neither a block device nor a file"
        raise UnreadableDisc(
            "this is no disc", where=self.path, why=why, remedy="name an optical drive or image"
        )

    def read(self, offset: int, size: int) -> bytes:
        """Read as the Volume protocol says; at most MAX_READ bytes."""
        wanted, pieces = min(size, MAX_READ), []
        while wanted > 0:
            try:
                piece = os.pread(self.fd, wanted, offset)
            except (OSError, OverflowError) as error:
                raise self._failed(error) from error
            if not piece:
                break
            pieces.append(piece)
            offset, wanted = offset + len(piece), wanted - len(piece)
        return b"".join(pieces)

    def _failed(self, error: OSError | OverflowError) -> EngramError:
        if not isinstance(error, OSError):
            return ReadFailed(self.path, OSError(errno.EINVAL, "the place is beyond any disc"))
        if error.errno in _NO_MEDIUM:
            return NoMedium("there is no disc in the drive", where=self.path, remedy="insert a disc")
        return ReadFailed(self.path, error)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self.fd)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _cannot_open(path: Path, error: OSError | ValueError) -> EngramError:
    if not isinstance(error, OSError):
        return UnreadableDisc("this is no path", where=repr(str(path)), why=error, remedy="check the path")
    if error.errno in _NO_MEDIUM:
        return NoMedium("there is no disc in the drive", where=path, remedy="insert a disc")
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        what, remedy = "there is nothing to read", "check the path"
    elif error.errno in (errno.EACCES, errno.EPERM):
        what, remedy = "the disc may not be read", "give the user of this program read permission"
    else:
        what, remedy = "the disc cannot be opened", "check the drive and its cable"
    return UnreadableDisc(what, where=path, why=error.strerror or error, remedy=remedy)
