"""What a program prints, line by line, in little memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

KEPT_LINES = 400
#: A longer line comes in pieces of this many bytes, so that output without line ends needs no memory.
LONGEST_LINE = 65536


class Output:
    """Standard output: told line by line, and kept whole or in its last lines."""

    def __init__(self, on_line: Callable[[str], None] | None, keep_all: bool) -> None:
        self._on_line = on_line
        self._kept: deque[str] = deque(maxlen=KEPT_LINES)
        self._all = bytearray()
        self._keep_all = keep_all
        self._lines = Lines(self._line)

    def take(self, data: bytes) -> None:
        if self._keep_all:
            self._all += data
        if self._on_line or not self._keep_all:
            self._lines.take(data)

    def _line(self, line: str) -> None:
        self._kept.append(line)
        if self._on_line:
            self._on_line(line)

    def text(self) -> str:
        if not self._keep_all:
            return "\n".join(self._kept)
        text = self._all.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
        return text.removesuffix("\n")


class Lines:
    """Cuts a stream of bytes into lines; carriage returns end lines too (progress displays)."""

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._rest = b""
        self._after_return = False

    def take(self, data: bytes) -> None:
        """Take what was read; nothing is the end of the stream."""
        if not data:
            self._tell([self._rest] if self._rest else [])
            return
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]
        self._after_return = data.endswith(b"\r")
        data = (self._rest + data).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *lines, self._rest = data.split(b"\n")
        self._tell(lines)
        while len(self._rest) >= LONGEST_LINE:
            self._tell([self._rest[:LONGEST_LINE]])
            self._rest = self._rest[LONGEST_LINE:]

    def _tell(self, lines: list[bytes]) -> None:
        for line in lines:
            self._sink(line.decode("utf-8", "replace"))
