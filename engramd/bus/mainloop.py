"""Work for the main loop from other threads: in order, and so that the loop answers calls in between."""

from __future__ import annotations

import logging
import os
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable

from gi.repository import GLib

log = logging.getLogger(__name__)

#: Seconds that the loop is used at a time.
SLICE = 0.01

Function = Callable[[], None]


def on_main_loop(function: Function) -> None:
    """Run a function on the main loop, in order of these calls; for what is done seldom, see `MainLoop`."""

    def once() -> bool:
        function()
        return bool(GLib.SOURCE_REMOVE)

    GLib.idle_add(once, priority=GLib.PRIORITY_DEFAULT)


class MainLoop:
    """Runs functions in the order in which they come, for a moment in every round of the main loop.

    A disc of 500 titles, or a thousand jobs at once, keep no call waiting. It has one callback for all, as
    PyGObject 3.42 leaks a hundred bytes for each that it is given.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._waiting: deque[Function] = deque()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        weakref.finalize(self, os.close, self._wake)  # threads may still wake it after `close`
        self._source = GLib.unix_fd_add_full(
            GLib.PRIORITY_DEFAULT, self._wake, GLib.IOCondition.IN, self._run
        )

    def run(self, function: Function) -> None:
        """Have a function run; from any thread. What it raises goes to the log."""
        self.run_all((function,))

    def run_all(self, functions: Iterable[Function]) -> None:
        """Have several functions run, one after another."""
        self._waiting.extend(functions)
        os.eventfd_write(self._wake, 1)

    def close(self) -> None:
        """Run nothing any more."""
        GLib.source_remove(self._source)

    def _run(self, *_: object) -> bool:
        os.eventfd_read(self._wake)
        end = self._clock() + SLICE
        while self._waiting:
            _guarded(self._waiting.popleft())
            if self._clock() >= end:
                os.eventfd_write(self._wake, 1)
                break
        return bool(GLib.SOURCE_CONTINUE)


def _guarded(function: Function) -> None:
    try:
        function()
    except Exception:
        log.exception("something failed on the main loop")
