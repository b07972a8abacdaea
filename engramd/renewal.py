"""Starts the service anew when another version is installed, or a person says so, and nothing is at work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from gi.repository import GLib

from engramd.conditions import Condition, Conditions
from engramd.errors import WrongState

if TYPE_CHECKING:
    from engramd.installed import Program

log = logging.getLogger(__name__)

CONDITION = "restart"
_REMEDY = "nothing; or at once: engramctl restart --now, and rips go on with the titles that are not whole"
#: Milliseconds between looks whether the daemon is at rest, and how many in a row must find it so.
LOOK_EVERY, LOOKS = 2000, 2


class Renewal:
    """Knows whether a restart is due, and when it interrupts nothing."""

    def __init__(
        self,
        program: Program | None,
        conditions: Conditions,
        at_work: Callable[[], str],
        leave: Callable[[], object],
        *,
        is_service: bool,
        look_every: int = LOOK_EVERY,
    ) -> None:
        """Begin with nothing due.

        `program` is what runs, if that may be compared with what is installed. `at_work` says, on a thread,
        what a restart would interrupt; `leave` ends the process, on the main loop. Only a service is started
        again by somebody.
        """
        self._program = program
        self._conditions = conditions
        self._at_work = at_work
        self._leave = leave
        self._is_service = is_service
        self._look_every = look_every
        self._first_file: tuple[int, ...] = ()
        self._unsettled: Program | None = None
        self._lock = threading.Lock()
        self._looking = threading.Lock()
        self._due = False
        self._at_rest = 0

    def look(self) -> None:
        """Notice that the program was replaced; to be called once a minute, on the main loop."""
        if self._program is None or self._due:
            return
        try:
            found = self._program.first_file()
        except OSError:  # it is being replaced, or gone
            return
        if found != self._first_file or self._unsettled is not None:
            self._first_file = found
            threading.Thread(target=self._compare, args=(self._program,), name="upgrade", daemon=True).start()

    def request(self, now: bool, actor: str) -> str:
        """Restart for a person, at once or when nothing is at work; say what that waits for.

        For any thread. WrongState where nobody would start the daemon again.
        """
        if not self._is_service:
            raise WrongState(
                "nobody starts this daemon again",
                why="it was not started by systemd",
                remedy="end it, and start it again",
            )
        log.info("%s asks for a restart%s", actor, " at once" if now else "")
        waits_for = "" if now else self._at_work()
        if waits_for:
            self._make_due("a restart was asked for: it comes when all drives are idle")
        else:
            GLib.idle_add(self._leave)
        return waits_for

    def _compare(self, runs: Program) -> None:
        """Compare what is installed with what runs; it counts once it stays as it is from look to look."""
        try:
            found = type(runs).look(runs.folder)
        except OSError:
            return
        if found == runs:
            self._unsettled = None
        elif found != self._unsettled:
            self._unsettled = found
        elif found.version == runs.version:
            self._make_due(f"engramd {found.version} was installed anew: it starts when all drives are idle")
        else:
            what = f"engramd {found.version} is installed: it starts when all drives are idle"
            self._make_due(f"{what}, and {runs.version} goes on until then")

    def _make_due(self, text: str) -> None:
        with self._lock:
            is_first, self._due = not self._due, True
        self._conditions.set(Condition(CONDITION, text, _REMEDY))
        if is_first:
            log.info("%s", text)
            GLib.timeout_add(self._look_every, self._try)

    def _try(self) -> bool:
        threading.Thread(target=self._leave_at_rest, name="restart", daemon=True).start()
        return True

    def _leave_at_rest(self) -> None:
        if not self._looking.acquire(blocking=False):
            return  # a database that is slow
        try:
            waits_for = self._at_work()
        except Exception:  # a thread's edge: a database may be away for a while
            log.exception("it is not known whether a restart would interrupt anything")
            waits_for = "?"
        finally:
            self._looking.release()
        self._at_rest = 0 if waits_for else self._at_rest + 1
        if self._at_rest == LOOKS:
            GLib.idle_add(self._leave)
