"""A thread that does something when it is woken, or when its time has come; it sleeps in between."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

#: Seconds until a step that failed in a way that nobody foresaw is tried again.
AFTER_FAULT = 60.0
#: Seconds of the longest pause: a machine that slept, or whose clock was set, is past the time unawares.
LONGEST_PAUSE = 600.0


class Worker:
    """Runs `step` once at first, when woken, and after as many seconds as it gave; None: only when woken.

    The thread is a daemon thread: what a step waits for may hang.
    """

    def __init__(self, name: str, step: Callable[[], float | None]) -> None:
        self._name = name
        self._step = step
        self._changed = threading.Condition()
        self._woken = True
        self._stopped = False

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._run, name=self._name, daemon=True).start()

    def wake(self) -> None:
        """Have the step run now; from any thread, at once."""
        with self._changed:
            self._woken = True
            self._changed.notify_all()

    def stop(self) -> None:
        """Run no further step; one that runs is not waited for."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _run(self) -> None:
        pause: float | None = None
        while self._wait(pause):
            try:
                pause = self._step()
            except Exception:  # a thread's edge: a database may be away for a while
                log.exception(f"{self._name} failed in a way that was not foreseen; it is tried again")
                pause = AFTER_FAULT

    def _wait(self, seconds: float | None) -> bool:
        """Wait for the next step; false if there is to be none."""
        seconds = None if seconds is None else min(seconds, LONGEST_PAUSE)
        with self._changed:
            self._changed.wait_for(lambda: self._woken or self._stopped, seconds)
            self._woken = False
            return not self._stopped
