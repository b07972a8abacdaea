"""Numbers and times as people read them; text from discs made safe for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime

_DAYS = {-1: "yesterday ", 0: "", 1: "tomorrow "}


def printable(text: str) -> str:
    """Replace what could steer a terminal: labels and names come from discs."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def length(seconds: float) -> str:
    """Give a playing time: `0:42`, `21:07`, `1:52:07`."""
    total = round(seconds)
    hours, minutes = divmod(total // 60, 60)
    return f"{hours}:{minutes:02}:{total % 60:02}" if hours else f"{minutes}:{total % 60:02}"


def size(count: float) -> str:
    """Give an amount of bytes in decimal units: `512 B`, `4.7 GB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def percent(part: float) -> str:
    """Give a probability or a progress; nothing for an unknown one (below 0). Never rounds up to all."""
    if part < 0:
        return ""
    return "100%" if part >= 1 else f"{min(99, round(part * 100))}%"


def from_bus(microseconds: int) -> datetime | None:
    """Give the time that a number on the bus stands for; 0 is none."""
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC) if microseconds else None


def iso(microseconds: int) -> str | None:
    """Give a time of the bus as ISO 8601 in UTC."""
    at = from_bus(microseconds)
    return at.isoformat().replace("+00:00", "Z") if at else None


def local(microseconds: int) -> str:
    """Give a time of the bus as people here write it, to the minute."""
    at = from_bus(microseconds)
    return f"{at.astimezone():%Y-%m-%d %H:%M}" if at else ""


def remaining(microseconds: int, now: datetime) -> str:
    """Say how long it is until a time of the bus: `4:05 left`."""
    at = from_bus(microseconds)
    return f"{length(max(0.0, (at - now).total_seconds()))} left" if at else ""


def when(microseconds: int, now: datetime) -> str:
    """Give a time of the bus in words, seen from now: `in 12 minutes`, `18:20`, `3 days ago`.

    Nothing for no time. `now` is aware; days and hours are those of its zone.
    """
    at = _seen_from(microseconds, now)
    if at is None:
        return ""
    minutes = round((at - now).total_seconds() / 60)
    if minutes == 0:
        return "just now" if at <= now else "in a moment"
    if abs(minutes) < 60:
        return f"in {counted(minutes, 'minute')}" if minutes > 0 else f"{counted(-minutes, 'minute')} ago"
    days = (now.date() - at.date()).days
    return f"{days} days ago" if 1 < days < 7 else clock(microseconds, now)


def clock(microseconds: int, now: datetime) -> str:
    """Give a time of the bus by the clock: `18:20`, `tomorrow 06:00`, `2026-11-30 18:20`."""
    at = _seen_from(microseconds, now)
    if at is None:
        return ""
    days = (at.date() - now.date()).days
    return f"{_DAYS[days]}{at:%H:%M}" if abs(days) <= 1 else f"{at:%Y-%m-%d %H:%M}"


def since(microseconds: int, now: datetime) -> str:
    """Say since when something lasts: `for 12 minutes`, `since yesterday 18:20`, `for 3 days`."""
    ago = when(microseconds, now)
    if ago == "just now":
        return "for a moment"
    return f"for {ago.removesuffix(' ago')}" if ago.endswith(" ago") else f"since {ago}" if ago else ""


def counted(number: int, noun: str) -> str:
    """Give a number of things: `1 disc`, `3 discs`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _seen_from(microseconds: int, now: datetime) -> datetime | None:
    at = from_bus(microseconds)
    return at and at.astimezone(now.tzinfo)
