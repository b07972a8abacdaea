"""Calls for jobs of another station: asked there, answered here; two stations on a real PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from gi.repository import GLib
from sqlalchemy import text

from engramd.bus import names
from engramd.bus.authority import Caller
from engramd.bus.boundary import Request
from engramd.bus.call import Call
from engramd.bus.elsewhere import KEPT, Elsewhere
from engramd.errors import Busy, NotFound, WrongState
from engramd.events import ChangedElsewhere, EventHub
from engramd.lifecycle import Lifecycle
from engramd.models import Change, DiscJob, ReviewKind, ReviewTask
from engramd.store import Store, open_engine
from engramd.store.calls import StationCalls
from engramd.store.changes import ChangeRows
from tests.support.databases import PostgresCluster

_numbers = count(1)


@dataclass
class Wire:
    """Joins two stations of one process: who is asked looks at once, on a thread."""

    running: set[str] = field(default_factory=lambda: {"attic", "cellar"})
    served: dict[str, Callable[[], None]] = field(default_factory=dict)
    answered: threading.Condition = field(default_factory=threading.Condition)
    count: int = 0

    def end_of(self, station: str) -> WireEnd:
        """Give a station's end."""
        return WireEnd(self, station)


@dataclass
class WireEnd:
    """What a station has of the others."""

    wire: Wire
    station: str

    def is_running(self, station: str) -> bool:
        return station in self.wire.running

    def ask(self, station: str) -> None:
        look = self.wire.served.get(station)
        if look and station in self.wire.running:
            threading.Thread(target=look, daemon=True).start()

    def answer(self) -> None:
        with self.wire.answered:
            self.wire.count += 1
            self.wire.answered.notify_all()

    def answers(self) -> int:
        return self.wire.count

    def wait(self, seen: int, seconds: float) -> None:
        with self.wire.answered:
            self.wire.answered.wait_for(lambda: self.wire.count != seen, seconds)

    def serve(self, on_call: Callable[[], None]) -> None:
        self.wire.served[self.station] = on_call


@dataclass
class Outcome:
    """What a method gives."""

    value: Any = None


class End:
    """A station: its store, and what it was asked to do."""

    def __init__(self, url: str, name: str, wire: Wire) -> None:
        self.store, self.hub = Store(open_engine(url), name), EventHub()
        self.elsewhere = Elsewhere(self.store, self.hub, wire.end_of(name), patience=5)
        self.done: list[Call] = []
        self.gives: Any = None
        self.heard: list[ChangedElsewhere] = []
        self.hub.subscribe(ChangedElsewhere, self.heard.append)

    def run(self, call: Call) -> Outcome:
        """Stand in for the methods of the bus."""
        self.done.append(call)
        if isinstance(self.gives, Exception):
            raise self.gives
        return Outcome(self.gives)

    def job(self) -> int:
        """Make a job of this station."""
        job = DiscJob(drive_id="/dev/sr0")
        return Lifecycle(self.store, self.hub).create_job(job, reason="a test") or 0

    def question(self, job: int) -> int:
        """Ask something about a job."""
        asked = ReviewTask(job_id=job, kind=ReviewKind.EPISODE, question="Which?", summary="Which one?")
        return self.store.add(asked).id or 0


@pytest.fixture
def wire() -> Wire:
    """Give a line on which both stations run."""
    return Wire()


@pytest.fixture
def ends(postgres: PostgresCluster, wire: Wire) -> Iterator[tuple[End, End]]:
    """Give the attic, which does what it is asked, and the cellar."""
    url = postgres.create(f"elsewhere_{next(_numbers)}", "schema_of_engramd")
    attic, cellar = End(url, "attic", wire), End(url, "cellar", wire)
    attic.elsewhere.serve(attic.run)
    yield attic, cellar
    attic.store.close()
    cellar.store.close()


def _rows(station: End) -> StationCalls:
    return StationCalls(station.store, names.REVIEW, KEPT, patience=5)


def call(interface: str, method: str, key: Any, signature: str = "()", *arguments: Any) -> Call:
    body = GLib.Variant(signature, arguments)
    return Call(Request("/a/path", interface, method, body, ":1.7"), key, Caller(":1.7", 1000))


def test_a_call_is_for_the_station_of_its_job(ends: tuple[End, End]) -> None:
    attic, cellar = ends
    job, own = attic.job(), cellar.job()
    question = attic.question(job)
    for wanted in (
        call(names.JOB, "Cancel", job),
        call(names.TITLE, "Skip", (job, 0)),
        call(names.REVIEW, "Dismiss", question),
    ):
        assert cellar.elsewhere.station_of(wanted) == "attic"
        assert attic.elsewhere.station_of(wanted) == ""
    assert cellar.elsewhere.station_of(call(names.JOB, "Events", job)) == "", "reading is done here"
    assert cellar.elsewhere.station_of(call(names.JOB, "Cancel", own)) == ""
    assert cellar.elsewhere.station_of(call(names.JOB, "Cancel", 9999)) == ""
    assert cellar.elsewhere.station_of(call(names.MANAGER, "ClearFinished", None)) == ""


def test_what_is_undone_is_undone_where_it_was_done(ends: tuple[End, End]) -> None:
    attic, cellar = ends
    question = attic.question(attic.job())
    change = Change(actor="root", sentence="it is S01E01", review_id=question)
    number = ChangeRows(attic.store).add(change, [])
    change.done_at = change.at
    ChangeRows(attic.store).save(change, [])
    for options in ({}, {"change": number}, {"review": question}):
        packed = {name: GLib.Variant("i", value) for name, value in options.items()}
        undo = call(names.MANAGER, "Undo", None, "(a{sv})", packed)
        assert cellar.elsewhere.station_of(undo) == "attic"
        assert attic.elsewhere.station_of(undo) == ""
    assert cellar.elsewhere.station_of(call(names.REVIEW, "Undo", question)) == "attic"


def test_it_is_done_there_with_the_very_arguments_and_in_the_name_of_who_called(
    ends: tuple[End, End],
) -> None:
    attic, cellar = ends
    job = attic.job()
    attic.gives = {"id": 7, "sentence": "done"}
    wanted = call(names.TITLE, "Assign", (job, 2), "(a{us}a{sv})", {3: "S01E02"}, {})

    given = cellar.elsewhere.ask("attic", wanted)

    [done] = attic.done
    assert (done.request.interface, done.request.method, done.key) == (names.TITLE, "Assign", (job, 2))
    assert done.arguments == ({3: "S01E02"}, {})
    assert done.actor == "uid 1000 at cellar"
    assert given.unpack() == {"id": 7, "sentence": "done"}
    assert cellar.heard == [ChangedElsewhere((job,))], "the job is read anew before the reply"
    assert _rows(attic).take() is None


def test_an_error_comes_back_as_it_is(ends: tuple[End, End]) -> None:
    attic, cellar = ends
    attic.gives = WrongState("it has ended", where="job 1", why="completed", remedy="retry it")
    with pytest.raises(WrongState, match="it has ended") as caught:
        cellar.elsewhere.ask("attic", call(names.JOB, "Cancel", attic.job()))
    error = caught.value
    assert (error.where, error.why, error.remedy) == ("job 1", "completed", "retry it")
    attic.gives = ZeroDivisionError("a mistake")
    with pytest.raises(Exception, match="internal error") as other:
        cellar.elsewhere.ask("attic", call(names.JOB, "Cancel", attic.job()))
    assert "log of the station attic" in str(other.value)


def test_a_station_that_does_not_answer_is_asked_no_longer(ends: tuple[End, End], wire: Wire) -> None:
    attic, cellar = ends
    wire.served.clear()
    cellar.elsewhere._patience = 0.2
    with pytest.raises(Busy, match="the station attic does not answer"):
        cellar.elsewhere.ask("attic", call(names.JOB, "Cancel", attic.job()))
    attic.elsewhere.carry_out()
    assert attic.done == []


def test_an_answer_is_kept_for_a_station_that_does_not_run(ends: tuple[End, End], wire: Wire) -> None:
    attic, cellar = ends
    job = attic.job()
    question = attic.question(job)
    wire.running = {"cellar"}
    with pytest.raises(Busy, match="for the station attic, which does not run"):
        cellar.elsewhere.ask("attic", call(names.JOB, "Retry", job))
    answer = call(names.REVIEW, "Answer", question, "(a{sv})", {"value": GLib.Variant("s", "S01E01")})
    assert cellar.elsewhere.ask("attic", answer) is None
    assert "“Which one?” is answered by uid 1000 at cellar" in attic.store.events(job)[-1].sentence
    with pytest.raises(NotFound, match="no such open question"):
        cellar.elsewhere.ask("attic", call(names.REVIEW, "Answer", 9999))

    attic.elsewhere.carry_out()

    assert [done.arguments for done in attic.done] == [({"value": "S01E01"},)]


def test_an_answer_that_is_kept_and_fits_no_more_is_told_in_the_history(
    ends: tuple[End, End], wire: Wire
) -> None:
    attic, cellar = ends
    job = attic.job()
    wire.running = {"cellar"}
    cellar.elsewhere.ask("attic", call(names.REVIEW, "Dismiss", attic.question(job)))
    attic.elsewhere._patience = 0
    attic.gives = NotFound("there is no such open question")
    attic.elsewhere.carry_out()
    said = attic.store.events(job)[-1].sentence
    assert said.endswith("came to nothing: there is no such open question"), said


def test_an_answer_that_a_crash_interrupted_is_taken_again_and_a_command_is_not(
    ends: tuple[End, End], wire: Wire
) -> None:
    attic, cellar = ends
    job = attic.job()
    wire.served.clear()
    cellar.elsewhere._patience = 0
    wire.running = {"cellar"}
    cellar.elsewhere.ask("attic", call(names.REVIEW, "Dismiss", attic.question(job)))
    wire.running.add("attic")
    rows = _rows(attic)
    assert rows.take() is not None
    asking = threading.Thread(target=lambda: _ask_in_vain(cellar, job))
    cellar.elsewhere._patience = 5
    asking.start()
    while (taken := rows.take()) is None:
        pass
    assert taken.method == "Cancel"

    attic.elsewhere.serve(attic.run)  # it starts again
    attic.elsewhere.carry_out()
    asking.join(20)

    assert [done.request.method for done in attic.done] == ["Dismiss"]
    assert cellar.gives == "refused"


def _ask_in_vain(station: End, job: int) -> None:
    with pytest.raises(Busy, match="started anew in the middle"):
        station.elsewhere.ask("attic", call(names.JOB, "Cancel", job))
    station.gives = "refused"


def _wait(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_what_was_asked_by_who_is_gone_is_not_done_hours_later(ends: tuple[End, End], wire: Wire) -> None:
    """Its caller got no answer, or an error; only answers to questions are kept."""
    attic, cellar = ends
    wire.served.clear()
    job = attic.job()
    rows = _rows(cellar)
    for wanted in (call(names.REVIEW, "Dismiss", attic.question(job)), call(names.JOB, "Cancel", job)):
        rows.add(cellar.elsewhere._row("attic", wanted))
    with attic.store.write() as session:
        session.execute(text("UPDATE station_calls SET at = at - interval '6 seconds'"))
    rows.add(cellar.elsewhere._row("attic", call(names.JOB, "Retry", job)))
    attic.elsewhere.carry_out()
    assert [done.request.method for done in attic.done] == ["Dismiss", "Retry"]


def test_how_long_ago_it_was_asked_is_told_by_the_clock_of_the_server(ends: tuple[End, End]) -> None:
    """The cellar's clock is an hour slow."""
    attic, cellar = ends
    row = cellar.elsewhere._row("attic", call(names.JOB, "Cancel", attic.job()))
    row.at -= timedelta(hours=1)
    _rows(cellar).add(row)
    attic.elsewhere.carry_out()
    assert [done.request.method for done in attic.done] == ["Cancel"]


def test_a_station_that_starts_in_the_moment_in_which_an_answer_is_kept_has_it(
    ends: tuple[End, End], wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    attic, cellar = ends
    question = attic.question(attic.job())
    wire.running = {"cellar"}

    def starts(_end: WireEnd, station: str) -> bool:
        attic.elsewhere.carry_out()  # nothing is there yet
        wire.running.add(station)
        return False

    monkeypatch.setattr(WireEnd, "is_running", starts)
    assert cellar.elsewhere.ask("attic", call(names.REVIEW, "Dismiss", question)) is None
    _wait(lambda: attic.done, "the answer lies there until the attic starts again")
