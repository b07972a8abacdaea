"""The run lengths of DVB subtitle objects: strings of 2, 4 and 8 bits a pixel (EN 300 743, clause 7.2.5)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from engramd.match.pictures.plane import Grey

END_OF_LINE = 0xF0
#: How many bits a pixel of a string has, by the string's kind.
_STRINGS = {0x10: 2, 0x11: 4, 0x12: 8}
#: Tables that map a string's colours to those of a deeper region: bits of both.
_TABLES = {0x20: (2, 4), 0x21: (2, 8), 0x22: (4, 8)}
_DEFAULTS = {
    (2, 4): bytes((0, 7, 8, 15)),
    (2, 8): bytes((0, 0x77, 0x88, 0xFF)),
    (4, 8): bytes(number * 0x11 for number in range(16)),
}


def draw_object(body: bytes, pixels: Grey, left: int, top: int, depth: int) -> None:
    """Draw an object data segment (coding method 0, 7 bytes or more) into a region; overhang is cut off."""
    upper, lower = int.from_bytes(body[3:5], "big"), int.from_bytes(body[5:7], "big")
    first = body[7 : 7 + upper]
    second = body[7 + upper : 7 + upper + lower] if lower else first
    height, width = pixels.shape
    for offset, data in enumerate((first, second)):
        for row, line in enumerate(_lines(data, depth, width)):
            place = top + offset + 2 * row
            if place >= height:
                break
            fitting = line[: max(0, width - left)]
            pixels[place, left : left + len(fitting)] = np.frombuffer(fitting, np.uint8)


def _lines(data: bytes, depth: int, width: int) -> Iterator[bytes]:
    """Give the lines of one field; none is longer than the region is wide."""
    tables = dict(_DEFAULTS)
    line = bytearray()
    at = 0
    while at < len(data):
        kind = data[at]
        at += 1
        if kind in _STRINGS:
            string = _String(data, at, _STRINGS[kind])
            drawn = string.draw(width - len(line))
            table = tables.get((string.depth, depth))
            line += drawn.translate(table.ljust(256, b"\0")) if table else drawn
            at = string.after
        elif kind in _TABLES:
            size, table = _table(_TABLES[kind], data[at:])
            tables[_TABLES[kind]] = table
            at += size
        elif kind == END_OF_LINE:
            yield bytes(line)
            line.clear()
    if line:
        yield bytes(line)


def _table(bits: tuple[int, int], data: bytes) -> tuple[int, bytes]:
    """Read a map table: its size in bytes, and what each colour becomes."""
    entries = 1 << bits[0]
    if bits[1] == 8:
        return entries, data[:entries]
    return entries // 2, bytes(int(digit, 16) for digit in data[: entries // 2].hex())


class _String:
    """A pixel code string: read bit by bit up to its end mark, then to a whole byte."""

    def __init__(self, data: bytes, at: int, depth: int) -> None:
        self._data, self._at, self._end = data, at * 8, len(data) * 8
        self.depth = depth

    @property
    def after(self) -> int:
        """Number of the first byte after what was read."""
        return (self._at + 7) // 8

    def draw(self, most: int) -> bytes:
        """Give the pixels, at most so many of them."""
        line = bytearray()
        run = {2: self._run_of_2, 4: self._run_of_4, 8: self._run_of_8}[self.depth]
        while self._at + self.depth <= self._end:
            color, length = (self._take(self.depth), 1)
            if not color:
                color, length = run()
                if not length:
                    break
            line += bytes((color,)) * min(length, most - len(line))
            if self.depth == 8 and len(line) == most:
                # FFmpeg writes only half of the mark that ends a full line.
                self._at = min(self._end, self._at + 8)
                break
        return bytes(line)

    def _take(self, bits: int) -> int:
        """Read so many bits (at most 8); past the end they are zeros."""
        byte, within = divmod(self._at, 8)
        pair = int.from_bytes(self._data[byte : byte + 2].ljust(2, b"\0"), "big")
        self._at = min(self._end, self._at + bits)
        return pair >> (16 - within - bits) & ((1 << bits) - 1)

    def _run_of_2(self) -> tuple[int, int]:
        if self._take(1):
            length = self._take(3) + 3
            return self._take(2), length
        if self._take(1):
            return 0, 1
        kind = self._take(2)
        if kind < 2:
            return 0, 2 * kind
        length = self._take(4) + 12 if kind == 2 else self._take(8) + 29
        return self._take(2), length

    def _run_of_4(self) -> tuple[int, int]:
        if not self._take(1):
            length = self._take(3)
            return 0, length + 2 if length else 0
        if not self._take(1):
            length = self._take(2) + 4
            return self._take(4), length
        kind = self._take(2)
        if kind < 2:
            return 0, kind + 1
        length = self._take(4) + 9 if kind == 2 else self._take(8) + 25
        return self._take(4), length

    def _run_of_8(self) -> tuple[int, int]:
        colored = self._take(1)
        length = self._take(7)
        return (self._take(8) if colored else 0), length
