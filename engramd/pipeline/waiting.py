"""Looks again at jobs that wait for a library, space or references, so that they go on by themselves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import structlog

from engramd.models import DiscJob, JobState, ReviewKind, WaitingFor
from engramd.pipeline.answers import Answers
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.needs import PATIENCE
from engramd.pipeline.parts import LOOK_AGAIN, LOOK_SELDOM, Parts
from engramd.pipeline.references import ReferencesWatch
from engramd.pipeline.threads import guarded, start
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

WAITS_FOR = (WaitingFor.LIBRARY, WaitingFor.SPACE, WaitingFor.REFERENCES)
#: Seconds between looks at local references where a person is asked anyway, or others are fetched.
LOOK_FOR_ANSWERS = 300.0


class WaitingJobs:
    """One thread that sleeps while nothing waits. `refresh` has the daemon's conditions checked again."""

    def __init__(
        self,
        parts: Parts,
        finisher: Finisher,
        answers: Answers,
        references: ReferencesWatch,
        refresh: Callable[[], None],
        stop: CancelToken,
    ) -> None:
        self._parts = parts
        self._finisher = finisher
        self._answers = answers
        self._references = references
        self._refresh = refresh
        self._stop = stop
        self._something = threading.Event()
        self._at_once = False

    def start(self) -> None:
        """Begin to look."""
        self._stop.on_cancel(self._something.set)
        start("waiting", self._run)

    def notice(self) -> None:
        """Have the thread look which jobs wait now."""
        self._something.set()

    def look_now(self) -> None:
        """Have the thread look at all that waits: something has changed."""
        self._at_once = True
        self._something.set()

    def _run(self) -> None:
        pause, known = LOOK_AGAIN, set[_Waiting]()
        while not self._stop.cancelled:
            try:
                known, pause = self._round(known, pause)
                self._sleep(known, pause)
            except Exception:  # a thread's edge: a database may be away for a while
                if not self._stop.wait(LOOK_AGAIN):
                    log.exception("what waits could not be looked at; it is tried again")

    def _round(self, before: set[_Waiting], pause: float) -> tuple[set[_Waiting], float]:
        """Look at all that waits; give it, and the pause until the next look in seconds."""
        self._at_once = False
        waiting = self._waiting()
        for job in waiting:
            guarded(partial(self._look_at, job))
        if waiting:
            guarded(self._refresh)
        known = _key(waiting)
        return known, min(pause * PATIENCE, LOOK_SELDOM) if known == before else LOOK_AGAIN

    def _sleep(self, known: set[_Waiting], pause: float) -> None:
        """Return when other jobs wait than before, when something has changed, or after a pause."""
        end = time.monotonic() + (LOOK_FOR_ANSWERS if all(one.patient for one in known) else pause)
        while not self._stop.cancelled:
            left = end - time.monotonic() if known else None
            if not self._something.wait(left):
                return
            self._something.clear()
            if self._at_once or _key(self._waiting()) != known:
                return

    def _waiting(self) -> list[DiscJob]:
        at_the_drive = (JobState.IDENTIFYING, JobState.RIPPING)
        jobs = [j for j in self._parts.store.unfinished_jobs() if j.state not in at_the_drive]
        return [j for j in jobs if j.waiting_for in WAITS_FOR or self._asks_for_episodes(j)]

    def _asks_for_episodes(self, job: DiscJob) -> bool:
        if job.waiting_for is not WaitingFor.ANSWER or not self._parts.settings.current.references_path:
            return False
        return any(task.kind is ReviewKind.EPISODE for task in self._parts.store.open_reviews(job.id))

    def _look_at(self, job: DiscJob) -> None:
        job_id = job.id or 0
        if job.waiting_for in (WaitingFor.LIBRARY, WaitingFor.SPACE):
            self._finisher.advance(job_id)
        elif self._references.changed(job_id):
            self._answers.compare_again(job_id)


class _Waiting(NamedTuple):
    """A job that waits; a patient one is asked about, or goes on at a time that is known."""

    job_id: int
    waiting_for: WaitingFor | None
    patient: bool


def _key(jobs: list[DiscJob]) -> set[_Waiting]:
    return {
        _Waiting(
            job.id or 0,
            job.waiting_for,
            job.waiting_for is WaitingFor.ANSWER or job.waiting_until is not None,
        )
        for job in jobs
    }
