"""EBML, the container format below Matroska (RFC 8794): elements, their ids, sizes and contents."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

#: No element of a head that is read is larger, in bytes.
MOST_BYTES = 4 * 1024 * 1024


class Malformed(Exception):
    """The bytes are no EBML."""


@dataclass(frozen=True)
class Element:
    """An element: its id, where its content begins, and how long it is (None: unknown, up to the end)."""

    id: int
    start: int
    size: int | None


def read_header(file: BinaryIO) -> Element | None:
    """Read the id and size of the element at the file's position; None at the end of the file.

    Raises Malformed.
    """
    head = file.read(12)
    if not head:
        return None
    kind, place = read_vint(head, 0, keep_marker=True)
    size, place = read_vint(head, place)
    start = file.tell() - len(head) + place
    file.seek(start)
    return Element(kind or 0, start, size)


def read_content(file: BinaryIO, element: Element) -> bytes:
    """Read what an element holds. Raises Malformed when it is too large or cut off."""
    if element.size is None or element.size > MOST_BYTES:
        raise Malformed(f"element {element.id:#x} is too large")
    file.seek(element.start)
    content = file.read(element.size)
    if len(content) < element.size:
        raise Malformed("it ends too early")
    return content


def read_vint(data: bytes, place: int, *, keep_marker: bool = False) -> tuple[int | None, int]:
    """Read a variable-size integer and return it with the place behind it; None is the reserved "unknown"."""
    if place >= len(data) or data[place] == 0:
        raise Malformed("a length is damaged")
    length = 9 - data[place].bit_length()
    raw = data[place : place + length]
    if len(raw) < length:
        raise Malformed("it ends too early")
    value = int.from_bytes(raw, "big")
    if not keep_marker:
        mask = (1 << 7 * length) - 1
        value &= mask
        if value == mask:
            return None, place + length
    return value, place + length


def children(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Give id and content of each element in `data`. Raises Malformed."""
    place = 0
    while place < len(data):
        kind, place = read_vint(data, place, keep_marker=True)
        size, place = read_vint(data, place)
        if kind is None or size is None or place + size > len(data):
            raise Malformed("an element is longer than what it is in")
        yield kind, data[place : place + size]
        place += size
