"""One run of makemkvcon as it goes: messages counted, progress read, files watched, stalls noticed."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engramd.discs.robot import Broken, Message, Progress, RobotLine, Step, parse_line
from engramd.discs.robot_faults import read_errors
from engramd.errors import Cancelled
from engramd.tools import CancelToken, Outcome

#: Messages kept of a run; a damaged disc gives thousands of the same.
KEPT_MESSAGES = 200
#: Seconds between looks at the files of a run.
LOOK_EVERY = 0.5
STALLED = "nothing moves"


@dataclass
class RunLog:
    """What a run has said: the first message of each code, the last ones, and how often each code came."""

    counts: Counter[int] = field(default_factory=Counter)
    first: dict[int, Message] = field(default_factory=dict)
    last: deque[Message] = field(default_factory=lambda: deque(maxlen=KEPT_MESSAGES))
    read_errors: int = 0
    broken: int = 0

    def take(self, message: Message) -> None:
        """Count a message."""
        self.counts[message.code] += 1
        self.first.setdefault(message.code, message)
        self.last.append(message)
        self.read_errors += read_errors([message])

    def messages(self) -> list[Message]:
        """Give the messages that are kept, the first of each code before the last ones."""
        return [*self.first.values(), *self.last]

    def tail(self, longest: int) -> str:
        """Give the end of what was said, as people would read it."""
        return "\n".join(f"{m.code}: {m.text}" for m in self.last)[-longest:]


class RunWatch:
    """Takes the lines of a run, and tells since when nothing has moved.

    Bytes that are written, progress that grows and a new step are movement; messages are none, since a
    damaged disc gives them for hours.
    """

    def __init__(self, folder: Path | None, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.log = RunLog()
        self._folder, self._clock = folder, clock
        self._lock = threading.Lock()
        self._moved_at = clock()
        self._bytes = 0
        self._step: tuple[int, int] = (0, 0)
        self._furthest = (0, 0)
        self.total = -1.0

    def feed(self, line: str) -> RobotLine | None:
        """Take one line of the program's output; give it as it was understood."""
        parsed = parse_line(line)
        if isinstance(parsed, Message):
            self.log.take(parsed)
        elif isinstance(parsed, Broken):
            self.log.broken += 1
        elif isinstance(parsed, Step):
            self._take_step(parsed)
        elif isinstance(parsed, Progress):
            self._take_progress(parsed)
        return parsed

    def look(self) -> int:
        """Give the bytes that lie in the run's folder now; more than before is movement."""
        found = sum(size for _, size in files_of(self._folder)) if self._folder is not None else 0
        with self._lock:
            if found > self._bytes:
                self._moved_at = self._clock()
            self._bytes = max(self._bytes, found)
        return found

    def idle(self) -> float:
        """Give for how many seconds nothing has moved."""
        with self._lock:
            return self._clock() - self._moved_at

    def _take_step(self, step: Step) -> None:
        key = (step.code, step.id)
        if key != self._step:
            self._step, self._furthest = key, (0, 0)
            self._move()

    def _take_progress(self, progress: Progress) -> None:
        now = (progress.current, progress.total)
        if now[0] > self._furthest[0] or now[1] > self._furthest[1]:
            self._furthest = (max(now[0], self._furthest[0]), max(now[1], self._furthest[1]))
            self._move()
        if progress.maximum > 0:
            self.total = min(1.0, progress.total / progress.maximum)

    def _move(self) -> None:
        with self._lock:
            self._moved_at = self._clock()


class Ticker:
    """Calls a function again and again on a thread of its own, until it is left."""

    def __init__(self, tick: Callable[[], None], *, every: float = LOOK_EVERY) -> None:
        self._tick, self._every = tick, every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="makemkv-watch", daemon=True)

    def __enter__(self) -> Ticker:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            self._tick()


def until_stalled(
    work: Callable[[CancelToken], Outcome],
    watch: RunWatch,
    stall: float,
    cancel: CancelToken,
    *,
    on_tick: Callable[[int], None] = lambda _written: None,
    every: float = LOOK_EVERY,
) -> Outcome:
    """Let a program work to its end, or until nothing has moved for `stall` seconds: then it `timed_out`.

    `on_tick` is told on another thread how many bytes are written. Raises Cancelled, and what `work` raises.
    """
    patience = CancelToken()

    def tick() -> None:
        on_tick(watch.look())
        if watch.idle() > stall:
            patience.cancel(STALLED)

    forget = cancel.on_cancel(lambda: patience.cancel(cancel.reason))
    try:
        with Ticker(tick, every=every):
            return work(patience)
    except Cancelled:
        cancel.raise_if_cancelled()
        return Outcome((), -1, "", "", timed_out=True)
    finally:
        forget()


def files_of(folder: Path | None) -> list[tuple[Path, int]]:
    """Give the Matroska files in a folder with their sizes, by name; what goes meanwhile is left out."""
    found = []
    for path in _mkv(folder):
        try:
            found.append((path, path.stat().st_size))
        except OSError:
            continue
    return sorted(found)


def _mkv(folder: Path | None) -> Iterable[Path]:
    try:
        return [path for path in folder.iterdir() if path.suffix.lower() == ".mkv"] if folder else []
    except OSError:
        return []
