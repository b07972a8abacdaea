"""The bus from outside, for engramctl, tests and scripts: plain Python values, typed errors.

It never starts a daemon (NO_AUTO_START), and works from any thread. The address of the bus comes from the
standard environment (`DBUS_SYSTEM_BUS_ADDRESS`, `DBUS_SESSION_BUS_ADDRESS`).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Literal

from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.variants import pack_arguments
from engramd.errors import Busy, EngramError, InvalidArgument, NotAuthorized, NotFound

Properties = dict[str, Any]
Interfaces = dict[str, Properties]
Objects = dict[str, Interfaces]
Kind = Literal["ready", "properties", "added", "removed", "state", "finished", "event", "tick", "lost"]
WatchCallback = Callable[[Kind, str, str, Any], object]

_DBUS = "org.freedesktop.DBus"
_STANDARD = "org.freedesktop.DBus.Error."
_SIGNALS: dict[tuple[str, str], Kind] = {
    (names.PROPERTIES, "PropertiesChanged"): "properties",
    (names.OBJECT_MANAGER, "InterfacesAdded"): "added",
    (names.OBJECT_MANAGER, "InterfacesRemoved"): "removed",
    (names.JOB, "StateChanged"): "state",
    (names.JOB, "Finished"): "finished",
    (names.MANAGER, "Event"): "event",
}


class NoDaemon(EngramError):
    """Nobody answers at the bus name; the exit code of engramctl is 3."""


class NoSuchMember(NotFound):
    """The daemon has no such object, interface or member; one of another version may have it."""


class WrongSignature(InvalidArgument):
    """The daemon's member takes other arguments; that of another version may take these."""


class Client:
    """A connection of its own to the bus; NoDaemon if the bus itself is missing."""

    def __init__(
        self, bus: names.BusKind = "system", *, timeout: float = 25, interactive: bool = True
    ) -> None:
        """Connect. `timeout` is in seconds; `interactive` lets polkit ask for a password."""
        self.bus = bus
        self._milliseconds = int(timeout * 1000)
        self._flags = Gio.DBusCallFlags.NO_AUTO_START
        if interactive:
            self._flags |= Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
        self._connection = connect(bus)
        self._watch: _Watch | None = None

    def close(self) -> None:
        """Leave the bus; a watch ends."""
        self.stop()
        if not self._connection.is_closed():
            self._connection.close_sync(None)

    def call(
        self,
        path: str,
        interface: str,
        method: str,
        signature: str = "",
        args: tuple[Any, ...] = (),
    ) -> Any:
        """Call a method; `signature` is that of the arguments, as for busctl (`sa{sv}`).

        The reply is None, the one value, or a tuple of values. Raises the EngramError that the daemon sent,
        NoDaemon, NotAuthorized, or InvalidArgument for values that do not fit the signature.
        """
        try:
            body = pack_arguments(signature, args)
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidArgument(
                "an argument does not fit", where=f"{method}({signature})", why=error
            ) from None
        reply = self._reply(names.BUS_NAME, path, interface, method, body)
        return reply if len(reply) > 1 else reply[0] if reply else None

    def objects(self) -> Objects:
        """Give every object below the root: path, its interfaces, their properties."""
        found: Objects = self.call(names.ROOT, names.OBJECT_MANAGER, "GetManagedObjects")
        return found

    def properties(self, path: str, interface: str) -> Properties:
        """Give all properties of one interface of an object; NotFound if there is no such object."""
        found: Properties = self.call(path, names.PROPERTIES, "GetAll", "s", (interface,))
        return found

    def running(self) -> bool:
        """Whether the bus name has an owner."""
        body = GLib.Variant("(s)", (names.BUS_NAME,))
        return bool(self._reply(_DBUS, "/org/freedesktop/DBus", _DBUS, "NameHasOwner", body)[0])

    def owner(self) -> str:
        """Give the connection that has the bus name, which is another after each start; empty: none."""
        if not self.running():
            return ""
        try:
            body = GLib.Variant("(s)", (names.BUS_NAME,))
            return str(self._reply(_DBUS, "/org/freedesktop/DBus", _DBUS, "GetNameOwner", body)[0])
        except EngramError:  # it left just now
            return ""

    def watch(self, callback: WatchCallback, every: float = 0) -> None:
        """Report what happens until the daemon is gone, `stop` is called, or the callback returns True.

        The callback gets (kind, path, interface, payload):
        `ready` (root, "", all objects) first, so that nothing is missed between a look and the watch;
        `properties` (payload: changed values), `added` (interface "", payload: interfaces with properties),
        `removed` (interface "", payload: names of interfaces), `state` (old, new, reason),
        `finished` (success, sentence), `event` (time, kind, object path, sentence, details),
        `tick` (root, "", None) every so many seconds, where that is asked for, and
        `lost` (root, "", None), after which the watch ends. What the callback raises ends it too.
        Raises NoDaemon if there is none to begin with.
        """
        self._watch = _Watch(self._connection, callback)
        try:
            self._watch.run(self.objects, every)
        finally:
            self._watch = None

    def stop(self) -> None:
        """End the watch; from any thread."""
        watch = self._watch
        if watch is not None:
            watch.stop()

    def _reply(
        self, name: str, path: str, interface: str, method: str, body: GLib.Variant
    ) -> tuple[Any, ...]:
        try:
            reply: tuple[Any, ...] = self._connection.call_sync(
                name, path, interface, method, body, None, self._flags, self._milliseconds, None
            ).unpack()
        except GLib.Error as error:
            raise self._typed(error) from None
        return reply

    def _typed(self, error: GLib.Error) -> EngramError:
        name = Gio.DBusError.get_remote_error(error) or ""
        text = error.message.removeprefix(f"GDBus.Error:{name}: ")
        if name in names.ERROR_TYPES:
            return names.ERROR_TYPES[name](text)
        if not name:
            return self._local(error)
        return _standard(name.removeprefix(_STANDARD), text, self.bus)

    def _local(self, error: GLib.Error) -> EngramError:
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.TIMED_OUT):
            return Busy(
                f"the daemon did not answer within {self._milliseconds // 1000} seconds",
                remedy="try again; `journalctl -u engramd` says what it does",
            )
        if error.matches(Gio.io_error_quark(), Gio.IOErrorEnum.CLOSED):
            return NoDaemon(f"the {self.bus} bus is gone", why=error.message)
        return EngramError("the bus failed", why=error.message)


class _Watch:
    """One run of `Client.watch`: subscriptions and a loop in the context of this thread."""

    def __init__(self, connection: Gio.DBusConnection, callback: WatchCallback) -> None:
        self._connection = connection
        self._callback = callback
        self._raised: BaseException | None = None
        self._done = False
        # Ctrl-C wakes the default context only.
        own = threading.current_thread() is not threading.main_thread()
        self._context = GLib.MainContext() if own else None
        self.loop = GLib.MainLoop(self._context)

    def run(self, look: Callable[[], Objects], every: float) -> None:
        if self._context is not None:
            self._context.push_thread_default()
        subscriptions = [
            self._subscribe(names.BUS_NAME, None, None, self._on_signal),
            self._subscribe(_DBUS, "NameOwnerChanged", names.BUS_NAME, self._on_owner),
        ]
        ticks = self._tick_every(every) if every else None
        closed = self._connection.connect("closed", lambda *_: self._tell("lost", names.ROOT, "", None))
        try:
            with self._interruptible():
                self._tell("ready", names.ROOT, "", look())
                if not self._done:
                    self.loop.run()
        finally:
            if ticks is not None:
                ticks.destroy()
            self._connection.disconnect(closed)
            for subscription in subscriptions:
                self._connection.signal_unsubscribe(subscription)
            if self._context is not None:
                self._context.pop_thread_default()
        if self._raised is not None:
            raise self._raised

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Have Ctrl-C end the loop: PyGObject's own way forgets one that comes just before the loop runs."""
        if self._context is not None or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
            yield
            return
        former = signal.signal(signal.SIGINT, lambda *_: self._interrupt())
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, former)

    def _interrupt(self) -> None:
        self._raised = self._raised or KeyboardInterrupt()
        self.stop()

    def _tick_every(self, seconds: float) -> GLib.Source:
        ticks = GLib.timeout_source_new(int(seconds * 1000))
        ticks.set_callback(lambda *_: self._tick())
        ticks.attach(self._context)
        return ticks

    def _tick(self) -> bool:
        self._tell("tick", names.ROOT, "", None)
        return bool(GLib.SOURCE_CONTINUE)

    def stop(self) -> None:
        # From within the loop: a quit before run() would be lost.
        source = GLib.idle_source_new()
        source.set_callback(lambda *_: self._quit())
        source.attach(self._context)

    def _quit(self) -> bool:
        self._done = True
        self.loop.quit()
        return bool(GLib.SOURCE_REMOVE)

    def _subscribe(
        self, sender: str, member: str | None, argument: str | None, handler: Callable[..., None]
    ) -> int:
        return int(
            self._connection.signal_subscribe(
                sender, None, member, None, argument, Gio.DBusSignalFlags.NONE, handler
            )
        )

    def _on_owner(self, *told: Any) -> None:
        _, _, new = told[5].unpack()
        if not new:
            self._tell("lost", names.ROOT, "", None)

    def _on_signal(self, *told: Any) -> None:
        path, interface, member, body = told[2:6]
        kind = _SIGNALS.get((interface, member))
        if kind is None:
            return
        values = body.unpack()
        if kind == "properties":
            self._tell(kind, path, values[0], values[1])
        elif kind in ("added", "removed"):
            self._tell(kind, values[0], "", values[1])
        else:
            self._tell(kind, path, interface, values)

    def _tell(self, kind: Kind, path: str, interface: str, payload: Any) -> None:
        if self._done:
            return
        try:
            self._done = self._callback(kind, path, interface, payload) is True or kind == "lost"
        except BaseException as error:  # noqa: BLE001 - raised again by run(); GLib would swallow it here
            self._raised, self._done = error, True
        if self._done:
            self.loop.quit()


def connect(bus: names.BusKind) -> Gio.DBusConnection:
    """Open a connection of one's own to a bus; NoDaemon if there is none."""
    kind = Gio.BusType.SYSTEM if bus == "system" else Gio.BusType.SESSION
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    try:
        address = Gio.dbus_address_get_for_bus_sync(kind, None)
        return Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    except GLib.Error as error:
        raise NoDaemon(
            f"there is no {bus} bus",
            why=error.message,
            remedy="install and start dbus"
            if bus == "system"
            else "log in to a session, or use --bus system",
        ) from None


def _standard(name: str, text: str, bus: names.BusKind) -> EngramError:
    if name in ("ServiceUnknown", "NameHasNoOwner", "NoReply", "Disconnected"):
        remedy = "sudo systemctl start engramd" if bus == "system" else "start it: engramd --bus session"
        what = "the daemon went away" if name == "NoReply" else "engramd is not running"
        return NoDaemon(what, where=f"{bus} bus", remedy=remedy)
    if name in ("AccessDenied", "InteractiveAuthorizationRequired", "AuthFailed"):
        return NotAuthorized("the bus does not allow this", why=text)
    if name in ("InvalidArgs", "InvalidSignature"):
        return WrongSignature("the daemon does not take these arguments", why=text)
    if name in ("UnknownMethod", "UnknownObject", "UnknownInterface", "UnknownProperty"):
        return NoSuchMember("the daemon has no such object or method", why=text)
    if name in ("Timeout", "TimedOut", "LimitsExceeded"):
        return Busy("the daemon does not keep up", why=text)
    return EngramError("the daemon failed", why=f"{name}: {text}")
