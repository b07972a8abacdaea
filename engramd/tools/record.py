"""Which children run, written down for the next start: it ends those that outlived a daemon that was killed.

Children get SIGTERM when the daemon dies, but may ignore it, and what they started themselves gets nothing.
"""

from __future__ import annotations

import json
import logging
import secrets
import shlex
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engramd.tools.processes import Process, boot_id, look_at, processes_of

log = logging.getLogger(__name__)

#: A variable that all children of one daemon get, with a value that nobody else's have.
MARK = "ENGRAMD_CHILD_OF"
#: Seconds that survivors have to end by SIGKILL. What hangs in the kernel needs longer, but writes no more.
PATIENCE = 5.0
_POLL = 0.02


@dataclass(frozen=True)
class Survivor:
    """A process of an earlier daemon that hangs in the kernel. `command` is what that daemon had started."""

    process: Process
    command: str


class ChildRecord:
    """Keeps a file for each child that runs, in a folder that no other daemon uses; for any thread.

    A record that cannot be written costs only this safety, not the child.
    """

    def __init__(self, folder: Path, boot: Callable[[], str] = boot_id) -> None:
        self._folder = folder
        self._boot_id = boot()
        self._token = secrets.token_hex(16)

    @property
    def mark(self) -> Mapping[str, str]:
        """What children are to have in their environment, so that they are known by it later."""
        return {MARK: self._token}

    def add(self, pid: int, words: Sequence[str]) -> None:
        """Write a child down, as soon as it is started."""
        child = look_at(pid)
        if child is None:
            return
        entry = {
            "boot": self._boot_id,
            "began": child.began,
            "token": self._token,
            "command": shlex.join(words),
        }
        try:
            self._folder.mkdir(exist_ok=True)
            half_written = self._folder / f".{pid}"
            half_written.write_text(json.dumps(entry), "utf-8")
            half_written.replace(self._folder / str(pid))
        except OSError as error:
            log.warning("process %d cannot be written down in %s: %s", pid, self._folder, error)

    def remove(self, pid: int) -> None:
        """Forget a child that has ended."""
        with suppress(OSError):
            (self._folder / str(pid)).unlink()

    def end_survivors(self, patience: float = PATIENCE) -> list[Survivor]:
        """End (SIGKILL) what is left of earlier children; wait for it to be gone at most `patience` seconds.

        Only what is surely theirs is ended: same boot, same number, same start, or of the session that such a
        child leads. Once the leader is gone, strangers may have its number for their session; of that only
        what has the mark in its environment is theirs. Gives what could not be ended; it stays recorded.
        """
        until = time.monotonic() + patience
        left = []
        for path, entry in self._entries():
            found = [Survivor(process, entry.command) for process in _end(entry, until)]
            left += found
            if not found:
                path.unlink(missing_ok=True)
        return left

    def _entries(self) -> Iterator[tuple[Path, _Entry]]:
        for path in sorted(self._folder.glob("*")):
            entry = _read(path)
            if entry is None or entry.boot != self._boot_id:
                path.unlink(missing_ok=True)
            else:
                yield path, entry


@dataclass(frozen=True)
class _Entry:
    pid: int
    boot: str
    began: int
    command: str
    #: What its environment has under MARK; empty in a record of a version that gave children none.
    token: str

    def alive(self) -> list[Process]:
        """Give what lives of the child and its session; its number is nobody else's while the child lives."""
        leader = look_at(self.pid)
        if leader is not None and leader.began != self.began:
            return []
        found = [process for process in processes_of(self.pid) if process.began >= self.began]
        if leader is not None:
            return found
        return [process for process in found if self.token and process.has_variable(MARK, self.token)]


def _read(path: Path) -> _Entry | None:
    try:
        found = json.loads(path.read_text("utf-8"))
        boot, began, command = str(found["boot"]), int(found["began"]), str(found["command"])
        return _Entry(int(path.name), boot, began, command, str(found.get("token", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # a daemon that was killed while it wrote


def _end(entry: _Entry, until: float) -> list[Process]:
    """End a child's processes; give those that live on when time is up."""
    alive = entry.alive()
    if alive:
        log.warning("a program outlived the daemon that started it, and is ended: %s", entry.command)
    while alive:
        for process in alive:
            process.kill()
        if time.monotonic() >= until:
            break
        time.sleep(_POLL)
        # What was theirs stays so, also when its leader has ended first.
        still = [now for process in alive if (now := process.now()) is not None and not now.ended]
        alive = list({process.pid: process for process in [*still, *entry.alive()]}.values())
    return alive
