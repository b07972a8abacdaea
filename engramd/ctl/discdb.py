"""Commands for the local copy of TheDiscDB: discdb import, discdb status. They need no daemon."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import facts
from engramd.ctl.text import printable
from engramd.errors import NotAuthorized
from engramd.paths import Paths

if TYPE_CHECKING:
    from engramd.sources.discdb_index import Summary

#: Where the system's service keeps its state; one of a session says so by its environment.
SYSTEM_STATE = Path("/var/lib/engramd")
#: Problems that are shown to people.
_SHOWN = 20


@click.group()
@shared_options
def discdb() -> None:
    """Keep a local copy of TheDiscDB, which knows what is on discs."""


@discdb.command("import")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@shared_options
@pass_session
def import_data(session: Session, folder: Path) -> None:
    """Build the index from FOLDER, a checkout of the public data.

    The daemon looks discs up there before it asks the network, if it may do that at all. To get the data:
    git clone --depth 1 https://github.com/TheDiscDb/data
    """
    from engramd.sources.discdb_index import build

    path = _index_path(session)
    if session.bus != "system" and not os.environ.get("STATE_DIRECTORY"):
        Paths.from_environment().create()  # a person's own, whose daemon may not have run yet
    _check_writable(path.parent, folder)
    summary = build(folder.absolute(), path, _progress)
    if sys.stderr.isatty():
        click.echo(f"\r{' ' * 20}\r", err=True, nl=False)
    _give(session, summary, path)


@discdb.command()
@shared_options
@pass_session
def status(session: Session) -> None:
    """Say what the index holds and how old it is."""
    from engramd.sources.discdb_index import DiscIndex

    path = _index_path(session)
    _give(session, DiscIndex(path).summary(), path)


def _index_path(session: Session) -> Path:
    """Give the index of the daemon on the bus that was named."""
    from engramd.sources.discdb_index import FILE_NAME

    if session.bus == "system" and not os.environ.get("STATE_DIRECTORY"):
        return SYSTEM_STATE / FILE_NAME
    return Paths.from_environment().state / FILE_NAME


def _check_writable(state: Path, folder: Path) -> None:
    """Raise NotAuthorized, with the command that may do it, where this user cannot write."""
    if not os.access(state, os.W_OK | os.X_OK):
        raise NotAuthorized(
            "the state folder of engramd cannot be written",
            where=state,
            why="" if os.access(state, os.F_OK) else "it is not there, or hidden from this user",
            remedy=f"sudo -u engramd engramctl discdb import {shlex.quote(str(folder.absolute()))}",
        )


def _progress(discs: int) -> None:
    if discs % 50 == 0 and sys.stderr.isatty():
        click.echo(f"\r{discs} discs", err=True, nl=False)


def _give(session: Session, summary: Summary, path: Path) -> None:
    fields = {"index": str(path), **summary.model_dump(mode="json")}
    session.give([fields], lambda: _as_text(summary, path))


def _as_text(summary: Summary, path: Path) -> str:
    text = facts(
        [
            ("index", path),
            ("from", summary.source),
            ("built", f"{summary.built_at.astimezone():%Y-%m-%d %H:%M}"),
            ("works", summary.works),
            ("discs", f"{summary.discs}, {summary.untitled} of them without titles"),
            ("titles", summary.titles),
            ("hashes", summary.hashes),
            ("left out", f"{summary.left_out} files" if summary.left_out else ""),
        ]
    )
    shown = [f"  {printable(problem)}" for problem in summary.problems[:_SHOWN]]
    more = summary.left_out - len(shown)
    return "\n".join([text, *shown, *([f"  … and {more} more"] if more > 0 else [])])


COMMANDS = (discdb,)
