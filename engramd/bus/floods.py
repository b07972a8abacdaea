"""Calls that want no reply: the bus lets a client send as many as it likes, so they are counted here.

Of calls that want one, a client has 128 under way at most, says the bus. The others would pile up before the
main loop as fast as a client can write. As long as too many come, those of a client that sends too many are
dropped where they come in, on GDBus's own thread, and cost no memory.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from gi.repository import Gio, GLib

log = logging.getLogger(__name__)

#: Calls without a reply that are taken in a window: of one client, and of all.
OF_ONE, OF_ALL = 50, 500
WINDOW = 0.1
#: Seconds without a call too many after which nobody counts any more on GDBus's thread.
CALM = 1.0
_NO_REPLY = Gio.DBusMessageFlags.NO_REPLY_EXPECTED


class Budget:
    """How many of something are taken in this window of time: of one client, and of all."""

    def __init__(
        self, of_one: int, of_all: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._of_one, self._of_all, self._seconds = of_one, of_all, seconds
        self._clock = clock
        self._begin = clock()
        self._counted: Counter[str] = Counter()
        self._taken = 0

    def takes(self, sender: str) -> bool:
        """Count one; whether it is taken."""
        now = self._clock()
        if now - self._begin >= self._seconds:
            self._begin, self._taken = now, 0
            self._counted.clear()
        self._counted[sender] += 1
        if self._counted[sender] > self._of_one or self._taken >= self._of_all:
            return False
        self._taken += 1
        return True


class FloodGate:
    """Stands open, and costs nothing, until too many calls without a reply come."""

    def __init__(self, connection: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self._connection = connection
        self._clock = clock
        self._at_loop, self._at_entry = (Budget(OF_ONE, OF_ALL, WINDOW, clock) for _ in range(2))
        self._filter = 0
        self._dropped = 0
        self._last = 0.0

    def lets_in(self, sender: str, flags: Any) -> bool:
        """Whether a call is taken that reached the main loop; one that wants a reply always is."""
        if not flags & _NO_REPLY or self._at_loop.takes(sender):
            return True
        if not self._filter:
            self._shut(sender)
        return False

    def _shut(self, sender: str) -> None:
        log.warning("%s sends more calls without a reply than can be answered: the rest is dropped", sender)
        self._dropped, self._last = 0, self._clock()
        self._filter = self._connection.add_filter(self._pass)
        GLib.timeout_add(int(CALM * 1000), self._look)

    def _pass(self, _connection: Any, message: Any, incoming: bool, *_: object) -> Any:
        """On GDBus's thread."""
        if not incoming or not _wants_no_reply(message) or self._at_entry.takes(message.get_sender()):
            return message
        self._dropped += 1
        self._last = self._clock()
        return None

    def _look(self) -> bool:
        if self._clock() - self._last < CALM:
            return bool(GLib.SOURCE_CONTINUE)
        self._connection.remove_filter(self._filter)
        self._filter = 0
        log.warning("%d calls without a reply were dropped", self._dropped)
        return bool(GLib.SOURCE_REMOVE)


def _wants_no_reply(message: Any) -> bool:
    is_call = message.get_message_type() == Gio.DBusMessageType.METHOD_CALL
    return is_call and bool(message.get_flags() & _NO_REPLY)
