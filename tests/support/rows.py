"""What a daemon under test has recorded, read from its database; works while it is dead, too."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import Any

from tests.support.daemon import DaemonUnderTest

Row = dict[str, Any]


class Rows:
    """Reads the rows of a daemon, and waits for them to be as wanted."""

    def __init__(self, daemon: DaemonUnderTest) -> None:
        self._daemon = daemon

    def read(self, query: str, *values: object) -> list[Row]:
        """Give rows as dictionaries; none before the database has its tables."""
        path = self._daemon.folder / "state/engramd.db"
        if not path.exists():
            return []
        connection = sqlite3.connect(path, timeout=10)
        connection.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in connection.execute(query, values)]
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def jobs(self) -> list[Row]:
        """All jobs, oldest first."""
        return self.read("SELECT * FROM disc_jobs ORDER BY id")

    def job(self, number: int = 0) -> Row:
        """One job, or the newest; nothing is an empty row."""
        jobs = self.jobs()
        if number:
            jobs = [job for job in jobs if job["id"] == number]
        return jobs[-1] if jobs else {"id": 0, "state": "", "waiting_for": None, "outcome": None}

    def titles(self, job: int = 0) -> list[Row]:
        """The titles of a job, or of the newest one."""
        number = job or self.job()["id"]
        return self.read("SELECT * FROM disc_titles WHERE job_id = ? ORDER BY title_index", number)

    def sentences(self, job: int = 0) -> str:
        """The history of a job as text."""
        query = "SELECT sentence FROM job_events WHERE job_id = ? ORDER BY id"
        return "\n".join(row["sentence"] for row in self.read(query, job or self.job()["id"]))

    def reviews(self) -> list[Row]:
        """The open questions."""
        return self.read("SELECT * FROM review_tasks WHERE closed_at IS NULL ORDER BY id")

    def count(self, state: str, job: int = 0) -> int:
        """How many titles of a job are in a state."""
        return sum(title["state"] == state for title in self.titles(job))

    def wait(self, condition: Callable[[], object], what: str, seconds: float = 40) -> None:
        """Wait until something is recorded; jobs, titles and the log are in the failure."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                names = ("title_index", "state", "waiting_for", "error_message", "match_reason")
                titles = [{name: title[name] for name in names} for title in self.titles()]
                told = f"{what}\n{self.jobs()}\n{titles}\n{self.sentences()}\n{self._daemon.log()}"
                raise AssertionError(told)
            time.sleep(0.02)

    def until(self, *states: str, job: int = 0, seconds: float = 60) -> Row:
        """Wait until a job (the newest) is in one of these states; give it."""
        self.wait(lambda: self.job(job)["state"] in states, f"no job is {' or '.join(states)}", seconds)
        return self.job(job)

    def until_waiting(self, what: str, job: int = 0, seconds: float = 40) -> Row:
        """Wait until a job waits for something; give it."""
        self.wait(lambda: self.job(job)["waiting_for"] == what, f"no job waits for {what}", seconds)
        return self.job(job)
