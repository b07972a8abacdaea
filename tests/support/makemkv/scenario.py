"""What the stand-in for MakeMKV is to do, and what it has done, as files in its folder."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: A fault, a disc and a title, as JSON.
Fault = dict[str, Any]
Disc = dict[str, Any]
Title = dict[str, Any]

ANY = "any"


def empty() -> dict[str, Any]:
    """Give the scenario of a MakeMKV with a good key and no disc; `rate` is in bytes a second, null quick."""
    return {"version": "1.18.3", "rate": None, "key": None, "discs": [], "faults": []}


@dataclass(frozen=True)
class Folder:
    """The folder that the tests and all processes of the stand-in share."""

    path: Path

    def scenario(self) -> dict[str, Any]:
        """Read the scenario."""
        with self._locked():
            return self._read("scenario.json") or empty()

    def change_scenario(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Let a function change the scenario."""
        with self._locked():
            scenario = self._read("scenario.json") or empty()
            change(scenario)
            self._write("scenario.json", scenario)

    def state(self) -> dict[str, Any]:
        """Read what has happened: `spent` faults, `running` process ids, the `most` at once by command."""
        with self._locked():
            return self._state()

    def spend(self, faults: list[Fault]) -> list[Fault]:
        """Give those faults that may still happen, and count them as happened."""
        with self._locked():
            state = self._state()
            spent = state["spent"]
            left = [f for f in faults if f["times"] is None or spent.get(str(f["id"]), 0) < f["times"]]
            for fault in left:
                spent[str(fault["id"])] = spent.get(str(fault["id"]), 0) + 1
            self._write("state.json", state)
        return left

    @contextmanager
    def counted(self, command: str) -> Iterator[None]:
        """Count this process as one that does something, such as a scan, as long as it does."""
        self._count(command, here=True)
        try:
            yield
        finally:
            self._count(command, here=False)

    def record(self, call: dict[str, Any]) -> int:
        """Write down a call, and give how many were made before it."""
        with self._locked():
            path = self.path / "calls.jsonl"
            before = len(path.read_bytes().splitlines()) if path.exists() else 0
            with path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(call) + "\n")
        return before

    def calls(self) -> list[dict[str, Any]]:
        """Read the calls, oldest first."""
        with self._locked():
            path = self.path / "calls.jsonl"
            lines = path.read_text("utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def _count(self, command: str, *, here: bool) -> None:
        with self._locked():
            state = self._state()
            others = [p for p in state["running"].get(command, []) if p != os.getpid() and _is_alive(p)]
            running = [*others, os.getpid()] if here else others
            state["running"][command] = running
            state["most"][command] = max(state["most"].get(command, 0), len(running))
            self._write("state.json", state)

    def _state(self) -> dict[str, Any]:
        return self._read("state.json") or {"spent": {}, "running": {}, "most": {}}

    def _read(self, name: str) -> dict[str, Any] | None:
        path = self.path / name
        data: dict[str, Any] | None = json.loads(path.read_text("utf-8")) if path.exists() else None
        return data

    def _write(self, name: str, data: dict[str, Any]) -> None:
        """Replace a file at once: a process that is killed must leave no half of it."""
        new = self.path / f"{name}.{os.getpid()}"
        new.write_text(json.dumps(data, indent=1), "utf-8")
        new.replace(self.path / name)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with (self.path / "lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _is_alive(pid: int) -> bool:
    """A process that nobody has waited for yet is no longer alive."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
