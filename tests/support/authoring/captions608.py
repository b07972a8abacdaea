"""EIA-608 closed captions as DVDs carry them: byte pairs per frame, in the user data of each group."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from fractions import Fraction

from .model import Cue

#: The byte pair that each frame (from 0) carries.
FrameCaptions = dict[int, tuple[int, int]]

RESUME_LOADING = (0x14, 0x20)
ERASE_BUFFER = (0x14, 0x2E)
SHOW_BUFFER = (0x14, 0x2F)
ERASE_SCREEN = (0x14, 0x2C)
ROW_14, ROW_15 = (0x14, 0x40), (0x14, 0x60)
MOST_FRAMES = 31


def encode(cues: Sequence[Cue], rate: Fraction) -> FrameCaptions:
    """Lay out the captions as pop-on captions that appear when their cue starts."""
    pairs: FrameCaptions = {}
    free = 0
    for cue in cues:
        sequence = _pop_on(cue.text)
        at = max(free, int(cue.start * rate) - len(sequence) + 2)
        free = _put(pairs, at, sequence)
    for cue in cues:
        at = int(cue.end * rate)
        if at not in pairs and at + 1 not in pairs:
            _put(pairs, at, [ERASE_SCREEN] * 2)
    return pairs


def user_data(captions: FrameCaptions, first: int, count: int) -> bytes:
    """Make the user data of a group of `count` frames that starts with frame `first`."""
    if count > MOST_FRAMES:
        raise ValueError(f"captions need groups of at most {MOST_FRAMES} pictures")
    data = bytearray(b"\0\0\1\xb2CC\x01\xf8") + bytes([0x80 | count << 1])
    for frame in range(first, first + count):
        one, two = captions.get(frame, (0, 0))
        data += bytes([0xFF, _odd(one), _odd(two), 0xFE, 0x80, 0x80])
    return bytes(data)


def _pop_on(text: str) -> list[tuple[int, int]]:
    rows = textwrap.wrap(text, 31)[:2]
    sequence = [RESUME_LOADING] * 2 + [ERASE_BUFFER] * 2
    for place, row in zip([ROW_14, ROW_15][-len(rows) :], rows, strict=True):
        codes = [ord(char) if 32 <= ord(char) < 127 else 32 for char in row]
        codes += [0] * (len(codes) % 2)
        sequence += [place] * 2 + list(zip(codes[::2], codes[1::2], strict=True))
    return sequence + [SHOW_BUFFER] * 2


def _put(pairs: FrameCaptions, at: int, sequence: list[tuple[int, int]]) -> int:
    pairs.update(enumerate(sequence, at))
    return at + len(sequence)


def _odd(code: int) -> int:
    return code if code.bit_count() % 2 else code | 0x80
