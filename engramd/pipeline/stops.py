"""Why work on a disc may be stopped."""

from __future__ import annotations

from enum import StrEnum


class Stop(StrEnum):
    """The reason that a cancel token carries."""

    CANCELLED = "cancelled by a person"
    REMOVED = "the disc was taken out"
    EJECTED = "the disc is being ejected"
    STUCK = "the drive hangs"
    SHUTDOWN = "engramd is stopping"
