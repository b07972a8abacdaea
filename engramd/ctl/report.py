"""The command report: what happened since a time, as one reads it in the evening."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import click

from engramd.ctl import text
from engramd.ctl.session import Session, pass_session, shared_options

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_AGO = re.compile(r"(\d{1,4})\s*(min|h|d)", re.ASCII)
_UNITS = {"min": "minutes", "h": "hours", "d": "days"}
_DAY = "%Y-%m-%d"
MOST_NAMES = 12


def since(said: str, now: datetime) -> datetime:
    """Read what a person says of a time in the past; `now` is local and has no zone, whose clocks may change.

    Raises ValueError for what is no time.
    """
    if clock := _CLOCK.fullmatch(said):
        at = now.replace(hour=int(clock[1]), minute=int(clock[2]), second=0, microsecond=0)
        return (at if at <= now else at - timedelta(days=1)).astimezone()
    if ago := _AGO.fullmatch(said):
        return now.astimezone() - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    return datetime.fromisoformat(said).astimezone()


def _begin(_context: click.Context, _option: click.Parameter, said: str) -> datetime:
    try:
        return since(said, datetime.now())
    except (ValueError, OverflowError):
        raise click.BadParameter(f"{said!r} is no time; say 18:00, 2026-11-30, 90min, 12h or 2d") from None


@click.command()
@click.option(
    "--since",
    "begin",
    callback=_begin,
    default="00:00",
    show_default="midnight",
    help="As 18:00, 2026-11-30, 90min, 12h or 2d.",
)
@shared_options
@pass_session
def report(session: Session, begin: datetime) -> None:
    """Tell what happened: what is filed, waits, or went wrong."""
    told: list[dict[str, Any]] = session.service().manager(
        "Report", "ta{sv}", int(begin.timestamp() * 1_000_000), {}
    )
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
