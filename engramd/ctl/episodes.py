"""Commands about the episodes of a show: season (which are where), split (a title into its episodes)."""

from __future__ import annotations

from typing import Any

import click

from engramd.ctl.season_table import roster
from engramd.ctl.session import Session, pass_session, shared_options


@click.command()
@click.argument("show")
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(0, 9999))
@shared_options
@pass_session
def season(session: Session, show: str, number: int | None) -> None:
    """List the episodes of SHOW, and where each is.

    What is told is over all its discs and the library: filed, waiting, partial, double or missing.

    They are those of season N, or of all. Which there are is what TMDB lists, where the daemon may ask it;
    else what lies between those that are here. FROM is the job and the title. SHOW is a name, with its year
    where several have it ('Name (2003)'), or a number at TMDB.
    """
    options = {} if number is None else {"season": number}
    found: list[dict[str, Any]] = session.service().manager("Season", "sa{sv}", show, options)
    session.give(found, lambda: roster(show, found, number))


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.argument("title", type=click.IntRange(min=1))
@click.argument("episodes", required=False, default="")
@shared_options
@pass_session
def split(session: Session, job: int, title: int, episodes: str) -> None:
    """Split a TITLE of a JOB into its episodes.

    They become titles of their own. It is cut at the chapters, or the silences, between them. EPISODES
    (S01E01-E06) names them where the subtitles do not tell. The whole stays in the staging folder until all
    of them are filed.
    """
    told = {"episodes": episodes} if episodes else {}
    session.service().title(job, title, "Split", "a{sv}", told)
    session.confirm(f"Title {title} is being split.")


COMMANDS = (season, split)
