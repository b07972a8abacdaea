"""Numbers with units as people type and read them: `7d`, `1h30m`, `4GiB`, `2 weeks`, `95%`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

from engramd.errors import InvalidArgument

Number = int | float
_SECONDS = {"s": 1, "min": 60, "h": 3600, "day": 86400, "week": 604800}
_BINARY = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40, "PiB": 1 << 50}
_DECIMAL = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12, "PB": 10**15, "EB": 10**18}
_SPELLINGS = {
    "s": ("s", "sec", "secs", "second", "seconds"),
    "min": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "day": ("d", "day", "days"),
    "week": ("w", "wk", "wks", "week", "weeks"),
}
_TIMES = {word: _SECONDS[unit] for unit, words in _SPELLINGS.items() for word in words}
_SIZES = {unit.lower(): count for unit, count in (_DECIMAL | _BINARY).items()} | {"byte": 1, "bytes": 1}
#: What a plain number counts, and the words that a number of this unit may carry.
_UNITS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "s": (1, _TIMES),
    "days": (86400, _TIMES),
    "bytes": (1, _SIZES),
}
#: Characters that a number may have; what is longer is a mistake, and cannot be told again.
_LONGEST = 100
_PART = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([A-Za-z]*)")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_EXAMPLES = {
    "s": "such as 90 s, 20 min or 1h30m",
    "days": "such as 7d or 2 weeks",
    "bytes": "such as 500 MB or 4 GiB",
    "": "",
}


def read_number(text: str, unit: str, *, whole: bool) -> Number:
    """Read a number of a setting with this unit (s, days, bytes, empty); a plain one counts in the unit.

    `whole` numbers have no fractions left. InvalidArgument says what is wrong and what would be right.
    """
    if len(text) > _LONGEST:
        raise InvalidArgument("what was typed is too long for a number", remedy=_EXAMPLES[unit])
    found = _amount(text.strip(), unit)
    if found is None:
        raise InvalidArgument(f"{text!r} is no number", remedy=_EXAMPLES[unit])
    if not whole:
        return float(found)
    if found != int(found):
        why = f"it would be {found:g} {unit}".rstrip() if unit else "it has a fraction"
        raise InvalidArgument(f"{text!r} is no whole number{f' of {unit}' if unit else ''}", why=why)
    return int(found)


def _amount(text: str, unit: str) -> Decimal | None:
    """Give what is meant, in the unit; None where it is not understood."""
    if _PLAIN.fullmatch(text):
        return Decimal(text)
    if text.endswith("%") and not unit:
        return _divided(text[:-1].strip(), 100)
    if unit not in _UNITS:
        return None
    base, words = _UNITS[unit]
    parts = _parts(text)
    if not parts or any(word.lower() not in words for _, word in parts):
        return None
    return sum((number * words[word.lower()] for number, word in parts), Decimal()) / base


def _parts(text: str) -> list[tuple[Decimal, str]]:
    """Split `1h 30m` into its numbers and words; none where something else is between."""
    parts, place = [], 0
    while place < len(text):
        found = _PART.match(text, place)
        if found is None:
            return []
        parts.append((Decimal(found[1]), found[2]))
        place = found.end()
    return parts


def _divided(text: str, by: int) -> Decimal | None:
    try:
        return Decimal(text) / by if _PLAIN.fullmatch(text) else None
    except InvalidOperation:
        return None


def shown_number(value: Number, unit: str) -> str:
    """Give a number as people read it; `read_number` gives the same number back."""
    if unit == "bytes":
        return _size(int(value))
    if unit == "days":
        return f"{value} day{'' if value == 1 else 's'}"
    return _time(int(value)) if unit == "s" else f"{value:g}" if isinstance(value, float) else str(value)


def _time(seconds: int) -> str:
    """Give a time in days, hours, minutes and seconds, without those that are 0."""
    parts, rest = [], seconds
    for unit, count in (("day", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        number, rest = divmod(rest, count)
        if number:
            parts.append(f"{number} {unit}{'s' if unit == 'day' and number > 1 else ''}")
    return " ".join(parts) or "0 s"


def _size(count: int) -> str:
    """Give a size in the unit in which it is shortest and still exact, and no fraction of one."""
    sizes = {unit: size for unit, size in (_DECIMAL | _BINARY).items() if size <= max(count, 1)}
    exact = {unit: _exact(count, size) for unit, size in sizes.items()}
    unit = min(exact, key=lambda unit: (len(exact[unit]), -_DECIMAL.get(unit, 0)))
    return f"{exact[unit]} {unit}"


def _exact(count: int, size: int) -> str:
    """Give a quotient without rounding, as long as that may be."""
    return format((Decimal(count) / size).normalize(), "f")
