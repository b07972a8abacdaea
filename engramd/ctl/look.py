"""Commands that look and change nothing: status, jobs, show, history."""

from __future__ import annotations

from typing import Any

import click

from engramd.bus import names
from engramd.ctl import screens
from engramd.ctl.drives import drive_fields, drives
from engramd.ctl.fields import plain
from engramd.ctl.service import Properties, Service, Snapshot
from engramd.ctl.session import Session, pass_session, shared_options


@click.command()
@shared_options
@pass_session
def status(session: Session) -> None:
    """Say how the daemon is, what it lacks, and what it does."""
    service = session.service()
    manager, snapshot = service.overview(), service.look()
    fields = plain(manager) | {
        "hints": [plain(hint) for hint in manager["Hints"]],
        "conditions": [condition_fields(one, snapshot) for one in manager["Conditions"]],
        "drives": [drive_fields(drive) for drive in snapshot.drives.values()],
        "jobs": [job_row(job, snapshot) for job in snapshot.jobs.values()],
        "reviews": [plain(review) for review in snapshot.reviews.values()],
    }
    session.give([fields], lambda: screens.status(manager, snapshot))


@click.command()
@shared_options
@pass_session
def jobs(session: Session) -> None:
    """List the jobs that work, wait, or ended lately."""
    snapshot = session.service().look()
    found = snapshot.jobs.values()
    rows = [job_row(job, snapshot) for job in found]
    session.give(rows, lambda: screens.jobs(found, snapshot.drives))


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
    fields = job_fields(job, titles) | job_row(job, snapshot)
    session.give([fields], lambda: screens.job(job, titles, questions, snapshot.drives))


def job_row(job: Properties, snapshot: Snapshot) -> dict[str, Any]:
    """Give a job for JSON, without its titles, with what a person called its drive."""
    drive = screens.drive_of(job, snapshot.drives)
    return plain(job) | {"drive_name": (drive and screens.own_name(drive)) or None}


def condition_fields(condition: Properties, snapshot: Snapshot) -> dict[str, Any]:
    """Give a condition for JSON, with what a person called the drive that it is about."""
    drive = snapshot.drives.get(names.drive_path(condition["scope"]))
    return plain(condition) | {"drive_name": (drive and screens.own_name(drive)) or None}


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


COMMANDS = (status, drives, jobs, show, history)
