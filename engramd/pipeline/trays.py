"""What the daemon remembers of trays that it opened: some pull themselves in again, with the disc."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: A disc with which nothing is left to do is not given back a second time within so many times the seconds in
#: which a tray pulls itself in: some do it late, and it would go on all night.
NOT_AGAIN = 30


@dataclass(frozen=True)
class _Given:
    content_hash: str | None
    at: float


class Trays:
    """The disc that each drive gave back by itself last; for any thread.

    `seconds` says how soon a disc that is back was pulled in by the tray; nobody cleans a disc so quickly.
    """

    def __init__(self, seconds: Callable[[], float], clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._lock = threading.Lock()
        self._given: dict[str, _Given] = {}

    def gave_back(self, drive: str, content_hash: str | None) -> None:
        """Record that the daemon opened a drive's tray, with this disc in it."""
        with self._lock:
            self._given[drive] = _Given(content_hash, self._clock())

    def forget(self, drive: str) -> None:
        """A person opened the tray, or asked for the disc: what comes next is meant."""
        with self._lock:
            self._given.pop(drive, None)

    def may_be_pulled_in(self, drive: str) -> bool:
        """Whether a disc that comes now may be the one that was given back, pulled in by the tray."""
        with self._lock:
            given = self._given.get(drive)
        known = given is not None and given.content_hash is not None
        return given is not None and known and self._since(given) < self._seconds()

    def is_the_same(self, drive: str, content_hash: str | None) -> bool:
        """Whether a disc is the one that the drive gave back a short time ago."""
        with self._lock:
            given = self._given.get(drive)
        if given is None or content_hash is None or given.content_hash != content_hash:
            return False
        return self._since(given) < NOT_AGAIN * self._seconds()

    def _since(self, given: _Given) -> float:
        return self._clock() - given.at
