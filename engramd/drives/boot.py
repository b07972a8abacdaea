"""What tells one boot from another, and numbers for insertions on kernels that count none themselves."""

from __future__ import annotations

import time
from collections.abc import Callable

from engramd.tools.processes import boot_id

__all__ = ["InsertionNumbers", "boot_id"]


def _seconds_since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class InsertionNumbers:
    """Stands in for DISKSEQ before kernel 5.15: negative seconds since boot, each call a new number.

    Negative, so that none can be taken for a DISKSEQ; a clock, so that a daemon that was started again counts
    on. The price: a disc that is in a drive while the daemon is started again counts as a new insertion.
    """

    def __init__(self, clock: Callable[[], float] = _seconds_since_boot) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> int:
        """Give the next number."""
        self._last = min(-int(self._clock()), self._last - 1)
        return self._last
