"""EBML, the format below Matroska (RFC 8794): integers of variable size, and elements in elements."""

from __future__ import annotations

from collections.abc import Iterator


class Malformed(Exception):
    """The bytes are no EBML."""


def read_vint(data: bytes, at: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """Read a variable-size integer and give it with the place behind it; None is the reserved "unknown".

    Raises Malformed.
    """
    if at >= len(data) or not (first := data[at]):
        raise Malformed("a length is damaged, or cut off")
    if first > 0x80 and first != 0xFF:
        return first if keep_marker else first & 0x7F, at + 1
    length = 9 - first.bit_length()
    if at + length > len(data):
        raise Malformed("it ends too early")
    value = int.from_bytes(data[at : at + length], "big")
    if keep_marker:
        return value, at + length
    mask = (1 << 7 * length) - 1
    return (None if value & mask == mask else value & mask), at + length


def children(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give id and content of each element in `data`. Raises Malformed."""
    at, end = 0, len(data)
    while at < end:
        kind, at = read_vint(data, at, keep_marker=True)
        size, at = read_vint(data, at)
        if kind is None or size is None or at + size > end:
            raise Malformed("an element is longer than what it is in")
        yield kind, data[at : at + size]
        at += size
