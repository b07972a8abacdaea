"""engramd inside a virtual machine, as a person sees it: its rows, its files, its journal, the bus."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.support.vm.machine import PATIENCE, Machine

Row = dict[str, Any]
NAME, ROOT = "org.engramd.Engram1", "/org/engramd/Engram1"
MEDIA = "/srv/media"
_TYPIST = Path(__file__).with_name("typist.py")
_READ = """
import json, sqlite3, sys
base = sqlite3.connect("file:/var/lib/engramd/engramd.db?mode=ro", uri=True, timeout=30)
base.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in base.execute(sys.argv[1])]))
"""


class Guest:
    """Looks into a machine that runs."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.run, self.out = machine.run, machine.out

    def rows(self, query: str) -> list[Row]:
        """Read rows of the database."""
        found: list[Row] = json.loads(self.out(shlex.join(["python3", "-ISc", _READ, query])))
        return found

    def jobs(self) -> list[Row]:
        """All jobs, oldest first."""
        return self.rows("SELECT * FROM disc_jobs ORDER BY id")

    def titles(self, job: int) -> list[Row]:
        """The titles of a job, in the order of the disc."""
        return self.rows(f"SELECT * FROM disc_titles WHERE job_id = {job} ORDER BY title_index")

    def until(self, *states: str, job: int = 1, seconds: float = PATIENCE) -> Row:
        """Wait until a job is in one of these states; give it."""
        self.wait(lambda: self._state(job) in states, f"job {job} is not {' or '.join(states)}", seconds)
        return next(row for row in self.jobs() if row["id"] == job)

    def _state(self, job: int) -> str:
        found = self.rows(f"SELECT state FROM disc_jobs WHERE id = {job}")
        return str(found[0]["state"]) if found else ""

    def wait(self, condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something is so; the jobs, the titles and the journal are in the failure."""
        try:
            self.machine.wait(lambda: bool(condition()), what, seconds=seconds)
        except AssertionError as error:
            titles = self.rows(
                "SELECT job_id, title_index, state, waiting_for, error_message FROM disc_titles"
            )
            raise AssertionError(f"{error}\n{self.jobs()}\n{titles}") from None

    def typed(self, command: str, *dialogue: tuple[str, str | None]) -> str:
        """Run a command at a terminal: wait for texts, type what comes after them; give what was shown."""
        words = ["python3", "-ISc", _TYPIST.read_text("utf-8"), command, json.dumps(dialogue)]
        return self.out(shlex.join(words))

    def wait_for(self, command: str, what: str, seconds: float = PATIENCE) -> None:
        """Wait until a command succeeds in the machine."""
        self.machine.wait(lambda: self.run(command).code == 0, what, seconds=seconds)

    def count(self, state: str, job: int = 1) -> int:
        """How many titles of a job are in a state."""
        found = self.rows(f"SELECT 1 FROM disc_titles WHERE job_id = {job} AND state = '{state}'")
        return len(found)

    def filed(self) -> list[str]:
        """The files of the libraries, without hidden ones, relative to /srv/media."""
        found = self.out(f"cd {MEDIA} && find tv films -type f -not -path '*/.*' | sort")
        return found.splitlines()

    def staged(self) -> list[str]:
        """What is in the staging folder, without hidden files."""
        return self.out(f"cd {MEDIA}/staging && find . -type f -not -path '*/.*' | sort").splitlines()

    def read(self, path: str, interface: str, name: str) -> Any:
        """Read a property of an object below the root of the bus, as busctl does."""
        where = [NAME, f"{ROOT}{path}", f"{NAME}.{interface}", name]
        return json.loads(self.out(shlex.join(["busctl", "--json=short", "get-property", *where])))["data"]

    def show(self, name: str, unit: str = "engramd") -> str:
        """Give a property of a unit, as `systemctl show` says it."""
        return self.out(f"systemctl show -P {name} {unit}")

    def journal(self, words: str = "") -> str:
        """What the service logged since the machine started."""
        return self.out(f"journalctl -b -u engramd -o cat --no-pager {words}")

    def is_ready(self) -> bool:
        """Whether the service is up."""
        return self.run("systemctl is-active engramd").output.strip() == "active"


def call(method: str, *words: str, path: str = "", interface: str = "Manager") -> str:
    """Give the line that calls a method on the bus."""
    return shlex.join(["busctl", "call", NAME, f"{ROOT}{path}", f"{NAME}.{interface}", method, *words])
