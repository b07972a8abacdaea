"""The command report: what happened since a time, as one reads it in the evening."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click

from engramd.ctl import text
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.times import EXAMPLES, read_time, to_bus

_DAY = "%Y-%m-%d"
MOST_NAMES = 12


@click.command()
@click.option(
    "--since",
    "begin",
    callback=read_time,
    default="00:00",
    show_default="midnight",
    metavar="TIME",
    help=f"As {EXAMPLES}.",
)
@shared_options
@pass_session
def report(session: Session, begin: datetime) -> None:
    """Tell what happened: what is filed, waits, or went wrong."""
    told: list[dict[str, Any]] = session.service().manager("Report", "ta{sv}", to_bus(begin), {})
    for one in told:
        one["began_at"], one["ended_at"] = text.iso(one["began"]), text.iso(one["ended"])
    rows = [{name: value for name, value in one.items() if name not in ("began", "ended")} for one in told]
    session.give(rows, lambda: evening(told, begin))


def evening(told: Sequence[dict[str, Any]], begin: datetime) -> str:
    """Lay out a report: one paragraph a disc, and a line that sums it up."""
    if not told:
        return f"Nothing happened since {begin:%Y-%m-%d %H:%M}."
    return "\n\n".join([*map(_disc, told), _sum(told, begin)])


def _disc(one: dict[str, Any]) -> str:
    took = (one["ended"] - one["began"]) / 1_000_000 if one["ended"] else 0
    lines = [f"job {one['job']}: {one['headline']}" + (f" ({text.length(took)})" if took > 0 else "")]
    lines += [f"  {name}" for name in one["filed"][:MOST_NAMES]]
    if len(one["filed"]) > MOST_NAMES:
        lines.append(f"  and {len(one['filed']) - MOST_NAMES} more")
    if one["questions"]:
        lines.append(f"  {_count(one['questions'], 'question')} open: engramctl review")
    if one["failed"] and one["why"]:
        lines.append(f"  {one['why']}")
    return "\n".join(map(text.printable, lines))


def _sum(told: Sequence[dict[str, Any]], begin: datetime) -> str:
    filed = sum(len(one["filed"]) for one in told)
    failed, questions = (sum(one[name] for one in told) for name in ("failed", "questions"))
    parts = [f"{_count(len(told), 'disc')} since {begin:{_DAY} %H:%M}", f"{_count(filed, 'file')} filed"]
    parts += [f"{_count(failed, 'title')} failed"] if failed else []
    parts += [f"{_count(questions, 'question')} open"] if questions else []
    return ", ".join(parts) + "."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


COMMANDS = (report,)
