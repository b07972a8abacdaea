"""Times of day as settings have them: `21:00`, and `22:00-07:00`. Pure."""

from __future__ import annotations

import re
from datetime import time

from engramd.errors import InvalidArgument

_TIME = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


def read_time(text: str) -> time:
    """Read a local time of day; InvalidArgument for anything else."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise InvalidArgument("this is no time of day such as 21:00", where=repr(text))
    return time(int(found[1]), int(found[2]))


def read_hours(text: str) -> tuple[time, time] | None:
    """Read hours from one time to another, which may be over midnight; None for empty text: no hours."""
    if not text.strip():
        return None
    begin, dash, end = text.partition("-")
    if not dash:
        raise InvalidArgument("these are no hours such as 22:00-07:00", where=repr(text))
    hours = read_time(begin), read_time(end)
    if hours[0] == hours[1]:
        raise InvalidArgument("the hours begin and end at the same time", where=repr(text))
    return hours
