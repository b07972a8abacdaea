"""The two screens of a follower: bars on a terminal, plain lines everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from engramd.ctl import screens
from engramd.ctl.follow import STEP, Screen
from engramd.ctl.service import Properties
from engramd.ctl.text import printable

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Lines:
    """Writes lines; progress only now and then."""

    def __init__(self) -> None:
        self._said: dict[int, float] = {}

    def say(self, line: str) -> None:
        """Write the line."""
        click.echo(line)
        sys.stdout.flush()

    def progress(self, job: Properties, name: str) -> None:
        """Write a line where the job got a good part further."""
        if job["Progress"] - self._said.get(job["Id"], 0.0) >= STEP:
            self._said[job["Id"]] = job["Progress"]
            self.say(f"job {job['Id']}: {screens.rip_detail(job)}")

    def ended(self, job_id: int) -> None:
        """Forget how far it was."""
        self._said.pop(job_id, None)


class Nothing:
    """Says nothing, for those who want JSON."""

    def say(self, line: str) -> None:
        """Say nothing."""

    def progress(self, job: Properties, name: str) -> None:
        """Show nothing."""

    def ended(self, job_id: int) -> None:
        """Forget nothing."""


class Bars:
    """Draws a bar for each job below the lines."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[int, TaskID] = {}

    def say(self, line: str) -> None:
        """Write a line above the bars."""
        self._bars.console.print(line, markup=False, highlight=False)

    def progress(self, job: Properties, name: str) -> None:
        """Move the job's bar."""
        task = self._tasks.get(job["Id"])
        if task is None:
            task = self._tasks[job["Id"]] = self._bars.add_task(printable(name), total=1.0, details="")
        self._bars.update(task, completed=max(0.0, job["Progress"]), details=screens.rip_detail(job))

    def ended(self, job_id: int) -> None:
        """Take the job's bar away."""
        task = self._tasks.pop(job_id, None)
        if task is not None:
            self._bars.remove_task(task)


@contextmanager
def screen(*, quiet: bool = False) -> Iterator[Screen]:
    """Give the screen that fits where the output goes."""
    if quiet:
        yield Nothing()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        from rich.progress import BarColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[details]}"),
        )
        with Progress(*columns, transient=True) as bars:
            yield Bars(bars)
