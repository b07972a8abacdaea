"""FFmpeg's progress lines: how far, how fast, and whether anything still moves."""

from __future__ import annotations

import re
from collections.abc import Callable

from engramd.rip.model import Progress

#: Seconds over which the speed is averaged.
WINDOW = 5.0
NUMBER = re.compile(r"[0-9]{1,18}")


class Speed:
    """Averages over the last seconds how fast a number of bytes grows."""

    def __init__(self, clock: Callable[[], float], window: float = WINDOW, *, from_zero: bool = True) -> None:
        self._clock, self._window = clock, window
        self._marks: list[tuple[float, int]] = [(clock(), 0)] if from_zero else []

    def of(self, count: int) -> float:
        """Take the number as it is now; give bytes a second."""
        now = self._clock()
        self._marks.append((now, count))
        while len(self._marks) > 2 and now - self._marks[0][0] > self._window:
            self._marks.pop(0)
        since, then = self._marks[0]
        return (count - then) / (now - since) if now > since else 0.0

    def progress(self, count: int, expected: int) -> Progress:
        """Give the progress of a file that has `count` of about `expected` bytes (0: nobody knows)."""
        fraction = min(1.0, count / expected) if expected > 0 else -1.0
        return Progress(fraction, count, self.of(count))


class Stalled(Exception):
    """Nothing has moved for too long."""


class ProgressReader:
    """Takes the lines of `-progress` and reports after each block.

    FFmpeg goes on printing while the drive hangs, so a stall shows in the numbers only: `feed` raises Stalled
    when neither time nor bytes have grown for `stall` seconds.
    """

    def __init__(
        self,
        duration: float,
        report: Callable[[Progress], None],
        *,
        clock: Callable[[], float],
        stall: float,
    ) -> None:
        self._duration, self._report, self._clock, self._stall = duration, report, clock, stall
        self._time, self._bytes = 0, 0
        self._moved_at = clock()
        self._speed = Speed(clock)

    def feed(self, line: str) -> None:
        """Take one line; keys that are not known are ignored."""
        key, _, value = line.strip().partition("=")
        if key == "out_time_us" and NUMBER.fullmatch(value):
            self._time = self._grown(self._time, int(value))
        elif key == "total_size" and NUMBER.fullmatch(value):
            self._bytes = self._grown(self._bytes, int(value))
        elif key == "progress":
            self._report(self._progress(ended=value == "end"))
            if self._clock() - self._moved_at > self._stall:
                raise Stalled

    def _grown(self, before: int, now: int) -> int:
        if now > before:
            self._moved_at = self._clock()
        return max(before, now)

    def _progress(self, *, ended: bool) -> Progress:
        fraction = min(1.0, self._time / 1e6 / self._duration) if self._duration > 0 else -1.0
        fraction = 1.0 if ended and self._duration > 0 else fraction
        return Progress(fraction, self._bytes, self._speed.of(self._bytes))
