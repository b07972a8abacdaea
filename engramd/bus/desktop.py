"""Shows the daemon's notifications on a desktop: from the daemon's bus to the session's notification server.

Both buses are only listened to: nothing is started by it, and it goes on when the daemon starts anew.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from html import escape
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.client import connect
from engramd.errors import EngramError

log = logging.getLogger(__name__)

NOTICE = "notice"
_SERVER = "org.freedesktop.Notifications"
_PATH = "/org/freedesktop/Notifications"
_NORMAL, _CRITICAL = 1, 2
_MILLISECONDS = 10_000


class Desktop:
    """Follows the daemon on one bus, and notifies on the session bus; messages of a job replace each other.

    The notification server is asked by the specification of freedesktop.org, version 1.2.
    """

    def __init__(self, daemon_bus: names.BusKind, *, say: Callable[[str], object] = log.warning) -> None:
        """Connect to both buses; NoDaemon where one is missing. `say` gets a sentence when one goes wrong."""
        self._say = say
        self._session = connect("session")
        self._daemon = self._session if daemon_bus == "session" else connect(daemon_bus)
        self._loop = GLib.MainLoop()
        self._shown: dict[str, int] = {}
        self._markup: bool | None = None
        self._lost = ""

    def run(self) -> None:
        """Follow until `stop`, or until a bus is gone, which raises EngramError."""
        for connection in {self._session, self._daemon}:
            connection.connect("closed", lambda *_: self._end("a bus is gone"))
        subscription = self._daemon.signal_subscribe(
            names.BUS_NAME,
            names.MANAGER,
            "Event",
            names.ROOT,
            None,
            Gio.DBusSignalFlags.NONE,
            lambda *signal: self._on_event(*signal[5].unpack()),
        )
        self._loop.run()
        self._daemon.signal_unsubscribe(subscription)
        if self._lost:
            raise EngramError(self._lost, remedy="it is followed again after the next login")

    def stop(self) -> None:
        """End `run`; on its thread."""
        self._loop.quit()

    def _end(self, why: str) -> None:
        self._lost = why
        self._loop.quit()

    def _on_event(self, _time: int, kind: str, path: str, sentence: str, details: dict[str, Any]) -> None:
        if kind != NOTICE:
            return
        try:
            self._show(path, sentence, str(details.get("text", "")), urgent=bool(details.get("urgent")))
        except GLib.Error as error:
            self._markup = None
            self._say(f"the desktop shows no notifications: {error.message}")

    def _show(self, path: str, subject: str, text: str, *, urgent: bool) -> None:
        hints = {
            "urgency": GLib.Variant("y", _CRITICAL if urgent else _NORMAL),
            "category": GLib.Variant("s", "device"),
        }
        body = escape(text, quote=False) if self._has_markup() else text
        former = self._shown.get(path, 0)
        actions: list[str] = []
        icon, as_the_server_likes = "media-optical", -1
        values = ("engramd", former, icon, subject, body, actions, hints, as_the_server_likes)
        [number] = self._call("Notify", GLib.Variant("(susssasa{sv}i)", values))
        if path != names.ROOT:
            self._shown[path] = number

    def _has_markup(self) -> bool:
        """Whether the server reads the body as markup, so that what looks like it must be escaped."""
        if self._markup is None:
            [able] = self._call("GetCapabilities", None)
            self._markup = "body-markup" in able
        return self._markup

    def _call(self, method: str, body: GLib.Variant | None) -> tuple[Any, ...]:
        reply = self._session.call_sync(
            _SERVER, _PATH, _SERVER, method, body, None, Gio.DBusCallFlags.NONE, _MILLISECONDS, None
        )
        values: tuple[Any, ...] = reply.unpack()
        return values
