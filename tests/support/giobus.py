"""A second implementation of `engramd.bus.boundary`, on bare Gio: pydbus can be replaced, and this is how."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import partial
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.boundary import Node, Request, is_sendable, serve
from engramd.bus.floods import FloodGate
from engramd.errors import Busy, EngramError, NotAuthorized

_unref = ctypes.CDLL("libgobject-2.0.so.0").g_object_unref
_unref.argtypes, _unref.restype = [ctypes.c_void_p], None
_DBUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
_DO_NOT_QUEUE, _OWNER = 4, 1


class GioExported:
    """A node that is on the bus."""

    def __init__(self, connection: Any, gate: FloodGate, path: str, node: Node) -> None:
        self._connection, self._gate, self._path, self._node = connection, gate, path, node
        self._results = {item.name: item.results for item in node.interfaces}
        self._ids = [
            connection.register_object(path, item.info, self._on_call, None, None) for item in node.interfaces
        ]

    def emit(self, interface: str, member: str, body: Any) -> None:
        if is_sendable(member, body):
            self._connection.emit_signal(None, self._path, interface, member, body)

    def unregister(self) -> None:
        for number in self._ids:
            self._connection.unregister_object(number)

    def _on_call(self, _connection: Any, sender: str, *call: Any) -> None:
        path, interface, method, body, invocation = call
        pointer = hash(invocation)
        try:
            flags = invocation.get_message().get_flags()
            if self._gate.lets_in(sender, flags):
                interactive = bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
                request = Request(path, interface, method, body, sender, interactive)
                serve(self._node, self._results, request, invocation)
        finally:
            if (GLib.MAJOR_VERSION, GLib.MINOR_VERSION) < (2, 84):  # the leak is PyGObject's, not pydbus's
                _unref(pointer)


class GioBus:
    """The connection of the daemon."""

    def __init__(self, kind: names.BusKind, on_lost: Callable[[str], None]) -> None:
        self._kind, self._on_lost = kind, on_lost
        self.connection: Any = None
        self._gate: Any = None
        self._closed = self._lost = 0

    def connect(self) -> None:
        kind = Gio.BusType.SYSTEM if self._kind == "system" else Gio.BusType.SESSION
        flags = Gio.DBusConnectionFlags
        try:
            self.connection = Gio.DBusConnection.new_for_address_sync(
                Gio.dbus_address_get_for_bus_sync(kind, None),
                flags.AUTHENTICATION_CLIENT | flags.MESSAGE_BUS_CONNECTION,
                None,
                None,
            )
        except GLib.Error as error:
            raise EngramError(f"the {self._kind} bus cannot be reached", why=error.message) from None
        self.connection.set_exit_on_close(False)
        self._gate = FloodGate(self.connection)
        self._closed = self.connection.connect("closed", self._on_closed)

    def export(self, path: str, node: Node) -> GioExported:
        return GioExported(self.connection, self._gate, path, node)

    def own_name(self) -> None:
        try:
            if self._ask("RequestName", GLib.Variant("(su)", (names.BUS_NAME, _DO_NOT_QUEUE))) != _OWNER:
                raise Busy("another engramd is on the bus already", where=names.BUS_NAME)
        except GLib.Error as error:
            raise NotAuthorized("the bus does not give the name", why=error.message) from None
        sender, path, interface = _DBUS
        self._lost = self.connection.signal_subscribe(
            sender,
            interface,
            "NameLost",
            path,
            names.BUS_NAME,
            Gio.DBusSignalFlags.NONE,
            lambda *_: self._on_lost(f"the name {names.BUS_NAME} was lost"),
        )

    def close(self) -> None:
        if self.connection is None:
            return
        self.connection.disconnect(self._closed)
        if self._lost:
            self.connection.signal_unsubscribe(self._lost)
        if not self.connection.is_closed():
            self._ask("ReleaseName", GLib.Variant("(s)", (names.BUS_NAME,)))
            self.connection.close_sync(None)
        self.connection = None

    def _ask(self, method: str, body: Any) -> Any:
        call = partial(self.connection.call_sync, *_DBUS)
        return call(method, body, None, Gio.DBusCallFlags.NONE, -1, None).unpack()[0]

    def _on_closed(self, _connection: Any, _by_peer: bool, error: Any) -> None:
        self._on_lost(f"the {self._kind} bus is gone: {error.message if error else 'closed'}")
