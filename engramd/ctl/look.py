"""Commands that look and change nothing: status, drives, jobs, show, history."""

from __future__ import annotations

from typing import Any

import click

from engramd.ctl import screens
from engramd.ctl.fields import plain
from engramd.ctl.service import Service
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.errors import NotFound


@click.command()
@shared_options
@pass_session
def status(session: Session) -> None:
    """Say how the daemon is, what it lacks, and what it does."""
    service = session.service()
    manager, snapshot = service.overview(), service.look()
    fields = plain(manager) | {
        "hints": [plain(hint) for hint in manager["Hints"]],
        "conditions": [plain(condition) for condition in manager["Conditions"]],
        "drives": [drive_fields(drive) for drive in snapshot.drives.values()],
        "jobs": [plain(job) for job in snapshot.jobs.values()],
        "reviews": [plain(review) for review in snapshot.reviews.values()],
    }
    session.give([fields], lambda: screens.status(manager, snapshot))


@click.command()
@shared_options
@pass_session
def drives(session: Session) -> None:
    """List the optical drives."""
    snapshot = session.service().look()
    session.give(map(drive_fields, snapshot.drives.values()), lambda: screens.drives(snapshot))


@click.command()
@shared_options
@pass_session
def jobs(session: Session) -> None:
    """List the jobs that work, wait, or ended lately."""
    found = session.service().look().jobs.values()
    session.give(map(plain, found), lambda: screens.jobs(found))


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@shared_options
@pass_session
def show(session: Session, job: int) -> None:
    """Show a JOB with its titles and open questions."""
    show_job(session, session.service(), job)


def show_job(session: Session, service: Service, job_id: int) -> None:
    """Print a job; one that is only in the history gets its object back by being asked for."""
    service.job_path(job_id)
    snapshot = service.look()
    job = snapshot.jobs.get(job_id) or service.past_job(job_id)
    titles = snapshot.titles_of(job_id)
    questions = snapshot.reviews_of(job_id)
    session.give([job_fields(job, titles)], lambda: screens.job(job, titles, questions))


def drive_fields(drive: dict[str, Any]) -> dict[str, Any]:
    """Give a drive for JSON, with the number of its job in place of the job's path."""
    number = drive["Job"].rpartition("/")[2]
    return plain(drive) | {"job_id": int(number) if number else None}


def job_fields(job: dict[str, Any], titles: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a job with its titles for JSON; `number` is what the commands call a title."""
    return plain(job) | {"titles": [plain(title) | {"number": title["TitleIndex"] + 1} for title in titles]}


@click.command()
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="At most so many.")
@click.option("--state", default="", help="Only jobs in this state, such as failed.")
@shared_options
@pass_session
def history(session: Session, limit: int, state: str) -> None:
    """List the jobs of all times, newest first."""
    found = session.service().history(limit, state)
    session.give(map(plain, found), lambda: screens.history(found))


def find_drive(service: Service, name: str | None) -> str:
    """Give the path of the drive with this name, device, serial or id; without a name, of the only one."""
    found = service.look().drives
    fitting = [
        path
        for path, drive in found.items()
        if name is None or name in (drive["Name"], drive["Device"], drive["Serial"], path.rpartition("/")[2])
    ]
    if len(fitting) == 1:
        return fitting[0]
    if not found:
        raise NotFound("there is no optical drive", remedy="connect one; `engramctl doctor` tells more")
    known = ", ".join(drive["Device"] for drive in found.values())
    raise NotFound(
        f"no drive is called {name}" if name else "there are several drives", remedy=f"name one of {known}"
    )


COMMANDS = (status, drives, jobs, show, history)
