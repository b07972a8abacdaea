"""Plain Python values to GVariants: `GLib.Variant` wants every value of a `v` wrapped, people do not."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from gi.repository import GLib

from engramd.errors import InvalidArgument

log = logging.getLogger(__name__)

_Pack = Callable[[Any], GLib.Variant]

#: Values that the arguments of one call may have, those inside others counted.
MOST_VALUES = 10_000
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
    """Give a GVariant of this signature; TypeError, OverflowError or ValueError if the value does not fit.

    What is a GVariant of the signature already stays as it is.
    """
    return _packer(signature)(value)


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


def message(*values: GLib.Variant) -> GLib.Variant:
    """Give a message body of values that are packed already."""
    return GLib.Variant.new_tuple(*values)


def unpack(value: GLib.Variant) -> Any:
    """Give the plain value of a GVariant that came from outside: bytes for `ay`, else as GLib gives it.

    InvalidArgument if there is more in it than any call needs: each costs a hundred times its few bytes.
    """
    return _unpacked(value, iter(range(MOST_VALUES)))


def _unpacked(value: GLib.Variant, left: Iterator[int]) -> Any:
    if next(left, None) is None:
        raise InvalidArgument("the call has too many values", remedy=f"give at most {MOST_VALUES} at a time")
    kind = value.get_type_string()
    if kind == "v":
        return _unpacked(value.get_variant(), left)
    if kind == "ay":
        return value.get_data_as_bytes().get_data() or b""
    if kind[0] not in "a(":
        return value.unpack()
    parts = (value.get_child_value(n) for n in range(value.n_children()))
    if kind.startswith("a{"):
        return {
            _unpacked(part.get_child_value(0), left): _unpacked(part.get_child_value(1), left)
            for part in parts
        }
    inner = (_unpacked(part, left) for part in parts)
    return tuple(inner) if kind[0] == "(" else list(inner)


def guess(value: Any) -> GLib.Variant:
    """Wrap a plain value for a `v`; TypeError if D-Bus has nothing for it.

    bool b, int i (x, t if large; Uint32 u, Uint64 t), float d, str s, bytes ay, a list of strings as, other
    lists av, a dictionary a{sv}.
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
    for kind, signature in ((float, "d"), (str, "s"), (bytes, "ay"), (dict, "a{sv}")):
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


@lru_cache(maxsize=256)
def _packer(signature: str) -> _Pack:
    """Give the function that packs values of one type; containers are built of their parts' own functions.

    GLib.Variant(signature, value) parses the signature anew for every value inside, and takes seconds for a
    megabyte of bytes.
    """
    if signature not in _BASIC and not GLib.VariantType.string_is_valid(signature):
        raise TypeError(f"{signature!r} is no signature")
    if signature in _BASIC:
        make = _BASIC[signature]
    elif signature == "v":
        return lambda value: GLib.Variant.new_variant(guess(value))
    elif signature.startswith("a{"):
        make = _dictionaries(signature)
    elif signature.startswith("a"):
        make = _arrays(signature)
    elif signature.startswith("("):
        make = _tuples(signature)
    else:
        raise TypeError(f"D-Bus has no type {signature!r}")
    return lambda value: _as_it_is(signature, value) if isinstance(value, GLib.Variant) else make(value)


def _as_it_is(signature: str, value: GLib.Variant) -> GLib.Variant:
    if value.get_type_string() != signature:
        raise TypeError(f"{signature} is wanted, not {value.get_type_string()}")
    return value


def _dictionaries(signature: str) -> _Pack:
    key, inner = map(_packer, split(signature[2:-1]))
    kind, entry = GLib.VariantType(signature[1:]), GLib.Variant.new_dict_entry

    def make(value: Any) -> GLib.Variant:
        if not isinstance(value, Mapping):
            raise TypeError(f"a dictionary is wanted, not {type(value).__name__}")
        return GLib.Variant.new_array(kind, [entry(key(k), inner(item)) for k, item in value.items()])

    return make


def _arrays(signature: str) -> _Pack:
    inner, kind = _packer(signature[1:]), GLib.VariantType(signature[1:])
    whole = GLib.VariantType(signature)

    def make(value: Any) -> GLib.Variant:
        if isinstance(value, bytes) and signature == "ay":
            return GLib.Variant.new_from_bytes(whole, GLib.Bytes.new(value), True)
        if isinstance(value, str | bytes | Mapping):
            raise TypeError(f"a list is wanted, not {type(value).__name__}")
        return GLib.Variant.new_array(kind, [inner(item) for item in value])

    return make


def _tuples(signature: str) -> _Pack:
    parts = [_packer(kind) for kind in split(signature[1:-1])]

    def make(value: Any) -> GLib.Variant:
        if len(parts) != len(value):
            raise TypeError(f"{signature} wants {len(parts)} values, not {len(value)}")
        return GLib.Variant.new_tuple(*[part(item) for part, item in zip(parts, value, strict=True)])

    return make


def _object_path(value: str) -> GLib.Variant:
    if not GLib.Variant.is_object_path(value):
        raise TypeError(f"{value!r} is no object path")
    return GLib.Variant.new_object_path(value)


def _signature(value: str) -> GLib.Variant:
    if not GLib.Variant.is_signature(value):
        raise TypeError(f"{value!r} is no signature")
    return GLib.Variant.new_signature(value)


_BASIC: dict[str, _Pack] = {
    "b": GLib.Variant.new_boolean,
    "y": GLib.Variant.new_byte,
    "n": GLib.Variant.new_int16,
    "q": GLib.Variant.new_uint16,
    "i": GLib.Variant.new_int32,
    "u": GLib.Variant.new_uint32,
    "x": GLib.Variant.new_int64,
    "t": GLib.Variant.new_uint64,
    "h": GLib.Variant.new_handle,
    "d": GLib.Variant.new_double,
    "s": GLib.Variant.new_string,
    "o": _object_path,
    "g": _signature,
}


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
