"""Walks over the blocks of a Matroska file and reads those that are wanted, or those at known places."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple

from engramd.match.ebml import Odd, children, number, vint
from engramd.match.matroska import CLUSTER, MatroskaFile
from engramd.match.matroska_head import MOST_PACKET, Place

#: More elements than this are no film but an attack: twelve hours of TrueHD have 52 million blocks.
MOST_BLOCKS = 60_000_000
#: Bytes read at once, between packets that are large and packets that are small.
LEAST_WINDOW, MOST_WINDOW = 1 << 13, 1 << 18
#: No headers of a block and of what it is in are longer, in bytes.
HEADERS = 48

_TIMESTAMP, _GROUP, _BLOCK, _SIMPLE, _ENCRYPTED = 0xE7, 0xA0, 0xA1, 0xA3, 0xAF
_DURATION, _LACING, _KEY = 0x9B, 0x06, 0x80


class Block(NamedTuple):
    """A packet: its track's number, where its element is, its time and duration in ticks, and its data.

    `key` is false where the file says that the picture needs others.
    """

    track: int
    place: int
    time: int
    duration: int
    key: bool
    data: bytes


class Blocks:
    """Gives the blocks of `wanted` tracks, each with at most as many bytes as is said there.

    Of tracks in `keys`, pictures that need others are passed over. Everything raises Odd where the file is
    not plain, and OSError.
    """

    def __init__(self, file: MatroskaFile, wanted: Mapping[int, int], keys: Collection[int] = ()) -> None:
        self._file, self._wanted, self._keys = file, wanted, frozenset(keys)
        self._buffer, self._base, self._window = b"", 0, LEAST_WINDOW

    def walk(self, start: int, stop: int) -> Iterator[Block]:
        """Give those that begin between two places; `start` must be that of a cluster or its like."""
        place, clock, wanted, keys = start, 0, self._wanted, self._keys
        for _ in range(MOST_BLOCKS):
            if place >= stop:
                break
            buffer, at = self._buffer, place - self._base
            if at < 0 or at + HEADERS > len(buffer):
                buffer, at = self._fill(place), 0
            if step := _step_over(buffer, at, wanted, keys):
                place += step
                continue
            kind, body, size = _header(buffer, at)
            content = place + body - at
            if kind == CLUSTER:
                place, clock = content, 0
                continue
            if kind == _TIMESTAMP:
                clock = int.from_bytes(buffer[body : body + min(size, 8)], "big")
            elif kind in (_SIMPLE, _GROUP) and (block := self._block(place, clock)):
                yield block
            elif kind == _ENCRYPTED:
                raise Odd("its packets are encrypted")
            place = content + size
        if place > self._file.stop or place < stop:
            raise Odd("it ends too early, or never")

    def read(self, places: Iterable[Place]) -> Iterator[Block]:
        """Give those at places that the index names, in the order of the file."""
        ordered = sorted(places)
        for place in ordered:
            at = self._file.start + place.cluster + place.offset
            self._file.advise(at, LEAST_WINDOW, os.POSIX_FADV_WILLNEED)
        cluster, content, clock = -1, 0, 0
        for place in ordered:
            if place.cluster != cluster:
                cluster = place.cluster
                content, clock = self._cluster(self._file.start + cluster)
            block = self._block(content + place.offset, clock)
            if block is None:
                raise Odd("the index names a place without a block")
            yield block

    def _fill(self, place: int) -> bytes:
        """Read on from a place: more where the packets are small, less where large ones are passed over."""
        gap = place - self._base - len(self._buffer)
        if gap > self._window:
            self._window = max(self._window >> 2, LEAST_WINDOW)
        else:
            self._window = min(self._window << 1, MOST_WINDOW)
        buffer = self._file.read(place, self._window)
        if len(buffer) < self._window:
            buffer += bytes(HEADERS)
        self._buffer, self._base = buffer, place
        return buffer

    def _bytes(self, place: int, size: int) -> bytes:
        at = place - self._base
        if at >= 0 and at + size <= len(self._buffer):
            return self._buffer[at : at + size]
        return self._file.read(place, size)

    def _cluster(self, place: int) -> tuple[int, int]:
        """Give the place of a cluster's content and its time."""
        head = self._buffer = self._file.read(place, LEAST_WINDOW)
        self._base = place
        kind, body, _ = _header(head, 0)
        at = body
        while kind == CLUSTER:
            child, inner, size = _header(head, at)
            if child == _TIMESTAMP:
                return place + body, int.from_bytes(head[inner : inner + min(size, 8)], "big")
            at = inner + size
        raise Odd("the index names a place without a cluster")

    def _block(self, place: int, clock: int) -> Block | None:
        """Read the block or group at a place; None if nobody wants it."""
        head = self._bytes(place, HEADERS).ljust(HEADERS, b"\0")
        kind, body, size = _header(head, 0)
        grouped = kind == _GROUP
        end = place + body + size
        if grouped:
            kind, body, size = _header(head, body)
        track, behind = vint(head, body)
        if kind not in (_BLOCK, _SIMPLE) or track is None:
            raise Odd("a group does not begin with its block")
        if track not in self._wanted:
            return None
        if head[behind + 2] & _LACING:
            raise Odd("packets are laced")
        offset = behind + 3 - body
        most = self._wanted[track]
        if place + body + size > min(end, self._file.stop) or (size > MOST_PACKET <= most):
            raise Odd("a packet is too large")
        data = self._bytes(place + behind + 3, max(min(size - offset, most), 0))
        duration = self._duration(place + body + size, end) if grouped and most >= MOST_PACKET else 0
        time = clock + int.from_bytes(head[behind : behind + 2], "big", signed=True)
        return Block(track, place, time, duration, grouped or bool(head[behind + 2] & _KEY), data)

    def _duration(self, place: int, end: int) -> int:
        """Read what stands in a group behind its block."""
        return number(dict(children(self._bytes(place, min(end - place, MOST_PACKET)))), _DURATION)


def _step_over(buffer: bytes, at: int, wanted: Mapping[int, int], keys: frozenset[int]) -> int:
    """Give the length of a simple block that nobody wants; 0 for all else. Most elements go here."""
    if buffer[at] != _SIMPLE:
        return 0
    first = buffer[at + 1]
    if first & 0x80:
        size, length = first & 0x7F, 2
    elif first & 0x40:
        size, length = (first & 0x3F) << 8 | buffer[at + 2], 3
    elif first & 0x20:
        size, length = (first & 0x1F) << 16 | buffer[at + 2] << 8 | buffer[at + 3], 4
    else:
        return 0
    track = buffer[at + length] & 0x7F
    if buffer[at + length] < 0x81 or (
        track in wanted and (track not in keys or buffer[at + length + 3] & _KEY)
    ):
        return 0
    return length + size


def _header(data: bytes, at: int) -> tuple[int, int, int]:
    """Read an element's id, where its content is, and its size (0 for a cluster whose size is not known)."""
    kind, place = vint(data, at, keep_marker=True)
    size, place = vint(data, place)
    if size is None and kind != CLUSTER:
        raise Odd("an element's size is not known")
    return kind or 0, place, size or 0
