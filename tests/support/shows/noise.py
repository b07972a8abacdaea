"""What machines make of subtitles: optical and speech recognition, coarse clocks, roll-up captions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engramd.match.subtitles import Cue
from tests.support.shows.words import SMALL_WORDS, spell, zipf

#: What recognition takes for what, the usual slips first.
_SLIPS = {
    "i": "l|1", "l": "I|1", "I": "l|", "o": "0c", "0": "o", "e": "co", "c": "eo", "a": "oe", "n": "rm",
    "m": "n", "r": "tn", "t": "fl", "f": "t", "u": "vn", "v": "uy", "h": "bn", "b": "h", "g": "qy", "s": "S5",
    "y": "v", "d": "ol", "k": "h", "w": "vu", "p": "n", "'": "’` ", "q": "g", "j": "i", "z": "2",
}  # fmt: skip
LINE = 32


def optically(text: str, rate: float, luck: np.random.Generator) -> str:
    """Read a picture of a text; each character goes wrong with a chance of `rate`."""
    rolls, kinds = luck.random(len(text)), luck.random(len(text))
    signs = []
    for sign, roll, kind in zip(text, rolls, kinds, strict=True):
        if roll >= rate:
            signs.append(sign)
        elif kind < 0.75:
            choices = _SLIPS.get(sign, "nt" if sign.isascii() else sign)
            signs.append(choices[int(kind * 100) % len(choices)])
        elif kind < 0.88:
            signs.append(sign + ("i" if sign != " " else " "))
    return "".join(signs)


def heard(cues: Sequence[Cue], wer: float, luck: np.random.Generator, language: str = "eng") -> list[Cue]:
    """Listen with a word error rate of `wer`: two thirds are other words, the rest is lost or put in."""
    result = []
    for cue in cues:
        words: list[str] = []
        for word in cue.text.split():
            roll = luck.random()
            if roll >= wer:
                words.append(word)
            elif roll >= wer * 0.2:
                other = (
                    int(zipf(luck, SMALL_WORDS, 1)[0])
                    if luck.random() < 0.6
                    else int(luck.integers(1000, 3000))
                )
                words += [spell(other, language)] * (2 if luck.random() < 0.15 else 1)
        begin = cue.start + float(luck.normal(0, 0.25))
        if words and begin > 0:
            result.append(Cue(begin, max(cue.end, begin + 0.3), " ".join(words)))
    return sorted(result, key=lambda c: c.start)


def whole_seconds(cues: Sequence[Cue]) -> list[Cue]:
    """Round times to whole seconds."""
    return [
        replace(c, start=float(round(c.start)), end=float(max(round(c.end), round(c.start) + 1)))
        for c in cues
    ]


def rolled_up(cues: Sequence[Cue], luck: np.random.Generator) -> list[Cue]:
    """Type the text in rows of 32 signs, some seconds late: starts follow the typing, not the speech."""
    words = [(c.start, c.end, w) for c in cues for w in c.text.split()]
    rows: list[Cue] = []
    row: list[str] = []
    begin, late = 0.0, 2.0
    for start, end, word in words:
        if row and (len(" ".join(row)) + len(word) >= LINE or start - begin > 5):
            rows.append(Cue(begin, max(end, begin + 0.5), " ".join(row)))
            row = []
        if not row:
            late = max(0.3, late + float(luck.normal(0, 0.7)))
            begin = max(start + min(late, 4.0), rows[-1].start + 0.6 if rows else 0.0)
        row.append(word)
    return rows


def signs_only(cues: Sequence[Cue], count: int) -> list[Cue]:
    """Keep `count` cues, spread over the title, as a track of signs and songs has them."""
    step = max(1, len(cues) // max(1, count))
    return list(cues[::step])[:count]


def one_after_another(first: Sequence[Cue], second: Sequence[Cue], seconds: float) -> list[Cue]:
    """Join two titles; the second begins at `seconds`."""
    return [*first, *(replace(c, start=c.start + seconds, end=c.end + seconds) for c in second)]
