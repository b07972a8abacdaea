"""The command trash: what was discarded or replaced, putting it back, and deleting it for good."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from engramd.ctl import text
from engramd.ctl.fields import plain
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table


@click.group()
def trash() -> None:
    """Look at what was discarded or replaced, and put it back.

    Each library has a trash, and so has the staging folder. Files stay there for trash_days days, or until
    space is short.
    """


@trash.command("list")
@shared_options
@pass_session
def list_trash(session: Session) -> None:
    """List what is in the trashes, the oldest first."""
    rows: list[dict[str, Any]] = session.service().manager("Trash", "a{sv}", {})
    session.give(map(plain, rows), lambda: _laid_out(rows))


@trash.command()
@click.argument("ids", metavar="ID…", nargs=-1, required=True)
@shared_options
@pass_session
def restore(session: Session, ids: tuple[str, ...]) -> None:
    """Put files back where they were; never over a file that is there now."""
    paths: list[str] = session.service().manager("RestoreTrash", "asa{sv}", list(ids), {})
    session.give(
        ({"path": path} for path in paths),
        lambda: "\n".join(f"{text.printable(path)} is back." for path in paths),
    )


@trash.command()
@click.argument("ids", metavar="[ID]…", nargs=-1)
@click.option("--root", default="", help="Only of this library, or of the staging folder.")
@click.option("--days", type=click.IntRange(min=0), default=0, help="Only what is older than that.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@shared_options
@pass_session
def empty(session: Session, ids: tuple[str, ...], root: str, days: int, yes: bool) -> None:
    """Delete what is in the trashes for good: all of it, or single entries."""
    if ids and (root or days):
        raise click.UsageError("give either IDs, or --root and --days")
    if not yes:
        click.confirm("Delete it for good?", abort=True, err=True)
    options: dict[str, Any] = {"ids": list(ids)} if ids else {}
    options |= {"root": root} if root else {}
    options |= {"days": days} if days else {}
    done: dict[str, Any] = session.service().manager("EmptyTrash", "a{sv}", options)
    count = f"{done['count']} file{'' if done['count'] == 1 else 's'}"
    session.give([plain(done)], lambda: f"{count} deleted, {text.size(done['bytes'])}.")


def _laid_out(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "There is nothing in the trash."
    cells = [
        (one["id"], text.local(one["at"]), text.size(one["size"]), f"{one['root']}/{one['path']}", one["why"])
        for one in rows
    ]
    size = text.size(sum(one["size"] for one in rows))
    return f"{table(('id', 'since', 'size>', 'file', 'why'), cells, below='file')}\n\n{size} in all."


COMMANDS = (trash,)
