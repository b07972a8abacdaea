"""The command library: which libraries there are, what is recognised in them, and which folder is one."""

from __future__ import annotations

from pathlib import Path

import click

from engramd.ctl.fields import plain
from engramd.ctl.service import Properties
from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.ctl.tables import table
from engramd.ctl.text import size

_KINDS = {"tv": "show", "movie": "film", "unknown": "not known"}
#: Names of files that are shown of each folder; all are in the JSON.
_SHOWN = 3


@click.group()
def library() -> None:
    """Look at the libraries, and say which folder is one."""


@library.command("list")
@shared_options
@pass_session
def list_libraries(session: Session) -> None:
    """List the libraries that are set: whether each is there, and how files come into it.

    Exits with 1 where one is not there.
    """
    rows: list[Properties] = session.service().manager("Libraries", "a{sv}", {})
    session.give(map(plain, rows), lambda: _laid_out(rows))
    if any(row["lack"] for row in rows):
        click.get_current_context().exit(FAILED)


@library.command()
@click.argument("path", required=False)
@shared_options
@pass_session
def scan(session: Session, path: str | None) -> None:
    """Say what is recognised in the libraries, or in that at PATH; nothing is changed."""
    options = {"path": str(Path(path).absolute())} if path else {}
    rows: list[Properties] = session.service().manager("ScanLibrary", "a{sv}", options)
    session.give(map(plain, rows), lambda: _scanned(rows))


@library.command()
@click.argument("path")
@shared_options
@pass_session
def init(session: Session, path: str) -> None:
    """Say that the folder at PATH is a library of the settings, wherever it lies now.

    It gets a hidden marker file, without which nothing is filed there. Needed where a library was moved, or
    where an empty folder looks like a share that is not mounted.
    """
    whole = str(Path(path).absolute())
    session.service().manager("InitLibrary", "sa{sv}", whole, {})
    session.give([{"path": whole}], lambda: f"{whole} is a library now.")


def _laid_out(rows: list[Properties]) -> str:
    if not rows:
        return "No library is set: engramctl config set library_tv_path FOLDER"
    cells = [
        (
            row["path"],
            row["holds"],
            "marked" if row["marker"] else "no marker",
            row["file_system"],
            size(row["free"]) if row["free"] else "",
            row["way"],
        )
        for row in rows
    ]
    lacks = [f"{row['path']}: {row['lack']}" for row in rows if row["lack"]]
    heads = ("library", "for", "marker", "file system", "free", "way")
    return "\n".join([table(heads, cells), *lacks])


def _scanned(rows: list[Properties]) -> str:
    lacks = [f"{row['root']}: {row['lack']}" for row in rows if row.get("lack")]
    found = [row for row in rows if not row.get("lack")]
    cells = [
        (
            row["folder"],
            _KINDS.get(row["kind"], row["kind"]),
            row["name"] + (f" ({row['year']})" if row["year"] else ""),
            row["ids"],
            _holds(row),
        )
        for row in found
    ]
    missed = [f"not understood in {row['folder']}: {_some(row['missed'])}" for row in found if row["missed"]]
    text = [table(("folder", "kind", "taken for", "ids", "holds"), cells)] if cells else []
    return "\n".join([*text, *missed, *lacks]) or "The libraries are empty."


def _holds(row: Properties) -> str:
    if row["kind"] == "tv":
        return f"{row['episodes']} episodes in {row['seasons']} season{'' if row['seasons'] == 1 else 's'}"
    return f"{row['files']} file{'' if row['files'] == 1 else 's'}"


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


COMMANDS = (library,)
