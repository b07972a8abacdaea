"""How long a rip goes without new data, which is what a damaged disc may cost."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engramd.rip import Progress


#: Seconds between two movements that are no rest yet: back ends look at what is written now and then.
GRACE = 5.0


class Idle:
    """Adds up the seconds of one rip in which nothing moves; good reading costs nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._moved_at = clock()
        self._last = (0.0, 0)
        self._seconds = 0.0

    def look(self, progress: Progress) -> None:
        """Take the progress as it is now."""
        now = (progress.fraction, progress.bytes)
        if now != self._last:
            self._last = now
            self._moved()

    def end(self) -> float:
        """Give the seconds so far; what is not over yet counts too."""
        self._moved()
        return self._seconds

    def _moved(self) -> None:
        now = self._clock()
        if now - self._moved_at > GRACE:
            self._seconds += now - self._moved_at
        self._moved_at = now
