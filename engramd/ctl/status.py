"""The command status: everything that matters now, on one screen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from engramd.bus import names
from engramd.ctl import output
from engramd.ctl.drives import drive_fields
from engramd.ctl.fields import plain
from engramd.ctl.job_words import own_name
from engramd.ctl.look import job_row
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.session import Session, pass_session, shared_options, station_option


@click.command()
@station_option
@shared_options
@pass_session
def status(session: Session) -> None:
    """Say on one screen what goes on, what waits, and what is wrong.

    What each drive does and when it is free, which discs are still needed, what waits and for what, which
    questions are open, what was filed today, the space that is left, and what is wrong with its remedy.
    """
    from engramd.ctl.status_facts import gather
    from engramd.ctl.status_screen import as_json
    from engramd.ctl.status_screen import status as screen

    facts = gather(session, datetime.now().astimezone())
    manager, snapshot = facts.manager, facts.snapshot
    fields = plain(manager) | {
        "hints": [plain(hint) for hint in manager["Hints"]],
        "conditions": [condition_fields(one, snapshot) for one in manager["Conditions"]],
        "drives": [drive_fields(drive) for drive in snapshot.drives.values()],
        "jobs": [job_row(job, snapshot) for job in snapshot.jobs.values()],
        "reviews": [plain(review) for review in snapshot.reviews.values()],
    }
    high = output.rows()
    session.give(
        [fields | as_json(facts)],
        lambda: screen(facts, output.columns(), None if high is None else max(1, high - 1)),
    )


def condition_fields(condition: Properties, snapshot: Snapshot) -> dict[str, Any]:
    """Give a condition for JSON, with what a person called the drive that it is about."""
    drive = snapshot.drives.get(names.drive_path(condition["scope"]))
    return plain(condition) | {"drive_name": (drive and own_name(drive)) or None}


COMMANDS = (status,)
