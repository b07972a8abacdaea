"""Commands that correct what is filed: shift, extra, edition, rename, changes, undo."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import click

from engramd.ctl import text
from engramd.ctl.fields import plain
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table

#: Kinds of extras, which have folders of their own.
KINDS = (
    "behind_the_scenes",
    "deleted_scene",
    "featurette",
    "interview",
    "scene",
    "short",
    "trailer",
    "other",
)
_NEGATIVE = {"ignore_unknown_options": True}


@click.command(context_settings=_NEGATIVE)
@click.argument("job", type=click.IntRange(min=1))
@click.argument("what", nargs=-1, required=True, metavar="[TITLES] +1|-1", type=click.UNPROCESSED)
@shared_options
@pass_session
def shift(session: Session, job: int, what: tuple[str, ...]) -> None:
    """Shift the episodes of a JOB by a number.

    As in `shift 4 +1`, or `shift 4 3-6 -1` for some titles. TITLES are numbered from 1; without them all that
    are episodes are shifted. What is filed gets its new name. All of it counts, or nothing, and `engramctl
    undo` undoes it.
    """
    *titles, by = what
    try:
        number = int(by)
    except ValueError:
        raise click.UsageError(f"{by} is no number of episodes: say +1 or -1") from None
    options = {"titles": ",".join(titles)} if titles else {}
    session.service().job(job, "Shift", "ia{sv}", number, options)
    session.confirm(f"Job {job} is shifted by {number:+d}.")


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.argument("title", type=click.IntRange(min=1))
@click.argument("kind", required=False, default="", type=click.Choice(["", *KINDS]), metavar="[KIND]")
@shared_options
@pass_session
def extra(session: Session, job: int, title: int, kind: str) -> None:
    """Say that a TITLE of a JOB is an extra, filed or not.

    KIND is behind_the_scenes, deleted_scene, featurette, interview, scene, short, trailer or other.
    """
    session.service().title(job, title, "MarkExtra", "s", kind)
    session.confirm(f"Title {title} is an extra.")


@click.command()
@click.argument("job", type=click.IntRange(min=1))
@click.argument("title", type=click.IntRange(min=1))
@click.argument("name", required=False, default="")
@shared_options
@pass_session
def edition(session: Session, job: int, title: int, name: str) -> None:
    """Name the edition of a TITLE of a JOB, filed or not.

    As in `edition 4 1 "Director's Cut"`; without NAME it has none.
    """
    session.service().title(job, title, "SetEdition", "s", name)
    session.confirm(f"Title {title} is the edition {name}." if name else f"Title {title} has no edition.")


@click.command()
@click.argument("show")
@click.option("--dry-run", is_flag=True, help="Only say which file would be called what.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared_options
@pass_session
def rename(session: Session, show: str, dry_run: bool, yes: bool) -> None:
    """Name every file of SHOW, or of a film, as the settings do now.

    What engramd filed is renamed, with what lies beside it. A folder that was there before engramd keeps its
    name. `engramctl undo` undoes it.
    """
    service = session.service()
    preview: list[dict[str, str]] = service.manager("Rename", "sa{sv}", show, {"dry_run": True})
    if dry_run or not preview:
        session.give(preview, lambda: renamed(preview))
        return
    if not yes:
        click.echo(renamed(preview), err=True)
        click.confirm("Rename them?", abort=True, err=True)
    done: list[dict[str, str]] = service.manager("Rename", "sa{sv}", show, {"dry_run": False})
    session.give(done, lambda: f"{_files(done)} renamed; `engramctl undo` undoes it.")


@click.command()
@click.option("--job", type=click.IntRange(min=1), default=None, help="Only of this job.")
@click.option("--limit", type=click.IntRange(1, 500), default=50, help="How many, the newest first.")
@shared_options
@pass_session
def changes(session: Session, job: int | None, limit: int) -> None:
    """List what people changed, and can undo.

    Answers, and corrections of what is filed, the newest first.
    """
    options = {"limit": limit} | ({} if job is None else {"job": job})
    found: list[dict[str, Any]] = session.service().manager("Changes", "a{sv}", options)
    session.give(map(plain, found), lambda: listed(found))


@click.command()
@click.argument("change", metavar="[CHANGE]", required=False, type=click.IntRange(min=1))
@click.option("--review", type=click.IntRange(min=1), default=None, help="Undo the answer to this question.")
@shared_options
@pass_session
def undo(session: Session, change: int | None, review: int | None) -> None:
    """Undo a CHANGE, the last one by default.

    See `engramctl changes`. Files go back to where they were, and are called as they were. What was filed by
    an answer goes back to the staging folder, and the question is asked again.
    """
    if change is not None and review is not None:
        raise click.UsageError("give either CHANGE or --review")
    options = {} if change is None else {"change": change}
    options |= {} if review is None else {"review": review}
    row: dict[str, Any] = session.service().manager("Undo", "a{sv}", options)
    session.give([plain(row)], lambda: f"Undone: {text.printable(row['sentence'])}.")


def renamed(rows: Sequence[dict[str, str]]) -> str:
    """Lay out which file is called what, two lines each, without what both paths begin with."""
    if not rows:
        return "Every file is called as the settings say."
    lines = []
    for row in rows:
        old, new = _told_apart(row["old"], row["new"])
        lines.append(f"  {text.printable(old)}\n→ {text.printable(new)}")
    return "\n".join(lines) + f"\n\n{_files(rows)}."


def listed(rows: Sequence[dict[str, Any]]) -> str:
    """Lay out changes, one a line."""
    if not rows:
        return "Nobody changed anything yet."
    cells = [
        (
            row["id"],
            text.local(row["at"]),
            row["by"],
            f"undone by {row['undone_by']}" if row["state"] == "undone" else row["state"],
            row["sentence"],
        )
        for row in rows
    ]
    return table(("id>", "when", "who", "state", "what"), cells)


def _told_apart(old: str, new: str) -> tuple[str, str]:
    """Take off the folders that two paths have in common."""
    one, other = PurePath(old).parts, PurePath(new).parts
    count = 0
    while count < min(len(one), len(other)) - 1 and one[count] == other[count]:
        count += 1
    return str(PurePath(*one[count:])), str(PurePath(*other[count:]))


def _files(rows: Sequence[object]) -> str:
    return f"{len(rows)} file{'' if len(rows) == 1 else 's'}"


COMMANDS = (shift, extra, edition, rename, changes, undo)
