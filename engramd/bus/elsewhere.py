"""Calls for jobs of other stations: each is done by the station that has the job in hand.

Every station is asked by whom it trusts, those that may write into the database; who called there was asked
for leave by the policy of that station.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from gi.repository import GLib

from engramd.bus import names
from engramd.bus.authority import READS, Caller
from engramd.bus.boundary import Request
from engramd.bus.call import Call
from engramd.bus.variants import clean, guess
from engramd.errors import Busy, EngramError, NotFound
from engramd.events import ChangedElsewhere, EventHub
from engramd.lifecycle import Lifecycle
from engramd.models.base import utcnow
from engramd.models.stations import StationCall
from engramd.store import Store
from engramd.store.calls import StationCalls
from engramd.store.changes import ChangeRows

log = logging.getLogger(__name__)

#: Seconds for which another station is waited for; clients wait for 25.
PATIENCE = 20.0
#: Seconds after which it is looked anyway whether it is done.
_LOOK = 2.0
#: Methods of questions that are kept for a station that does not run; all else is refused.
KEPT = frozenset({"Answer", "Dismiss"})


class Runs(Protocol):
    """What carries out a call here."""

    def __call__(self, call: Call) -> Any:
        """Give a result that has a `value`; raises EngramErrors."""


class OtherStations(Protocol):
    """What is needed of the other stations."""

    def is_running(self, station: str) -> bool:
        """Whether a station's daemon runs."""

    def ask(self, station: str) -> None:
        """Have a station look what is asked of it."""

    def answer(self) -> None:
        """Have who asked look what came of it."""

    def answers(self) -> int:
        """Count how often something came of a call."""

    def wait(self, seen: int, seconds: float) -> None:
        """Return when there were more `answers`, or after some seconds."""

    def serve(self, on_call: Callable[[], None]) -> None:
        """Say who looks what other stations ask of this one."""


@dataclass(frozen=True)
class FarCaller(Caller):
    """Who called on another station."""

    who: str = ""

    @property
    def actor(self) -> str:
        """The caller as it stands in the history of a job."""
        return self.who


class Elsewhere:
    """Finds out whose a call is, asks that station, and does what others ask; used on worker threads."""

    def __init__(
        self, store: Store, hub: EventHub, others: OtherStations, patience: float = PATIENCE
    ) -> None:
        self._store, self._hub, self._others = store, hub, others
        self._lifecycle = Lifecycle(store, hub)
        self._rows, self._changes = StationCalls(store, names.REVIEW, KEPT, patience), ChangeRows(store)
        self._patience = patience
        self._serving = threading.Lock()
        self._run: Runs | None = None

    def serve(self, run: Runs) -> None:
        """Begin to do what other stations ask; first what they asked while this one did not run."""
        self._run = run
        self._rows.begin()
        self._others.serve(self.carry_out)

    def station_of(self, call: Call) -> str:
        """Give the station that a call is for; empty: this one."""
        interface, method = call.request.interface, call.request.method
        if (interface, method) in READS:
            return ""
        if (interface, method) in ((names.MANAGER, "Undo"), (names.REVIEW, "Undo")):
            return self._of_change(call)
        job_id = self._job_of(call)
        job = self._store.job(job_id) if job_id else None
        return "" if job is None or self._store.is_own(job) else job.station

    def ask(self, station: str, call: Call) -> Any:
        """Have a station do it, and give the value that it gave. Raises its errors, and Busy."""
        if not self._others.is_running(station):
            self._keep(station, call)
            return None
        seen = self._others.answers()
        number = self._rows.add(self._row(station, call))
        self._others.ask(station)
        end = time.monotonic() + self._patience
        while (row := self._rows.get(number)) is not None and row.done_at is None:
            if (left := end - time.monotonic()) <= 0:
                raise self._too_late(station, number)
            self._others.wait(seen, min(left, _LOOK))
            seen = self._others.answers()
        self._rows.forget(number)
        if job_id := self._job_of(call):
            self._hub.publish(ChangedElsewhere((job_id,)))
        if row is None:
            what = f"the station {station} started anew in the middle of it"
            raise Busy(what, where=station, remedy="see engramctl jobs, and ask again")
        if not row.error_code:
            return GLib.Variant.parse(None, row.result, None, None) if row.result else None
        raise names.ERROR_TYPES[names.ERROR_PREFIX + row.error_code](**json.loads(row.error))

    def carry_out(self) -> None:
        """Do all that other stations ask of this one, in order; one thread at a time."""
        while self._serving.acquire(blocking=False):
            try:
                while (row := self._rows.take()) is not None:
                    outcome = self._outcome(row)
                    self._rows.conclude(row.id or 0, outcome)
                    self._others.answer()
                    if outcome.get("error") and utcnow() - row.at > timedelta(seconds=self._patience):
                        self._tell_late(row, outcome["error"])
            finally:
                self._serving.release()
            if not self._rows.waiting():
                return

    # -- asking ----------------------------------------------------------------------------------------

    def _of_change(self, call: Call) -> str:
        """Give the station that carried out what is to be undone: a number, an answer, or the last of all."""
        options = call.arguments[0] if call.arguments else {"review": call.key}
        review, number = options.get("review"), options.get("change")
        if isinstance(review, int):
            found = self._changes.of_review(review)
        elif isinstance(number, int):
            found = [one for one in (self._changes.get(number),) if one is not None]
        else:
            found = self._changes.standing()
        return found[0].station if found and found[0].station != self._store.scope else ""

    def _job_of(self, call: Call) -> int:
        """Give the job that a call is about; 0: none."""
        if call.request.interface == names.JOB:
            return int(call.key)
        if call.request.interface == names.TITLE:
            return int(call.key[0])
        if call.request.interface == names.REVIEW:
            review = self._store.review(call.key)
            return review.job_id if review is not None else 0
        return 0

    def _row(self, station: str, call: Call) -> StationCall:
        request = call.request
        return StationCall(
            station=station,
            asked_at=self._store.station,
            actor=f"{call.actor} at {self._store.station}",
            path=request.path,
            interface=request.interface,
            method=request.method,
            key=json.dumps(call.key),
            body=request.body.print_(True),
        )

    def _keep(self, station: str, call: Call) -> None:
        """Keep an answer until its station runs; Busy for all else."""
        request = call.request
        if request.interface != names.REVIEW or request.method not in KEPT:
            raise Busy(
                f"this is for the station {station}, which does not run",
                where=request.path,
                remedy="start engramd there",
            )
        review = self._store.review(call.key)
        if review is None or review.closed_at is not None:
            raise NotFound("there is no such open question", where=f"review {call.key}")
        row = self._row(station, call)
        self._rows.add(row)
        self._others.ask(station)  # it may have started in this moment
        said = f"“{review.summary}” is answered by {row.actor}; {station} acts on it when it runs"
        self._lifecycle.note(review.job_id, "answer", said, actor=row.actor)

    def _too_late(self, station: str, number: int) -> Busy:
        if self._rows.withdraw(number):
            remedy = "see there: systemctl status engramd"
            return Busy(f"the station {station} does not answer", where=station, remedy=remedy)
        what = f"the station {station} is at it still"
        return Busy(what, where=station, remedy="see engramctl jobs in a while")

    # -- being asked -----------------------------------------------------------------------------------

    def _tell_late(self, row: StationCall, error: str) -> None:
        """Say in the history that an answer that was kept came to nothing: nobody waits for that any more."""
        review = self._store.review(json.loads(row.key)) if row.interface == names.REVIEW else None
        if review is not None:
            said = f"what {row.actor} answered to “{review.summary}” came to nothing: "
            self._lifecycle.note(review.job_id, "answer", said + json.loads(error)["what"], actor=row.actor)

    def _outcome(self, row: StationCall) -> dict[str, Any]:
        try:
            result = self._run(_call_of(row)) if self._run is not None else None
            value = getattr(result, "value", None)
            return {"result": "" if value is None else guess(clean(value)).print_(True)}
        except EngramError as error:
            log.info("%s.%s of %s: %s", row.interface, row.method, row.actor, error)
            said = {"what": error.what, "where": error.where, "why": error.why, "remedy": error.remedy}
            code = names.error_name(error).removeprefix(names.ERROR_PREFIX)
            return {"error_code": code, "error": json.dumps(said)}
        except Exception:  # a thread's edge: who asked gets an answer
            log.exception("%s.%s of %s failed unexpectedly", row.interface, row.method, row.actor)
            said = {"what": "internal error", "remedy": f"see the log of the station {row.station}"}
            return {"error_code": EngramError.code, "error": json.dumps(said)}


def _call_of(row: StationCall) -> Call:
    body = GLib.Variant.parse(None, row.body, None, None)
    key = json.loads(row.key)
    request = Request(row.path, row.interface, row.method, body, sender="")
    return Call(request, tuple(key) if isinstance(key, list) else key, FarCaller("", -1, who=row.actor))
