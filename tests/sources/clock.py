"""A clock that stands still but for sleeping and for the test."""

from __future__ import annotations


class HandClock:
    """`pauses` are the sleeps so far, in seconds; `seconds` is the time since the start."""

    EPOCH = 1_720_000_000.0  # 2024-07-03 09:46:40 UTC

    def __init__(self) -> None:
        self.seconds = 0.0
        self.pauses: list[float] = []

    def now(self) -> float:
        """Give seconds since the epoch."""
        return self.EPOCH + self.seconds

    def monotonic(self) -> float:
        """Give seconds since the start."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once."""
        self.pauses.append(seconds)
        self.seconds += seconds
