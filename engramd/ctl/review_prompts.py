"""Asks the open questions line by line, where there is no terminal to draw on."""

from __future__ import annotations

import click

from engramd.bus.client import NoDaemon
from engramd.ctl.cells import clean
from engramd.ctl.question_words import question_table
from engramd.ctl.review_desk import Desk, answer_for, subject_of
from engramd.ctl.review_screen import Card, told
from engramd.ctl.service import Properties, Snapshot
from engramd.errors import EngramError, NotAuthorized


def ask_by_lines(desk: Desk) -> bool:
    """Ask on standard input; true when the questions were gone through, or the person quit.

    False: nobody answers, so the questions are listed instead. Raises NoDaemon and NotAuthorized.
    """
    snapshot = desk.look()
    asked: set[int] = set()
    while waiting := [one for one in desk.open(snapshot) if one["Id"] not in asked]:
        asked.add(waiting[0]["Id"])
        click.echo(f"\n{_shown(desk, waiting[0], snapshot)}")
        try:
            if _ask(desk, waiting[0]):
                return True
        except (click.Abort, EOFError):
            click.echo(f"\n{question_table(desk.open(desk.look()))}")
            return False
        snapshot = desk.look()
    return True


def _shown(desk: Desk, question: Properties, snapshot: Snapshot) -> str:
    job, title = subject_of(question, snapshot)
    count = len(desk.open(snapshot))
    place = desk.open(snapshot).index(question) + 1
    card = Card(question, job, title, desk.details(question), place, count)
    return told(card)


def _ask(desk: Desk, question: Properties) -> bool:
    """Ask one question; true if the person wants no more."""
    default = question["Default"]
    proposed = "y: accept, n: one by one, " if default == "accept" else ""
    choice = str(click.prompt(f"Your choice ({proposed}s: not now, q: quit)", default=default or None))
    if choice in ("s", "q"):
        return choice == "q"
    try:
        click.echo(clean(desk.answer(question, answer_for(question, choice))))
    except (NotAuthorized, NoDaemon):
        raise
    except EngramError as error:
        click.echo(f"That was not taken: {error}", err=True)
    return False
