"""Decodes EIA-708 captions (CEA-708-E, service 1) from caption packets into cues.

Only what matching needs: which text was visible from when to when. Each window lives by itself; what two
windows show at the same time becomes one cue.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engramd.match.cc608 import LONGEST_CUE
from engramd.match.cc708_window import Window
from engramd.match.subtitles import Cue

#: Windows that appear within this many seconds of each other are one cue.
TOGETHER = 0.1
SERVICE = 1

#: Codes above 0x1f of the second Western set, and of the third; what is not here is no letter.
_G2 = {0x20: " ", 0x21: " ", 0x25: "…", 0x2A: "Š", 0x2C: "Œ", 0x30: "█", 0x31: "‘", 0x32: "’", 0x33: "“"}
_G2 |= {0x34: "”", 0x35: "•", 0x39: "™", 0x3A: "š", 0x3C: "œ", 0x3D: "℠", 0x3F: "Ÿ"}
_G2 |= {0x76: "⅛", 0x77: "⅜", 0x78: "⅝", 0x79: "⅞"}
#: Bytes that follow a window command, by its code; the others have none.
_ARGUMENTS = {**dict.fromkeys(range(0x88, 0x8E), 1), 0x90: 2, 0x91: 3, 0x92: 2, 0x97: 4}
_ARGUMENTS |= dict.fromkeys(range(0x98, 0xA0), 6)


class Packets:
    """Puts caption packets together from the byte pairs of the pictures, in order of presentation."""

    def __init__(self) -> None:
        self._packet = bytearray()
        self._last: int | None = None

    def take(self, first: int, second: int, *, begins: bool) -> tuple[bytes, bool] | None:
        """Take a pair. Give the packet that it completes, and whether packets before it were lost."""
        if begins:
            self._packet = bytearray()
        elif not self._packet:
            return None
        self._packet += bytes((first, second))
        if len(self._packet) < ((self._packet[0] & 0x3F) * 2 or 128):
            return None
        packet, self._packet = bytes(self._packet), bytearray()
        number = packet[0] >> 6
        lost = self._last is not None and number != (self._last + 1) & 3
        self._last = number
        return packet[1:], lost


class Decoder708:
    """Takes byte pairs in order of presentation; `finish` gives the cues.

    `rolling` is true if most of what was shown was pushed up line by line.
    """

    def __init__(self) -> None:
        self._packets = Packets()
        self._windows: dict[int, Window] = {}
        self._current: Window | None = None
        self._rest = b""
        self._cues: list[Cue] = []
        self._rolled = 0
        self._clock = 0.0

    def feed(self, first: int, second: int, at: float, *, begins: bool) -> None:
        """Take a pair that is presented `at` seconds; `begins` a packet or goes on with one."""
        self._clock = at
        if (found := self._packets.take(first, second, begins=begins)) is not None:
            packet, lost = found
            self._rest = b"" if lost else self._rest
            for service, block in _service_blocks(packet):
                if service == SERVICE:
                    self._interpret(self._rest + block, at)

    def finish(self) -> list[Cue]:
        """End what is still shown and return all cues."""
        self._each(0xFF, Window.hide, self._clock)
        return _together(self._cues)

    @property
    def rolling(self) -> bool:
        """Whether the captions are mostly of the roll-up kind."""
        return self._rolled * 2 > len(self._cues)

    def _interpret(self, data: bytes, at: float) -> None:
        place = 0
        while place < len(data):
            size = _length(data, place)
            if place + size > len(data):
                break
            self._code(data[place : place + size], at)
            place += size
        self._rest = data[place : place + 16]

    def _code(self, code: bytes, at: float) -> None:
        kind = code[0]
        if kind == 0x10:
            self._extended(code, at)
        elif 0x20 <= kind < 0x80:
            self._write("♪" if kind == 0x7F else chr(kind), at)
        elif kind >= 0xA0:
            self._write(chr(kind), at)
        elif kind >= 0x80:
            self._command(kind, code[1:], at)
        elif self._current:
            self._move(kind, at)

    def _extended(self, code: bytes, at: float) -> None:
        if 0x20 <= code[1] < 0x80:
            self._write(_G2.get(code[1], "_"), at)

    def _write(self, letter: str, at: float) -> None:
        if self._current:
            self._current.write(letter, at)

    def _move(self, kind: int, at: float) -> None:
        window = self._current
        assert window is not None
        if kind == 0x08:
            window.backspace()
        elif kind == 0x0C:
            self._show(window.clear(at))
        elif kind == 0x0D:
            ended = window.carriage_return(at)
            self._rolled += ended is not None
            self._show(ended)
        elif kind == 0x0E:
            window.erase_row()

    def _command(self, kind: int, arguments: bytes, at: float) -> None:
        if kind < 0x88:
            self._current = self._windows.get(kind & 7)
        elif kind <= 0x8C:
            self._some(kind, arguments[0], at)
        elif kind == 0x8F:
            self._some(0x8C, 0xFF, at)
        elif kind == 0x92 and self._current:
            self._current.pen(arguments[0] & 0x0F, arguments[1] & 0x3F)
        elif kind >= 0x98:
            self._define(kind & 7, arguments, at)

    def _some(self, kind: int, windows: int, at: float) -> None:
        """Clear, display, hide, toggle or delete the windows of a bit map."""
        act = (Window.clear, Window.display, Window.hide, Window.toggle, Window.hide)[kind - 0x88]
        self._each(windows, act, at)
        if kind == 0x8C:
            self._windows = {n: w for n, w in self._windows.items() if not windows >> n & 1}
            if self._current not in self._windows.values():
                self._current = None

    def _define(self, number: int, arguments: bytes, at: float) -> None:
        window = self._windows.setdefault(number, Window())
        window.rows = (arguments[3] & 0x0F) + 1
        window.anchor = (arguments[1] & 0x7F, arguments[2])
        self._current = window
        shown = bool(arguments[0] & 0x20)
        if shown != window.visible:
            self._show(window.display(at) if shown else window.hide(at))

    def _each(self, windows: int, act: Callable[[Window, float], Cue | None], at: float) -> None:
        ordered = sorted(self._windows.items(), key=lambda item: (item[1].anchor, item[0]))
        for number, window in ordered:
            if windows >> number & 1:
                self._show(act(window, at))

    def _show(self, cue: Cue | None) -> None:
        if cue is not None:
            self._cues.append(Cue(cue.start, min(cue.end, cue.start + LONGEST_CUE), cue.text))


def _service_blocks(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(packet):
        service, size = packet[at] >> 5, packet[at] & 0x1F
        at += 1
        if service == 7 and size:
            if at >= len(packet):
                return
            service, at = packet[at] & 0x3F, at + 1
        if not service:
            return
        yield service, packet[at : at + size]
        at += size


def _length(data: bytes, at: int) -> int:
    """Give the length of the code at a place, its arguments included."""
    kind = data[at]
    if kind == 0x10:
        return 1 + _extended_length(data[at + 1 : at + 3])
    if kind < 0x20:
        return 1 if kind < 0x10 else 2 if kind < 0x18 else 3
    return 1 + _ARGUMENTS.get(kind, 0)


def _extended_length(following: bytes) -> int:
    """Give the length of a code of the extended sets; unknown ones say it by where they stand."""
    kind = following[0] if following else 0
    if kind < 0x20:
        return 1 + kind // 8
    if 0x80 <= kind < 0x90:
        return 5 if kind < 0x88 else 6
    if 0x90 <= kind < 0xA0:
        return 2 + (following[1] & 0x3F if len(following) > 1 else 0)
    return 1


def _together(cues: list[Cue]) -> list[Cue]:
    """Join cues that began and ended together: windows beside or below each other."""
    joined: list[Cue] = []
    for cue in sorted(cues, key=lambda c: c.start):
        last = joined[-1] if joined else None
        if last and cue.start - last.start < TOGETHER and abs(cue.end - last.end) < TOGETHER:
            joined[-1] = Cue(last.start, max(last.end, cue.end), f"{last.text} {cue.text}")
        else:
            joined.append(cue)
    return joined
