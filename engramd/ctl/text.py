"""Numbers and times as people read them; text from discs made safe for a terminal."""

from __future__ import annotations

from datetime import UTC, datetime


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
