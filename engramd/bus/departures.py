"""Tells when a client has left the bus: what it held ends with it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from gi.repository import Gio, GLib

from engramd.errors import Busy

log = logging.getLogger(__name__)

_DBUS = "org.freedesktop.DBus"
_PATH = "/org/freedesktop/DBus"
_SECONDS = 25
#: Milliseconds until what has to be done is tried again, while all workers are busy.
_AGAIN = 500


class Departures:
    """Watches connections; used on the main loop, but for `when_gone`."""

    def __init__(self, connection: Any, in_background: Callable[[Callable[[], None]], None]) -> None:
        """`in_background` runs a function on a worker thread, or raises Busy."""
        self._connection = connection
        self._in_background = in_background
        self._watched: dict[str, int] = {}

    def when_gone(self, client: str, then: Callable[[], None]) -> None:
        """Run a function once, on a worker, when a connection is gone; from any thread.

        A client that is watched already keeps its function.
        """
        GLib.idle_add(self._watch, client, then, priority=GLib.PRIORITY_DEFAULT)

    def close(self) -> None:
        """Watch nobody any more."""
        for subscription in self._watched.values():
            self._connection.signal_unsubscribe(subscription)
        self._watched.clear()

    def _watch(self, client: str, then: Callable[[], None]) -> bool:
        def owner_changed(*signal: Any) -> None:
            if not signal[5].unpack()[2]:
                self._gone(client, then)

        if client not in self._watched:
            self._watched[client] = self._connection.signal_subscribe(
                _DBUS,
                _DBUS,
                "NameOwnerChanged",
                _PATH,
                client,
                Gio.DBusSignalFlags.NONE,
                owner_changed,
            )
            self._look(client, then)
        return bool(GLib.SOURCE_REMOVE)

    def _look(self, client: str, then: Callable[[], None]) -> None:
        """Ask whether it left before it was watched."""

        def answered(connection: Any, result: Any, *_: object) -> None:
            try:
                is_there = connection.call_finish(result).unpack()[0]
            except GLib.Error as error:
                log.warning("whether %s is on the bus is not known: %s", client, error.message)
                return
            if not is_there:
                self._gone(client, then)

        body = GLib.Variant("(s)", (client,))
        where = (_DBUS, _PATH, _DBUS, "NameHasOwner", body, None)
        self._connection.call(*where, Gio.DBusCallFlags.NONE, _SECONDS * 1000, None, answered)

    def _gone(self, client: str, then: Callable[[], None]) -> None:
        subscription = self._watched.pop(client, None)
        if subscription is not None:
            self._connection.signal_unsubscribe(subscription)
            self._run(then)

    def _run(self, then: Callable[[], None]) -> None:
        def again() -> bool:
            self._run(then)
            return bool(GLib.SOURCE_REMOVE)

        try:
            self._in_background(then)
        except Busy:
            GLib.timeout_add(_AGAIN, again)
