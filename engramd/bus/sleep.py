"""Keeps the machine awake while a disc is ripped or filed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from functools import partial

from engramd.bus.logind import RETRY, Problem, SleepLock
from engramd.bus.mainloop import on_main_loop
from engramd.bus.names import BusKind
from engramd.conditions import Condition, Conditions
from engramd.events import EventHub, JobChanged, JobStateChanged
from engramd.models import DiscJob, JobState

log = logging.getLogger(__name__)

CONDITION = "sleep"
_WHY = "a disc is being ripped, or its files are being moved to the library"
_TEXT = "the machine may fall asleep while a disc is ripped"
#: Seconds after which the jobs are looked at again when they could not be read.
LOOK_AGAIN = 5.0


def keep_awake(jobs: Iterable[DiscJob]) -> list[int]:
    """Give the jobs that must not be put to sleep: those that rip or move files now, and wait for nothing."""
    at_work = (JobState.RIPPING, JobState.ORGANIZING)
    return [job.id or 0 for job in jobs if job.state in at_work and job.waiting_for is None]


class SleepInhibitor:
    """Has the lock of logind while any job needs it; a condition says so where it is not to be had.

    logind is on the system bus, whatever bus the daemon is on. A daemon on a session bus (for development)
    does without where there is no system bus.
    """

    def __init__(
        self,
        jobs: Callable[[], Iterable[DiscJob]],
        hub: EventHub,
        conditions: Conditions,
        *,
        bus: BusKind,
        retry: int = RETRY,
    ) -> None:
        """`jobs` reads the unfinished ones, on a thread; `retry` is in seconds."""
        self._jobs = jobs
        self._hub = hub
        self._conditions = conditions
        self._lock = SleepLock(_WHY, self._report, needs_bus=bus == "system", retry=retry)
        self._changed = threading.Event()
        self._stopping = threading.Event()
        self._cleanup: list[Callable[[], None]] = []

    def start(self) -> None:
        """Begin to follow the jobs; somebody must run the default main loop."""
        for kind in (JobChanged, JobStateChanged):
            self._cleanup.append(self._hub.subscribe(kind, lambda _event: self._changed.set()))
        self._changed.set()
        threading.Thread(target=self._follow, name="sleep", daemon=True).start()

    def stop(self) -> None:
        """Give the lock back; on the main loop's thread."""
        self._stopping.set()
        self._changed.set()
        while self._cleanup:
            self._cleanup.pop()()
        self._lock.close()

    def _follow(self) -> None:
        wanted = False
        while not self._stopping.is_set():
            self._changed.wait()
            self._changed.clear()
            try:
                now = bool(keep_awake(self._jobs()))
            except Exception:  # a thread's edge: a database may be away for a while
                log.exception("the jobs could not be read; they are looked at again")
                self._stopping.wait(LOOK_AGAIN)
                self._changed.set()
                continue
            if now != wanted:
                wanted = now
                on_main_loop(partial(self._lock.want, wanted))

    def _report(self, problem: Problem | None) -> None:
        if problem is None:
            self._conditions.clear(CONDITION)
        else:
            self._conditions.set(Condition(CONDITION, f"{_TEXT}: {problem.why}", problem.remedy))
