"""Commands about the episodes of a show: season (which are where), split (a title into its episodes)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from engramd.ctl import text
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table

_MISSING = "missing"


@click.command()
@click.argument("show")
@click.argument("number", metavar="[N]", required=False, type=click.IntRange(0, 9999))
@shared_options
@pass_session
def season(session: Session, show: str, number: int | None) -> None:
    """List the episodes of SHOW, and where each is.

    They are those of season N, or of all. Which there are is what TMDB lists, where the daemon may ask it;
    else what lies between those that are here.
    """
    options = {} if number is None else {"season": number}
    found: list[dict[str, Any]] = session.service().manager("Season", "sa{sv}", show, options)
    session.give(found, lambda: roster(show, found))


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
    session.out(f"Title {title} is being split.")


def roster(show: str, found: Sequence[dict[str, Any]]) -> str:
    """Lay out the episodes of a show, one a line, and say what is missing."""
    if not found:
        return f"No episode of {text.printable(show)} is known."
    rows = [
        (
            f"S{one['season']:02d}E{one['episode']:02d}",
            one["name"],
            f"{one['minutes']:.0f} min" if one["minutes"] else "",
            one["state"],
            one["job"] or "",
            one["title"] or "",
            "" if one["disc"] < 0 else one["disc"],
            one["path"],
        )
        for one in found
    ]
    heads = ("episode", "name", "length>", "state", "job>", "title>", "disc>", "file")
    return f"{table(heads, rows)}\n\n{_summary(found)}"


def _summary(found: Sequence[dict[str, Any]]) -> str:
    missing = [one for one in found if one["state"] == _MISSING]
    here = f"{len(found) - len(missing)} of {len(found)} episodes are here"
    if not missing:
        return f"{here}."
    first = missing[0]
    return f"{here}; the next one that is missing is S{first['season']:02d}E{first['episode']:02d}."


COMMANDS = (season, split)
