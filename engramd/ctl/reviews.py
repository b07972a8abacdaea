"""Commands for open questions: review (one by one), review list and show, answer, dismiss."""

from __future__ import annotations

from typing import Any

import click

from engramd.ctl import screens
from engramd.ctl.fields import plain
from engramd.ctl.service import Properties, Service
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.errors import EngramError, NotFound

#: What people type for the options of a question about a whole disc.
_SHORT = {"y": "accept", "yes": "accept", "n": "one_by_one", "no": "one_by_one"}


def answer_for(question: Properties, choice: str) -> dict[str, Any]:
    """Give the answer that a person chose: the value of an option, or one of their own.

    An option is named by its id or value, an episode by its number as well; y and n answer what is proposed
    for a disc.

    The value and not the id is sent: the numbers of the options change when the job is matched again, and
    what the person read must not become another episode by that.
    """
    ids = [option["id"] for option in question["Options"]]
    if "accept" in ids:
        choice = _SHORT.get(choice.casefold(), choice)
    elif choice.isdecimal() and 0 < int(choice) <= len(screens.numbered(question)):
        choice = screens.numbered(question)[int(choice) - 1]["id"]
    for name in ("id", "value"):
        for option in question["Options"]:
            if choice.casefold() == str(option[name]).casefold():
                return {"value": option["value"]}
    return {"value": choice}


@click.group(invoke_without_command=True)
@shared_options
@click.pass_context
def review(context: click.Context) -> None:
    """Answer the open questions one by one."""
    if context.invoked_subcommand is None:
        _ask_all(context.ensure_object(Session))


@review.command("list")
@shared_options
@pass_session
def list_questions(session: Session) -> None:
    """List the open questions."""
    snapshot = session.service().look()
    session.give(map(fields, snapshot.reviews.values()), lambda: screens.questions(snapshot))


@review.command("show")
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@shared_options
@pass_session
def show_question(session: Session, question: int) -> None:
    """Show the open question with this ID and its possible answers."""
    found = _find(session.service(), question)
    session.give([fields(found)], lambda: screens.question(found))


@click.command()
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@click.argument("choice")
@click.option(
    "--for",
    "scope",
    type=click.Choice(["disc", "season", "set"]),
    default=None,
    help="Accept what is proposed for the next discs of the season or set as well.",
)
@shared_options
@pass_session
def answer(session: Session, question: int, choice: str, scope: str | None) -> None:
    """Answer the question ID.

    CHOICE is one of its options, or a value of your own, such as S01E02 or tv:123 (a number of TMDB's).
    """
    service = session.service()
    said = answer_for(_find(service, question), choice) | ({"for": scope} if scope else {})
    service.review(question, "Answer", "a{sv}", said)
    session.out(f"Review {question} is answered.")


@click.command()
@click.argument("question", metavar="ID", type=click.IntRange(min=1))
@shared_options
@pass_session
def dismiss(session: Session, question: int) -> None:
    """Close the question ID without an answer.

    What it asks about is not filed, and can still be assigned or skipped.
    """
    session.service().review(question, "Dismiss")
    session.out(f"Review {question} is dismissed.")


def fields(question: Properties) -> dict[str, Any]:
    """Give a question for JSON; its subject stays, because a question may be about a job or a title."""
    return plain(question) | {"subject": question["Subject"]}


def _find(service: Service, review_id: int) -> Properties:
    found = service.look().reviews.get(review_id)
    if found is None:
        raise NotFound(f"there is no open question {review_id}", remedy="`engramctl review list` lists them")
    return found


def _ask_all(session: Session) -> None:
    service = session.service()
    waiting = list(service.look().reviews.values())
    if not waiting:
        click.echo("No open questions.")
    for number, question in enumerate(waiting, 1):
        click.echo(f"\n({number} of {len(waiting)}) {screens.question(question)}")
        default = question["Default"]
        proposed = "y: accept, n: one by one, " if default == "accept" else ""
        choice = click.prompt(f"Your choice ({proposed}s: not now, q: quit)", default=default or None)
        if choice == "q":
            return
        if choice == "s":
            continue
        try:
            service.review(question["Id"], "Answer", "a{sv}", answer_for(question, choice))
        except EngramError as error:
            click.echo(f"That was not taken: {error}", err=True)


COMMANDS = (review, answer, dismiss)
