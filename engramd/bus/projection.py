"""Events to changes on the bus: a thread reads the rows, so that the main loop never waits for a database.

What happened goes through one queue and reaches the main loop in order, replies of methods included.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from engramd.bus.batch import After, Batch, Signal, SpaceMeasured
from engramd.bus.reader import Operation, Operations, Reader
from engramd.bus.tree import ObjectTree
from engramd.bus.views import Rip
from engramd.events import Event
from engramd.models.base import utcnow

log = logging.getLogger(__name__)

#: Seconds between two progress signals of one object.
PROGRESS_INTERVAL = 0.5
#: Seconds until everything is compared again (jobs end their day), and until a failed reading is tried again.
RESYNC_INTERVAL = 600.0
RETRY_INTERVAL = 1.0

Schedule = Callable[[list[Operation]], None]


class _Stop:
    """Ends the thread."""


class Projector:
    """Keeps the tree as the store has it."""

    def __init__(
        self,
        reader: Reader,
        tree: ObjectTree,
        schedule: Schedule,
        clock: Callable[[], float] = time.monotonic,
        news: Callable[[Batch], list[Signal]] = lambda _batch: [],
    ) -> None:
        """`schedule` runs functions on the main loop, in order.

        `news` gives the signals of what a batch did not tell itself, but its rows do.
        """
        self._reader = reader
        self._tree = tree
        self._schedule = schedule
        self._clock = clock
        self._news = news
        self._queue: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._failed = False
        self._rips: dict[int, Rip] = {}
        self._rip_due: dict[int, float] = {}
        self._next_resync = clock() + RESYNC_INTERVAL
        self._thread: threading.Thread | None = None

    def publish_all(self) -> None:
        """Publish everything at once: at start-up, on the main loop's thread. Raises what reading raises."""
        work = Operations()
        self._reader.refresh(Batch(resync=True), work)
        for operation in work.puts:
            operation()

    def start(self) -> None:
        """Begin to follow."""
        self._thread = threading.Thread(target=self._run, name="bus-projector", daemon=True)
        self._thread.start()

    def stop(self, timeout: float = 2.0) -> None:
        """End the thread; give it some seconds."""
        self._queue.put(_Stop())
        if self._thread is not None:
            self._thread.join(timeout)

    def take(self, event: Event) -> None:
        """Take an event; from any thread, at once."""
        self._queue.put(event)

    def measured(self, free: dict[str, int]) -> None:
        """Take the free space of folders."""
        self._queue.put(SpaceMeasured(free))

    def after(self, then: Callable[[], None], job_id: int | None = None) -> None:
        """Run `then` on the main loop when all that happened so far is on the bus."""
        self._queue.put(After(then, job_id))

    def _run(self) -> None:
        while True:
            items = self._collect()
            if any(isinstance(item, _Stop) for item in items):
                return
            operations = self._operations(items)
            if operations:
                self._schedule(operations)

    def _collect(self) -> list[object]:
        """Wait for something to do, then take all there is."""
        items: list[object] = []
        try:
            items.append(self._queue.get(timeout=max(0.0, self._deadline() - self._clock())))
            while True:
                items.append(self._queue.get_nowait())
        except queue.Empty:
            return items

    def _deadline(self) -> float:
        if self._failed:
            return self._clock() + RETRY_INTERVAL
        due = [self._next_resync, *(self._rip_due.get(job_id, 0.0) for job_id in self._rips)]
        if (expiry := self._reader.next_expiry) is not None:
            due.append(self._clock() + (expiry - utcnow()).total_seconds())
        return min(due)

    def _operations(self, items: Iterable[object]) -> list[Operation]:
        batch = self._batch(items)
        work = Operations()
        try:
            self._reader.refresh(batch, work)
            work.puts += self._due_progress()
            batch.signals += self._news(batch)
            self._failed = False
        except Exception:  # a thread's edge: a database may be away for a while
            log.exception("the bus cannot follow for now; it is tried again")
            self._failed = True
        signals = [
            partial(self._tree.emit, signal.path, signal.interface, signal.member, signal.arguments)
            for signal in batch.signals
        ]
        return [*work.puts, *signals, *work.drops, *(after.then for after in batch.afters)]

    def _batch(self, items: Iterable[object]) -> Batch:
        batch = Batch()
        for item in items:
            batch.take(item)
            if isinstance(item, SpaceMeasured):
                self._reader.free_space = item.free
        if self._failed or self._clock() >= self._next_resync:
            batch.resync = True
            self._next_resync = self._clock() + RESYNC_INTERVAL
        expiry = self._reader.next_expiry
        batch.manager = batch.manager or (expiry is not None and utcnow() >= expiry)
        self._rips.update(batch.progress)
        return batch

    def _due_progress(self) -> Iterable[Operation]:
        now = self._clock()
        for job_id in [job_id for job_id in self._rips if self._rip_due.get(job_id, 0.0) <= now]:
            self._rip_due[job_id] = now + PROGRESS_INTERVAL
            yield from self._reader.progress(job_id, self._rips.pop(job_id))
