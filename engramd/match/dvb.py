"""What DVB subtitles show and when they clear it: page compositions after ETSI EN 300 743, undecoded.

A display set names the regions of a page, the regions name their objects, and the objects hold the pixels.
A set that repeats all that (for viewers who tune in late) is no new subtitle.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator

from engramd.match.bitmaps import DisplaySet

_PAGE, _REGION, _OBJECT = 0x10, 0x11, 0x13
_SYNC = 0x0F
#: Bits of a page's state: the page begins anew and keeps nothing.
_MODE_CHANGE = 2

#: A region's width, and its objects with their places, as they are written.
_Region = tuple[int, tuple[bytes, ...]]
_Content = tuple[tuple[int, bytes, tuple[tuple[bytes, int], ...]], ...]


class DvbPages:
    """Reads the packets of one stream in order. `page` is the composition page, None: the first one seen."""

    def __init__(self, page: int | None = None) -> None:
        self._page = page
        self._regions: dict[int, _Region] = {}
        self._objects: dict[bytes, int] = {}
        self._shown: _Content = ()

    def take(self, packet: bytes) -> DisplaySet | None:
        """Read a packet. None if it has no page composition of this page."""
        composition = b""
        for kind, page, body in _segments(packet):
            if kind == _PAGE and len(body) >= 2 and self._page in (None, page):
                self._page, composition = page, body
                if body[1] >> 2 & 3 == _MODE_CHANGE:
                    self._regions.clear()
                    self._objects.clear()
            elif kind == _REGION and len(body) >= 10:
                self._regions[body[0]] = (int.from_bytes(body[2:4], "big"), tuple(_placed(body)))
            elif kind == _OBJECT and len(body) >= 3:
                self._objects[body[:2]] = zlib.crc32(body[3:])
        return self._display(composition) if composition else None

    def _display(self, composition: bytes) -> DisplaySet:
        content, edges = [], []
        for at in range(2, len(composition) - 5, 6):
            number, left = composition[at], int.from_bytes(composition[at + 2 : at + 4], "big")
            width, placed = self._regions.get(number, (0, ()))
            if placed:
                pixels = tuple((each, self._objects.get(each[:2], 0)) for each in placed)
                content.append((number, composition[at + 2 : at + 6], pixels))
                edges.append((left, left + width))
        fresh, self._shown = tuple(content) != self._shown, tuple(content)
        width = max(right for _, right in edges) - min(left for left, _ in edges) if edges else 0
        return DisplaySet(len(content), fresh, False, width, composition[0] or math.inf)


def composition_page(extradata: bytes) -> int | None:
    """Give the composition page that a stream's header names."""
    return int.from_bytes(extradata[:2], "big") if len(extradata) >= 4 else None


def _segments(packet: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Give type, page and content of each segment, with or without the header of a transport stream."""
    at = 2 if packet[:2] == b"\x20\x00" else 0
    while at + 6 <= len(packet) and packet[at] == _SYNC:
        size = int.from_bytes(packet[at + 4 : at + 6], "big")
        yield packet[at + 1], int.from_bytes(packet[at + 2 : at + 4], "big"), packet[at + 6 : at + 6 + size]
        at += 6 + size


def _placed(region: bytes) -> Iterator[bytes]:
    """Give each object of a region: two bytes of number, then kind and place."""
    at = 10
    while at + 6 <= len(region):
        yield region[at : at + 6]
        at += 8 if region[at + 2] >> 6 in (1, 2) else 6
