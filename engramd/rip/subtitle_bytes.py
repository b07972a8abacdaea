"""What the control bytes of bitmap subtitles say: shown or not, for how long, always or on demand. Pure.

A DVD subpicture carries control sequences, each a list of commands to run after a delay; a PGS display set
carries a presentation composition segment, which lists what is shown.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Unit of the delay of a DVD control sequence, in seconds.
SPU_TICK = 1024 / 90000

_FORCED_START, _START, _STOP, _CHANGE, _END = 0, 1, 2, 7, 0xFF
_ARGUMENT_BYTES = {0: 0, 1: 0, 2: 0, 3: 2, 4: 2, 5: 6, 6: 4}
_COMPOSITION = 0x16
_REPEATED, _PALETTE_ONLY, _FORCED_OBJECT = 0x40, 0x80, 0x40


@dataclass(frozen=True)
class Picture:
    """What a packet puts on the screen.

    `length` is in seconds, None where the packet does not say. A `fresh` one is no repetition of what is
    shown; one without anything to show (`empty`) takes away what is there.
    """

    forced: bool
    length: float | None = None
    fresh: bool = True
    empty: bool = False


def dvd_picture(packet: bytes) -> Picture | None:
    """Read the control sequences of a DVD subpicture; None if it shows nothing or is broken."""
    if len(packet) < 4:
        return None
    begin: tuple[float, bool] | None = None
    end: float | None = None
    at, seen = int.from_bytes(packet[2:4], "big"), set[int]()
    while at not in seen and at + 4 <= len(packet):
        seen.add(at)
        delay = int.from_bytes(packet[at : at + 2], "big") * SPU_TICK
        commands = _commands(packet, at + 4)
        if begin is None and (_FORCED_START in commands or _START in commands):
            begin = delay, _FORCED_START in commands
        if end is None and _STOP in commands:
            end = delay
        at = int.from_bytes(packet[at + 2 : at + 4], "big")
    if begin is None or (end is not None and end <= begin[0]):
        return None
    return Picture(begin[1], None if end is None else end - begin[0])


def _commands(packet: bytes, at: int) -> set[int]:
    found = set()
    while at < len(packet) and packet[at] != _END:
        command = packet[at]
        if command == _CHANGE and at + 3 <= len(packet):
            size = max(2, int.from_bytes(packet[at + 1 : at + 3], "big"))
        elif command in _ARGUMENT_BYTES:
            size = _ARGUMENT_BYTES[command]
        else:
            break
        found.add(command)
        at += 1 + size
    return found


def pgs_picture(packet: bytes) -> Picture | None:
    """Read a PGS display set; None if nothing of it says what is shown."""
    at = 0
    while at + 3 <= len(packet):
        kind, size = packet[at], int.from_bytes(packet[at + 1 : at + 3], "big")
        body = packet[at + 3 : at + 3 + size]
        if kind == _COMPOSITION and len(body) >= 11:
            forced = len(body) > 14 and bool(body[14] & _FORCED_OBJECT)
            repeated = body[7] == _REPEATED or bool(body[8] & _PALETTE_ONLY)
            return Picture(forced and body[10] > 0, fresh=not repeated, empty=body[10] == 0)
        at += 3 + size
    return None


def text_picture(packet: bytes) -> Picture | None:
    """Read a packet of text; None if it is blank."""
    return Picture(forced=False) if packet.strip() else None
