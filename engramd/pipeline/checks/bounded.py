"""Runs checks side by side, each for some seconds only, and leaves behind what hangs.

A thread that hangs in the kernel cannot be ended. It keeps its place (a mount, a device, a program), and
nothing else is tried there before it comes back: a place that hangs costs one thread, however often it is
asked.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

import structlog

from engramd.errors import EngramError
from engramd.pipeline.findings import Finding
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Seconds in which a folder must answer: a disk that sleeps needs most of them.
ANSWERS_WITHIN = 10.0

Silent = Callable[[Collection[str]], Iterable[Finding]]


@dataclass(frozen=True)
class Ask:
    """Checks of one place. No two asks of one round have the same.

    `silent` says what is to be said of those that did not answer in time, given the ids of those that did.
    Without `seconds` of its own it has as many as a folder.
    """

    place: str
    make: Callable[[CancelToken], Iterable[Finding]]
    silent: Silent
    seconds: float | None = None


@dataclass
class _Place:
    """`free` is held by the thread that is there; one that `hangs` has had its time."""

    free: threading.Lock = field(default_factory=threading.Lock)
    hangs: bool = False


class Bounded:
    """Runs asks; for any thread. What a check raises becomes a finding."""

    def __init__(self, seconds: float = ANSWERS_WITHIN) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._places: dict[str, _Place] = {}

    def ask(self, asks: Sequence[Ask]) -> list[Finding]:
        """Give what was found, in the order of the asks."""
        begin = time.monotonic()
        tasks = {one.place: self._begin(one, 0.0) for one in asks}
        for one in asks:  # those whose place another asker has now, when the others are at work
            if tasks[one.place] is None:
                tasks[one.place] = self._begin(one, self._left(one, begin))
        return [found for one in asks for found in self._told(one, tasks[one.place], begin)]

    def hanging(self) -> list[str]:
        """Give the places where a thread hangs."""
        with self._lock:
            return sorted(name for name, place in self._places.items() if place.hangs)

    def _begin(self, ask: Ask, patience: float) -> _Task | None:
        with self._lock:
            place = self._places.setdefault(ask.place, _Place())
        if place.hangs or not place.free.acquire(timeout=patience):
            return None
        try:
            return _Task(ask, place, self._lock)
        except RuntimeError as error:
            log.warning("no thread is to be had for a check", place=ask.place, why=str(error))
            place.free.release()
            return None

    def _left(self, ask: Ask, begin: float) -> float:
        seconds = self._seconds if ask.seconds is None else ask.seconds
        return max(0.0, begin + seconds - time.monotonic())

    def _told(self, ask: Ask, task: _Task | None, begin: float) -> list[Finding]:
        if task is None:
            return list(ask.silent(()))
        task.ended.wait(self._left(ask, begin))
        said, in_time = task.close()
        return said if in_time else [*said, *ask.silent({finding.id for finding in said})]


class _Task:
    """One ask on a thread of its own."""

    def __init__(self, ask: Ask, place: _Place, lock: threading.Lock) -> None:
        self.ended = threading.Event()
        self._ask, self._place, self._lock = ask, place, lock
        self._cancel = CancelToken()
        self._said: list[Finding] = []
        threading.Thread(target=self._run, name=f"check {ask.place}", daemon=True).start()

    def close(self) -> tuple[list[Finding], bool]:
        """Give what was said until now, and whether that is all; nothing is waited for any more."""
        with self._lock:
            in_time = self.ended.is_set()
            if not in_time:  # else another asker's thread may be there, and hang
                self._place.hangs = True
            said = list(self._said)
        if not in_time:
            self._cancel.cancel("the check took too long")
        return said, in_time

    def _run(self) -> None:
        try:
            for finding in self._ask.make(self._cancel):
                self._said.append(finding)
        except EngramError as error:
            self._said.append(Finding(self._ask.place, str(error), error.remedy, "warning"))
        except Exception as error:
            log.exception("a check failed in a way that was not foreseen", place=self._ask.place)
            self._said.append(_unforeseen(self._ask.place, error))
        finally:
            with self._lock:
                self.ended.set()
                self._place.hangs = False
            self._place.free.release()


def _unforeseen(place: str, error: Exception) -> Finding:
    text = f"the check of {place} failed itself ({type(error).__name__})"
    return Finding(place, text, "journalctl -u engramd -p err", "warning")
