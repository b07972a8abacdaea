"""The serving side of the bus, and the only module that knows pydbus.

pydbus 0.6.0 answers from within the handler, on the main loop, and has faults that a daemon cannot live with;
`_Wrapper` takes its place between GDBus and the objects:

* GLib before 2.84 leaks one invocation (1 to 4 kB) per call: the reference is given back;
* SystemExit in a handler ends the daemon: here it is answered as an error;
* an illegal error name, or text that is no UTF-8, gets no reply: names come from a table, text is cleaned;
* a reply over 32 MiB makes the bus drop the service: replies have a limit;
* signals keep every object that ever was: what is unregistered is forgotten;
* a reply may come later, from the main loop.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import pydbus
from gi.repository import Gio, GLib
from pydbus.registration import ObjectRegistration, ObjectWrapper

from engramd.bus import names
from engramd.bus.introspection import Interface
from engramd.bus.variants import clean, pack_arguments
from engramd.errors import Busy, EngramError, InvalidArgument, NotAuthorized, NotFound

log = logging.getLogger(__name__)

#: The system bus takes 32 MiB a message at most. All objects at once are one: a Blu-ray can have 500 titles
#: of 30 streams, which makes 4 MB.
REPLY_LIMIT = 24 << 20
TEXT_LIMIT = 2000
_PROPERTY_RESULTS = {"Get": "v", "GetAll": "a{sv}"}

_leaks_invocations = (GLib.MAJOR_VERSION, GLib.MINOR_VERSION) < (2, 84)
_unref = ctypes.CDLL("libgobject-2.0.so.0").g_object_unref
_unref.argtypes, _unref.restype = [ctypes.c_void_p], None


@dataclass(frozen=True)
class Request:
    """A method call. `interactive`: polkit may ask the caller for a password."""

    path: str
    interface: str
    method: str
    arguments: tuple[Any, ...]
    sender: str
    interactive: bool


class Answer:
    """The reply of one call; to be given once, on the main loop, now or later."""

    def __init__(self, invocation: Any, signature: str) -> None:
        self._invocation: Any = invocation
        self._signature = signature

    def give(self, value: Any = None) -> None:
        """Reply with the value of the method: None, one value, or a tuple for several."""
        try:
            values = value if isinstance(value, tuple) else (value,)
            body = pack_arguments(self._signature, clean(values)) if self._signature else None
        except (TypeError, ValueError, OverflowError) as error:
            self.fail(error)
        else:
            self.send(body)

    def send(self, body: Any) -> None:
        """Reply with a message body, unless it is too large."""
        if body is not None and body.get_size() > REPLY_LIMIT:
            what = f"the reply has {body.get_size()} bytes, more than the limit of {REPLY_LIMIT}"
            self.fail(EngramError(what, remedy="ask for less at a time"))
            return
        invocation, self._invocation = self._invocation, None
        if invocation is not None:
            invocation.return_value(body)

    def fail(self, error: BaseException) -> None:
        """Reply with an error; of what is no EngramError, only the log learns more."""
        invocation, self._invocation = self._invocation, None
        if invocation is None:
            return
        if not isinstance(error, EngramError):
            log.error("%s failed unexpectedly", invocation.get_method_name(), exc_info=error)
            error = EngramError("internal error", remedy="see the log: journalctl -u engramd")
        invocation.return_dbus_error(names.error_name(error), clean(str(error))[:TEXT_LIMIT] or error.code)


class Node(Protocol):
    """What is served at one path."""

    @property
    def interfaces(self) -> Sequence[Interface]:
        """The interfaces of the object."""

    def get(self, interface: str, name: str) -> Any:
        """Give a property as GVariant; KeyError if there is none."""

    def get_all(self, interface: str) -> dict[str, Any]:
        """Give all properties of an interface as GVariants."""

    def call(self, request: Request, answer: Answer) -> None:
        """Take a call of one of its own methods; must not block."""


class _Wrapper(ObjectWrapper):  # type: ignore[misc] # pydbus has no types
    """Stands between GDBus and a node; the base class gets no interfaces, so it does nothing by itself."""

    def __init__(self, node: Node) -> None:
        super().__init__(object(), [])
        self._node = node
        self._results = {item.name: item.results for item in node.interfaces}

    def call_method(
        self, connection: Any, sender: str, path: str, interface: str, method: str, body: Any, invocation: Any
    ) -> None:
        pointer = hash(invocation)  # PyGObject: the hash of a GObject is its address
        is_property = interface == names.PROPERTIES
        results = _PROPERTY_RESULTS.get(method, "") if is_property else self._results[interface][method]
        answer = Answer(invocation, results)
        try:
            if is_property:
                answer.give(self._property(method, body.unpack()))
            else:
                flags = invocation.get_message().get_flags()
                interactive = bool(flags & Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION)
                self._node.call(Request(path, interface, method, body.unpack(), sender, interactive), answer)
        except BaseException as error:  # noqa: BLE001 - a callback's edge: SystemExit would end the daemon
            answer.fail(error)
        finally:
            if _leaks_invocations:
                _unref(pointer)  # this call and a late answer hold references of their own

    def _property(self, method: str, arguments: tuple[Any, ...]) -> Any:
        try:
            if method == "Get":
                return self._node.get(*arguments)
            if method == "GetAll":
                return self._node.get_all(*arguments)
        except KeyError:
            raise NotFound("there is no such property", where=".".join(arguments)) from None
        raise InvalidArgument("properties are changed by methods only", where=".".join(arguments[:2]))


class Exported:
    """A node that is on the bus."""

    def __init__(self, bus: Any, path: str, node: Node) -> None:
        self._wrapper = _Wrapper(node)
        infos = [interface.info for interface in node.interfaces]
        self._registration = ObjectRegistration(bus, path, infos, self._wrapper, own_wrapper=True)

    def emit(self, interface: str, member: str, body: Any) -> None:
        """Send a signal; `body` is its GVariant."""
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
        self._closed = self.connection.connect("closed", self._on_closed)

    def export(self, path: str, node: Node) -> Exported:
        """Put a node on the bus."""
        return Exported(self._bus, path, node)

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
