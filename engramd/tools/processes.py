"""What the kernel says of a process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
#: States of a process that has ended: it only waits for its parent, if at all.
_ENDED = "ZX"


@dataclass(frozen=True)
class Process:
    """A process at one moment.

    `state` is the letter of `/proc/PID/stat` (`D`: waits in the kernel and takes no signal), `began` its
    start in clock ticks since boot, which tells it from a later one with the same number, `waits_in` the
    kernel's function in which it waits, as far as that may be known.
    """

    pid: int
    state: str
    session: int
    began: int
    waits_in: str = ""

    @property
    def ended(self) -> bool:
        """Whether it runs no more."""
        return self.state in _ENDED

    def now(self) -> Process | None:
        """Give the process as it is now, or None if it is gone."""
        found = look_at(self.pid)
        return found if found is not None and found.began == self.began else None

    def has_variable(self, name: str, value: str) -> bool:
        """Whether it was started with this in its environment; false where that may not be read."""
        try:
            environment = (PROC / str(self.pid) / "environ").read_bytes()
        except OSError:
            return False
        return f"{name}={value}".encode() in environment.split(b"\0") and self.now() is not None

    def kill(self) -> None:
        """Send SIGKILL to this process, and to no later one with its number."""
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:
            return
        try:
            if self.now() is not None:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        except OSError:
            return
        finally:
            os.close(descriptor)


def boot_id(path: Path = PROC / "sys/kernel/random/boot_id") -> str:
    """Give the kernel's random id of this boot, in which numbers of processes and discs mean something."""
    return path.read_text(encoding="ascii").strip()


def look_at(pid: int) -> Process | None:
    """Give a process as it is now, or None if there is none."""
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None
    # The name before it may hold anything, also brackets and blanks. Numbering: proc(5), less the first two.
    fields = text.rpartition(")")[2].split()
    return Process(pid, fields[0], int(fields[3]), int(fields[19]), _waits_in(pid))


def processes_of(session: int) -> Iterator[Process]:
    """Give what lives of a session; a child that this program starts leads one of its own."""
    for entry in PROC.iterdir():
        found = look_at(int(entry.name)) if entry.name.isdecimal() else None
        if found is not None and found.session == session and not found.ended:
            yield found


def _waits_in(pid: int) -> str:
    try:
        return (PROC / str(pid) / "wchan").read_text(errors="replace").removeprefix("0")
    except OSError:
        return ""
