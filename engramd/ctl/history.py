"""The command history: all jobs that ever were, by what one remembers of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import click

from engramd.ctl import kinds, screens
from engramd.ctl.fields import plain
from engramd.ctl.service import Properties, Service
from engramd.ctl.session import Session, pass_session, shared_options, station_option
from engramd.ctl.times import time_option, to_bus

#: The words of JobState and Outcome, whose module loads a database's library.
STATES = ("idle", "identifying", "review_needed", "ripping", "matching", "organizing", "completed", "failed")
OUTCOMES = ("complete", "partial", "duplicate", "cancelled", "nothing_to_do", "failed")
#: Jobs that the daemon gives at a time at most.
PAGE = 500


@click.command()
@click.option("--show", metavar="TEXT", help="Only of this show or film: a part of the name.")
@click.option("--season", type=click.IntRange(0, 9999), help="Only of this season; 0 are specials.")
@click.option(
    "--type", "content_type", type=kinds.TYPES, callback=kinds.film_is_movie, help="Only of this type."
)
@click.option("--label", metavar="TEXT", help="Only of discs with this in their label.")
@click.option("--drive", help="Only of this drive (its name, device or serial), or of this image's path.")
@click.option("--text", metavar="TEXT", help="Only with this in name, label, path or error.")
@click.option("--state", type=click.Choice(STATES), help="Only jobs in this state.")
@click.option("--outcome", type=click.Choice(OUTCOMES), help="Only jobs that ended so.")
@time_option("--since", help_text="Only jobs that began since then")
@time_option("--before", help_text="Only jobs that began before")
@click.option("--before-id", type=click.IntRange(min=1), metavar="JOB", help="Only jobs before that one.")
@station_option
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="At most so many.")
@shared_options
@pass_session
def history(session: Session, /, limit: int, **filters: Any) -> None:
    """List the jobs of all times, newest first.

    What is said of them counts together: --show firefly --season 1 --state failed. A list that does not hold
    all ends with the words that give the next ones.
    """
    service = session.service()
    filters |= {"station": session.station or None}
    if session.json:
        session.give(map(plain, past(service, filters, limit)), str)
        return
    found = list(past(service, filters, limit + 1))
    session.out(screens.history(found[:limit], service.here() if found else ""))
    if len(found) > limit:
        session.confirm(f"There are older ones: --before-id {found[limit - 1]['Id']}")


def past(service: Service, filters: dict[str, Any], limit: int) -> Iterator[Properties]:
    """Give jobs of all times, newest first: those that fit the filters, asked for in pages."""
    wanted = {name: value for name, value in filters.items() if value is not None}
    asked = {name: to_bus(value) if isinstance(value, datetime) else value for name, value in wanted.items()}
    while limit > 0:
        page: list[Properties] = service.manager("History", "a{sv}", asked | {"limit": min(limit, PAGE)})
        if not page:
            return
        yield from page
        limit -= len(page)
        asked["before_id"] = page[-1]["Id"]


COMMANDS = (history,)
