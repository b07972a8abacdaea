"""Commands that look and change nothing: drives, jobs, show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from engramd.ctl import job_screen, screens
from engramd.ctl.drives import drives
from engramd.ctl.fields import plain
from engramd.ctl.job_words import drive_of, own_name
from engramd.ctl.service import Properties, Service, Snapshot
from engramd.ctl.session import Session, pass_session, shared_options, station_option


@click.command()
@station_option
@shared_options
@pass_session
def jobs(session: Session) -> None:
    """List the jobs that work, wait, or ended lately."""
    service = session.service()
    snapshot = service.look()
    found = snapshot.jobs.values()
    rows = [job_row(job, snapshot) for job in found]
    session.give(rows, lambda: screens.jobs(found, snapshot.drives, here=service.here() if found else ""))


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@shared_options
@pass_session
def show(session: Session, job: int) -> None:
    """Show a JOB with its titles and open questions."""
    _show(session, session.service(), job, job_screen.job)


def show_end(session: Session, service: Service, job_id: int) -> None:
    """Print how a job ended that was followed: its titles, files and questions; as JSON all of it."""
    _show(session, service, job_id, lambda job, titles, asked, _: job_screen.ended(job, titles, asked))


def _show(session: Session, service: Service, job_id: int, laid_out: Callable[..., str]) -> None:
    """Print a job; one that is only in the history gets its object back by being asked for."""
    service.job_path(job_id)
    snapshot = service.look()
    job = snapshot.jobs.get(job_id) or service.past_job(job_id)
    titles, asked = snapshot.titles_of(job_id), snapshot.reviews_of(job_id)
    fields = job_fields(job, titles) | job_row(job, snapshot)
    session.give([fields], lambda: laid_out(job, titles, asked, snapshot.drives))


def job_row(job: Properties, snapshot: Snapshot) -> dict[str, Any]:
    """Give a job for JSON, without its titles, with what a person called its drive."""
    drive = drive_of(job, snapshot.drives)
    return plain(job) | {"drive_name": (drive and own_name(drive)) or None}


def job_fields(job: dict[str, Any], titles: list[dict[str, Any]]) -> dict[str, Any]:
    """Give a job with its titles for JSON; `number` is what the commands call a title."""
    return plain(job) | {"titles": [plain(title) | {"number": title["TitleIndex"] + 1} for title in titles]}


COMMANDS = (drives, jobs, show)
