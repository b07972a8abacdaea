"""Starts children and supervises them.

Children are started by one long-lived thread, because a parent-death signal follows the *thread* that
started the child, not the process.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import InvalidArgument, ToolMissing
from engramd.tools.cancel import CancelToken
from engramd.tools.child import Child
from engramd.tools.output import Output
from engramd.tools.processes import look_at
from engramd.tools.record import ChildRecord
from engramd.tools.stuck import ChildStuck
from engramd.tools.supervision import Limits, Outcome, Supervision

#: What a child sees of our environment. Everything else (preloads, locale, keys) stays here.
INHERITED = ("PATH", "HOME", "TMPDIR")


@dataclass(frozen=True)
class _Request:
    told: list[str]
    words: list[str]
    options: dict[str, object]
    started: Future[Child]


class Tools:
    """Starts and supervises child processes; those that run are written down in `record`, if there is one."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, *, record: ChildRecord | None = None
    ) -> None:
        source = os.environ if environment is None else environment
        self._environment = {k: source[k] for k in INHERITED if k in source} | {"LC_ALL": "C.UTF-8"}
        if record is not None:
            self._environment |= record.mark
        self._requests: queue.SimpleQueue[_Request] = queue.SimpleQueue()
        self._setpriv = shutil.which("setpriv")
        self._running: set[Child] = set()
        self._record = record
        self._survivors: set[int] = set()
        self._stopped = False
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

        `on_line` gets each line of standard output without its line end; if it raises, the program is ended
        and the error raised. `inactivity` (no output) and `timeout` are in seconds; past either, the program
        is ended and `timed_out` set. `stdin` is written and closed. With `keep_output` all of standard output
        is kept instead of its last lines. Nothing that the program left behind in its process group outlives
        the call. Raises ToolMissing if the program cannot be started, InvalidArgument if its words cannot be
        handed over, Cancelled if `cancel` was used, and ChildStuck, whatever else there is to say, if the
        program hangs in the kernel and cannot be ended; it is left behind then.
        """
        if cancel:
            cancel.raise_if_cancelled()
        words = [os.fspath(word) for word in argv]
        child = self._start(words, stdin is not None, cwd, self._environment | dict(env or {}))
        forget: Callable[[], None] = lambda: None  # noqa: E731
        try:
            limits = Limits.begin(inactivity, timeout)
            supervision = Supervision(child, limits, Output(on_line, keep_output), (stdin or "").encode())
            if cancel:
                forget = cancel.on_cancel(child.stop)
            timed_out = supervision.follow()
        finally:
            forget()
            self._let_go(child, words[0])
        if cancel:
            cancel.raise_if_cancelled()
        return supervision.outcome(tuple(words), timed_out=timed_out)

    def survivors(self) -> list[int]:
        """Give the numbers of the programs that could not be ended and still hang."""
        with self._lock:
            return sorted(self._survivors)

    def stop_all(self) -> None:
        """End every child that still runs, and start none any more; for shut-down."""
        with self._lock:
            self._stopped = True
            running = list(self._running)
        for child in running:
            child.send(signal.SIGKILL)

    def _let_go(self, child: Child, program: str) -> None:
        """Part from a child. Raises ChildStuck where it lives on; a thread then waits for its end."""
        ended = child.close()
        pid = child.process.pid
        with self._lock:
            self._running.discard(child)
            if not ended:
                self._survivors.add(pid)
        if ended:
            self._note_end(pid)
            return
        stuck = ChildStuck(program, pid, look_at(pid))
        threading.Thread(target=self._reap, args=(child, stuck), name=f"stuck-{pid}", daemon=True).start()
        raise stuck

    def _reap(self, child: Child, stuck: ChildStuck) -> None:
        child.process.wait()
        with self._lock:
            self._survivors.discard(stuck.pid)
        self._note_end(stuck.pid)
        stuck.ended.set()

    def _note_end(self, pid: int) -> None:
        if self._record is not None:
            self._record.remove(pid)

    def _start(
        self, words: list[str], with_stdin: bool, cwd: Path | None, environment: dict[str, str]
    ) -> Child:
        program = words[0]
        if not shutil.which(program, path=environment.get("PATH")):
            remedy = f"install {Path(program).name}"
            raise ToolMissing("a program cannot be started", where=program, remedy=remedy)
        told = words
        if self._setpriv:
            words = [self._setpriv, "--pdeathsig", "TERM", "--", *words]
        options: dict[str, object] = {
            "stdin": subprocess.PIPE if with_stdin else subprocess.DEVNULL,
            "stdout": subprocess.PIPE,
            "stderr": subprocess.PIPE,
            "cwd": cwd,
            "env": environment,
            "start_new_session": True,
        }
        request = _Request(told, words, options, Future())
        self._requests.put(request)
        try:
            child = request.started.result()
        except OSError as error:
            why = error.strerror or error
            raise ToolMissing("a program cannot be started", where=program, why=why) from error
        except ValueError as error:
            raise InvalidArgument(
                "a program's words cannot be handed over", where=program, why=error
            ) from error
        with self._lock:
            self._running.add(child)
            stopped = self._stopped
        if stopped:
            child.send(signal.SIGKILL)
        return child

    def _launch_forever(self) -> None:
        while True:
            request = self._requests.get()
            try:
                process = subprocess.Popen(request.words, **request.options)  # type: ignore[call-overload]
                if self._record is not None:
                    self._record.add(process.pid, request.told)
                request.started.set_result(Child(process))
            except Exception as error:  # noqa: BLE001 - raised where the child was asked for
                request.started.set_exception(error)
