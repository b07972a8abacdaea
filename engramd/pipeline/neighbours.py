"""The other stations of a shared database: what happens here is told to them, and what they do is heard."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection

from sqlalchemy import Engine

from engramd.events import (
    ChangedElsewhere,
    Event,
    EventHub,
    JobStateChanged,
    RipProgress,
    SettingsChanged,
)
from engramd.models import JobState
from engramd.pipeline.threads import guarded, start
from engramd.settings import Settings
from engramd.store.line import Line, News
from engramd.store.membership import Membership


class _Errand:
    """Runs a task on a thread of its own whenever it was asked for, but never twice at a time."""

    def __init__(self, name: str) -> None:
        self.task: Callable[[], None] = lambda: None
        self._name = name
        self._lock = threading.Lock()
        self._is_asked = self._runs = False

    def ask(self) -> None:
        """Have it run, again if it runs now."""
        with self._lock:
            self._is_asked = True
            begins, self._runs = not self._runs, True
        if begins:
            start(self._name, self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                self._runs, self._is_asked = self._is_asked, False
                if not self._runs:
                    return
            guarded(self.task)


class Neighbours:
    """Joins the hubs of the stations; there is one only where the database is shared."""

    def __init__(
        self,
        membership: Membership,
        engine: Engine,
        hub: EventHub,
        settings: Settings,
        on_lost: Callable[[str], None],
    ) -> None:
        """`on_lost` says, on any thread, why this daemon must not go on."""
        self._membership, self._hub, self._settings = membership, hub, settings
        self._line = Line(membership, engine, self._heard, on_lost)
        self._answered = threading.Condition()
        self._answers = 0
        self._decided: set[int] = set()
        self._missed = False
        self._calls, self._changes = _Errand("calls"), _Errand("changed elsewhere")
        hub.subscribe(Event, self._tell)  # what happens before the start is told after it

    def start(self, on_change: Callable[[Collection[int] | None], None]) -> None:
        """Begin; `on_change` is run on a thread of its own when another station changed something.

        It gets the jobs whose titles were decided there since it ran last; None: any may have been.
        """
        self._changes.task = lambda: on_change(self._drained())
        self._line.start()

    def stop(self) -> None:
        """End, and give the station's name back."""
        self._line.stop()
        self._membership.leave()

    def serve(self, on_call: Callable[[], None]) -> None:
        """Say who looks, on a thread of its own, what other stations ask of this one."""
        self._calls.task = on_call

    def is_running(self, station: str) -> bool:
        """Whether a station's daemon runs."""
        return self._membership.is_running(station)

    def ask(self, station: str) -> None:
        """Have a station look what is asked of it."""
        self._line.tell(News(call_for=station))

    def answer(self) -> None:
        """Have who asked look what came of it."""
        self._line.tell(News(answered=True))

    def answers(self) -> int:
        """Count how often another station said that something came of a call; see `wait`."""
        with self._answered:
            return self._answers

    def wait(self, seen: int, seconds: float) -> None:
        """Return when there were more `answers` than were seen, or after some seconds."""
        with self._answered:
            self._answered.wait_for(lambda: self._answers != seen, seconds)

    def _tell(self, event: Event) -> None:
        job_id = getattr(event, "job_id", None)
        if isinstance(event, JobStateChanged) and event.new == JobState.ORGANIZING:
            self._line.tell(News(decided=event.job_id))
        if isinstance(event, SettingsChanged):
            self._line.tell(News(settings=True))
        elif job_id is not None and not isinstance(event, RipProgress):
            self._line.tell(News(jobs=(job_id,)))

    def _heard(self, news: News) -> None:
        if news.decided:
            with self._answered:
                self._decided.add(news.decided)
            self._changes.ask()
        if news.everything:
            with self._answered:
                self._missed = True
        if news.jobs or news.everything:
            self._hub.publish(ChangedElsewhere(news.jobs, news.everything))
            self._changes.ask()
        if news.settings or news.everything:
            self._settings.reload()
        if news.everything or news.call_for == self._membership.station:
            self._calls.ask()
        if news.answered or news.everything:
            with self._answered:
                self._answers += 1
                self._answered.notify_all()

    def _drained(self) -> set[int] | None:
        with self._answered:
            decided, self._decided = self._decided, set()
            missed, self._missed = self._missed, False
        return None if missed else decided
