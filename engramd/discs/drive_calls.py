"""The ioctls of an optical drive that say what lies in it (linux/cdrom.h, scsi/sg.h, MMC)."""

from __future__ import annotations

import ctypes
import errno
import fcntl
import struct
from enum import Enum
from typing import Protocol

_DRIVE_STATUS, _DISC_STATUS, _READ_STRUCTURE = 0x5326, 0x5327, 0x5390
_CURRENT_SLOT = 0x7FFFFFFF
_COPYRIGHT = 1
#: The union dvd_struct is about 2100 bytes; the kernel writes no more than that.
_STRUCTURE_SIZE = 4096
#: What drivers answer that have no such structure: no optical drive, not a DVD, an old drive.
_UNSUPPORTED = (errno.EINVAL, errno.ENOTTY, errno.ENOSYS, errno.EOPNOTSUPP)

_SG_IO, _FROM_DEVICE, _SG_TIMEOUT_MS = 0x2285, -3, 10_000
_READ_DISC_INFORMATION, _INFORMATION_SIZE = 0x51, 34


class _SgHeader(ctypes.Structure):
    """struct sg_io_hdr."""

    _fields_ = (
        ("interface", ctypes.c_int),
        ("direction", ctypes.c_int),
        ("command_size", ctypes.c_ubyte),
        ("sense_size", ctypes.c_ubyte),
        ("iovec_count", ctypes.c_ushort),
        ("size", ctypes.c_uint),
        ("data", ctypes.c_void_p),
        ("command", ctypes.c_void_p),
        ("sense", ctypes.c_void_p),
        ("timeout", ctypes.c_uint),
        ("flags", ctypes.c_uint),
        ("pack_id", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("status", ctypes.c_ubyte),
        ("masked_status", ctypes.c_ubyte),
        ("message_status", ctypes.c_ubyte),
        ("sense_written", ctypes.c_ubyte),
        ("host_status", ctypes.c_ushort),
        ("driver_status", ctypes.c_ushort),
        ("residual", ctypes.c_int),
        ("duration", ctypes.c_uint),
        ("info", ctypes.c_uint),
    )


class DriveState(Enum):
    """CDROM_DRIVE_STATUS; UNKNOWN also where the device is no drive."""

    UNKNOWN = 0
    EMPTY = 1
    OPEN = 2
    LOADING = 3
    READY = 4


class TrackKind(Enum):
    """CDROM_DISC_STATUS, as far as it matters."""

    UNKNOWN = 0
    AUDIO = 100
    DATA = 101
    MIXED = 105


class Copyright(Enum):
    """What the copyright structure of a DVD says."""

    NONE = "none"
    PROTECTED = "protected"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"


class DriveCalls(Protocol):
    """The questions that only a drive can answer."""

    def state(self) -> DriveState:
        """Whether there is a disc and it can be read."""
        ...

    def tracks(self) -> TrackKind:
        """Which kind of tracks the disc has."""
        ...

    def copyright(self) -> Copyright:
        """Whether the disc says that it is protected."""
        ...

    def is_blank(self) -> bool:
        """Whether the drive knows that nothing was written on the disc."""
        ...


class KernelDrive:
    """Asks the kernel about the drive behind an open descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def state(self) -> DriveState:
        """See DriveCalls."""
        answer = self._ask(_DRIVE_STATUS, _CURRENT_SLOT)
        return DriveState(answer) if answer in range(5) else DriveState.UNKNOWN

    def tracks(self) -> TrackKind:
        """See DriveCalls; the modes of data tracks are one kind here."""
        answer = self._ask(_DISC_STATUS, 0)
        if answer in range(101, 105):
            return TrackKind.DATA
        return TrackKind(answer) if answer in (100, 105) else TrackKind.UNKNOWN

    def _ask(self, request: int, argument: int) -> int:
        try:
            return fcntl.ioctl(self._fd, request, argument)
        except OSError:
            return 0

    def copyright(self) -> Copyright:
        """See DriveCalls; the answer is struct dvd_copyright: type, layer, protection system, regions."""
        structure = bytearray(_STRUCTURE_SIZE)
        structure[0] = _COPYRIGHT
        try:
            fcntl.ioctl(self._fd, _READ_STRUCTURE, structure, True)
        except OSError as error:
            return Copyright.UNSUPPORTED if error.errno in _UNSUPPORTED else Copyright.FAILED
        _, _, system, _ = struct.unpack_from("4B", structure)
        return Copyright.PROTECTED if system else Copyright.NONE

    def is_blank(self) -> bool:
        """See DriveCalls; READ DISC INFORMATION: the two lowest bits of byte 2 are 0 for an empty disc."""
        command = (ctypes.c_ubyte * 10)(_READ_DISC_INFORMATION, 0, 0, 0, 0, 0, 0, 0, _INFORMATION_SIZE, 0)
        data = (ctypes.c_ubyte * _INFORMATION_SIZE)()
        header = _SgHeader(
            interface=ord("S"),
            direction=_FROM_DEVICE,
            command_size=len(command),
            size=len(data),
            data=ctypes.addressof(data),
            command=ctypes.addressof(command),
            timeout=_SG_TIMEOUT_MS,
        )
        try:
            fcntl.ioctl(self._fd, _SG_IO, header, True)
        except OSError:
            return False
        failed = header.status or header.host_status or header.driver_status
        return not failed and data[1] > 0 and data[2] & 3 == 0


class NoDrive:
    """An image or a folder: there is no drive to ask."""

    def state(self) -> DriveState:
        """Nothing to say."""
        return DriveState.UNKNOWN

    def tracks(self) -> TrackKind:
        """Nothing to say."""
        return TrackKind.UNKNOWN

    def copyright(self) -> Copyright:
        """Nothing to say."""
        return Copyright.UNSUPPORTED

    def is_blank(self) -> bool:
        """Nothing to say."""
        return False
