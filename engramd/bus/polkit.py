"""What polkit would say to this process, without asking anybody for a password; for doctor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus import names
from engramd.bus.authority import CONFIGURE, CONTROL, REVIEW
from engramd.bus.client import connect
from engramd.errors import EngramError

#: What is asked of polkit, by the word for it in a sentence.
ACTIONS = {"review": REVIEW, "control": CONTROL, "configure": CONFIGURE}
_NAME, _PATH = "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"
_DBUS = "org.freedesktop.DBus"
_MILLISECONDS = 5000


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed; else whether it would be with a password."""

    allowed: bool
    with_password: bool = False


class Polkit:
    """A connection of its own to the system's bus, as which it asks. Methods raise EngramError."""

    def __init__(self, kind: names.BusKind = "system") -> None:
        """Connect; NoDaemon if there is no bus."""
        self._connection = connect(kind)

    def close(self) -> None:
        """Leave the bus."""
        if not self._connection.is_closed():
            self._connection.close_sync(None)

    def is_there(self) -> bool:
        """Whether polkit runs, or the bus can start it."""
        if self._bus("NameHasOwner", GLib.Variant("(s)", (_NAME,))):
            return True
        return _NAME in self._bus("ListActivatableNames", None)

    def registered(self) -> frozenset[str]:
        """Give the words of those of engramd's actions that polkit knows."""
        found = self._ask("EnumerateActions", GLib.Variant("(s)", ("",)))
        known = {action[0] for action in found}
        return frozenset(word for word, action in ACTIONS.items() if action in known)

    def may(self, word: str) -> Verdict:
        """Say what polkit says about this process, by one of the words of ACTIONS."""
        subject = ("system-bus-name", {"name": GLib.Variant("s", self._connection.get_unique_name())})
        body = GLib.Variant("((sa{sv})sa{ss}us)", (subject, ACTIONS[word], {}, 0, ""))
        allowed, challenge, _ = self._ask("CheckAuthorization", body)
        return Verdict(allowed, challenge and not allowed)

    def _bus(self, method: str, body: GLib.Variant | None) -> Any:
        return self._call(_DBUS, "/org/freedesktop/DBus", _DBUS, method, body)

    def _ask(self, method: str, body: GLib.Variant) -> Any:
        return self._call(_NAME, _PATH, f"{_NAME}.Authority", method, body)

    def _call(self, name: str, path: str, interface: str, method: str, body: GLib.Variant | None) -> Any:
        try:
            reply = self._connection.call_sync(
                name, path, interface, method, body, None, Gio.DBusCallFlags.NONE, _MILLISECONDS, None
            )
        except GLib.Error as error:
            raise EngramError(f"{name} does not answer", where=method, why=error.message) from None
        return reply.unpack()[0]
