"""The command that shows what goes on while it goes on."""

from __future__ import annotations

import click

from engramd.ctl.follow import follow
from engramd.ctl.live import screen
from engramd.ctl.session import Session, pass_session, shared_options


@click.command()
@click.argument("job", type=click.IntRange(min=1), required=False)
@shared_options
@pass_session
def watch(session: Session, job: int | None) -> None:
    """Show live what drives and jobs do.

    All of them until Ctrl-C, or one JOB until it ends. On a terminal each drive has a bar, with its speed and
    the time that is left, below what happened; elsewhere each news is a line. With --json each is an object,
    whose kind is job, title, progress or event.
    """
    service = session.service()
    if job is not None:
        service.job_path(job)
    with screen(session, job) as where:
        follow(service, where, job)


COMMANDS = (watch,)
