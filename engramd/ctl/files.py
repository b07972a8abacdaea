"""Commands that work without a daemon: inspect (what would be made of a disc) and match (which episode)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click

from engramd.ctl.session import (
    FAILED,
    NEEDS_REVIEW,
    Session,
    pass_session,
    shared_options,
)
from engramd.errors import EngramError, InvalidArgument

#: What `match` takes out of a folder that it is given.
_SUFFIXES = {".mkv", ".mp4", ".m4v", ".ts", ".srt", ".sub", ".idx", ".sup", ".ass", ".ssa", ".vtt"}


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@shared_options
@pass_session
def inspect(session: Session, paths: tuple[str, ...]) -> None:
    """Say what would be made of a disc, without a daemon.

    Each PATH is a drive (its device, or its name where a daemon knows it), a disc image, a folder that
    holds VIDEO_TS or BDMV, or a log of MakeMKV's robot mode.
    """
    inspect_all(session, [local_source(session, path) for path in paths], {})


def local_source(session: Session, named: str) -> Path:
    """Give the path of what is to be read here; a word that is no file may be what a daemon calls a drive."""
    path = Path(named)
    if "/" in named or path.exists():
        return path
    from engramd.bus.client import NoDaemon
    from engramd.ctl.drives import source_of

    try:
        return source_of(session.service, named)
    except (NoDaemon, click.BadParameter):
        return path


def inspect_all(session: Session, paths: Sequence[Path], told: Mapping[str, Any]) -> None:
    """Print what would be made of each path; exit with 1 where one could not be read.

    `told` is what a person says of the discs: content_type, show, year, season, disc, edition.
    """
    from engramd.ctl import inspection
    from engramd.discs import read_disc
    from engramd.discs.robot_faults import MakemkvFailed
    from engramd.discs.robot_log import is_robot_log, read_robot_log
    from engramd.identify import Hint, identify

    known = {"disc_number" if name == "disc" else name: value for name, value in told.items()}
    hint = Hint.model_validate({name: value for name, value in known.items() if value not in (None, "")})
    failed = False
    for number, path in enumerate(paths):
        try:
            disc = read_robot_log(path) if is_robot_log(path) else read_disc(path)
        except EngramError as error:
            click.echo(f"engramctl: {error}", err=True)
            if isinstance(error, MakemkvFailed) and session.json:
                session.give([inspection.failure_fields(path, error)], str)
            failed = True
            continue
        verdict = identify(disc, hint)
        if number:
            session.out()
        session.give(
            [inspection.as_fields(path, disc, verdict)],
            partial(inspection.as_text, path, disc, verdict),
        )
    if failed:
        click.get_current_context().exit(FAILED)


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, path_type=Path)
)
@click.option(
    "--references",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of reference subtitles: of one series, or one folder for each.",
)
@click.option("--show", default=None, help="The series, where the references hold several.")
@click.option("--season", type=click.IntRange(min=0), default=None, help="Only this season.")
@click.option("--separate", is_flag=True, help="Judge each file alone, and not all as titles of one disc.")
@click.option("--no-listening", is_flag=True, help="Do not listen to files without subtitles; it takes long.")
@shared_options
@pass_session
def match(
    session: Session,
    files: tuple[Path, ...],
    references: Path,
    show: str | None,
    season: int | None,
    separate: bool,
    no_listening: bool,
) -> None:
    """Say which episodes files are, with the evidence.

    Each FILE is a video or subtitles, or a folder of them; all together are taken as one disc. The folder of
    references may hold folders for sources, seasons or series. Works without a daemon. Exits with 5 where a
    file needs a person.
    """
    from engramd.ctl import inspection
    from engramd.match import Reading, match_files
    from engramd.match.speech.models import speech_model
    from engramd.paths import Paths
    from engramd.tools import Tools

    wanted = _expanded(files)
    model = speech_model("", Paths.from_environment().state)
    result = match_files(
        wanted,
        references,
        show=show,
        season=season,
        separate=separate,
        reading=Reading(speech=not no_listening, speech_model=model),
        tools=Tools(),
    )
    session.give(inspection.match_fields(wanted, result), lambda: inspection.match_text(wanted, result))
    if any(title.verdict != "matched" for title in result.titles):
        click.get_current_context().exit(NEEDS_REVIEW)


def _expanded(files: tuple[Path, ...]) -> list[Path]:
    """Put the videos and subtitles of a folder in its place; InvalidArgument where there are none at all."""
    found: list[Path] = []
    for path in files:
        if path.is_dir():
            found += sorted(one for one in path.iterdir() if one.suffix.lower() in _SUFFIXES)
        else:
            found.append(path)
    if not found:
        raise InvalidArgument("there is no video or subtitle file", where=", ".join(map(str, files)))
    return found


COMMANDS = (inspect, match)
