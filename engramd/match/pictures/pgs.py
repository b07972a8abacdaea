"""Blu-ray subtitles (PGS): a display set's objects, composed where it puts them."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from engramd.match.pictures.plane import BrokenPicture, Grey, Incomplete, Plane, affordable, bounded

PALETTE, OBJECT, COMPOSITION = 0x14, 0x15, 0x16
EPOCH_START = 0x80
#: A display set shows two objects at most; more than this are a damaged packet.
MOST_OBJECTS = 8

_WHOLE = (slice(None), slice(None))


def draw_pgs(packets: Sequence[bytes]) -> Plane:
    """Draw the last of these display sets; those before it may bring what it does not repeat.

    Raises BrokenPicture; Incomplete where an object or the palette came earlier still.
    """
    if not packets:
        raise BrokenPicture("there is no display set")
    epoch = _Epoch()
    for packet in packets:
        epoch.take(packet)
    return epoch.draw()


@dataclass
class _Object:
    size: tuple[int, int]
    runs: bytearray


@dataclass(frozen=True)
class _Placed:
    """Where an object is shown, and how much of it."""

    number: int
    left: int
    top: int
    crop: tuple[slice, slice]


@dataclass
class _Epoch:
    """What the display sets since the last beginning of an epoch have brought."""

    palettes: dict[int, tuple[Grey, Grey]] = field(default_factory=dict)
    objects: dict[int, _Object] = field(default_factory=dict)
    palette: int = 0
    placed: list[_Placed] = field(default_factory=list)

    def take(self, packet: bytes) -> None:
        for kind, body in _segments(packet):
            if kind == COMPOSITION and len(body) >= 11:
                self._compose(body)
            elif kind == PALETTE and len(body) >= 2:
                self._colors(body)
            elif kind == OBJECT and len(body) >= 4:
                self._object(body)

    def _compose(self, body: bytes) -> None:
        if body[7] == EPOCH_START:
            self.palettes.clear()
            self.objects.clear()
        self.palette = body[9]
        self.placed.clear()
        at = 11
        for _ in range(min(body[10], MOST_OBJECTS)):
            if at + 8 > len(body):
                break
            cropped = bool(body[at + 3] & 0x80) and at + 16 <= len(body)
            number, left, top = struct.unpack_from(">H2xHH", body, at)
            self.placed.append(_Placed(number, left, top, _crop(body, at) if cropped else _WHOLE))
            at += 16 if cropped else 8

    def _colors(self, body: bytes) -> None:
        luma, alpha = self.palettes.setdefault(body[0], (np.zeros(256, np.uint8), np.zeros(256, np.uint8)))
        for at in range(2, len(body) - 4, 5):
            luma[body[at]], alpha[body[at]] = body[at + 1], body[at + 4]

    def _object(self, body: bytes) -> None:
        number = body[0] << 8 | body[1]
        if body[3] & 0x80 and len(body) >= 11:
            size = (body[7] << 8 | body[8], body[9] << 8 | body[10])
            self.objects[number] = _Object(size, bytearray(body[11:]))
        elif number in self.objects:
            self.objects[number].runs += body[4:]

    def draw(self) -> Plane:
        """Put the objects where they belong, on a canvas that just holds them."""
        if not self.placed:
            raise BrokenPicture("a display set shows nothing")
        if self.palette not in self.palettes or any(p.number not in self.objects for p in self.placed):
            raise Incomplete("a display set needs what an earlier one brought")
        luma, alpha = self.palettes[self.palette]
        affordable(self.objects[p.number].size for p in self.placed)
        drawn = [(p.left, p.top, _pixels(self.objects[p.number])[p.crop]) for p in self.placed]
        left, top = min(x for x, _, _ in drawn), min(y for _, y, _ in drawn)
        width = max(x + pixels.shape[1] for x, _, pixels in drawn) - left
        height = max(y + pixels.shape[0] for _, y, pixels in drawn) - top
        bounded(width, height)
        canvas = np.full((height, width), _clear(alpha), np.uint8)
        for x, y, pixels in drawn:
            canvas[y - top : y - top + pixels.shape[0], x - left : x - left + pixels.shape[1]] = pixels
        return Plane(canvas, luma, alpha)


def _crop(body: bytes, at: int) -> tuple[slice, slice]:
    left, top, width, height = struct.unpack_from(">HHHH", body, at + 8)
    return slice(top, top + height), slice(left, left + width)


def _clear(alpha: Grey) -> int:
    """Give a colour that cannot be seen; 255 is that by convention."""
    return 255 if alpha[255] == 0 else int(np.argmin(alpha))


def _segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(packet):
        size = packet[at + 1] << 8 | packet[at + 2]
        yield packet[at], packet[at + 3 : at + 3 + size]
        at += 3 + size


def _pixels(drawn: _Object) -> Grey:
    width, height = drawn.size
    rows: list[bytes] = []
    row = bytearray()
    for color, length in _runs(bytes(drawn.runs)):
        if length:
            row += bytes((color,)) * min(length, width - len(row))
            continue
        rows.append(bytes(row.ljust(width, b"\0")))
        row.clear()
        if len(rows) == height:
            break
    if row and len(rows) < height:
        rows.append(bytes(row.ljust(width, b"\0")))
    filled = b"".join(rows).ljust(width * height, b"\0")
    return np.frombuffer(filled, np.uint8).reshape(height, width)


def _runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Give colours and lengths; a length of 0 ends a line. What is cut off is left out."""
    at, end = 0, len(data)
    while at < end:
        color = data[at]
        at += 1
        if color:
            yield color, 1
            continue
        if at >= end:
            return
        flags = data[at]
        at += 1
        length = flags & 0x3F
        if flags & 0x40 and at < end:
            length = length << 8 | data[at]
            at += 1
        if flags & 0x80:
            if at >= end:
                return
            color = data[at]
            at += 1
        yield color, length
