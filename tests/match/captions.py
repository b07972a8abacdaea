"""A small encoder of EIA-608 captions, to check the decoder against."""

from __future__ import annotations

from collections.abc import Iterable

from engramd.match.cc608 import Decoder
from engramd.match.subtitles import Cue

Pair = tuple[int, int]
SPECIAL = {c: (0x11, 0x30 + n) for n, c in enumerate("®°½¿™¢£♪à èâêîôû") if c != " "}
EXTENDED = {"É": (0x12, 0x21, "E"), "ü": (0x12, 0x25, "u"), "ß": (0x13, 0x34, "s"), "Ø": (0x13, 0x3A, "O")}
BASIC = {"á": 0x2A, "é": 0x5C, "í": 0x5E, "ó": 0x5F, "ú": 0x60, "ç": 0x7B, "ñ": 0x7E}


def parity(byte: int) -> int:
    """Add the odd parity bit."""
    return byte | (0x80 if bin(byte & 0x7F).count("1") % 2 == 0 else 0)


def control(a: int, b: int) -> list[Pair]:
    """Give a control code, sent twice."""
    return [(a, b), (a, b)]


def encode(text: str) -> list[Pair]:
    """Give the pairs of a line of text."""
    pairs: list[Pair] = []
    row: list[int] = []

    def flush() -> None:
        while row:
            pairs.append((row.pop(0), row.pop(0) if row else 0))

    for c in text:
        if c in SPECIAL or c in EXTENDED:
            if c in EXTENDED:
                row.append(ord(EXTENDED[c][2]))
            flush()
            pairs.extend(control(*(SPECIAL[c] if c in SPECIAL else EXTENDED[c][:2])))
        else:
            row.append(BASIC.get(c, ord(c)))
    flush()
    return pairs


def pop_on(lines: Iterable[str]) -> list[Pair]:
    """Write lines in the dark (rows 14 and 15) and show them."""
    pairs = control(0x14, 0x20) + control(0x14, 0x2E)
    for row, line in zip((0x40, 0x60), lines, strict=False):
        pairs += control(0x14, row) + encode(line)
    return pairs + control(0x14, 0x2F)


def roll_up(line: str) -> list[Pair]:
    """Start a new line of two rolling rows."""
    return control(0x14, 0x25) + control(0x14, 0x2D) + control(0x14, 0x60) + encode(line)


def paint_on(line: str) -> list[Pair]:
    """Write a line where everybody sees it."""
    return control(0x14, 0x29) + control(0x14, 0x60) + encode(line)


ERASE = control(0x14, 0x2C)


def decode(
    timed: Iterable[tuple[float, list[Pair]]], *, frame: float = 1001 / 30000
) -> tuple[list[Cue], Decoder]:
    """Feed groups of pairs, each from its time on, one pair a frame; decode everything."""
    decoder = Decoder()
    for at, pairs in timed:
        for number, (a, b) in enumerate(pairs):
            decoder.feed(parity(a), parity(b), at + number * frame)
    return decoder.finish(), decoder
