"""What goes on now, as the lines below what happened: drives with their bars, jobs at work, waits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import click

from engramd.ctl import cells, text
from engramd.ctl.drive_lines import at_drives, lines, works
from engramd.ctl.job_words import job_name, wait
from engramd.ctl.service import ENDED, Properties, Snapshot


def board(now: Snapshot, at: datetime, wide: int, high: int, only: int | None = None) -> list[str]:
    """Give at most so many lines, each narrower than the screen; `only` is the job that is followed."""
    wide = max(1, wide - 1)  # a full line could wrap
    drives = lines(works(now, at, only), at, wide, live=True)
    jobs = [job for job in now.jobs.values() if job["State"] not in ENDED and only in (None, job["Id"])]
    others = [job for job in jobs if job["Id"] not in at_drives(now)]
    found = [line for of_drive in drives for line in of_drive]
    found += _jobs(others, at, wide)
    if only is None and now.reviews:
        are = "is" if len(now.reviews) == 1 else "are"
        said = f"{text.counted(len(now.reviews), 'question')} {are} open: engramctl review"
        found.append(click.style(cells.cut(said, wide), fg="yellow"))
    return _fitting(["", *found] if found else [], high, wide)


def _jobs(found: Iterable[Properties], at: datetime, wide: int) -> list[str]:
    """Give jobs that no drive has in hand any more: at work, or waiting."""
    shown = []
    for job in found:
        says = f" waits for {wait(job, at)}: {job_name(job)}" if job["WaitingFor"] else f", {job['Headline']}"
        said = cells.cut(cells.clean(f"job {job['Id']}{says}"), wide)
        shown.append(click.style(said, fg="yellow") if job["WaitingFor"] else said)
    return shown


def _fitting(found: list[str], high: int, wide: int) -> list[str]:
    if len(found) <= high:
        return found
    kept = found[1 : max(1, high)]  # without the empty line
    more = len(found) - 1 - len(kept)
    return [*kept, click.style(cells.cut(f"and {more} more lines", wide), dim=True)][:high]
