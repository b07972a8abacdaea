"""The locks of logind that keep the machine from falling asleep. Main loop only, and nothing here waits."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gi.repository import Gio, GLib

log = logging.getLogger(__name__)

LOGIND = "org.freedesktop.login1"
_PATH, _MANAGER = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
_DBUS = "org.freedesktop.DBus"
#: A lock for each: logind up to 252 at least asks polkit for a wrong action (the lid's) where one is for two.
#: Not `shutdown`: a job goes on after the next start, and a person who shuts down has a reason.
WHAT = ("sleep", "idle")
#: Seconds after which a lock that was not to be had is asked for again.
RETRY = 60
_SECONDS = 25
_REFUSED = ("AccessDenied", "InteractiveAuthorizationRequired")
_ABSENT = ("ServiceUnknown", "NameHasNoOwner", "Spawn.")
RULES = "org.engramd.sleep.rules"


@dataclass(frozen=True)
class Problem:
    """Why there is no lock, and what a person can do."""

    why: str
    remedy: str


NO_BUS = Problem("there is no system bus", "install and start dbus")


class SleepLock:
    """Holds the locks as long as they are wanted; what is not to be had is asked for again until it is.

    `report` gets the problem, or None when there is none (any more). When logind is started anew the locks
    are taken again.
    """

    def __init__(
        self,
        why: str,
        report: Callable[[Problem | None], None],
        *,
        needs_bus: bool = True,
        retry: int = RETRY,
    ) -> None:
        """`why` is the sentence that logind shows for them, `retry` is in seconds.

        Without `needs_bus` it is no problem that there is no system bus, and nobody looks for it again.
        """
        self._why = why
        self._report = report
        self._needs_bus = needs_bus
        self._retry_after = retry
        self._connection: Any = None
        self._subscription = 0
        self._held: list[int] = []
        self._fresh: list[int] = []
        self._wanted = self._asking = self._outdated = self._closed = False
        self._timer = 0

    def want(self, wanted: bool) -> None:
        """Take the locks soon, or give them back."""
        self._wanted = wanted
        if not wanted:
            _close(self._held)
        elif not self._held:
            self._ask()

    def close(self) -> None:
        """Give the locks back, and leave the bus."""
        self._closed = True
        self._wanted = False
        _close(self._held)
        _close(self._fresh)
        self._ask_no_more()
        if self._connection is not None:
            self._connection.signal_unsubscribe(self._subscription)
            self._connection.close(None, None)
            self._connection = None

    def _ask(self) -> None:
        if self._asking or self._closed:
            return
        self._asking = True
        if self._connection is None:
            self._connect()
        else:
            self._inhibit()

    def _connect(self) -> None:
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        try:
            address = Gio.dbus_address_get_for_bus_sync(Gio.BusType.SYSTEM, None)
        except GLib.Error as error:
            self._fail(NO_BUS, error)
            return
        Gio.DBusConnection.new_for_address(address, flags, None, None, self._connected)

    def _connected(self, _source: Any, result: Any) -> None:
        try:
            connection = Gio.DBusConnection.new_for_address_finish(result)
        except GLib.Error as error:
            self._fail(NO_BUS, error)
            return
        if self._closed:
            connection.close(None, None)
            return
        connection.connect("closed", self._lost)
        self._connection = connection
        self._subscription = connection.signal_subscribe(
            _DBUS, _DBUS, "NameOwnerChanged", None, LOGIND, Gio.DBusSignalFlags.NONE, self._owner_changed
        )
        self._inhibit()

    def _lost(self, *_: object) -> None:
        """The bus is gone; locks are held all the same, since they are files and not the connection."""
        self._connection = None
        if self._wanted:
            self._ask_later()

    def _owner_changed(self, *signal: Any) -> None:
        _, _, new = signal[5].unpack()
        if new and self._asking:
            self._outdated = True
        elif new and self._wanted:
            self._ask()

    def _inhibit(self) -> None:
        """Take the first lock that is still to be taken."""
        if not self._fresh:
            self._outdated = False
        body = GLib.Variant("(ssss)", (WHAT[len(self._fresh)], "engramd", self._why, "block"))
        where = (LOGIND, _PATH, _MANAGER, "Inhibit", body, GLib.VariantType("(h)"))
        flags = Gio.DBusCallFlags.NONE
        self._connection.call_with_unix_fd_list(*where, flags, _SECONDS * 1000, None, None, self._answered)

    def _answered(self, connection: Any, result: Any) -> None:
        try:
            reply, files = connection.call_with_unix_fd_list_finish(result)
            descriptor = files.get(reply.unpack()[0])
        except GLib.Error as error:
            self._fail(problem_of(error), error)
            return
        self._fresh.append(descriptor)
        if self._closed or self._connection is None:
            _close(self._fresh)
            self._asking = False
        elif len(self._fresh) < len(WHAT):
            self._inhibit()
        else:
            self._taken()

    def _taken(self) -> None:
        """Hold the new locks in the place of the former ones."""
        self._asking = False
        self._ask_no_more()
        _close(self._held)
        self._held, self._fresh = self._fresh, []
        self._report(None)
        if not self._wanted:
            _close(self._held)
        elif self._outdated:
            self._ask()

    def _fail(self, problem: Problem, error: GLib.Error) -> None:
        self._asking = False
        _close(self._fresh)
        if self._closed:
            return
        log.debug("no lock against sleep: %s", error.message)
        if problem is NO_BUS and not self._needs_bus:
            self._report(None)
            return
        self._report(problem)
        if self._outdated and self._wanted:
            self._ask()
        else:
            self._ask_later()

    def _ask_later(self) -> None:
        if not self._timer:
            self._timer = GLib.timeout_add_seconds(self._retry_after, self._retry)

    def _ask_no_more(self) -> None:
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0

    def _retry(self) -> bool:
        """Ask again, even if nothing is ripped now: a problem that is over is to be told no more."""
        self._timer = 0
        self._ask()
        return bool(GLib.SOURCE_REMOVE)


def _close(descriptors: list[int]) -> None:
    while descriptors:
        os.close(descriptors.pop())


def problem_of(error: GLib.Error) -> Problem:
    """Say what a call of logind's failed for."""
    name = (Gio.DBusError.get_remote_error(error) or "").removeprefix("org.freedesktop.DBus.Error.")
    if name in _REFUSED:
        remedy = f"install {RULES}, which engramd ships, in /usr/share/polkit-1/rules.d; polkitd must run"
        return Problem("logind does not let engramd keep it awake", remedy)
    remedy = "install and start systemd-logind, or see to it yourself that the machine stays awake"
    if name.startswith(_ABSENT):
        return Problem("there is no logind", remedy)
    return Problem(f"logind failed ({error.message})", "see `journalctl -u systemd-logind`")
