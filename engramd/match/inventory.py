"""What a folder of references holds: shows, seasons, episodes, languages, sources; and what is wrong."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import NotFound
from engramd.match.hygiene import check
from engramd.match.labels import season_of_folder
from engramd.match.language import guess
from engramd.match.listing import Named, list_names, printable
from engramd.match.references import Problem, load_references
from engramd.match.shelf import is_show_folder
from engramd.match.shows import find_show, show_folders
from engramd.match.subtitles import UnreadableSubtitle, read_subtitles

#: What a person can do about each kind of problem.
REMEDIES = {
    "unreadable": "remove the file, or get it anew",
    "unlabelled": "rename it, so that its name holds S01E02",
    "other_show": "",
    "left_out": "keep the best sources, and move the others elsewhere",
    "few_cues": "remove it: signs and forced subtitles tell no episode apart",
    "language": "rename it, if the name is wrong; any language is of use",
    "clock": "get it from another source, if only its times are of use (another language)",
    "missing": "add references of these episodes",
    "duplicate": "look into both, and remove or rename the wrong one",
    "different": "look into both, and remove or rename the wrong one; a third source would decide",
    "swapped": "find out who is right, and rename the files of the other; a third source would decide",
    "shifted": "find out who is right, and rename the files of the other; a third source would decide",
    "outvoted": "remove or rename it",
    "wording": "",
    "unlike": "remove the source that is of another show; another version does no harm",
}


@dataclass(frozen=True)
class Stock:
    """The references of a season: `missing` are episodes without one, below the highest that has one."""

    show: str
    season: int
    episodes: tuple[int, ...]
    missing: tuple[int, ...]
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    files: int


@dataclass(frozen=True)
class Fault:
    """A problem of a show's references, and what can be done about it."""

    show: str
    problem: Problem

    @property
    def remedy(self) -> str:
        """What a person can do."""
        return REMEDIES[self.problem.kind]


def find_folders(root: Path, show: str | None = None, *, pool: bool = False) -> list[Path]:
    """Give the folders of all shows, or of one. Raises NotFound.

    With `pool` the folder itself may be that of one show, with folders for its sources; without it only if
    files lie in it directly.
    """
    try:
        folders = [root / name for name in show_folders(root)]
    except OSError as error:
        raise NotFound("the folder of references cannot be read", where=root, why=error.strerror) from error
    found = find_show(root, show) if show else None
    if found and found.path:
        return [found.path]
    if _is_of_one(root, show, pool=pool):
        return [root]
    if found:
        raise NotFound(found.problem, where=root, remedy="`engramctl references list` lists them")
    return folders


def _is_of_one(root: Path, show: str | None, *, pool: bool) -> bool:
    """Whether a folder is of one show: files lie in it, or its folders are sources and hold no others."""
    named = [one for one in list_names(root, []) if one.label]
    if any(one.near for one in named):
        return True
    inner: dict[str, set[str]] = defaultdict(set)
    for one in named:
        inner[one.top].update(part for part in one.relative.parts[1:-1] if season_of_folder(part) is None)
    sources = len(inner) > 1 and all(len(folders) < 2 for folders in inner.values())
    return pool and sources and is_show_folder(root, show)


def stock_of(folder: Path) -> list[Stock]:
    """List what a show's folder holds, by season; of each source one file is read for its language."""
    seasons: dict[int, list[Named]] = defaultdict(list)
    for one in list_names(folder, []):
        if one.label:
            seasons[one.label.season].append(one)
    return [_stock(folder, season, files) for season, files in sorted(seasons.items())]


def _stock(folder: Path, season: int, files: list[Named]) -> Stock:
    episodes = {number for one in files if one.label for number in one.label.episodes}
    return Stock(
        printable(folder.name),
        season,
        tuple(sorted(episodes)),
        tuple(n for n in range(1, max(episodes)) if n not in episodes),
        tuple(sorted(_languages(folder, files))),
        tuple(sorted({one.source for one in files if one.source})),
        len(files),
    )


def _languages(folder: Path, files: list[Named]) -> set[str]:
    found: set[str | None] = {one.language for one in files}
    silent = {one.source: one for one in reversed(files) if not one.language}
    for one in silent.values():
        try:
            found.add(guess(cue.text for cue in read_subtitles(folder / one.relative)))
        except UnreadableSubtitle:
            continue
    return {language for language in found if language}


def faults_of(folder: Path) -> list[Fault]:
    """Read a show's references and compare them with one another; conflicts come first."""
    loaded = load_references(folder, None)
    problems = [*loaded.details, *check(loaded.references).details]
    problems.sort(key=lambda problem: not problem.conflict)
    return [Fault(printable(folder.name), problem) for problem in problems]
