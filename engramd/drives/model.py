"""Values of this room: a drive, its state, and the insertion of a disc."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engramd.discs.model import Media
from engramd.drives.ids import object_id

__all__ = ["Drive", "DriveState", "Insertion", "InsertionKey", "object_id"]


class DriveState(StrEnum):
    """State of a drive, as on the bus.

    `loading`, `busy`, `unreadable` and `stuck` are set by the drive's worker, the others by events.
    """

    EMPTY = "empty"
    OPEN = "open"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    UNREADABLE = "unreadable"
    STUCK = "stuck"


@dataclass(frozen=True)
class InsertionKey:
    """Names one insertion of one disc for ever: DISKSEQ starts again at boot.

    `diskseq` is negative where the kernel has no DISKSEQ (before 5.15): see `boot.py`.
    """

    boot_id: str
    drive_identity: str
    diskseq: int


@dataclass(frozen=True)
class Insertion:
    """A disc that is new in a drive; `at_start` if it was there before the daemon looked."""

    key: InsertionKey
    identity: str
    device: str
    label: str
    media: Media
    at_start: bool


@dataclass(frozen=True)
class Drive:
    """A drive at one moment.

    `identity` is its serial or port path, `id` the same as an element of a D-Bus path, `device` the node
    (which may change over time), `key` the insertion that is in it. `reads` are the kinds of discs that it
    takes, `abilities` what else it can do, as it told when it was asked first.
    """

    identity: str
    id: str
    device: str
    vendor: str = ""
    model: str = ""
    serial: str = ""
    port: str = ""
    state: DriveState = DriveState.EMPTY
    media: Media = Media.NONE
    label: str = ""
    key: InsertionKey | None = None
    virtual: bool = False
    reads: tuple[str, ...] = ()
    abilities: tuple[str, ...] = ()
