"""The names of the bus: service, objects, interfaces and errors; paths to ids and back."""

from __future__ import annotations

import re
from typing import Literal

from engramd.errors import (
    Busy,
    EngramError,
    InvalidArgument,
    NoMedium,
    NoSpace,
    NotAuthorized,
    NotFound,
    ToolMissing,
    WrongState,
)

BusKind = Literal["system", "session"]

BUS_NAME = "org.engramd.Engram1"
ROOT = "/org/engramd/Engram1"
NONE_PATH = "/"
INTERFACE_VERSION = 8

MANAGER = f"{BUS_NAME}.Manager"
SETTINGS = f"{BUS_NAME}.Settings"
DRIVE = f"{BUS_NAME}.Drive"
JOB = f"{BUS_NAME}.Job"
TITLE = f"{BUS_NAME}.Title"
REVIEW = f"{BUS_NAME}.Review"
OBJECT_MANAGER = "org.freedesktop.DBus.ObjectManager"
PROPERTIES = "org.freedesktop.DBus.Properties"

ERROR_PREFIX = f"{BUS_NAME}.Error."

#: The type that each error name stands for; a client raises these.
ERROR_TYPES: dict[str, type[EngramError]] = {
    ERROR_PREFIX + kind.code: kind
    for kind in (
        EngramError,
        NotFound,
        InvalidArgument,
        WrongState,
        NotAuthorized,
        Busy,
        NoMedium,
        ToolMissing,
        NoSpace,
    )
}


def error_name(error: EngramError) -> str:
    """Give the D-Bus error name of an error; types without a name of their own are `Failed`."""
    name = ERROR_PREFIX + error.code
    return name if name in ERROR_TYPES else ERROR_PREFIX + EngramError.code


def escape(text: str) -> str:
    """Make a path element of any text: what is not a letter or a digit becomes `_xx` (hex of its UTF-8).

    An element that is allowed already stays as it is; empty text becomes `_`.
    """
    if re.fullmatch(r"[A-Za-z0-9_]+", text):
        return text
    return (
        "".join(
            chr(byte) if chr(byte).isascii() and chr(byte).isalnum() else f"_{byte:02x}"
            for byte in text.encode()
        )
        or "_"
    )


def drive_path(drive_id: str) -> str:
    """Give the object path of a drive."""
    return f"{ROOT}/drives/{escape(drive_id)}"


def job_path(job_id: int | None) -> str:
    """Give the object path of a job; `/` stands for none."""
    return NONE_PATH if job_id is None else f"{ROOT}/jobs/{job_id}"


def title_path(job_id: int, title_index: int) -> str:
    """Give the object path of a title."""
    return f"{job_path(job_id)}/titles/{title_index}"


def review_path(review_id: int) -> str:
    """Give the object path of a review task."""
    return f"{ROOT}/reviews/{review_id}"


def last_number(path: str) -> int:
    """Give the number that a job's, title's or review's path ends with; InvalidArgument if it does not."""
    tail = path.rpartition("/")[2]
    if not (tail.isascii() and tail.isdigit()):
        raise InvalidArgument("this object path has no number", where=path)
    return int(tail)
