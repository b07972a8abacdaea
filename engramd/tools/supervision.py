"""Follows a child to its end: reads, feeds, and ends it when patience is over."""

from __future__ import annotations

import math
import os
import selectors
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import IO

from engramd.tools.child import Child
from engramd.tools.output import KEPT_LINES, Lines, Output

#: Seconds that a child has to end when it was asked to, and again when it was forced to.
KILL_AFTER = 5.0
#: Seconds that what a child left behind has to end after it.
GRACE = 2.0


@dataclass(frozen=True)
class Outcome:
    """How a program ended. `stdout` and `stderr` hold the last lines (all of them below 400).

    `returncode` is negative for a signal.
    """

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    timed_out: bool = False


class Step(IntEnum):
    """How far a child is on the way to its end."""

    RUNS = 0
    ASKED = 1
    FORCED = 2
    OVER = 3


@dataclass
class Limits:
    """When patience with a child ends, on the monotonic clock."""

    inactivity: float
    deadline: float
    until: float

    @classmethod
    def begin(cls, inactivity: float | None, timeout: float | None) -> Limits:
        limits = cls(
            math.inf if inactivity is None else inactivity,
            math.inf if timeout is None else time.monotonic() + timeout,
            math.inf,
        )
        limits.note_sign_of_life()
        return limits

    def note_sign_of_life(self) -> None:
        self.until = min(self.deadline, time.monotonic() + self.inactivity)

    def allow(self, seconds: float) -> None:
        self.until = time.monotonic() + seconds

    def left(self) -> float | None:
        """Seconds that are left; None if there is no end."""
        return None if self.until == math.inf else max(0.0, self.until - time.monotonic())


class Supervision:
    """Reads a child's output until it ends, is stopped, or is silent for too long."""

    def __init__(self, child: Child, limits: Limits, output: Output, stdin: bytes) -> None:
        self._child = child
        self._limits = limits
        self._output = output
        self._errors: deque[str] = deque(maxlen=KEPT_LINES)
        self._unwritten = memoryview(stdin)
        self._step = Step.RUNS
        self._timed_out = False
        self._ended = False
        self._open_pipes = 2
        self._fault: Exception | None = None

    def follow(self) -> bool:
        """Read until the child is gone and its pipes are closed or out of time; true past a limit."""
        with selectors.DefaultSelector() as selector:
            self._register(selector)
            while self._step is not Step.OVER and not (self._ended and not self._open_pipes):
                for key, _ in selector.select(self._limits.left()):
                    wants_more: Callable[[], bool] = key.data
                    if not wants_more():
                        selector.unregister(key.fileobj)
                if self._limits.left() == 0.0:
                    self._go_further()
        if self._fault:
            raise self._fault
        return self._timed_out

    def _register(self, selector: selectors.BaseSelector) -> None:
        process = self._child.process
        assert process.stdout is not None
        assert process.stderr is not None
        lines = Lines(self._errors.append)
        selector.register(process.stdout, selectors.EVENT_READ, self._reader(process.stdout, self._take))
        selector.register(process.stderr, selectors.EVENT_READ, self._reader(process.stderr, lines.take))
        selector.register(self._child.ended, selectors.EVENT_READ, self._on_end)
        selector.register(self._child.asked, selectors.EVENT_READ, self._on_asked)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            selector.register(process.stdin, selectors.EVENT_WRITE, self._write)

    def _reader(self, pipe: IO[bytes], sink: Callable[[bytes], None]) -> Callable[[], bool]:
        def read() -> bool:
            data = os.read(pipe.fileno(), 65536)
            sink(data)
            if self._step is Step.RUNS:
                self._limits.note_sign_of_life()
            self._open_pipes -= not data
            return bool(data)

        return read

    def _take(self, data: bytes) -> None:
        """Hand output on; after an error in the listener the rest is only read."""
        if self._fault:
            return
        try:
            self._output.take(data)
        except Exception as error:  # noqa: BLE001 - raised when the child is gone
            self._fault = error
            self._child.stop()

    def _write(self) -> bool:
        pipe = self._child.process.stdin
        assert pipe is not None
        try:
            written = os.write(pipe.fileno(), self._unwritten[:65536])
        except BlockingIOError:
            return True
        except BrokenPipeError:
            written = len(self._unwritten)
        self._unwritten = self._unwritten[written:]
        if not self._unwritten:
            pipe.close()
        return bool(self._unwritten)

    def _on_end(self) -> bool:
        self._ended = True
        self._step = max(self._step, Step.ASKED)
        self._limits.allow(GRACE)
        return False

    def _on_asked(self) -> bool:
        if self._step is Step.RUNS:
            self._step = Step.ASKED
            self._limits.allow(KILL_AFTER)
        return False

    def _go_further(self) -> None:
        """Go one step further after patience ended: ask, force, give up."""
        if self._step is Step.RUNS:
            self._timed_out = True
            self._child.stop()
        elif self._step is Step.ASKED:
            self._child.send(signal.SIGKILL)
        self._step = Step(self._step + 1)
        self._limits.allow(GRACE if self._ended else KILL_AFTER)

    def outcome(self, argv: tuple[str, ...], *, timed_out: bool) -> Outcome:
        """Say how the child ended, after it was reaped."""
        code = self._child.process.returncode
        return Outcome(argv, code, self._output.text(), "\n".join(self._errors), timed_out)
