"""The command that says what the next discs are, before they are in a drive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from engramd.ctl import screens
from engramd.ctl.fields import plain
from engramd.ctl.kinds import TYPES, WorkId, film_is_movie, work_id
from engramd.ctl.session import Session, pass_session, shared_options


@click.command("next")
@click.option("--drive", default=None, help="Only in this drive (device, name or id); else in any.")
@click.option("--show", default=None, help="The series' or film's name.")
@click.option("--season", type=click.IntRange(min=0), default=None, help="The season; 0 for specials.")
@click.option("--year", type=click.IntRange(1880, 2200), default=None, help="The year it came out.")
@click.option(
    "--disc", type=click.IntRange(min=0), default=None, help="The next disc's number; it counts up."
)
@click.option("--discs", type=click.IntRange(min=1), default=None, help="For so many discs (default: one).")
@click.option("--until-changed", is_flag=True, help="For all discs, until something else is said.")
@click.option("--type", "type", type=TYPES, callback=film_is_movie, default=None, help="What the discs hold.")
@click.option("--edition", default=None, help="The edition, such as Director's Cut.")
@click.option(
    "--extras", type=click.Choice(["keep", "skip", "ask"]), default=None, help="What to do with extras."
)
@click.option(
    "--tmdb", metavar="NUMBER", callback=work_id, default=None, help="Its number at TMDB: 123 or tv:123."
)
@click.option("--clear", is_flag=True, help="End what was said, of the drive or of all.")
@shared_options
@pass_session
def next_discs(session: Session, /, drive: str | None, clear: bool, **said: Any) -> None:
    """Say what the next discs are; alone, show what was said.

    As in `next --show "Harbor Station" --season 2 --discs 7`. It counts for a whole stack, survives a
    restart, and ends 12 hours after its last disc. A disc that contradicts it is asked about.
    """
    told = {name: value for name, value in said.items() if value is not None and value is not False}
    if empty := [name for name, value in {**told, "drive": drive}.items() if value == ""]:
        raise click.UsageError(f"--{empty[0]} is empty")
    if clear:
        _clear(session, drive, told)
    elif told:
        _say(session, drive, told)
    elif drive is not None:
        raise click.UsageError("say what the next discs in the drive are, such as --show and --season")
    else:
        hints = session.service().overview()["Hints"]
        session.give(map(plain, hints), lambda: screens.hints(hints) or "Nothing is said of the next discs.")


def _clear(session: Session, drive: str | None, told: Mapping[str, Any]) -> None:
    if told:
        raise click.UsageError("--clear goes with --drive alone")
    ended = session.service().manager("Next", "a{sv}", {"clear": True} | _drive(drive))
    text = "Nothing was said of the next discs." if not ended else "What was said of the next discs is ended."
    session.give([{"ended": ended}], lambda: text)


def _say(session: Session, drive: str | None, told: Mapping[str, Any]) -> None:
    hint = as_told(told) | _drive(drive)
    service = session.service()
    number = service.manager("Next", "a{sv}", hint)
    given = [one for one in service.overview()["Hints"] if one["id"] == number]
    session.give(map(plain, given), lambda: screens.hints(given))


def as_told(told: Mapping[str, Any]) -> dict[str, Any]:
    """Give what the daemon is to be told; UsageError where the options do not fit together."""
    if not told.keys() - {"discs", "until_changed"}:
        raise click.UsageError("say what the next discs are, such as --show and --season")
    if "discs" in told and "until_changed" in told:
        raise click.UsageError("say either --discs or --until-changed")
    hint = {"title" if name == "show" else name: value for name, value in told.items() if name != "tmdb"}
    work: WorkId | None = told.get("tmdb")
    if work is not None:
        hint["tmdb_id"] = work.number
        if work.namespace and hint.setdefault("type", work.namespace) != work.namespace:
            raise click.UsageError(f"--tmdb {work.namespace}:{work.number} is not of that --type")
    if hint.get("type") == "movie" and "season" in hint:
        raise click.UsageError("a film has no season")
    return hint


def _drive(drive: str | None) -> dict[str, Any]:
    return {} if drive is None else {"drive": drive}


COMMANDS = (next_discs,)
