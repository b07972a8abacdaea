"""Decodes EIA-608 captions (CEA-608-E, channel CC1) from byte pairs into cues.

Only what matching needs: which text was visible from when to when. Colours, columns and fonts are dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engramd.match.subtitles import Cue

Mode = Literal["pop", "roll", "paint"]

#: Places where the basic set differs from ASCII.
_BASIC = str.maketrans("*\\^_`{|}~\x7f", "áéíóúç÷Ññ█")
_SPECIAL = "®°½¿™¢£♪à èâêîôû"
#: Extended Western European sets (second byte 0x20 to 0x3f); they replace the character before them.
_EXTENDED = {
    0x12: "ÁÉÓÚÜü‘¡*’—©℠•“”ÀÂÇÈÊËëÎÏïÔÙùÛ«»",
    0x13: "ÃãÍÌìÒòÕõ{}\\^_|~ÄäÖöß¥¤¦ÅåØø┌┐└┘",
}
#: Row of a preamble address code by (first byte & 7) * 2 + (second byte >> 5 & 1).
_ROWS = (11, 11, 1, 2, 3, 4, 12, 13, 14, 15, 5, 6, 7, 8, 9, 10)
#: A cue that no code ever takes away is given up after this long (decoders erase after 16 s).
LONGEST_CUE = 16.0


@dataclass
class _Screen:
    """Text by row number."""

    rows: dict[int, str] = field(default_factory=dict)
    row: int = 15

    def write(self, text: str) -> None:
        self.rows[self.row] = self.rows.get(self.row, "") + text

    def backspace(self) -> None:
        self.rows[self.row] = self.rows.get(self.row, "")[:-1]

    def text(self) -> str:
        return " ".join(
            " ".join(self.rows[row].split()) for row in sorted(self.rows) if self.rows[row].strip()
        )


class Decoder:
    """Takes byte pairs in order of presentation; `finish` gives the cues.

    `rolling` is true if roll-up captions made up most of what was shown.
    """

    def __init__(self) -> None:
        self._shown, self._hidden = _Screen(), _Screen()
        self._mode: Mode = "pop"
        self._depth = 2
        self._last: tuple[int, int] | None = None
        self._other_channel = False
        self._since: float | None = None
        self._cues: list[Cue] = []
        self._rolled = 0
        self._clock = 0.0

    def feed(self, first: int, second: int, at: float) -> None:
        """Take one pair (parity bits are ignored) that is presented `at` seconds."""
        a, b = first & 0x7F, second & 0x7F
        self._clock = at
        if a == b == 0:
            return
        if a >= 0x20:
            self._last = None
            if not self._other_channel:
                self._characters(a, b, at)
        elif a >= 0x10:
            self._control(a, b, at)

    def finish(self) -> list[Cue]:
        """End the last cue and return all of them."""
        self._hide(self._clock)
        return self._cues

    @property
    def rolling(self) -> bool:
        """Whether the captions are mostly of the roll-up kind."""
        return self._rolled * 2 > len(self._cues)

    def _control(self, a: int, b: int, at: float) -> None:
        if self._last == (a, b):  # control codes are sent twice
            self._last = None
            return
        self._last = (a, b)
        self._other_channel = bool(a & 0x08)
        if self._other_channel:
            return
        if b >= 0x40:
            self._address(a, b, at)
        elif a == 0x11 and b >= 0x30:
            self._put(_SPECIAL[b - 0x30], at)
        elif a == 0x11 and b >= 0x20:  # mid-row code: takes a column
            self._put(" ", at)
        elif a in _EXTENDED and b >= 0x20:
            self._target().backspace()
            self._put(_EXTENDED[a][b - 0x20], at)
        elif a in (0x14, 0x15) and b >= 0x20:
            self._command(b, at)

    def _address(self, a: int, b: int, at: float) -> None:
        row = _ROWS[(a & 7) * 2 + (b >> 5 & 1)]
        target = self._target()
        if self._mode == "roll":
            if row != target.row:
                target.rows = {row - target.row + r: text for r, text in target.rows.items()}
        elif self._mode == "paint" and self._shown.rows.get(row, "").strip():
            self._hide(at)
            self._shown.rows.pop(row, None)
        target.row = row

    def _command(self, b: int, at: float) -> None:
        if b == 0x20:
            self._mode = "pop"
        elif b == 0x21:
            self._target().backspace()
        elif b in (0x25, 0x26, 0x27):
            self._start_rolling(b - 0x23, at)
        elif b == 0x29:
            self._mode = "paint"
        elif b == 0x2C:
            self._hide(at)
            self._shown.rows.clear()
        elif b == 0x2D and self._mode == "roll":
            self._carriage_return(at)
        elif b == 0x2E:
            self._hidden.rows.clear()
        elif b == 0x2F:
            self._flip(at)

    def _start_rolling(self, depth: int, at: float) -> None:
        if self._mode != "roll":
            self._hide(at)
            self._shown, self._hidden = _Screen(), _Screen()
        self._mode, self._depth = "roll", depth

    def _carriage_return(self, at: float) -> None:
        """End the line that was being written as a cue of its own, and scroll."""
        self._hide(at)
        self._shown.rows.clear()

    def _flip(self, at: float) -> None:
        """Show what was written in the dark (end of caption)."""
        self._mode = "pop"
        self._hide(at)
        self._shown, self._hidden = self._hidden, self._shown
        self._hidden.rows.clear()
        if self._shown.text():
            self._since = at

    def _characters(self, a: int, b: int, at: float) -> None:
        text = "".join(chr(c) for c in (a, b) if c >= 0x20)
        self._put(text.translate(_BASIC), at)

    def _put(self, text: str, at: float) -> None:
        self._target().write(text)
        if self._mode != "pop" and self._since is None and text.strip():
            self._since = at

    def _target(self) -> _Screen:
        return self._hidden if self._mode == "pop" else self._shown

    def _hide(self, at: float) -> None:
        text = self._shown.text()
        if self._since is not None and text:
            self._cues.append(Cue(self._since, min(at, self._since + LONGEST_CUE), text))
            self._rolled += self._mode == "roll"
        self._since = None
