"""A command whose streams are pipes."""

from __future__ import annotations

import os
import signal
import threading
import time

#: Exit code, output and errors.
Piped = tuple[int, str, str]


class PipedCommand:
    """A command that runs; what it writes is read all the time.

    Of the pipes, `told` gives a line with its process id, and one with its exit code when it has ended.
    """

    def __init__(self, stdin: int, stdout: int, stderr: int, told: int) -> None:
        self._stdin, self._told = stdin, os.fdopen(told)
        self._written: list[bytes] = [b"", b""]
        streams = enumerate((stdout, stderr))
        self._readers = [threading.Thread(target=self._read, args=one, daemon=True) for one in streams]
        for reader in self._readers:
            reader.start()
        self._pid = int(self._told.readline())

    def tell(self, said: str) -> None:
        """Write to its standard input, which ends then."""
        if said:
            os.write(self._stdin, said.encode())
        os.close(self._stdin)

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Wait until it has written a text."""
        end = time.monotonic() + seconds
        while text.encode() not in b"".join(self._written):
            is_over = not any(reader.is_alive() for reader in self._readers)
            assert not is_over, f"it ended without {text!r}: {self._written}"
            assert time.monotonic() < end, f"{text!r} does not come: {self._written}"
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        os.kill(self._pid, signal.SIGINT)

    def ended(self, seconds: float = 120) -> Piped:
        """Wait for its end."""
        end = time.monotonic() + seconds
        for reader in self._readers:
            reader.join(max(0.0, end - time.monotonic()))
            if reader.is_alive():
                os.kill(self._pid, signal.SIGKILL)
                raise AssertionError(f"it does not end: {self._written}")
        with self._told:
            code = int(self._told.readline())
        out, err = (said.decode() for said in self._written)
        return code, out, err

    def _read(self, number: int, stream: int) -> None:
        while data := os.read(stream, 65536):
            self._written[number] += data
        os.close(stream)
