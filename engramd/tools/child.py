"""A started program, and the signals that it gets."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress

#: Seconds that a child gets after the last SIGKILL.
LAST_WAIT = 2.0


class Child:
    """A started program. Signals go to its whole process group, from any thread.

    It is reaped by `close` only: until then its number, which is its group's number too, is nobody else's.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lock = threading.Lock()
        self._closed = False
        self._files: list[int] = []
        try:
            #: Readable when the program has ended.
            self.ended = self._own(os.pidfd_open(process.pid))
            #: Readable when someone asked for the end.
            self.asked = self._own(os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK))
        except OSError:
            self.close()
            raise

    def _own(self, descriptor: int) -> int:
        self._files.append(descriptor)
        return descriptor

    def stop(self) -> None:
        """Ask the process group to end; whoever follows the child forces it after some seconds."""
        self.send(signal.SIGTERM)
        with self._lock:
            if not self._closed:
                os.eventfd_write(self.asked, 1)

    def send(self, number: signal.Signals) -> None:
        """Signal all that is left of the process group."""
        with self._lock:
            if not self._closed:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(self.process.pid, number)

    def close(self) -> bool:
        """End what is left of the process group, and let go; false if the child hangs in the kernel."""
        self.send(signal.SIGKILL)
        with self._lock:
            self._closed = True
            for descriptor in self._files:
                os.close(descriptor)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_WAIT)
        return self.process.returncode is not None
