"""The tray and the status of a drive, by the ioctls of linux/cdrom.h.

Every open is `O_NONBLOCK`: any other would pull an open tray in and wait for a disc.
"""

from __future__ import annotations

import errno
import fcntl
import grp
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import IntEnum, IntFlag
from pathlib import Path
from typing import Protocol, TypeVar

from engramd.errors import Busy, EngramError, NoMedium, NotAuthorized, NotFound

CDROMEJECT = 0x5309
CDROM_SET_OPTIONS = 0x5320
CDROM_CLEAR_OPTIONS = 0x5321
CDROM_SELECT_SPEED = 0x5322
CDROM_DRIVE_STATUS = 0x5326
CDROM_DISC_STATUS = 0x5327
CDROM_LOCKDOOR = 0x5329
CDROM_GET_CAPABILITY = 0x5331
CDSL_CURRENT = 0x7FFFFFFF
CDO_AUTO_CLOSE = 0x1

_UNSUPPORTED = {errno.ENOTTY, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


class DriveStatus(IntEnum):
    """Answer of CDROM_DRIVE_STATUS; some drives always answer `NO_INFO`, which is not `NO_DISC`."""

    NO_INFO = 0
    NO_DISC = 1
    TRAY_OPEN = 2
    NOT_READY = 3
    DISC_OK = 4


class DiscStatus(IntEnum):
    """Answer of CDROM_DISC_STATUS; DVD and Blu-ray are `DATA_1`."""

    NO_INFO = 0
    AUDIO = 100
    DATA_1 = 101
    DATA_2 = 102
    XA_2_1 = 103
    XA_2_2 = 104
    MIXED = 105


class Capability(IntFlag):
    """What a drive can do, of CDROM_GET_CAPABILITY; only what matters here."""

    CLOSE_TRAY = 0x1
    OPEN_TRAY = 0x2
    LOCK = 0x4
    SELECT_SPEED = 0x8
    MEDIA_CHANGED = 0x80
    DVD = 0x8000


class Tray(Protocol):
    """A drive's tray and status. All calls can block as long as the drive's hardware hangs."""

    @property
    def device(self) -> str:
        """The device node."""

    def status(self) -> DriveStatus:
        """Whether there is a disc, and whether it can be read."""

    def eject(self) -> bool:
        """Open the tray; false if the device has none. Raises Busy while anybody else has it open."""

    def lock(self) -> None:
        """Disable the button."""

    def unlock(self) -> None:
        """Enable the button."""

    def clear_auto_close(self) -> None:
        """Keep the kernel from pulling the tray in when a program opens the device."""

    def capabilities(self) -> Capability:
        """What the drive can do."""

    def set_speed(self, units: int) -> bool:
        """Read at that speed, in the kernel's units (0: as fast as it can); false if it cannot be set."""


class CdromTray:
    """The tray of a device node. A device without one (loop, file) gives `NO_INFO` and ignores the rest.

    Raises NotFound (the drive is gone), NotAuthorized, NoMedium, Busy, or EngramError for other
    errors of the kernel.
    """

    def __init__(self, device: str) -> None:
        self._device = device

    @property
    def device(self) -> str:
        """The device node."""
        return self._device

    def status(self) -> DriveStatus:
        """Whether there is a disc, and whether it can be read; a status unknown here is `NO_INFO`."""
        return _known(DriveStatus, self._ioctl(CDROM_DRIVE_STATUS, CDSL_CURRENT), DriveStatus.NO_INFO)

    def disc_status(self) -> DiscStatus:
        """Kind of the disc by its tracks."""
        return _known(DiscStatus, self._ioctl(CDROM_DISC_STATUS, 0), DiscStatus.NO_INFO)

    def capabilities(self) -> Capability:
        """What the drive can do."""
        return Capability((self._ioctl(CDROM_GET_CAPABILITY, 0) or 0) & sum(Capability))

    def eject(self) -> bool:
        """Open the tray; false if the device has none."""
        return self._ioctl(CDROMEJECT, 0) is not None

    def lock(self) -> None:
        """Disable the button."""
        self._ioctl(CDROM_LOCKDOOR, 1)

    def unlock(self) -> None:
        """Enable the button."""
        self._ioctl(CDROM_LOCKDOOR, 0)

    def clear_auto_close(self) -> None:
        """Keep the kernel from pulling the tray in when a program opens the device."""
        self._ioctl(CDROM_CLEAR_OPTIONS, CDO_AUTO_CLOSE)

    def set_speed(self, units: int) -> bool:
        """Read at that speed, in units of 177 kB/s; false if the device has none that could be set."""
        return self._ioctl(CDROM_SELECT_SPEED, units) is not None

    def _ioctl(self, request: int, argument: int) -> int | None:
        """Give the kernel's answer, None if the device does not know the request."""
        with _errors(self._device), _opened(self._device) as descriptor:
            try:
                return fcntl.ioctl(descriptor, request, argument)
            except OSError as error:
                if error.errno in _UNSUPPORTED:
                    return None
                raise


_Answer = TypeVar("_Answer", bound=IntEnum)


def _known(kind: type[_Answer], answer: int | None, otherwise: _Answer) -> _Answer:
    return next((member for member in kind if member == answer), otherwise)


@contextmanager
def _opened(device: str) -> Iterator[int]:
    descriptor = os.open(device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _errors(device: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _typed(error, device) from error


def _typed(error: OSError, device: str) -> EngramError:
    kind, what, remedy = _MEANINGS.get(error.errno or 0, _OTHER)
    if kind is NotAuthorized:
        remedy = remedy.format(group=_group(device))
    return kind(what, where=device, why=error.strerror, remedy=remedy)


def _group(device: str) -> str:
    try:
        return grp.getgrgid(Path(device).stat().st_gid).gr_name
    except (OSError, KeyError):
        return "cdrom"


_Meaning = tuple[Callable[..., EngramError], str, str]
_GONE: _Meaning = (NotFound, "the drive is gone", "check its cable and power")
_FORBIDDEN: _Meaning = (
    NotAuthorized,
    "the service may not use the drive",
    "make the service's user a member of the group {group}, which owns the device",
)
_OTHER: _Meaning = (EngramError, "the drive does not answer as it should", "switch the drive off and on")
_MEANINGS: dict[int, _Meaning] = {
    errno.ENOENT: _GONE,
    errno.ENODEV: _GONE,
    errno.ENXIO: _GONE,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.ENOMEDIUM: (NoMedium, "there is no disc in the drive", "insert the disc"),
    errno.EBUSY: (
        Busy,
        "the drive is in use",
        "close the programs that use it (fuser -v shows them) and unmount its disc",
    ),
}
