"""DVB subtitles (ETSI EN 300 743): the regions of a page, with the objects that are drawn in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engramd.match.pictures.dvb_pixels import draw_object
from engramd.match.pictures.plane import BrokenPicture, Grey, Incomplete, Plane, affordable, bounded

PAGE, REGION, CLUT, OBJECT = 0x10, 0x11, 0x12, 0x13
SYNC = 0x0F
#: Page states: the display sets that begin anew.
ANEW = (1, 2)
#: A page has a handful of regions, and a region one or two objects; more are a damaged packet.
MOST_REGIONS, MOST_OBJECTS = 8, 4

#: All regions share one palette: four bits of brightness, four of opacity.
_SHADES = np.arange(256)
_LUMA, _ALPHA = np.asarray(_SHADES // 16 * 17, np.uint8), np.asarray(_SHADES % 16 * 17, np.uint8)


def draw_dvb(packets: Sequence[bytes]) -> Plane:
    """Draw the last of these display sets; those before it may bring what it does not repeat.

    Raises BrokenPicture; Incomplete where a region or an object came earlier still.
    """
    if not packets:
        raise BrokenPicture("there is no display set")
    page = _Page()
    for packet in packets:
        page.take(packet)
    return page.draw()


@dataclass
class _Region:
    size: tuple[int, int]
    depth: int
    clut: int
    fill: int
    objects: list[tuple[int, int, int]]


@dataclass
class _Page:
    """What the display sets since the last that began anew have brought."""

    placed: list[tuple[int, int, int]] = field(default_factory=list)
    regions: dict[int, _Region] = field(default_factory=dict)
    cluts: dict[int, dict[int, tuple[int, int]]] = field(default_factory=dict)
    objects: dict[int, bytes] = field(default_factory=dict)

    def take(self, packet: bytes) -> None:
        takers = {PAGE: self._page, REGION: self._region, CLUT: self._clut, OBJECT: self._object}
        for kind, body in _segments(packet):
            if len(body) >= 2 and kind in takers:
                takers[kind](body)

    def _page(self, body: bytes) -> None:
        if body[1] >> 2 & 3 in ANEW:
            self.regions.clear()
            self.objects.clear()
        self.placed = [
            (body[at], _word(body, at + 2), _word(body, at + 4)) for at in range(2, len(body) - 5, 6)
        ][:MOST_REGIONS]

    def _region(self, body: bytes) -> None:
        if len(body) < 10:
            return
        depth = 1 << max(1, min(3, body[6] >> 2 & 7))
        pixel_codes = {8: body[8], 4: body[9] >> 4, 2: body[9] >> 2 & 3}
        fill = pixel_codes[depth] if body[1] & 8 else 0
        objects: list[tuple[int, int, int]] = []
        at = 10
        while at + 6 <= len(body) and len(objects) < MOST_OBJECTS:
            objects.append((_word(body, at), _word(body, at + 2) & 0xFFF, _word(body, at + 4) & 0xFFF))
            at += 8 if body[at + 2] >> 6 in (1, 2) else 6
        size = (_word(body, 2), _word(body, 4))
        self.regions[body[0]] = _Region(size, depth, body[7], fill, objects)

    def _clut(self, body: bytes) -> None:
        colors = self.cluts.setdefault(body[0], {})
        at = 2
        while at + 4 <= len(body):
            number, full_range = body[at], body[at + 1] & 1
            if full_range:
                luma, clear = body[at + 2], body[at + 5] if at + 5 < len(body) else 255
                at += 6
            else:
                luma, clear = body[at + 2] & 0xFC, (body[at + 3] & 3) * 85
                at += 4
            colors[number] = (luma, 255 - clear if luma else 0)

    def _object(self, body: bytes) -> None:
        if len(body) >= 7 and not body[2] >> 2 & 3:
            self.objects[_word(body, 0)] = body

    def draw(self) -> Plane:
        """Put the regions where they belong, on a canvas that just holds them."""
        if not self.placed:
            raise BrokenPicture("a display set shows nothing")
        if any(number not in self.regions for number, _, _ in self.placed):
            raise Incomplete("a display set needs what an earlier one brought")
        affordable(self.regions[number].size for number, _, _ in self.placed)
        drawn = [(x, y, self._shades(self.regions[number])) for number, x, y in self.placed]
        left, top = min(x for x, _, _ in drawn), min(y for _, y, _ in drawn)
        width = max(x + shades.shape[1] for x, _, shades in drawn) - left
        height = max(y + shades.shape[0] for _, y, shades in drawn) - top
        bounded(width, height)
        canvas = np.zeros((height, width), np.uint8)
        for x, y, shades in drawn:
            canvas[y - top : y - top + shades.shape[0], x - left : x - left + shades.shape[1]] = shades
        return Plane(canvas, _LUMA, _ALPHA)

    def _shades(self, region: _Region) -> Grey:
        width, height = region.size
        pixels = np.full((height, width), region.fill, np.uint8)
        for number, x, y in region.objects:
            if number not in self.objects:
                raise Incomplete("a region needs an object that an earlier display set brought")
            draw_object(self.objects[number], pixels, x, y, region.depth)
        return _shades_of(self.cluts.get(region.clut), region.depth)[pixels]


def _shades_of(colors: dict[int, tuple[int, int]] | None, depth: int) -> Grey:
    """Give the shade of each colour number, of the default colours where none were sent."""
    table = np.zeros(256, np.uint8)
    for number in range(1 << depth):
        luma, alpha = colors.get(number, (0, 0)) if colors else _default(number, depth)
        table[number] = (luma + 8) // 17 * 16 + (alpha + 8) // 17
    return table


def _default(number: int, depth: int) -> tuple[int, int]:
    """Give luma and alpha of a default colour (clause 10 of the standard)."""
    if number == 0:
        return 0, 0
    if depth == 2:
        return (255, 0, 127)[number - 1], 255
    if depth == 4:
        return _luma_of(number & 7, 255 if number < 8 else 127), 255
    if number < 8:
        return _luma_of(number, 255), 64
    low, high = {0x00: (85, 170), 0x08: (85, 170), 0x80: (43, 85), 0x88: (43, 85)}[number & 0x88]
    luma = _luma_of(number & 7, low) + _luma_of(number >> 4 & 7, high) + (127 if number & 0x88 == 0x80 else 0)
    return min(255, luma), 127 if number & 0x88 == 0x08 else 255


def _luma_of(bits: int, full: int) -> int:
    return (299 * (bits & 1) + 587 * (bits >> 1 & 1) + 114 * (bits >> 2 & 1)) * full // 1000


def _segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 2 if packet[:1] == b"\x20" else 0
    while at + 6 <= len(packet) and packet[at] == SYNC:
        size = _word(packet, at + 4)
        yield packet[at + 1], packet[at + 6 : at + 6 + size]
        at += 6 + size


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]
