"""A few daemon threads for method calls that may block; one that hangs in the kernel costs one of them."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from engramd.errors import Busy

log = logging.getLogger(__name__)


class Workers:
    """Runs functions in order of arrival; threads start at need and never keep a process alive."""

    def __init__(self, threads: int = 6, waiting: int = 64) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue(waiting)
        self._limit = threads
        self._threads = 0
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()

    def submit(self, work: Callable[[], None]) -> None:
        """Have it run soon; Busy if too much waits already. It handles its own errors."""
        try:
            self._queue.put_nowait(work)
        except queue.Full:
            raise Busy("too many calls wait already", remedy="try again in a moment") from None
        with self._lock:
            if self._threads < self._limit and not self._idle.acquire(blocking=False):
                self._threads += 1
                threading.Thread(target=self._run, name=f"bus-call-{self._threads}", daemon=True).start()

    def stop(self) -> None:
        """End the threads that wait; those at work end with their work."""
        with self._lock:
            count, self._limit = self._threads, 0
        for _ in range(count):
            try:
                self._queue.put_nowait(None)
            except queue.Full:
                return

    def _run(self) -> None:
        while True:
            work = self._queue.get()
            if work is None:
                return
            try:
                work()
            except Exception:
                log.exception("a call failed in its worker")
            del work
            self._idle.release()
