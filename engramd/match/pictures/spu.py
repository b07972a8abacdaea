"""DVD subpictures: two fields of run lengths in four colours, and the commands that show them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np

from engramd.match.bitmaps import MOST_SEQUENCES
from engramd.match.pictures.plane import BrokenPicture, Grey, Plane, bounded

_ARGUMENTS = {3: 2, 4: 2, 5: 6, 6: 4}
_PALETTE = re.compile(r"palette:\s*((?:[0-9a-f]{6}[,\s]*){16})", re.IGNORECASE)


def palette_luma(extradata: bytes) -> list[int] | None:
    """Read the brightness of the sixteen colours out of an `.idx` header; None where it names none."""
    found = _PALETTE.search(extradata.decode("latin-1"))
    if found is None:
        return None
    colors = [int(word, 16) for word in re.findall(r"[0-9a-fA-F]{6}", found[1])]
    lumas = [(299 * (c >> 16) + 587 * (c >> 8 & 255) + 114 * (c & 255)) // 1000 for c in colors]
    return lumas if len(set(lumas)) > 1 else None


def draw_spu(packet: bytes, palette: list[int] | None) -> Plane:
    """Draw a subpicture; `palette` as of `palette_luma`. Raises BrokenPicture."""
    if len(packet) < 8:
        raise BrokenPicture("a subpicture is too short", why=f"{len(packet)} bytes")
    shown = _Shown()
    shown.follow(packet)
    if shown.box is None or shown.fields is None:
        raise BrokenPicture("a subpicture has no area or no pixels")
    left, right, top, bottom = shown.box
    width, height = right - left + 1, bottom - top + 1
    bounded(width, height)
    lumas, alphas = np.zeros(256, np.uint8), np.zeros(256, np.uint8)
    for number in range(4):
        alphas[number] = shown.contrast[number] * 17
        lumas[number] = palette[shown.colors[number]] if palette else 0
    return Plane(_pixels(packet, shown.fields, width, height), lumas, alphas, graded=palette is not None)


@dataclass
class _Shown:
    """What the control sequences say: the colours, their contrast, the area, where the fields begin."""

    colors: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    contrast: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    box: tuple[int, int, int, int] | None = None
    fields: tuple[int, int] | None = None

    def follow(self, packet: bytes) -> None:
        at, seen = int.from_bytes(packet[2:4], "big"), set[int]()
        while at not in seen and len(seen) < MOST_SEQUENCES and at + 4 <= len(packet):
            seen.add(at)
            self._sequence(packet, at + 4)
            at = int.from_bytes(packet[at + 2 : at + 4], "big")

    def _sequence(self, packet: bytes, at: int) -> None:
        while at < len(packet) and packet[at] != 0xFF:
            command = packet[at]
            size = _ARGUMENTS.get(command, 0)
            words = packet[at + 1 : at + 1 + size]
            if command == 7:
                size = int.from_bytes(packet[at + 1 : at + 3], "big")
            elif command > 6 or len(words) < size:
                return
            self._command(command, words)
            at += 1 + size

    def _command(self, command: int, words: bytes) -> None:
        if command == 3:
            self.colors = _nibbles(words)
        elif command == 4:
            # A picture that fades in or out is drawn where it shows most.
            self.contrast = max(self.contrast, _nibbles(words), key=sum)
        elif command == 5 and self.box is None:
            left, right = words[0] << 4 | words[1] >> 4, (words[1] & 15) << 8 | words[2]
            self.box = (left, right, words[3] << 4 | words[4] >> 4, (words[4] & 15) << 8 | words[5])
        elif command == 6 and self.fields is None:
            self.fields = (int.from_bytes(words[:2], "big"), int.from_bytes(words[2:], "big"))


def _nibbles(words: bytes) -> list[int]:
    return [words[1] & 15, words[1] >> 4, words[0] & 15, words[0] >> 4]


def _pixels(packet: bytes, fields: tuple[int, int], width: int, height: int) -> Grey:
    rows: list[bytes] = [b""] * height
    for first, start in enumerate(fields):
        digits = packet[start:].hex()
        at = 0
        for row in range(first, height, 2):
            rows[row], at = _line(digits, at, width)
    return np.frombuffer(b"".join(rows), np.uint8).reshape(height, width)


def _line(digits: str, at: int, width: int) -> tuple[bytes, int]:
    """Read a line out of hexadecimal digits; it ends at a whole byte. What is missing stays empty."""
    line = bytearray()
    while len(line) < width and at < len(digits):
        size = _run_digits(digits, at)
        value = int(digits[at : at + size], 16)
        at += size
        line += bytes((value & 3,)) * min((value >> 2) or width, width - len(line))
    return bytes(line.ljust(width, b"\0")), at + (at & 1)


def _run_digits(digits: str, at: int) -> int:
    """Give how many digits a run takes: those that begin with zeros are longer."""
    if digits[at] != "0":
        return 1 if digits[at] > "3" else 2
    return 3 if digits[at + 1 : at + 2] > "3" else 4
