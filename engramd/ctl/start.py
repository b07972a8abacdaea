"""The bare command: what state things are in, and what one can do next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from engramd.ctl import cells, output
from engramd.ctl.fitting import Item, Section, fitted
from engramd.ctl.session import Session
from engramd.ctl.tables import bold, dim
from engramd.ctl.text import counted
from engramd.ctl.unit import Unit, unit
from engramd.errors import EngramError

#: A command, and what it does.
Act = tuple[str, str]

#: Commands that are told at once.
_MOST = 4
_HELP = (("engramctl --help", "all commands"), ("engramctl COMMAND --help", "one of them, with examples"))
_WITHOUT = (
    ("engramctl inspect PATH", "say what would be made of a disc"),
    ("engramctl match FILE...", "say which episodes files are"),
    ("engramctl doctor", "say what is missing, and the remedy"),
)
_SAID = {
    "missing": "Its service is not installed. To run it by hand:",
    "masked": "Its service is masked.",
    "running": "Its service runs, and is not on this bus.",
    "starting": "Its service is starting.",
    "failed": "Its service failed.",
    "stopped": "Its service is stopped.",
    "unknown": "systemd does not answer here. To run it by hand:",
}


def overview(session: Session) -> None:
    """Say it; also where there is no daemon. Never raises the errors of one."""
    from engramd.bus.client import NoDaemon

    try:
        _of_daemon(session)
    except NoDaemon as error:
        _without_daemon(session, error)


def _of_daemon(session: Session) -> None:
    from engramd.ctl.status_facts import Facts, gather
    from engramd.ctl.status_screen import as_json, status

    facts: Facts = gather(session, datetime.now().astimezone())
    acts = list(next_acts(facts))[:_MOST]
    fields = {"running": True, "summary": facts.manager["Summary"], **as_json(facts)}
    if session.json:
        session.give([fields | {"commands": _commands(acts)}], str)
        return
    wide, high = output.columns(), output.rows()
    below = _below(acts, wide, high)
    session.out(status(facts, wide, None if high is None else max(1, high - 1 - len(below)), short=True))
    session.out("\n".join(below))


def next_acts(facts: Any) -> Iterator[Act]:
    """Give the commands that fit the moment, the most useful one first."""
    snapshot, manager = facts.snapshot, facts.manager
    if snapshot.reviews:
        said = counted(len(snapshot.reviews), "open question")
        yield "engramctl review", f"answer the {said}, one by one"
    if failed := [job["Id"] for job in snapshot.jobs.values() if job["State"] == "failed"]:
        yield f"engramctl retry {failed[-1]}", "try again what failed"
    if any(one["severity"] == "error" for one in manager["Conditions"]):
        yield "engramctl doctor", "see what is wrong, and the remedies"
    if manager["ActiveJobs"]:
        yield "engramctl watch", "see it live"
    if not any(drive["State"] == "busy" for drive in snapshot.drives.values()):
        insert = "insert a disc, or " if snapshot.drives else ""
        yield "engramctl rip PATH", f"{insert}rip an image or a folder"
    if facts.today:
        yield "engramctl report", "read what happened today"
    yield "engramctl status", "see everything on one screen"


def _without_daemon(session: Session, error: EngramError) -> None:
    found = unit(session.bus)
    if session.json:
        about_unit = {"state": found.state, "why": found.why or None, "remedy": found.remedy or None}
        fields = {"running": False, "error": error.what, "remedy": error.remedy or None, "unit": about_unit}
        session.give([fields | {"commands": _commands(_WITHOUT)}], str)
        return
    wide, high = output.columns(), output.rows()
    below = _below(_WITHOUT, wide, high, "Without it you can")
    lines = fitted(
        str(EngramError(error.what, where=error.where)),
        [Section("", tuple(_told_of(found, error)), 0)],
        wide,
        None if high is None else max(1, high - 1 - len(below)),
    )
    session.out("\n".join([*lines, *below]))


def _told_of(found: Unit, error: EngramError) -> Iterator[Item]:
    """Say how the unit stands, and what starts the daemon."""
    if not error.where:  # there is no bus: the unit cannot help
        yield Item(error.why, error.remedy)
        return
    said = _SAID[found.state]
    if found.why:
        said = f"{said.removesuffix('.')}: {found.why}"
    yield Item(said, found.remedy, "bad" if found.state == "failed" else "")
    if found.journal:
        yield Item("What it said last:", found.journal)


def _commands(acts: Iterable[Act]) -> list[dict[str, str]]:
    return [{"command": command, "text": said} for command, said in acts]


def _below(acts: Sequence[Act], wide: int | None, high: int | None, head: str = "Next") -> list[str]:
    """Lay out commands with what they do, and where further help is, on at most half of a screen."""
    shown = [*acts, *_HELP]
    label = max(len(command) for command, _ in shown)
    lines = [_act(command, said, label, wide) for command, said in shown]
    whole = ["", dim(f"{head}:"), *lines[: len(acts)], "", *lines[len(acts) :]]
    if high is None or len(whole) <= high // 2:
        return whole
    return lines[: max(1, high // 2 - 1)]


def _act(command: str, said: str, label: int, wide: int | None) -> str:
    if wide is None:
        return f"  {command.ljust(label)}  {said}"
    shown = cells.cut(command, max(1, wide - 2))
    room = wide - label - 4
    words = f"  {cells.cut(said, room)}" if room > 8 else ""
    return f"  {bold(shown.ljust(label if words else 0))}{words}"
