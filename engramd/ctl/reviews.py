"""Commands for open questions: review (one by one), review list and show, answer, dismiss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from engramd.ctl.fields import plain
from engramd.ctl.question_words import question_table
from engramd.ctl.review_desk import Desk, Wanted, answer_for, subject_of
from engramd.ctl.service import Properties, Snapshot
from engramd.ctl.session import NEEDS_REVIEW, Session, pass_session, shared_options, station_option

#: Kinds of questions: those of the model, which is heavy to load.
KINDS = (
    "identity",
    "season",
    "episode",
    "edition",
    "extra",
    "conflict",
    "damaged",
    "references",
    "type",
)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class _Asking:
    """How the questions are gone through."""

    wanted: Wanted
    plays_all: bool


def _filters(command: F) -> F:
    """Add `--kind` and `--job`."""
    kind = click.option("--kind", type=click.Choice(KINDS), help="Only questions of this kind.")
    job = click.option("--job", type=click.IntRange(min=1), help="Only questions about this job's disc.")
    return kind(job(command))


@click.group(invoke_without_command=True)
@_filters
@click.option("--play", is_flag=True, help="Play each title as its question comes (see `p`).")
@station_option
@shared_options
@click.pass_context
def review(context: click.Context, kind: str | None, job: int | None, play: bool) -> None:
    """Answer the open questions one by one, with single keys.

    1-9 choose an option, Enter the marked one, e types another answer, l leaves the question for later, q
    quits, and ? tells the other keys. Samples are played by mpv, vlc or ffplay, or by the command that
    ENGRAM_PLAYER names, as in ENGRAM_PLAYER='mpv --fs --start={at} {file}'. Without a terminal questions are
    asked line by line; where nobody answers they are listed, and the exit code is 5.
    """
    if context.invoked_subcommand is None:
        _ask_all(context, _Asking(Wanted(kind, job), play))


@review.command("list")
@_filters
@station_option
@shared_options
@pass_session
def list_questions(session: Session, kind: str | None, job: int | None) -> None:
    """List the open questions."""
    desk = Desk(session.service(), Wanted(kind, job))
    _list(session, desk)


@review.command("show")
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@click.option("--play", is_flag=True, help="Play the title that it is about, and wait for the player.")
@shared_options
@pass_session
def show_question(session: Session, question: int, play: bool) -> None:
    """Show the open question with this ID, what helps to answer it, and its possible answers."""
    from engramd.ctl.review_screen import Card, told

    desk = Desk(session.service())
    snapshot = desk.look()
    found = desk.find(question, snapshot)
    job, title = subject_of(found, snapshot)
    details = desk.details(found)
    session.give(
        [fields(found, snapshot) | {"details": details}],
        lambda: told(Card(found, job, title, details)),
    )
    if play:
        _play(session, details)


@click.command()
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@click.argument("choice")
@click.option(
    "--for",
    "scope",
    type=click.Choice(["disc", "season", "set"]),
    default=None,
    help="Answer the same question so for the rest of the disc, the season or the set as well.",
)
@shared_options
@pass_session
def answer(session: Session, question: int, choice: str, scope: str | None) -> None:
    """Answer the question ID.

    CHOICE is one of its options, or a value of your own, such as S01E02 or tv:123 (a number of TMDB's).
    """
    from engramd.ctl.cells import clean

    desk = Desk(session.service())
    found = desk.find(question, desk.look())
    said = answer_for(found, choice) | ({"for": scope} if scope else {})
    effect = desk.answer(found, said)
    session.give(
        [{"id": question, "answer": said["value"], "for": scope, "effect": effect or None}],
        lambda: clean(f"Review {question} is answered. {effect}"),
    )


@click.command()
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@shared_options
@pass_session
def dismiss(session: Session, question: int) -> None:
    """Close the question ID without an answer.

    What it asks about is not filed, and can still be assigned or skipped.
    """
    session.service().review(question, "Dismiss")
    session.give([{"id": question, "dismissed": True}], lambda: f"Review {question} is dismissed.")


def fields(question: Properties, snapshot: Snapshot) -> dict[str, Any]:
    """Give a question for JSON; its subject stays, because a question may be about a job or a title."""
    job, _ = subject_of(question, snapshot)
    return plain(question) | {"subject": question["Subject"], "station": (job or {}).get("Station") or None}


def _list(session: Session, desk: Desk) -> list[Properties]:
    snapshot = desk.look()
    found = desk.open(snapshot)

    def listed() -> str:
        return question_table(found, snapshot.jobs, desk.service.here()) if found else "No open questions."

    session.give((fields(one, snapshot) for one in found), listed)
    return found


def _ask_all(context: click.Context, asking: _Asking) -> None:
    from engramd.ctl import terminal

    session = context.ensure_object(Session)
    desk = Desk(session.service(), asking.wanted)
    if session.json or not desk.open(desk.look()):
        context.exit(NEEDS_REVIEW if _list(session, desk) else 0)
    if terminal.is_usable():
        _ask_on_screen(desk, asking)
        return
    from engramd.ctl.review_prompts import ask_by_lines

    if not ask_by_lines(desk):
        context.exit(NEEDS_REVIEW)


def _ask_on_screen(desk: Desk, asking: _Asking) -> None:
    from engramd.ctl.cells import clean
    from engramd.ctl.player import Player
    from engramd.ctl.review_loop import ReviewLoop
    from engramd.ctl.terminal import Terminal

    player = Player()
    try:
        with Terminal() as screen:
            loop = ReviewLoop(desk, screen, player, plays_all=asking.plays_all)
            tally = loop.run()
    finally:
        player.stop()
    if loop.note:
        click.echo(clean(loop.note))
    left = len(desk.open(desk.look()))
    click.echo(f"{len(tally.answered)} answered, {len(tally.dismissed)} dismissed, {left} open.")


def _play(session: Session, details: Properties) -> None:
    from engramd.ctl.player import Player
    from engramd.errors import EngramError, NotFound

    if not details.get("file"):
        raise NotFound("there is no file of it to play")
    player = Player()
    try:
        session.out(player.play(details["file"], int(details.get("at", 0))))
        player.wait()
    finally:
        player.stop()
    if trouble := player.trouble():
        raise EngramError(trouble)


COMMANDS = (review, answer, dismiss)
