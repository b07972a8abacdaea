"""Commands whose streams are pipes."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

#: Exit code, output and errors.
Piped = tuple[int, str, str]


class PipedCommand:
    """A command that runs; what it writes is read all the time."""

    def __init__(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=folder,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._written: list[bytes] = [b"", b""]
        streams = enumerate((self._process.stdout, self._process.stderr))
        self._readers = [threading.Thread(target=self._read, args=one, daemon=True) for one in streams]
        for reader in self._readers:
            reader.start()

    def tell(self, said: str) -> None:
        """Write to its standard input, which ends then."""
        assert self._process.stdin is not None
        self._process.stdin.write(said.encode())
        self._process.stdin.close()

    def wait_for(self, text: str, seconds: float = 60) -> None:
        """Wait until it has written a text."""
        end = time.monotonic() + seconds
        while text.encode() not in b"".join(self._written):
            is_over = self._process.poll() is not None and not any(one.is_alive() for one in self._readers)
            assert not is_over, f"it ended without {text!r}: {self._written}"
            assert time.monotonic() < end, f"{text!r} does not come: {self._written}"
            time.sleep(0.02)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ended(self, seconds: float = 120) -> Piped:
        """Wait for its end."""
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        for reader in self._readers:
            reader.join(10)
        out, err = (said.decode() for said in self._written)
        return code, out, err

    def _read(self, number: int, stream: IO[bytes]) -> None:
        while data := os.read(stream.fileno(), 65536):
            self._written[number] += data
        stream.close()
