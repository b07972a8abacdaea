"""Blu-ray subtitles (PGS): captions drawn with Pillow, run-length encoded, as a .sup file."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from .model import Cue
from .tools import FONT

CLOCK = 90000
PALETTE, OBJECT, COMPOSITION, WINDOWS, END = 0x14, 0x15, 0x16, 0x17, 0x80
EPOCH_START, NORMAL = 0x80, 0x00
RATE_23_976 = 0x10
#: Index, Y, Cr, Cb, alpha of the letters and of their edge.
COLORS = bytes([1, 235, 128, 128, 255, 2, 16, 128, 128, 255])


def write_sup(cues: Sequence[Cue], size: tuple[int, int], target: Path) -> None:
    """Write the captions for video of that size; an empty screen at 0 keeps FFmpeg from shifting times."""
    font = ImageFont.truetype(str(FONT), size[1] // 22)
    data = _screen(0.0, size, 0, None)
    number = 0
    for cue in cues:
        picture = _draw(cue.text, font)
        data += _screen(cue.start, size, number + 1, picture) + _screen(cue.end, size, number + 2, None)
        number += 2
    target.write_bytes(data)


def _draw(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    edge = 2
    box = ImageDraw.Draw(Image.new("1", (1, 1))).textbbox((0, 0), text, font=font, stroke_width=edge)
    size = (int(box[2] - box[0]) + 8, int(box[3] - box[1]) + 8)
    place = (4 - box[0], 4 - box[1])
    picture = Image.new("P", size, 0)
    for color, stroke in ((2, edge), (1, 0)):
        mask = Image.new("1", size)
        ImageDraw.Draw(mask).text(place, text, 1, font=font, stroke_width=stroke)
        picture.paste(color, mask=mask.convert("L"))
    return picture


def _screen(at: float, size: tuple[int, int], number: int, picture: Image.Image | None) -> bytes:
    """Make a display set: a caption, or an empty screen."""
    state = EPOCH_START if picture is not None or number == 0 else NORMAL
    head = struct.pack(">HHBHBBBB", *size, RATE_23_976, number, state, 0, 0, int(picture is not None))
    if picture is None:
        window = struct.pack(">BBHHHH", 1, 0, 0, 0, 8, 8)
        return _segment(at, COMPOSITION, head) + _segment(at, WINDOWS, window) + _segment(at, END, b"")
    width, height = picture.size
    left, top = (size[0] - width) // 2, size[1] - height - size[1] // 18
    window = struct.pack(">BBHHHH", 1, 0, left, top, width, height)
    drawn = struct.pack(">HH", width, height) + run_lengths(picture)
    bitmap = struct.pack(">HBB", 0, 0, 0xC0) + len(drawn).to_bytes(3, "big") + drawn
    parts = (
        (COMPOSITION, head + struct.pack(">HBBHH", 0, 0, 0, left, top)),
        (WINDOWS, window),
        (PALETTE, b"\0\0" + COLORS),
        (OBJECT, bitmap),
        (END, b""),
    )
    return b"".join(_segment(at, kind, body) for kind, body in parts)


def _segment(at: float, kind: int, body: bytes) -> bytes:
    return b"PG" + struct.pack(">IIBH", int(at * CLOCK), 0, kind, len(body)) + body


def run_lengths(picture: Image.Image) -> bytes:
    """Encode a picture of palette indexes line by line."""
    width, height = picture.size
    pixels = picture.tobytes()
    return b"".join(_line(pixels[row * width : (row + 1) * width]) + b"\0\0" for row in range(height))


def _line(row: bytes) -> bytes:
    out = bytearray()
    place = 0
    while place < len(row):
        color = row[place : place + 1]
        length = len(row) - place - len(row[place:].lstrip(color))
        out += _run(color[0], length)
        place += length
    return bytes(out)


def _run(color: int, length: int) -> bytes:
    if color == 0:
        return bytes([0, length]) if length < 64 else bytes([0, 0x40 | length >> 8, length & 255])
    if length < 3:
        return bytes([color]) * length
    if length < 64:
        return bytes([0, 0x80 | length, color])
    return bytes([0, 0xC0 | length >> 8, length & 255, color])
