"""Commands that start, stop and repeat jobs: rip, retry, cancel, eject, clear."""

from __future__ import annotations

from typing import Any

import click

from engramd.bus import names
from engramd.ctl.drives import find_drive, source_of
from engramd.ctl.files import inspect_all, local_source
from engramd.ctl.follow import follow
from engramd.ctl.kinds import ANY_TYPE, film_is_movie
from engramd.ctl.live import screen
from engramd.ctl.look import show_end
from engramd.ctl.service import Service
from engramd.ctl.session import (
    FAILED,
    INTERRUPTED,
    NEEDS_REVIEW,
    Session,
    pass_session,
    shared_options,
)

_CODES = {"completed": 0, "failed": FAILED, "review_needed": NEEDS_REVIEW}


@click.command()
@click.argument("path")
@click.option("--titles", default="", help="Only these titles, numbered from 1, such as 1,3-5.")
@click.option("--main-only", is_flag=True, help="Only episodes, or the film.")
@click.option(
    "--extras", type=click.Choice(["keep", "skip", "ask"]), default=None, help="What to do with extras."
)
@click.option(
    "--type", "content_type", type=ANY_TYPE, callback=film_is_movie, default=None, help="What the disc holds."
)
@click.option("--show", default="", help="The series' or film's name.")
@click.option("--year", type=click.IntRange(1880, 2200), default=None, help="The year it came out.")
@click.option("--season", type=click.IntRange(min=0), default=None, help="The season; 0 for specials.")
@click.option("--disc", type=click.IntRange(min=0), default=None, help="The disc's number in its set.")
@click.option("--edition", default="", help="The edition, such as Director's Cut.")
@click.option("--again", is_flag=True, help="Also if this disc is in the library already.")
@click.option("--no-eject", is_flag=True, help="Leave the disc in the drive.")
@click.option("--dry-run", is_flag=True, help="Only say what would be made of it; asks no daemon.")
@click.option("--no-wait", is_flag=True, help="Do not follow the job.")
@shared_options
@pass_session
def rip(session: Session, /, path: str, no_wait: bool, no_eject: bool, dry_run: bool, **options: Any) -> None:
    """Rip a disc, an image or a folder.

    PATH is a drive (its name or device), a disc image, or a folder that holds VIDEO_TS or BDMV. Follows the
    job, and exits with 0 when it is completed, 1 when it failed, 5 when it waits for an answer.
    """
    if dry_run:
        inspect_all(session, (local_source(session, path),), options)
        return
    source = source_of(session.service, path)
    wanted = {name: value for name, value in options.items() if value not in (None, "", False)}
    if no_eject:
        wanted["eject"] = False
    service = session.service()
    job_path = service.manager("Rip", "sa{sv}", str(source), wanted)
    _go_on(session, service, names.last_number(job_path), wait=not no_wait)


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.option("--no-wait", is_flag=True, help="Do not follow the job.")
@shared_options
@pass_session
def retry(session: Session, job: int, no_wait: bool) -> None:
    """Try again what failed in a JOB.

    Follows the job, as rip does.
    """
    service = session.service()
    service.job(job, "Retry")
    if not no_wait:
        service.await_start(job)
    _go_on(session, service, job, wait=not no_wait)


def _go_on(session: Session, service: Service, job_id: int, *, wait: bool) -> None:
    """Follow a job that was started, show its end, and exit with what it means."""
    if not wait:
        text = f"Job {job_id} is on its way; `engramctl watch {job_id}` shows how far it is."
        session.give([{"id": job_id}], lambda: text)
        return
    try:
        with screen(session, job_id, quiet=True) as where:
            job = follow(service, where, job_id)
    except KeyboardInterrupt:
        click.echo(f"Job {job_id} goes on without you; `engramctl cancel {job_id}` stops it.", err=True)
        raise SystemExit(INTERRUPTED) from None
    session.out()
    show_end(session, service, job_id)
    state = (job or service.past_job(job_id))["State"]
    click.get_current_context().exit(_CODES.get(state, FAILED))


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@shared_options
@pass_session
def cancel(session: Session, job: int) -> None:
    """Stop a JOB.

    What is finished is filed, the rest is skipped.
    """
    session.service().job(job, "Cancel")
    session.confirm(f"Job {job} is being stopped.")


@click.command()
@click.argument("target", required=False)
@shared_options
@pass_session
def eject(session: Session, target: str | None) -> None:
    """Open the tray of a drive.

    TARGET is the number of a job, a device, or a drive's name; it may be left out where there is one drive.
    """
    service = session.service()
    if target is not None and target.isdecimal():
        service.job(int(target), "Eject")
    else:
        service.drive(find_drive(service, target), "Eject")
    session.confirm("The tray opens.")


@click.command()
@click.argument("jobs", type=click.IntRange(min=1), nargs=-1)
@click.option("--finished", is_flag=True, help="All that ended.")
@shared_options
@pass_session
def clear(session: Session, jobs: tuple[int, ...], finished: bool) -> None:
    """Take finished JOBS off the list.

    They stay in the history.
    """
    if not jobs and not finished:
        raise click.UsageError("name a job, or say --finished")
    service = session.service()
    for job in jobs:
        service.job(job, "Clear")
    if finished:
        service.manager("ClearFinished")
    session.confirm("They are off the list; `engramctl history` still has them.")


COMMANDS = (rip, retry, cancel, eject, clear)
