"""Stands in for a desktop's notification server, and for a daemon that tells of notices: real D-Bus both."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from tests.support.privatebus import PrivateBus

_NAME, _PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
_XML = """<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/><arg type="u" direction="out"/>
  </method>
</interface></node>"""


def connect(bus: PrivateBus) -> Any:
    """Open a connection of one's own to a bus."""
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    return Gio.DBusConnection.new_for_address_sync(bus.address, flags, None, None)


def call_bus(connection: Any, method: str, body: GLib.Variant) -> Any:
    """Call the bus itself."""
    bus = "org.freedesktop.DBus"
    flags = Gio.DBusCallFlags.NONE
    return connection.call_sync(bus, "/org/freedesktop/DBus", bus, method, body, None, flags, 5000, None)


@dataclass(frozen=True)
class Shown:
    """A notification as the server got it."""

    app: str
    replaces: int
    summary: str
    body: str
    urgency: int


class StandInNotificationServer:
    """Takes notifications and writes them down; use it as a context manager."""

    def __init__(self, bus: PrivateBus, *capabilities: str) -> None:
        self.shown: list[Shown] = []
        self._bus = bus
        self._capabilities = list(capabilities)
        self._context = GLib.MainContext()
        self._loop = GLib.MainLoop(self._context)
        self._ready = threading.Event()

    def __enter__(self) -> StandInNotificationServer:
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.quit()

    def subjects(self) -> list[str]:
        """The summaries so far."""
        return [shown.summary for shown in self.shown]

    def _run(self) -> None:
        self._context.push_thread_default()
        connection = connect(self._bus)
        [interface] = Gio.DBusNodeInfo.new_for_xml(_XML).interfaces
        connection.register_object(_PATH, interface, self._on_call, None, None)
        call_bus(connection, "RequestName", GLib.Variant("(su)", (_NAME, 0)))
        self._ready.set()
        self._loop.run()
        with contextlib.suppress(GLib.Error):  # the bus may have gone first
            connection.close_sync(None)
        self._context.pop_thread_default()

    def _on_call(self, *call: Any) -> None:
        method, body, invocation = call[4], call[5].unpack(), call[6]
        if method == "GetCapabilities":
            invocation.return_value(GLib.Variant("(as)", (self._capabilities,)))
            return
        app, replaces, _, summary, text, _, hints, _ = body
        self.shown.append(Shown(app, replaces, summary, text, hints["urgency"]))
        invocation.return_value(GLib.Variant("(u)", (replaces or len(self.shown),)))


class StandInDaemon:
    """Has the daemon's name on a bus, and sends its signal Event."""

    def __init__(self, bus: PrivateBus, name: str = names.BUS_NAME) -> None:
        self._connection = connect(bus)
        call_bus(self._connection, "RequestName", GLib.Variant("(su)", (name, 0)))

    def tell(self, kind: str, sentence: str, path: str = names.ROOT, **details: object) -> None:
        """Send an event."""
        variants: dict[type, Callable[[Any], GLib.Variant]] = {
            str: lambda value: GLib.Variant("s", value),
            bool: lambda value: GLib.Variant("b", value),
        }
        packed = {name: variants[type(value)](value) for name, value in details.items()}
        body = GLib.Variant("(tsosa{sv})", (1, kind, path, sentence, packed))
        self._connection.emit_signal(None, names.ROOT, names.MANAGER, "Event", body)
        self._connection.flush_sync(None)

    def close(self) -> None:
        """Leave the bus."""
        self._connection.close_sync(None)
