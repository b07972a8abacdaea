"""Daemon threads for method calls that may block; one that hangs in the kernel costs one of them.

They start at need, and end when nothing was called for a while; the last one gives back the memory that many
calls at once took.

Users share them: no user has more than some of the threads, so that calls which take minutes (of one who has
a whole library scanned, again and again) keep nobody else's waiting.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable

from engramd.errors import Busy
from engramd.heap import give_back

log = logging.getLogger(__name__)

Work = Callable[[], None]

#: Threads, and those that one user has at most; calls that wait for one.
THREADS, OF_ONE = 24, 6
MOST_WAITING, WAITING_OF_ONE = 256, 32
PATIENCE = 15.0


class Workers:
    """Runs functions: those of one owner in order of arrival, and the owners take turns.

    Threads never keep a process alive.
    """

    def __init__(
        self,
        threads: int = THREADS,
        of_one: int = OF_ONE,
        *,
        waiting: int = MOST_WAITING,
        waiting_of_one: int = WAITING_OF_ONE,
        name: str = "bus-call",
        patience: float = PATIENCE,
    ) -> None:
        """`patience` is how long a thread waits for something to do, in seconds."""
        self._limit, self._of_one = threads, of_one
        self._patience = patience
        self._most_waiting, self._most_of_one = waiting, waiting_of_one
        self._name = name
        self._threads = self._idle = 0
        self._waiting: OrderedDict[Hashable, deque[Work]] = OrderedDict()
        self._at_work: Counter[Hashable] = Counter()
        self._changed = threading.Condition()

    def submit(self, work: Work, owner: Hashable = None) -> None:
        """Have it run soon; Busy if too much waits already. It handles its own errors."""
        with self._changed:
            own, all_waiting = self._waiting.get(owner, ()), sum(map(len, self._waiting.values()))
            if len(own) >= self._most_of_one or all_waiting >= self._most_waiting:
                raise Busy("too many calls wait already", remedy="try again in a moment")
            self._waiting.setdefault(owner, deque()).append(work)
            self._changed.notify()
            if self._ready() > self._idle and self._threads < self._limit:
                self._start_thread()

    def stop(self) -> None:
        """End the threads that wait; those at work end with their work, and what waits is not done."""
        with self._changed:
            self._limit = 0
            self._changed.notify_all()

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._run, name=f"{self._name}-{self._threads + 1}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            log.warning("no thread is to be had (%s): calls wait for the %d there are", error, self._threads)
        else:
            self._threads += 1

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            owner, work = taken
            try:
                work()
            except Exception:
                log.exception("a call failed in its worker")
            finally:
                del work, taken
                self._give_back(owner)

    def _take(self) -> tuple[Hashable, Work] | None:
        with self._changed:
            while self._limit:
                if (next_one := self._next()) is not None:
                    return next_one
                self._idle += 1
                is_called = self._changed.wait(self._patience)
                self._idle -= 1
                if not is_called and not self._waiting:
                    break
            self._threads -= 1
            if self._threads:
                return None
        give_back()
        return None

    def _ready(self) -> int:
        """Count the calls that a thread could take up now."""
        return sum(min(len(own), self._of_one - self._at_work[owner]) for owner, own in self._waiting.items())

    def _next(self) -> tuple[Hashable, Work] | None:
        owner = next((one for one in self._waiting if self._at_work[one] < self._of_one), _NOBODY)
        if owner is _NOBODY:
            return None
        own = self._waiting.pop(owner)
        work = own.popleft()
        if own:
            self._waiting[owner] = own
        self._at_work[owner] += 1
        return owner, work

    def _give_back(self, owner: Hashable) -> None:
        with self._changed:
            self._at_work[owner] -= 1
            if not self._at_work[owner]:
                del self._at_work[owner]
            if owner in self._waiting:
                self._changed.notify()


_NOBODY = object()
