"""When bitmap subtitles are on the screen, read from their control data without decoding a picture."""

from __future__ import annotations

from dataclasses import dataclass

#: Unit of a DVD control sequence's delay, in seconds.
SPU_TICK = 1024 / 90000
#: A subtitle that is never taken away ends at the next one, at the latest after this long.
LONGEST = 10.0

_SPU_ARGUMENTS = {3: 2, 4: 2, 5: 6, 6: 4}


@dataclass(frozen=True)
class SpuTimes:
    """Delays in seconds after the packet's time; `stop` None if the packet does not say; `forced` display."""

    start: float
    stop: float | None
    forced: bool


def spu_times(packet: bytes) -> SpuTimes | None:
    """Read a DVD subpicture's control sequences. None if nothing is shown or the packet is broken."""
    if len(packet) < 8:
        return None
    start: float | None = None
    stop: float | None = None
    forced = False
    at, seen = int.from_bytes(packet[2:4], "big"), set[int]()
    while at not in seen and at + 4 <= len(packet):
        seen.add(at)
        delay = int.from_bytes(packet[at : at + 2], "big") * SPU_TICK
        for command in _spu_commands(packet, at + 4):
            if command in (0, 1) and start is None:
                start, forced = delay, command == 0
            elif command == 2 and stop is None:
                stop = delay
        at = int.from_bytes(packet[at + 2 : at + 4], "big")
    if start is None or (stop is not None and stop <= start):
        return None
    return SpuTimes(start, stop, forced)


def _spu_commands(packet: bytes, at: int) -> list[int]:
    commands = []
    while at < len(packet) and packet[at] != 0xFF:
        command = packet[at]
        if command == 7 and at + 3 <= len(packet):
            at += int.from_bytes(packet[at + 1 : at + 3], "big")
        elif command > 6:
            break
        commands.append(command)
        at += 1 + _SPU_ARGUMENTS.get(command, 0)
    return commands


@dataclass(frozen=True)
class PgsState:
    """What a display set does: `objects` on the screen, whether it is a `fresh` picture, `forced` display."""

    objects: int
    fresh: bool
    forced: bool


def pgs_state(packet: bytes) -> PgsState | None:
    """Read a PGS display set's composition segment. None if it has none."""
    at = 0
    while at + 3 <= len(packet):
        kind, size = packet[at], int.from_bytes(packet[at + 1 : at + 3], "big")
        body = packet[at + 3 : at + 3 + size]
        if kind == 0x16 and len(body) >= 11:
            repeated = body[7] == 0x40 or bool(body[8] & 0x80)  # acquisition point, or only the palette
            forced = len(body) > 14 and bool(body[14] & 0x40)
            return PgsState(body[10], not repeated, forced)
        at += 3 + size
    return None


def pgs_cues(states: list[tuple[float, PgsState]]) -> list[tuple[float, float]]:
    """Turn display sets with their times (seconds) into spans in which something is shown."""
    spans: list[tuple[float, float]] = []
    since: float | None = None
    for at, state in states:
        if since is not None and (state.objects == 0 or state.fresh):
            spans.append((since, at))
            since = None
        if since is None and state.objects:
            since = at
    if since is not None:
        spans.append((since, since + LONGEST))
    return spans
