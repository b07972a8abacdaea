"""A child that cannot be ended: it hangs in the kernel, mostly on a device that does not answer."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import ClassVar

from engramd.errors import EngramError
from engramd.tools.processes import Process

_REMEDY = (
    "it ends when the device or the share that it waits for answers; if that never comes, switch the drive"
    " off and on, or start the machine again"
)


class ChildStuck(EngramError):
    """A program did not even end by SIGKILL, and was left behind.

    `pid` is its number, `process_state` the letter of `/proc/PID/stat` (mostly `D`), `waits_in` the function
    of the kernel in which it waits, or empty. `ended` is set when it has ended at last.
    """

    code: ClassVar[str] = "Busy"

    def __init__(self, program: str, pid: int, seen: Process | None) -> None:
        self.pid = pid
        self.process_state = seen.state if seen else ""
        self.waits_in = seen.waits_in if seen else ""
        self.ended = threading.Event()
        place = f", in {self.waits_in}" if self.waits_in else ""
        super().__init__(
            "a program cannot be ended",
            where=f"{Path(program).name}, process {pid}",
            why=f"it hangs in the kernel (state {self.process_state or 'unknown'}{place})",
            remedy=_REMEDY,
        )
