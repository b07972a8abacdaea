"""When bitmap subtitles are on the screen, and how wide: from control data, without decoding a picture.

Sources: the DVD subpicture unit as players read it, and the segments of Blu-ray's presentation graphics.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engramd.match.subtitles import Cue

#: Unit of a DVD control sequence's delay, in seconds.
SPU_TICK = 1024 / 90000
#: A subtitle that is never taken away ends at the next one, at the latest after this long.
LONGEST = 10.0

#: Control sequences of one subpicture that are followed; one that fades has a few dozen.
MOST_SEQUENCES = 256
_SPU_ARGUMENTS = {3: 2, 4: 2, 5: 6, 6: 4}
_WINDOWS, _COMPOSITION, _OBJECT = 0x17, 0x16, 0x15


@dataclass(frozen=True)
class Shown(Cue):
    """A cue with the width of its picture in pixels, 0 where it is not known."""

    width: int = 0


@dataclass(frozen=True)
class SpuTimes:
    """Delays in seconds after the packet's time; `stop` None if the packet does not say; `forced` display.

    `width` is that of the display area in pixels.
    """

    start: float
    stop: float | None
    forced: bool
    width: int = 0


def spu_times(packet: bytes) -> SpuTimes | None:
    """Read a DVD subpicture's control sequences. None if nothing is shown or the packet is broken."""
    if len(packet) < 8:
        return None
    start: float | None = None
    stop: float | None = None
    forced, width = False, 0
    at, seen = int.from_bytes(packet[2:4], "big"), set[int]()
    while at not in seen and len(seen) < MOST_SEQUENCES and at + 4 <= len(packet):
        seen.add(at)
        delay = int.from_bytes(packet[at : at + 2], "big") * SPU_TICK
        for command, place in _spu_commands(packet, at + 4):
            if command in (0, 1) and start is None:
                start, forced = delay, command == 0
            elif command == 2 and stop is None:
                stop = delay
            elif command == 5 and not width:
                width = _spu_width(packet[place : place + 3])
        at = int.from_bytes(packet[at + 2 : at + 4], "big")
    if start is None or (stop is not None and stop <= start):
        return None
    return SpuTimes(start, stop, forced, width)


def _spu_commands(packet: bytes, at: int) -> list[tuple[int, int]]:
    """Give the commands of a sequence with the places of their arguments."""
    commands = []
    while at < len(packet) and packet[at] != 0xFF:
        command, place = packet[at], at + 1
        if command == 7 and at + 3 <= len(packet):
            at += int.from_bytes(packet[at + 1 : at + 3], "big")
        elif command > 6:
            break
        commands.append((command, place))
        at += 1 + _SPU_ARGUMENTS.get(command, 0)
    return commands


def _spu_width(columns: bytes) -> int:
    """Read the first and last column of the display area: twelve bits each."""
    both = int.from_bytes(columns, "big")
    return max((both & 0xFFF) - (both >> 12) + 1, 0) if len(columns) == 3 else 0


@dataclass(frozen=True)
class DisplaySet:
    """What a display set does: `objects` on the screen, whether it is a `fresh` picture, `forced` display.

    `width` is that of all objects together, in pixels; after `longest` seconds it goes by itself.
    """

    objects: int
    fresh: bool
    forced: bool
    width: int = 0
    longest: float = math.inf


@dataclass(frozen=True)
class _Placed:
    """An object that a composition shows: where, and how much of it where it is cropped."""

    number: int
    window: int
    left: int
    cropped: int
    forced: bool


def pgs_state(packet: bytes, known: dict[int, int] | None = None) -> DisplaySet | None:
    """Read a PGS display set. None if it has no composition segment.

    `known` are the widths of the objects that the epoch has brought so far; they are brought up to date.
    """
    known = {} if known is None else known
    windows: dict[int, int] = {}
    composition = b""
    for kind, body in _pgs_segments(packet):
        if kind == _COMPOSITION and len(body) >= 11 and not composition:
            composition = body
            if body[7] & 0x80:
                known.clear()
        elif kind == _WINDOWS and body:
            rows = (body[1 + 9 * n : 10 + 9 * n] for n in range(body[0]))
            windows.update((row[0], int.from_bytes(row[5:7], "big")) for row in rows if len(row) == 9)
        elif kind == _OBJECT and len(body) >= 11 and body[3] & 0x80:
            known[int.from_bytes(body[:2], "big")] = int.from_bytes(body[7:9], "big")
    if not composition:
        return None
    repeated = composition[7] == 0x40 or bool(composition[8] & 0x80)  # acquisition point, only the palette
    placed = list(_pgs_objects(composition))
    forced = bool(placed) and placed[0].forced
    return DisplaySet(composition[10], not repeated, forced, _pgs_width(placed, known, windows))


def _pgs_segments(packet: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 3 <= len(packet):
        size = int.from_bytes(packet[at + 1 : at + 3], "big")
        yield packet[at], packet[at + 3 : at + 3 + size]
        at += 3 + size


def _pgs_objects(composition: bytes) -> Iterator[_Placed]:
    at = 11
    for _ in range(composition[10]):
        row = composition[at : at + 16]
        if len(row) < 8:
            return
        cropped = int.from_bytes(row[12:14], "big") if row[3] & 0x80 and len(row) == 16 else 0
        left = int.from_bytes(row[4:6], "big")
        yield _Placed(int.from_bytes(row[:2], "big"), row[2], left, cropped, bool(row[3] & 0x40))
        at += 16 if row[3] & 0x80 else 8


def _pgs_width(placed: list[_Placed], known: dict[int, int], windows: dict[int, int]) -> int:
    """Measure from the left edge of the leftmost object to the right edge of the rightmost one."""
    edges = []
    for each in placed:
        if width := each.cropped or known.get(each.number) or windows.get(each.window, 0):
            edges.append((each.left, each.left + width))
    return max(right for _, right in edges) - min(left for left, _ in edges) if edges else 0


def shown_spans(sets: Iterable[tuple[float, DisplaySet]]) -> list[Shown]:
    """Turn display sets with their times (seconds, in order) into spans in which something is shown."""
    spans: list[Shown] = []
    since: float | None = None
    current: DisplaySet | None = None
    for at, state in sets:
        if since is not None and current and (state.objects == 0 or state.fresh):
            spans.append(Shown(since, min(at, since + current.longest), "", current.width))
            since = None
        if since is None and state.objects:
            since, current = at, state
    if since is not None and current:
        spans.append(Shown(since, since + min(current.longest, LONGEST), "", current.width))
    return spans
