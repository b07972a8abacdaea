"""Plain Python values to GVariants: `GLib.Variant` wants every value of a `v` wrapped, people do not."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from gi.repository import GLib

log = logging.getLogger(__name__)

#: Integers of dictionaries travel as `x` if they are too large for `i`; beyond that as `t`.
_SMALL, _LARGE = 1 << 31, 1 << 63


class Uint32(int):
    """A whole number that travels as `u` where the signature leaves its type open."""


class Uint64(int):
    """A whole number that travels as `t` where the signature leaves its type open."""


def microseconds(time: datetime | None) -> Uint64:
    """Give a time as the bus has it: microseconds since the epoch, 0 for none."""
    return Uint64(0 if time is None else round(time.timestamp() * 1_000_000))


def pack(signature: str, value: Any) -> GLib.Variant:
    """Give a GVariant of this signature; TypeError, OverflowError or ValueError if the value does not fit."""
    return GLib.Variant(signature, _prepared(signature, value))


def pack_or_empty(where: str, signature: str, value: Any) -> GLib.Variant:
    """Give a GVariant of cleaned text; a value that does not fit becomes none, and `where` goes to the log.

    One bad value would make all properties of its object, or a whole page of them, unreadable.
    """
    try:
        return pack(signature, clean(value))
    except (TypeError, ValueError, OverflowError) as error:
        log.error("%s: %r is no %s (%s)", where, value, signature, error)
        return empty(signature)


def pack_arguments(signature: str, arguments: tuple[Any, ...]) -> GLib.Variant:
    """Give a message body; `signature` is that of the arguments, one after another (`sa{sv}`)."""
    return pack(f"({signature})", arguments)


def join(signature: str, items: Mapping[str, GLib.Variant]) -> GLib.Variant:
    """Give a dictionary (`a{sX}`, `a{oX}`) of values that are packed already."""
    builder = GLib.VariantBuilder(GLib.VariantType(signature))
    for key, value in items.items():
        builder.add_value(GLib.Variant.new_dict_entry(GLib.Variant(signature[2], key), value))
    return builder.end()


def message(*values: GLib.Variant) -> GLib.Variant:
    """Give a message body of values that are packed already."""
    return GLib.Variant.new_tuple(*values)


def guess(value: Any) -> GLib.Variant:
    """Wrap a plain value for a `v`; TypeError if D-Bus has nothing for it.

    bool b, int i (x, t if large; Uint32 u, Uint64 t), float d, str s, a list of strings as, other lists av,
    a dictionary a{sv}.
    """
    if isinstance(value, GLib.Variant):
        return value
    return pack(_guessed(value), value)


def _guessed(value: Any) -> str:
    if isinstance(value, bool):
        return "b"
    if isinstance(value, Uint32 | Uint64):
        return "u" if isinstance(value, Uint32) else "t"
    if isinstance(value, int):
        return "i" if -_SMALL <= value < _SMALL else "x" if -_LARGE <= value < _LARGE else "t"
    if isinstance(value, list | tuple):
        return "as" if all(isinstance(item, str) for item in value) else "av"
    for kind, signature in ((float, "d"), (str, "s"), (dict, "a{sv}")):
        if isinstance(value, kind):
            return signature
    raise TypeError(f"no D-Bus type for {type(value).__name__}")


def split(signature: str) -> list[str]:
    """Split a signature into complete types: `sa{sv}o` gives `s`, `a{sv}`, `o`."""
    return list(_complete_types(signature))


def _complete_types(signature: str) -> Iterator[str]:
    start = 0
    while start < len(signature):
        end = _end_of_type(signature, start)
        yield signature[start:end]
        start = end


def _end_of_type(signature: str, place: int) -> int:
    while signature[place] == "a":
        place += 1
    if signature[place] not in "({":
        return place + 1
    depth = 0
    while True:
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(signature[place], 0)
        place += 1
        if not depth:
            return place


def _prepared(signature: str, value: Any) -> Any:
    if signature == "v":
        return guess(value)
    if signature.startswith("a{"):
        _, inner = split(signature[2:-1])
        return {key: _prepared(inner, item) for key, item in value.items()}
    if signature.startswith("a"):
        return [_prepared(signature[1:], item) for item in value]
    if signature.startswith("("):
        kinds = split(signature[1:-1])
        if len(kinds) != len(value):
            raise TypeError(f"{signature} wants {len(kinds)} values, not {len(value)}")
        return tuple(_prepared(kind, item) for kind, item in zip(kinds, value, strict=True))
    return str(value) if signature in "sog" and isinstance(value, str) else value


def clean(value: Any) -> Any:
    """Make all text in a value fit for the bus: no NUL, and no half characters (of strange file names)."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(clean(item) for item in value)
    return value


def empty(signature: str) -> GLib.Variant:
    """Give the value that stands for none: 0, false, "", "/", an empty array."""
    if signature.startswith("a"):
        return GLib.Variant(signature, {} if signature.startswith("a{") else [])
    return GLib.Variant(signature, {"s": "", "o": "/", "b": False, "d": 0.0}.get(signature, 0))
