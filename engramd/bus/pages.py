"""Long lists as replies: what is too large for a message ends early, and its last row says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from engramd.bus.variants import clean, pack
from engramd.errors import InvalidArgument

#: Bytes of a list that are enough: one message of the bus takes 32 MiB, and a client is many.
PAGE_BYTES = 8 << 20

Row = Mapping[str, Any]
T = TypeVar("T")


def fitting(rows: Sequence[Row], rest: Callable[[int], Row] | None = None) -> list[Any]:
    """Give as many rows as a message takes, packed; then, if some are left, one of their number."""
    packed: list[Any] = []
    size = 0
    for row in rows:
        one = pack("a{sv}", clean(dict(row)))
        size += one.get_size()
        if packed and size > PAGE_BYTES:
            if rest is not None:
                packed.append(pack("a{sv}", clean(dict(rest(len(rows) - len(packed))))))
            break
        packed.append(one)
    return packed


def after(rows: Sequence[T], last: object, key: Callable[[T], object], limit: int | None) -> list[T]:
    """Give the rows behind the one with a key (None: all), at most `limit`. Raises InvalidArgument."""
    begin = 0
    if last is not None:
        begin = next((place for place, row in enumerate(rows, 1) if key(row) == last), 0)
        if not begin:
            raise InvalidArgument("there is no such row any more", where=f"after {last}", remedy="begin anew")
    return list(rows[begin:] if limit is None else rows[begin : begin + max(1, limit)])
