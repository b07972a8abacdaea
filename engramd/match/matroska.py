"""An open Matroska file: bytes at places, and the elements of its top level (RFC 8794, RFC 9559)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from engramd.match.ebml import Odd, children, number, vint
from engramd.match.matroska_head import CHAPTERS, CUES, INFO, TAGS, TRACKS, read_head

#: Bytes: no element of the head is larger.
MOST_HEAD = 16 << 20
MOST_ELEMENTS, MOST_SEEKS = 4096, 64

CLUSTER = 0x1F43B675
_EBML, _SEGMENT, _SEEK_HEAD = 0x1A45DFA3, 0x18538067, 0x114D9B74
_PARTS = frozenset({INFO, TRACKS, CUES, CHAPTERS, TAGS})


class MatroskaFile:
    """An open file: bytes at places, and its head. Raises Odd, OSError."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            self.size = os.fstat(self._descriptor).st_size
            self.start, self.stop = self._segment()
            self.head = read_head(self._parts())
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def read(self, place: int, size: int) -> bytes:
        """Read bytes at a place; fewer at the end of the file."""
        if place >= self.size:
            return b""
        return os.pread(self._descriptor, size, place)

    def advise(self, place: int, size: int, advice: int) -> None:
        """Tell the kernel what will be read (`os.POSIX_FADV_…`)."""
        if place < self.size:
            os.posix_fadvise(self._descriptor, place, size, advice)

    def element(self, place: int) -> tuple[int, int, int | None]:
        """Read an element's id, the place of its content, and its size (None: unknown)."""
        head = self.read(place, 12)
        kind, at = vint(head, 0, keep_marker=True)
        size, at = vint(head, at)
        return kind or 0, place + at, size

    def _segment(self) -> tuple[int, int]:
        kind, place, size = self.element(0)
        if kind != _EBML or size is None:
            raise Odd("it is no Matroska file")
        document = dict(children(self._content(place, size))).get(0x4282, b"").rstrip(b"\0")
        kind, place, size = self.element(place + size)
        if document not in (b"matroska", b"webm") or kind != _SEGMENT:
            raise Odd("it is no Matroska file")
        if size is not None and place + size > self.size:
            raise Odd("it ends too early")
        return place, self.size if size is None else place + size

    def _content(self, place: int, size: int) -> bytes:
        if size > MOST_HEAD or len(content := self.read(place, size)) < size:
            raise Odd("an element is too large, or cut off")
        return content

    def _parts(self) -> dict[int, bytes]:
        """Give the contents of the elements that matter: those before the first cluster come first."""
        parts: dict[int, bytes] = {}
        named: list[int] = []
        place = self.start
        for _ in range(MOST_ELEMENTS):
            if place >= self.stop:
                break
            kind, content, size = self.element(place)
            if kind == CLUSTER or size is None:
                break
            if kind == _SEEK_HEAD:
                named += _seeks(self._content(content, size))
            elif kind in _PARTS:
                parts.setdefault(kind, self._content(content, size))
            place = content + size
        for place in named[:MOST_SEEKS]:
            if self.start + place < self.stop:
                kind, content, size = self.element(self.start + place)
                if kind in _PARTS and kind not in parts and size is not None:
                    parts[kind] = self._content(content, size)
        return parts


def _seeks(content: bytes) -> Iterator[int]:
    for kind, entry in children(content):
        if kind == 0x4DBB and 0x53AC in (fields := dict(children(entry))):
            yield number(fields, 0x53AC)
