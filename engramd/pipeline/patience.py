"""Runs what may hang (a share that is away) on a thread of its own, and waits for it no longer than sense.

A thread that hangs in the kernel cannot be ended. It is left behind, and until it comes back nothing else is
tried on that library: so a library that hangs costs one thread or two, and no job of another library waits.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from engramd.errors import FilingFailed
from engramd.organize import roots

T = TypeVar("T")
#: Seconds in which a file system must answer a simple question.
ANSWERS_WITHIN = 15.0


class GivenUp(FilingFailed):
    """Who asked for this work does not wait for it any more; nothing may be recorded of it."""


class Pulse:
    """The sign of life of a task, and whether somebody still waits for it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._given_up = False
        self.beats = 0

    def beat(self) -> None:
        """Say that it goes on; raises GivenUp when nobody waits for it any more."""
        self.beats += 1
        if self._given_up:
            raise _given_up()

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record something, which is not given up in the middle; raises GivenUp when it was before."""
        with self._lock:
            self.beat()
            yield

    def give_up(self) -> None:
        """Wait for it no more; returns when nothing of it is being recorded."""
        with self._lock:
            self._given_up = True


class Patience:
    """Runs tasks that touch libraries; `root` says which. For any thread."""

    def __init__(
        self,
        seconds: float = ANSWERS_WITHIN,
        ask: Callable[[Path], object] = roots.look_at,
    ) -> None:
        """`ask` is a question that every file system answers at once that answers at all."""
        self._seconds, self._ask = seconds, ask
        self._lock = threading.Lock()
        self._left: dict[Path, list[_Task[object]]] = {}

    def run(self, root: Path, task: Callable[[Pulse], T]) -> T:
        """Give what a task gives, or raise what it raises; FilingFailed where the library does not answer.

        A task that takes long is waited for as long as it beats, or the library answers a question meanwhile.
        """
        self._raise_if_hung(root)
        running = _Task(f"library {root.name}", task)
        beats = -1
        while not running.done.wait(self._seconds):
            if running.pulse.beats == beats and not self._answers(root):
                self._leave(root, running)
            beats = running.pulse.beats
        return running.result()

    def look(self, root: Path) -> roots.Seen:
        """Look at a library. Raises FilingFailed."""
        self._raise_if_hung(root)
        running = _Task(f"look {root.name}", lambda _pulse: roots.look_at(root))
        if not running.done.wait(self._seconds):
            self._leave(root, running)
        return running.result()

    def hangs(self, root: Path) -> bool:
        """Whether something that was left behind on a library has not come back."""
        with self._lock:
            left = [task for task in self._left.get(root, ()) if not task.done.is_set()]
            self._left[root] = left
        return bool(left)

    def _raise_if_hung(self, root: Path) -> None:
        if self.hangs(root):
            raise self._unanswered(root)

    def _answers(self, root: Path) -> bool:
        question = _Task(f"ask {root.name}", lambda _pulse: self._ask(root))
        if question.done.wait(self._seconds):
            return True  # an error is an answer; the task will get one, too
        self._keep(root, question)
        return False

    def _leave(self, root: Path, task: _Task[T]) -> None:
        task.pulse.give_up()
        if not task.done.is_set():
            self._keep(root, task)
            raise self._unanswered(root)

    def _keep(self, root: Path, task: _Task[T]) -> None:
        with self._lock:
            self._left.setdefault(root, []).append(task)  # type: ignore[arg-type]

    def _unanswered(self, root: Path) -> FilingFailed:
        return FilingFailed(
            "The library does not answer",
            where=root,
            why=f"its file system says nothing for {self._seconds:.0f} seconds",
            remedy="see whether its server or disk is there; it goes on by itself when it answers",
        )


class _Task(Generic[T]):
    """A task on a thread of its own."""

    def __init__(self, name: str, task: Callable[[Pulse], T]) -> None:
        self.done = threading.Event()
        self.pulse = Pulse()
        self._task = task
        self._value: list[T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, name=name, daemon=True).start()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value[0]

    def _run(self) -> None:
        try:
            self._value.append(self._task(self.pulse))
        except BaseException as error:  # noqa: BLE001 - raised where the task was asked for
            self._error = error
        finally:
            self.done.set()


def _given_up() -> GivenUp:
    return GivenUp("The library answered too late", remedy="it is tried again by itself")
