"""Threads of the pipeline, all daemonic: any may hang in the kernel or on a share that is away."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

import structlog

from engramd.store.outages import patient
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

Task = Callable[[], None]


class Pool:
    """Runs tasks on up to `size` threads, which are started when they are first needed."""

    def __init__(self, name: str, size: Callable[[], int]) -> None:
        self._name = name
        self._size = size
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._open = 0

    def submit(self, task: Task) -> None:
        """Run a task soon."""
        size = self._size()
        with self._lock:
            self._open += 1
            more = self._threads < min(self._open, size)
            self._threads += more
            number = self._threads
        self._tasks.put(task)
        if more:
            threading.Thread(target=self._work, name=f"{self._name}-{number}", daemon=True).start()

    def _work(self) -> None:
        while True:
            guarded(self._tasks.get())
            with self._lock:
                self._open -= 1


class Worker:
    """One thread that runs tasks in order, for one drive."""

    def __init__(self, name: str) -> None:
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        start(name, self._work)

    def submit(self, task: Task) -> None:
        """Run a task after those that were submitted before."""
        self._tasks.put(task)

    def _work(self) -> None:
        while True:
            guarded(self._tasks.get())


class Slots:
    """So many may work at the same time; who waits for a slot can be cancelled."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._changed = threading.Condition()

    def take_at_once(self) -> bool:
        """Take a slot if one is free now."""
        with self._changed:
            if self._free == 0:
                return False
            self._free -= 1
            return True

    def take(self, cancel: CancelToken) -> None:
        """Wait for a slot and take it. Raises Cancelled."""
        forget = cancel.on_cancel(self._wake)
        try:
            with self._changed:
                self._changed.wait_for(lambda: self._free > 0 or cancel.cancelled)
                cancel.raise_if_cancelled()
                self._free -= 1
        finally:
            forget()

    def give_back(self) -> None:
        """Let the next one work."""
        with self._changed:
            self._free += 1
            self._changed.notify_all()

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()


class Errands:
    """Runs tasks in the background, each on a thread of its own; one that is under way is not begun again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[tuple[str, int]] = set()

    def begin(self, name: str, number: int, task: Task) -> None:
        """Run a task, unless that of this name and number runs."""
        errand = (name, number)
        with self._lock:
            if errand in self._under_way:
                return
            self._under_way.add(errand)

        def run() -> None:
            try:
                guarded(task)
            finally:
                with self._lock:
                    self._under_way.discard(errand)

        start(name, run)


def start(name: str, task: Task) -> None:
    """Run one task on a thread of its own."""
    threading.Thread(target=lambda: guarded(task), name=name, daemon=True).start()


def guarded(task: Task) -> None:
    """Run a task; an error that nobody foresaw is logged and costs only this task.

    A database that is away for a while costs it time.
    """
    try:
        with patient():
            task()
    except Exception:
        log.exception("a task failed in a way that was not foreseen")
