"""Commands for reference subtitles: references add, list, check. They need no daemon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engramd.ctl.session import FAILED, Session, pass_session, shared_options
from engramd.ctl.tables import colored, table
from engramd.ctl.text import printable
from engramd.errors import InvalidArgument
from engramd.paths import Paths

if TYPE_CHECKING:
    from engramd.match.adding import Added
    from engramd.match.inventory import Fault, Stock

#: Where the system's service is configured; one of a session says so by its environment.
SYSTEM_CONFIG = Path("/etc/engramd/engramd.toml")

_folder_option = click.option(
    "--references",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of references (default: the daemon's references_path).",
)


@click.group()
@shared_options
def references() -> None:
    """Keep the subtitles that episodes are told by.

    A title is known by comparing its subtitles with those of each episode. References lie in one folder for
    each series; below it, folders for the sources (who made them) and seasons. Names hold S01E02, or 13
    where episodes are counted through. Any language is of use. Two sources are better than one: their labels
    are checked against each other.
    """


@references.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="PATH..."
)
@click.option("--show", default=None, help="The series (default: as the names of the files say).")
@click.option("--year", type=click.IntRange(1900, 2100), default=None, help="The year of its first episode.")
@click.option("--language", default=None, help="Their language, as `eng`, where the names do not say it.")
@click.option(
    "--source", default=None, help="Where they come from (default: the folder or archive, or group)."
)
@_folder_option
@shared_options
@pass_session
def add(
    session: Session,
    paths: tuple[Path, ...],
    show: str | None,
    year: int | None,
    language: str | None,
    source: str | None,
    folder: Path | None,
) -> None:
    """Copy subtitles to the references.

    Each PATH is a subtitle file (srt, vtt, ass, ssa, sub), a folder of them, or a zip archive. They are
    copied to SHOW (YEAR)/SOURCE below the folder of references. No file is overwritten; what is there already
    is skipped. Exits with 1 where nothing could be taken.

    \b
    engramctl references add ~/Downloads/harbor.zip --show "Harbor Station" --year 2003
    engramctl references add fr/ --show "Harbor Station" --language fre --source opensubtitles
    """
    from engramd.match.adding import Wish, add_references

    root = _root(session, folder)
    done = list(add_references(root, paths, Wish(show, year, language, source)))
    session.give(map(_added_fields, done), lambda: _added_text(done))
    if not any(one.outcome != "refused" for one in done):
        click.get_current_context().exit(FAILED)


@references.command("list")
@click.argument("show", required=False)
@_folder_option
@shared_options
@pass_session
def list_references(session: Session, show: str | None, folder: Path | None) -> None:
    """List series, seasons and episodes that have references."""
    from engramd.match.inventory import find_folders, stock_of

    root = _root(session, folder)
    found = [stock for path in find_folders(root, show, pool=folder is not None) for stock in stock_of(path)]
    session.give(map(_stock_fields, found), lambda: _stock_text(found, root))


@references.command()
@click.argument("show", required=False)
@_folder_option
@shared_options
@pass_session
def check(session: Session, show: str | None, folder: Path | None) -> None:
    """Look for references that are wrong.

    Finds files that cannot be read, swapped and shifted labels, sources that disagree, missing episodes.
    What is in conflict is never believed without a person. Exits with 1 where there is a conflict.
    """
    from engramd.match.inventory import faults_of, find_folders

    root = _root(session, folder)
    paths = find_folders(root, show, pool=folder is not None)
    found = [fault for path in paths for fault in faults_of(path)]
    session.give(map(_fault_fields, found), lambda: _fault_text(found, paths))
    if any(fault.problem.conflict for fault in found):
        click.get_current_context().exit(FAILED)


def _root(session: Session, folder: Path | None) -> Path:
    """Give the folder of references: the one that was named, the daemon's, or the configuration file's."""
    if folder is not None:
        return folder
    configured = _configured(session)
    if not configured:
        raise InvalidArgument(
            "no folder of references is set",
            remedy="name one with --references, or set it: engramctl config set references_path FOLDER",
        )
    return Path(configured)


def _configured(session: Session) -> str:
    from engramd.bus.client import NoDaemon

    try:
        return str(session.service().values().get("references_path") or "")
    except NoDaemon:
        from engramd.settings import read_config_file

        own = Paths.from_environment().config_file
        path = SYSTEM_CONFIG if session.bus == "system" else own
        return str(read_config_file(path).settings.get("references_path") or "")


# -- what is shown --


def _added_fields(one: Added) -> dict[str, Any]:
    path = str(one.path) if one.path else None
    return {"file": one.file, "outcome": one.outcome, "path": path, "reason": one.reason}


def _added_text(done: Sequence[Added]) -> str:
    counts = {kind: sum(one.outcome == kind for one in done) for kind in ("added", "known", "refused")}
    lines = [
        f"{colored('warning', 'refused')}: {printable(f'{one.file} {one.reason}')}"
        for one in done
        if one.outcome == "refused"
    ]
    places = sorted({str(one.path.parent) for one in done if one.outcome == "added" and one.path})
    lines += [f"to {printable(place)}" for place in places]
    known = f", {counts['known']} there already" if counts["known"] else ""
    refused = f", {counts['refused']} refused" if counts["refused"] else ""
    return "\n".join([*lines, f"{counts['added']} added{known}{refused}"])


def _stock_fields(stock: Stock) -> dict[str, Any]:
    return {
        "show": stock.show,
        "season": stock.season,
        "episodes": list(stock.episodes),
        "missing": list(stock.missing),
        "languages": list(stock.languages),
        "sources": list(stock.sources),
        "files": stock.files,
    }


def _stock_text(found: Sequence[Stock], root: Path) -> str:
    if not found:
        return (
            f"there are no references in {printable(str(root))}; engramctl references add PATH... adds some"
        )
    columns = ("show", "season>", "episodes", "missing", "languages", "sources", "files>")
    return table(columns, [_stock_row(stock) for stock in found])


def _stock_row(stock: Stock) -> tuple[object, ...]:
    return (
        stock.show,
        stock.season,
        _spans(stock.episodes),
        _spans(stock.missing),
        ", ".join(stock.languages),
        ", ".join(stock.sources[:6]) + (" …" if len(stock.sources) > 6 else ""),
        stock.files,
    )


def _spans(numbers: Iterable[int]) -> str:
    """Give numbers as people write them: `1-4, 6`."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    return ", ".join(str(span[0]) if len(span) == 1 else f"{span[0]}-{span[-1]}" for span in spans)


def _fault_fields(fault: Fault) -> dict[str, Any]:
    problem = fault.problem
    return {
        "show": fault.show,
        "kind": problem.kind,
        "conflict": problem.conflict,
        "sentence": problem.sentence,
        "files": list(problem.files),
        "episodes": [str(label) for label in problem.labels],
        "remedy": fault.remedy,
    }


def _fault_text(found: Sequence[Fault], paths: Sequence[Path]) -> str:
    if not found:
        return f"{len(paths)} series looked at, nothing is wrong" if paths else "there are no references"
    lines = []
    for fault in found:
        kind = colored("error", "conflict") if fault.problem.conflict else colored("warning")
        lines.append(f"{kind}: {printable(f'{fault.show}: {fault.problem.sentence}')}")
        if fault.remedy:
            lines.append(f"  {fault.remedy}")
    conflicts = sum(fault.problem.conflict for fault in found)
    others = len(found) - conflicts
    return "\n".join([*lines, f"{_counted(conflicts, 'conflict')}, {_counted(others, 'other problem')}"])


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


COMMANDS = (references,)
