"""What a back end asks of the file system: is it full, is the disc gone; and putting a file on the medium."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from engramd import durable
from engramd.errors import EngramError, NoMedium, NoSpace, RipFailed

#: A file system with fewer free bytes than this is what made a rip fail.
FULL = 256 * 1024
GONE = (errno.ENOMEDIUM, errno.ENODEV, errno.ENXIO, errno.ENOENT)


def is_full(folder: Path) -> bool:
    """Say whether nothing more can be written into a folder."""
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < FULL


def medium_is_gone(source: Path) -> bool:
    """Say whether a drive has lost its disc, or is lost itself; a file or folder that is gone counts too."""
    try:
        fd = os.open(source, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        return error.errno in GONE
    try:
        if stat.S_ISBLK(os.fstat(fd).st_mode):
            os.pread(fd, 2048, 0)
    except OSError as error:
        return error.errno in GONE
    finally:
        os.close(fd)
    return False


def no_medium(source: object, why: object = "") -> NoMedium:
    """Give the error for a disc that is gone."""
    return NoMedium("the disc is gone", where=source, why=why, remedy="insert the disc again")


def no_space(folder: Path, why: object = "") -> NoSpace:
    """Give the error for a full staging folder."""
    return NoSpace("the staging folder is full", where=folder, why=why, remedy="free space on it")


def file_error(target: Path, error: OSError) -> EngramError:
    """Give the error for a file that cannot be written."""
    why = error.strerror or error
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return no_space(target.parent, why)
    remedy = "check the staging folder"
    return RipFailed("the ripped file cannot be written", where=target, why=why, remedy=remedy)


def remove(target: Path) -> None:
    """Remove what a failed attempt left; what failed is told already, so a second failure is not."""
    with contextlib.suppress(OSError):
        target.unlink()


def sync(target: Path) -> None:
    """Put the file and its name on the medium."""
    durable.sync_file(target)
    durable.sync_folder(target.parent)


@contextlib.contextmanager
def own_folder(target: Path) -> Iterator[Path]:
    """Make an empty folder for one attempt beside its target; it goes with all that is left in it.

    Raises NoSpace, RipFailed.
    """
    folder = target.with_suffix(".parts")
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
    except OSError as error:
        raise file_error(folder, error) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
