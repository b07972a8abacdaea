"""How much a source may cost: tries, seconds and bytes."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

_LONGEST_PAUSE = 8.0
_FIRST_PAUSE = 0.5
_MOST_SECONDS = 366 * 24 * 3600.0


@dataclass(frozen=True)
class Limits:
    """Limits of one question: `deadline` and time-outs in seconds, `body_size` in bytes (decompressed).

    `tries` counts the first one. The deadline holds for all tries and pauses together.
    """

    tries: int = 4
    deadline: float = 60.0
    connect_timeout: float = 10.0
    read_timeout: float = 15.0
    body_size: int = 8 * 1024 * 1024


class Pace:
    """Turns of requests that share a limit, at least `interval` seconds apart; thread safe."""

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._lock = threading.Lock()
        self._next = 0.0

    def wait(self, now: float) -> float:
        """Take the next turn, and give the seconds until it; `now` is of a monotonic clock."""
        with self._lock:
            turn = max(now, self._next)
            self._next = turn + self._interval
        return turn - now


def pause_before(attempt: int) -> float:
    """Give the pause in seconds after the failed try number `attempt`, from 1."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0 ** (attempt - 1))


def retry_after(header: str, now: float) -> float | None:
    """Read a Retry-After header (RFC 9110 §10.2.3), seconds or a date, as seconds from `now` (epoch)."""
    text = header.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:12]), _MOST_SECONDS)
    try:
        moment = parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
    return min(max(0.0, moment - now), _MOST_SECONDS)
