"""Times in the past as people type them: `18:00`, `yesterday`, `2026-11-30`, `90min`, `7d`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import click

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_AGO = re.compile(r"(\d{1,4})\s*(min|h|d|w)", re.ASCII)
_UNITS = {"min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DAYS = {"today": 0, "yesterday": 1}
EXAMPLES = "18:00, yesterday, 2026-11-30, 90min, 12h or 7d"


def since(said: str, now: datetime) -> datetime:
    """Read what a person says of a time in the past; `now` is local and has no zone, whose clocks may change.

    A day means its beginning, unless a time of the day follows. Raises ValueError for what is no time.
    """
    said = said.strip().lower()
    day, _, clock = said.partition(" ")
    if day in _DAYS:
        begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=_DAYS[day])
        return (_at(clock, begin) if clock else begin).astimezone()
    if _CLOCK.fullmatch(said):
        at = _at(said, now)
        return (at if at <= now else at - timedelta(days=1)).astimezone()
    if ago := _AGO.fullmatch(said):
        return now.astimezone() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    return datetime.fromisoformat(said.upper()).astimezone()


def _at(clock: str, day: datetime) -> datetime:
    """Give a time of a day."""
    found = _CLOCK.fullmatch(clock)
    if found is None:
        raise ValueError(clock)
    return day.replace(hour=int(found[1]), minute=int(found[2]), second=0, microsecond=0)


def read_time(_context: click.Context, _option: click.Parameter, said: str | None) -> datetime | None:
    """Read a time that was typed for an option."""
    if said is None:
        return None
    try:
        return since(said, datetime.now())
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{said!r} is no time; say {EXAMPLES}") from None


def time_option(*names: str, help_text: str) -> Callable[[Any], Any]:
    """Give an option that takes a time."""
    return click.option(*names, callback=read_time, metavar="TIME", help=f"{help_text}: as {EXAMPLES}.")


def to_bus(at: datetime) -> int:
    """Give a time as the bus has it."""
    return int(at.timestamp() * 1_000_000)
