"""Elements of an EBML file: their ids, sizes and contents, read where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from engramd.ebml import Malformed, read_vint

#: No element of a head that is read is larger, in bytes.
MOST_BYTES = 4 * 1024 * 1024


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
