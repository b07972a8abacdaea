"""Questions of the daemon to others on the bus: who a caller is, and what polkit says."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import partial
from typing import Any

from gi.repository import Gio, GLib

from engramd.bus.mainloop import MainLoop
from engramd.bus.workers import Workers
from engramd.errors import Busy

#: Questions to polkit that may be open, and those of one user: each may wait for a password for minutes.
THREADS, OF_ONE = 48, 16
#: Questions to the bus itself: each takes no time, and there may be many at once.
QUICK_THREADS, QUICK_WAITING = 2, 1000
_TOO_MANY = "org.freedesktop.DBus.Error.LimitsExceeded"

Done = Callable[[Any, GLib.Error | None], None]


@dataclass(frozen=True)
class Question:
    """A call of somebody else's method; `body` has the arguments, and `seconds` is how long it may take."""

    name: str
    path: str
    interface: str
    method: str
    body: Any
    seconds: int


class Asker:
    """Asks on threads of its own.

    GDBus can ask without a thread, but PyGObject 3.42 leaks 160 bytes for each callback that it is given: who
    makes forbidden calls without end would fill the memory.
    """

    def __init__(self, connection: Any, loop: MainLoop) -> None:
        self._connection = connection
        self._loop = loop
        self._patient = Workers(THREADS, OF_ONE, name="bus-ask")
        self._quick = Workers(
            QUICK_THREADS,
            QUICK_THREADS,
            waiting=QUICK_WAITING,
            waiting_of_one=QUICK_WAITING,
            name="bus-ask-quick",
        )

    def ask(self, question: Question, done: Done, owner: Hashable = None) -> None:
        """Call `done` on the main loop, with the reply or the error, which may be that too many wait.

        `owner` is the user for whom it is asked, if it may take a while.
        """
        workers = self._quick if owner is None else self._patient
        try:
            workers.submit(partial(self._ask, question, done), owner)
        except Busy as busy:
            error = Gio.DBusError.new_for_dbus_error(_TOO_MANY, str(busy))
            self._loop.run(partial(done, None, error))

    def close(self) -> None:
        """Ask nothing any more."""
        self._patient.stop()
        self._quick.stop()

    def _ask(self, question: Question, done: Done) -> None:
        one, flags = question, Gio.DBusCallFlags.NONE
        where = (one.name, one.path, one.interface, one.method)
        try:
            reply = self._connection.call_sync(*where, one.body, None, flags, one.seconds * 1000, None)
        except GLib.Error as error:
            self._loop.run(partial(done, None, error))
        else:
            self._loop.run(partial(done, reply, None))
