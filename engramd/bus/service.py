"""The serving side of the bus on pydbus, and the only module that knows pydbus.

pydbus 0.6.0 answers from within the handler, on the main loop, and has holes that a daemon cannot live with.
`_Wrapper` takes its place between GDBus and the objects; with the rules of `engramd.bus.boundary` it closes
them, and `tests/bus/test_holes.py` shows each on pydbus as it is, and that it is closed here:

* GLib before 2.84 leaks one invocation (1 to 4 kB) per call: the reference is given back;
* SystemExit in a handler ends the daemon: here it is answered as an error;
* an illegal error name, or text that is no UTF-8, gets no reply: names come from a table, text is cleaned;
* every exception is logged with its traceback: only what nobody foresaw is;
* handlers block the loop, polkit's dialog too: a reply may come later, from the main loop;
* one value of the wrong type makes all properties of an object unreadable: nodes give them packed;
* bytes take seconds a megabyte: `variants.pack` and `unpack` have a way of their own;
* arguments may be 32 MiB and a million values: they have a limit, and are unpacked where they are needed;
* a reply or signal over 32 MiB makes the bus drop the service: they have a limit;
* calls that want no reply fill the memory: `engramd.bus.floods` drops those of who sends too many;
* signals keep every object that ever was: what is unregistered is forgotten;
* properties are set without a word about the caller: there is no setting, only methods;
* the process ends when the bus does, and anybody may take its name over: neither is so here;
* there is no ObjectManager: `engramd.bus.tree` is one.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable
from typing import Any

import pydbus
from gi.repository import Gio, GLib
from pydbus.registration import ObjectRegistration, ObjectWrapper

from engramd.bus import names
from engramd.bus.boundary import Node, Request, is_sendable, serve
from engramd.bus.floods import FloodGate
from engramd.errors import Busy, EngramError, NotAuthorized

log = logging.getLogger(__name__)

_leaks_invocations = (GLib.MAJOR_VERSION, GLib.MINOR_VERSION) < (2, 84)
_unref = ctypes.CDLL("libgobject-2.0.so.0").g_object_unref
_unref.argtypes, _unref.restype = [ctypes.c_void_p], None


class _Wrapper(ObjectWrapper):  # type: ignore[misc] # pydbus has no types
    """Stands between GDBus and a node; the base class gets no interfaces, so it does nothing by itself."""

    def __init__(self, node: Node, gate: FloodGate) -> None:
        super().__init__(object(), [])
        self._node = node
        self._gate = gate
        self._results = {item.name: item.results for item in node.interfaces}

    def call_method(self, _connection: Any, sender: str, *call: Any) -> None:
        path, interface, method, body, invocation = call
        pointer = hash(invocation)  # PyGObject: the hash of a GObject is its address
        try:
            flags = invocation.get_message().get_flags()
            if self._gate.lets_in(sender, flags):
                interactive = bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
                request = Request(path, interface, method, body, sender, interactive)
                serve(self._node, self._results, request, invocation)
        finally:
            if _leaks_invocations:
                _unref(pointer)  # this call and a late answer hold references of their own


class ExportedNode:
    """A node that is on the bus."""

    def __init__(self, bus: Any, path: str, node: Node, gate: FloodGate) -> None:
        self._wrapper = _Wrapper(node, gate)
        infos = [interface.info for interface in node.interfaces]
        self._registration = ObjectRegistration(bus, path, infos, self._wrapper, own_wrapper=True)

    def emit(self, interface: str, member: str, body: Any) -> None:
        """Send a signal, unless it is too large; `body` is its GVariant."""
        if is_sendable(member, body):
            self._wrapper.SignalEmitted(interface, member, body)

    def unregister(self) -> None:
        """Take it off the bus, and leave nothing behind in pydbus's class-level table."""
        self._registration.unregister()
        ObjectWrapper.SignalEmitted.map.pop(self._wrapper, None)


class Service:
    """The connection of the daemon: objects, and the name. All methods are for the main loop's thread."""

    def __init__(self, kind: names.BusKind, on_lost: Callable[[str], None]) -> None:
        """`on_lost` gets a sentence when the bus or the name is gone; the process goes on."""
        self._kind = kind
        self._on_lost = on_lost
        self._bus: Any = None
        self._owner: Any = None
        self._gate: FloodGate | None = None
        self._closed = 0
        self._name_lost = 0

    @property
    def connection(self) -> Any:
        """The GDBus connection."""
        return self._bus.con

    def connect(self) -> None:
        """Connect to the bus of the standard environment; EngramError if there is none."""
        kind = Gio.BusType.SYSTEM if self._kind == "system" else Gio.BusType.SESSION
        try:
            self._bus = pydbus.connect(Gio.dbus_address_get_for_bus_sync(kind, None))
        except GLib.Error as error:
            raise EngramError(
                f"the {self._kind} bus cannot be reached",
                why=error.message,
                remedy="install and start dbus" if self._kind == "system" else "use --bus system",
            ) from None
        self.connection.set_exit_on_close(False)
        self._gate = FloodGate(self.connection)
        self._closed = self.connection.connect("closed", self._on_closed)

    def export(self, path: str, node: Node) -> ExportedNode:
        """Put a node on the bus."""
        assert self._gate is not None, "connect comes first"
        return ExportedNode(self._bus, path, node, self._gate)

    def own_name(self) -> None:
        """Take the bus name for good: Busy if another has it, NotAuthorized if the bus refuses."""
        try:
            self._owner = self._bus.request_name(names.BUS_NAME, allow_replacement=False, replace=False)
        except RuntimeError:
            raise Busy(
                "another engramd is on the bus already",
                where=f"{names.BUS_NAME} on the {self._kind} bus",
                remedy="stop it first: sudo systemctl stop engramd",
            ) from None
        except GLib.Error as error:
            raise NotAuthorized(
                f"the {self._kind} bus does not give the name {names.BUS_NAME} to this user",
                why=error.message.partition(": ")[2],
                remedy="install the policy /usr/share/dbus-1/system.d/org.engramd.Engram1.conf and run as the"
                " user engramd, or use --bus session",
            ) from None
        self._name_lost = self.connection.signal_subscribe(
            "org.freedesktop.DBus",
            "org.freedesktop.DBus",
            "NameLost",
            "/org/freedesktop/DBus",
            names.BUS_NAME,
            Gio.DBusSignalFlags.NONE,
            lambda *_: self._on_lost(f"the name {names.BUS_NAME} was lost"),
        )

    def close(self) -> None:
        """Give the name back and leave the bus; `on_lost` is not called."""
        if self._bus is None:
            return
        self.connection.disconnect(self._closed)
        if self._name_lost:
            self.connection.signal_unsubscribe(self._name_lost)
        if not self.connection.is_closed():
            self._release()
        self._bus = self._owner = None

    def _release(self) -> None:
        try:
            if self._owner is not None:
                self._owner.unown()
            self.connection.flush_sync(None)
            self.connection.close_sync(None)
        except GLib.Error as error:
            log.warning("leaving the bus: %s", error.message)

    def _on_closed(self, connection: Any, by_peer: bool, error: Any) -> None:
        self._on_lost(f"the {self._kind} bus is gone: {error.message if error else 'closed'}")
