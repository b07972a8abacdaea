"""Runs external programs: one launcher thread, own process group, inactivity limit, cancel.

Children are started by one long-lived thread, because a parent-death signal follows the *thread* that
started the child, not the process.
"""

from __future__ import annotations

import os
import queue
import selectors
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engramd.errors import Cancelled, ToolMissing

#: What a child sees of our environment. Everything else (preloads, locale, keys) stays here.
INHERITED = ("PATH", "HOME", "TMPDIR")
KEPT_LINES = 400
KILL_AFTER = 5.0


class CancelToken:
    """A request to stop, made from any thread; `on_cancel` callbacks run once, at once if it is too late."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[], None]] = []
        self._event = threading.Event()
        self.reason = ""

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask for the stop; a second call changes nothing."""
        with self._lock:
            if self._event.is_set():
                return
            self.reason = reason
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    @property
    def cancelled(self) -> bool:
        """Whether the stop was asked for."""
        return self._event.is_set()

    def on_cancel(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback` on cancel; the returned function forgets it again."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return lambda: self._forget(callback)
        callback()
        return lambda: None

    def _forget(self, callback: Callable[[], None]) -> None:
        with self._lock:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

    def wait(self, seconds: float) -> bool:
        """Sleep until cancelled or `seconds` are over; true if cancelled."""
        return self._event.wait(seconds)

    def raise_if_cancelled(self) -> None:
        """Raise Cancelled after the stop was asked for."""
        if self.cancelled:
            raise Cancelled("the work was stopped", why=self.reason)


@dataclass(frozen=True)
class Outcome:
    """How a program ended. `stdout` and `stderr` hold the last lines (all of them below 400)."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    timed_out: bool = False


@dataclass(frozen=True)
class _Request:
    words: list[str]
    options: dict[str, object]
    started: Future[subprocess.Popen[bytes]]


class Tools:
    """Starts and supervises child processes."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        source = os.environ if environment is None else environment
        self._environment = {k: source[k] for k in INHERITED if k in source} | {"LC_ALL": "C.UTF-8"}
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._setpriv = shutil.which("setpriv")
        self._running: set[subprocess.Popen[bytes]] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._launch_forever, name="launcher", daemon=True).start()

    def find(self, name: str) -> Path | None:
        """Path of a program on the search path, or None."""
        found = shutil.which(name, path=self._environment.get("PATH"))
        return Path(found) if found else None

    def run(
        self,
        argv: Sequence[str | os.PathLike[str]],
        *,
        on_line: Callable[[str], None] | None = None,
        inactivity: float | None = None,
        timeout: float | None = None,
        cancel: CancelToken | None = None,
        stdin: str | None = None,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        keep_output: bool = False,
    ) -> Outcome:
        """Run a program to its end and return how it ended; a bad exit code is no error here.

        `on_line` gets each line of standard output without its line end. `inactivity` and `timeout` are in
        seconds; past either, the process group is ended and `timed_out` set. `stdin` is written and closed.
        With `keep_output` all of standard output is kept instead of its last lines. Raises ToolMissing if
        the program cannot be started, Cancelled if `cancel` was used.
        """
        if cancel:
            cancel.raise_if_cancelled()
        words = [os.fspath(word) for word in argv]
        process = self._start(words, stdin is not None, cwd, env)
        supervision = _Supervision(process, on_line, inactivity, timeout, keep_output)
        forget = cancel.on_cancel(supervision.stop) if cancel else (lambda: None)
        try:
            if stdin is not None:
                supervision.feed(stdin)
            supervision.follow()
        finally:
            forget()
            supervision.close()
            with self._lock:
                self._running.discard(process)
        if cancel:
            cancel.raise_if_cancelled()
        return supervision.outcome(tuple(words))

    def stop_all(self) -> None:
        """End every child that still runs; for shut-down."""
        with self._lock:
            running = list(self._running)
        for process in running:
            _signal_group(process, signal.SIGKILL)

    def _start(
        self, words: list[str], with_stdin: bool, cwd: Path | None, env: Mapping[str, str] | None
    ) -> subprocess.Popen[bytes]:
        if self._setpriv:
            words = [self._setpriv, "--pdeathsig", "TERM", "--", *words]
        options: dict[str, object] = {
            "stdin": subprocess.PIPE if with_stdin else subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": cwd,
            "env": self._environment | dict(env or {}),
            "start_new_session": True,
        }
        program = words[4] if self._setpriv else words[0]
        if not shutil.which(program, path=self._environment.get("PATH")):
            remedy = f"install {Path(program).name}"
            raise ToolMissing("a program cannot be started", where=program, remedy=remedy)
        request = _Request(words, options, Future())
        self._requests.put(request)
        try:
            process = request.started.result()
        except OSError as error:
            why = error.strerror or error
            raise ToolMissing("a program cannot be started", where=program, why=why) from error
        with self._lock:
            self._running.add(process)
        return process

    def _launch_forever(self) -> None:
        while True:
            request = self._requests.get()
            try:
                request.started.set_result(subprocess.Popen(request.words, **request.options))  # type: ignore[call-overload]
            except OSError as error:
                request.started.set_exception(error)


class _Supervision:
    """Reads a child's output until it ends, is stopped, or is silent for too long."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        on_line: Callable[[str], None] | None,
        inactivity: float | None,
        timeout: float | None,
        keep_output: bool,
    ) -> None:
        self._process = process
        self._on_line = on_line
        self._inactivity = inactivity
        self._deadline = None if timeout is None else time.monotonic() + timeout
        self._stdout: deque[str] = deque(maxlen=None if keep_output else KEPT_LINES)
        self._stderr: deque[str] = deque(maxlen=KEPT_LINES)
        self._timed_out = False

    def feed(self, text: str) -> None:
        threading.Thread(target=self._write, args=(text.encode(),), name="stdin", daemon=True).start()

    def _write(self, data: bytes) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        try:
            with pipe:
                pipe.write(data)
        except BrokenPipeError:
            return

    def follow(self) -> None:
        """Read until both pipes are closed and the child is gone."""
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ, _Lines(self._out))
            selector.register(self._process.stderr, selectors.EVENT_READ, _Lines(self._stderr.append))
            while selector.get_map():
                ready = selector.select(self._patience())
                if not ready:
                    self._timed_out = True
                    self.stop()
                    break
                for key, _ in ready:
                    lines: _Lines = key.data
                    if not lines.read(key.fileobj):  # type: ignore[arg-type]
                        selector.unregister(key.fileobj)
        self._reap()

    def _out(self, line: str) -> None:
        self._stdout.append(line)
        if self._on_line:
            self._on_line(line)

    def _patience(self) -> float | None:
        limits = [] if self._inactivity is None else [self._inactivity]
        if self._deadline is not None:
            limits.append(max(0.0, self._deadline - time.monotonic()))
        return min(limits) if limits else None

    def stop(self) -> None:
        """Ask the process group to end; force it after some seconds."""
        _signal_group(self._process, signal.SIGTERM)
        timer = threading.Timer(KILL_AFTER, _signal_group, (self._process, signal.SIGKILL))
        timer.daemon = True
        timer.start()

    def _reap(self) -> None:
        """Wait for the end; a child that hangs in the kernel is given up after twice the kill limit."""
        try:
            self._process.wait(2 * KILL_AFTER if self._timed_out else None)
        except subprocess.TimeoutExpired:
            self._timed_out = True

    def close(self) -> None:
        if self._process.poll() is None:
            self.stop()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

    def outcome(self, argv: tuple[str, ...]) -> Outcome:
        code = self._process.poll()
        code = -1 if code is None else code
        return Outcome(argv, code, "\n".join(self._stdout), "\n".join(self._stderr), self._timed_out)


class _Lines:
    """Cuts a pipe's bytes into lines; carriage returns end lines too (progress displays)."""

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._rest = b""

    def read(self, pipe: IO[bytes]) -> bool:
        """Read what is there; false at the end of the stream."""
        data = os.read(pipe.fileno(), 65536)
        *lines, self._rest = (self._rest + data).replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        if not data and self._rest:
            lines, self._rest = [self._rest], b""
        for line in lines:
            self._sink(line.decode("utf-8", "replace"))
        return bool(data)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is not None:
        return
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
