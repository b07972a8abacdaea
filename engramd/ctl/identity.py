"""Commands that say what a disc or a title is: assign, skip, identify, rematch."""

from __future__ import annotations

import re
from typing import Any

import click

from engramd.ctl.kinds import ANY_TYPE, film_is_movie, work_id
from engramd.ctl.session import Session, pass_session, shared_options

_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


def assignments(words: tuple[str, ...]) -> dict[int, str]:
    """Read `3 S01E02`, `3=S01E02` and `1-6=S02E07-E12`: numbers of titles from 1, each with its episode.

    In the place of an episode a title may be a film, as in `3 "Harbor Lights (1999)"`.
    InvalidArgument where that is none of these, or where numbers of titles and episodes differ.
    """
    from engramd.organize.assignments import read_assignments

    if len(words) == 2 and _RANGE.fullmatch(words[0]):
        words = (f"{words[0]}={words[1]}",)
    return read_assignments(words)


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.argument("what", nargs=-1, required=True, metavar="TITLE EPISODE|FILM | TITLES=EPISODES...")
@shared_options
@pass_session
def assign(session: Session, job: int, what: tuple[str, ...]) -> None:
    """Say which episodes or films titles of a JOB are.

    As in `assign 4 3 S01E02`, `assign 4 1-6=S02E07-E12`, or `assign 4 3 "Harbor Lights (1999)"`. Titles are
    numbered from 1, as `engramctl show` lists them. All of it counts, or nothing. What is filed gets its new
    name; `engramctl undo` undoes it.
    """
    wanted = assignments(what)
    told = {number - 1: episode for number, episode in wanted.items()}
    session.service().job(job, "Assign", "a{us}a{sv}", told, {})
    for number, episode in wanted.items():
        session.confirm(f"Title {number} is {episode}.")


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.argument("titles", type=click.IntRange(min=1), nargs=-1, required=True)
@shared_options
@pass_session
def skip(session: Session, job: int, titles: tuple[int, ...]) -> None:
    """Do not file TITLES of a JOB.

    They are numbered from 1. What is filed goes to the trash of its library; `engramctl undo` brings it back.
    """
    service = session.service()
    for number in titles:
        service.title(job, number, "Skip")
        session.confirm(f"Title {number} is skipped.")


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.option(
    "--type", "content_type", type=ANY_TYPE, callback=film_is_movie, default=None, help="What it holds."
)
@click.option("--title", default=None, help="The series' or film's name.")
@click.option("--year", type=click.IntRange(1880, 2200), default=None, help="The year it came out.")
@click.option("--season", type=click.IntRange(min=0), default=None, help="The season; 0 for specials.")
@click.option("--disc", type=click.IntRange(min=0), default=None, help="The disc's number in its set.")
@click.option("--edition", default=None, help="The edition, such as Director's Cut.")
@click.option(
    "--tmdb",
    "--tmdb-id",
    "tmdb",
    callback=work_id,
    default=None,
    metavar="NUMBER",
    help="Its number at TMDB, as 123 or tv:123.",
)
@shared_options
@pass_session
def identify(session: Session, /, job: int, **identity: object) -> None:
    """Say what the disc of a JOB is.

    What is not filed yet is matched and filed anew. What is filed of a job that has ended gets the names that
    follow from it; `engramctl undo` undoes that.
    """
    told = {name: value for name, value in identity.items() if value is not None}
    if not told:
        raise click.UsageError("say what it is, such as --title and --season")
    work: Any = told.pop("tmdb", None)
    if work is not None:
        told |= {"tmdb_id": work.number} | ({"tmdb_namespace": work.namespace} if work.namespace else {})
    session.service().job(job, "Identify", "a{sv}", told)
    session.confirm(
        f"Job {job} is what you say: what it files, or has filed when it ended, is named after it."
    )


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@shared_options
@pass_session
def rematch(session: Session, job: int) -> None:
    """Match the titles of a JOB again that are not filed yet."""
    session.service().job(job, "Rematch")
    session.confirm(f"What job {job} has not filed yet is matched again.")


COMMANDS = (assign, skip, identify, rematch)
