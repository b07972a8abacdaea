"""Commands for the models that hear speech: models list, models get. They need no daemon."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engramd.ctl.discdb import SYSTEM_STATE
from engramd.ctl.places import as_owner
from engramd.ctl.session import Session, pass_session, shared_options
from engramd.ctl.tables import table
from engramd.ctl.text import size
from engramd.errors import NotAuthorized
from engramd.paths import Paths

if TYPE_CHECKING:
    from engramd.match.speech.fetching import Progress
    from engramd.match.speech.models import Model


@click.group()
@shared_options
def models() -> None:
    """Fetch models that hear speech, for titles without subtitles.

    They are for faster-whisper, a package of Python; `engramctl doctor` says how to install it.
    """


@models.command("list")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="Look into this folder instead.")
@shared_options
@pass_session
def list_models(session: Session, folder: Path | None) -> None:
    """List the models that are there, the newest first: the daemon listens with the first whole one.

    Unless the setting speech_model_path names another.
    """
    from engramd.match.speech.models import models_in

    place = folder or _models_folder(session)
    try:
        found = models_in(place)
    except OSError as error:
        raise _hidden(place, "list", error) from error
    session.give([_fields(model) for model in found], lambda: _as_text(found, place))


@models.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--to", "folder", type=click.Path(path_type=Path), help="Folder for it, instead of the daemon's."
)
@click.option("--from", "hub", help="Address of a mirror of the hub, instead of the hub's own.")
@shared_options
@pass_session
def get(session: Session, name: str, folder: Path | None, hub: str | None) -> None:
    """Fetch the model NAME from the model hub; the only time that the program asks it anything.

    What was cut off goes on where it ended. The daemon uses the newest model of its own folder by itself.
    """
    from engramd.match.speech.fetching import fetch_model
    from engramd.match.speech.hub import HUB, repository

    repository(name)  # a wrong name is told before anything of the place
    place = _place_to_write(session, folder, name)
    with _progress(name) as progress:
        model = fetch_model(name, place.absolute(), hub=hub or HUB, progress=progress)
    session.give([_fields(model)], lambda: _said(model, own=folder is None))


def _models_folder(session: Session) -> Path:
    """Give the folder of the daemon on the bus that was named."""
    from engramd.match.speech.models import models_folder

    if session.bus == "system" and not os.environ.get("STATE_DIRECTORY"):
        return models_folder(SYSTEM_STATE)
    return models_folder(Paths.from_environment().state)


def _place_to_write(session: Session, folder: Path | None, name: str) -> Path:
    """Give the folder to write to, as the user that owns it. Raises NotAuthorized."""
    if folder is not None:
        return folder
    place = _models_folder(session)
    if session.bus != "system" and not os.environ.get("STATE_DIRECTORY"):
        Paths.from_environment().create()  # a person's own, whose daemon may not have run yet
    there = place if os.access(place, os.F_OK) else place.parent
    if not os.access(there, os.W_OK | os.X_OK):
        raise _hidden(place, f"get {shlex.quote(name)}")
    click.get_current_context().with_resource(as_owner(place.parent))
    return place


def _hidden(place: Path, command: str, error: OSError | None = None) -> NotAuthorized:
    why = "" if os.access(place.parent, os.F_OK) else "it is not there, or hidden from this user"
    return NotAuthorized(
        "the folder of speech models cannot be used by this user",
        where=place,
        why=error.strerror if error else why,
        remedy=f"sudo -u engramd engramctl models {command}; or name another folder with --to",
    )


@contextmanager
def _progress(name: str) -> Iterator[Progress | None]:
    """Draw a bar where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task(name, total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)


def _fields(model: Model) -> dict[str, Any]:
    return {
        "name": model.name,
        "path": str(model.path),
        "size": model.size,
        "fetched_at": model.fetched_at.isoformat().replace("+00:00", "Z"),
        "lacking": list(model.lacking),
    }


def _as_text(found: list[Model], place: Path) -> str:
    from engramd.match.speech.hub import MODELS

    known = ", ".join(f"{name} ({size(megabytes * 1e6)})" for name, (_, megabytes) in MODELS.items())
    can = f"engramctl models get NAME fetches one: {known}"
    if not found:
        return f"There is no model in {place}.\n{can}"
    rows = [(m.name, size(m.size), _state(m), m.path) for m in found]
    return f"{table(('name', 'size>', 'state', 'folder'), rows)}\n{can}"


def _state(model: Model) -> str:
    return f"lacks {', '.join(model.lacking)}" if model.lacking else "complete"


def _said(model: Model, *, own: bool) -> str:
    text = f"{model.name} is in {model.path} ({size(model.size)})"
    return text if own else f"{text}\nto use it: engramctl config set speech_model_path {model.path}"


COMMANDS = (models,)
