"""Which files belong together, and what the names of folders and files say of them. Pure.

A group becomes a job, as a disc does: the files of a folder for a disc or a season, or one film. What the
folders are called, from the show's down to the disc's, is joined to a label that is read as a disc's is.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.organize.folder_names import folded, read_edition, read_episodes, read_work, season_of
from engramd.pipeline.import_walk import FoundFile

if TYPE_CHECKING:
    from engramd.identify import LabelFacts

#: Folders that hold things of many kinds: their names say nothing of a work.
_ANY = frozenset(
    {
        *("blu-rays", "bluray", "blurays", "disc", "discs", "disk", "disks", "done", "download"),
        *("downloads", "drop", "dvd", "dvds", "film", "films", "finished", "home", "import"),
        *("imports", "incoming", "inbox", "makemkv", "media", "mkv", "mkvs", "movie", "movies"),
        *("mnt", "new", "out", "output", "rip", "ripped", "rips", "serien", "series", "shows"),
        *("srv", "staging", "temp", "tmp", "todo", "transfer", "tv", "video", "videos", "var"),
    }
)
#: Folders beside a film or episodes, as the media servers call them.
_EXTRAS = frozenset(
    {
        *("bonus", "extra", "extras", "featurette", "featurettes", "interviews", "other", "others", "scenes"),
        *("shorts", "trailer", "trailers", "behind the scenes", "bonus material", "deleted scenes"),
        "special features",
    }
)
#: How far up the show of a disc's or season's folder is looked for.
_HIGHEST = 4
_TAG = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]")
#: `title_t00`, `B1_t03`, `Firefly Disc 2_t00`: MakeMKV's names, the title's number last.
_NUMBERED = re.compile(r"(?P<base>.*?)[ _.-]*\bt\d{2,3}|(?P<glued>.*?)_t\d{2,3}", re.IGNORECASE)
_PLAIN = re.compile(
    r"(?:[a-z]\d{0,2}|title|titel|track|chapter|video|movie|feature|main)?[ _.-]*\d*", re.IGNORECASE
)
_OWN_YEAR = re.compile(r"\((?:18|19|20|21)\d\d\)")


@dataclass(frozen=True)
class Group:
    """Files that become one job. `path` is their folder, or the file itself where it stands alone.

    `label` is what the names say, in the form of a disc's label; `tmdb_id` and `edition` are named in tags.
    `extras` lie in a folder for extras.
    """

    path: Path
    label: str
    files: tuple[FoundFile, ...]
    extras: frozenset[Path] = frozenset()
    edition: str = ""
    tmdb_id: int | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What a group is known by when its files change."""
        return str(self.path), self.label

    @property
    def facts(self) -> LabelFacts:
        """What the label says."""
        return _parsed(self.label)

    @property
    def changed(self) -> float:
        """When one of its files changed last, in seconds since the epoch."""
        return max((file.changed for file in self.files), default=0.0)


def grouped(files: Sequence[FoundFile], roots: Iterable[Path]) -> list[Group]:
    """Put files into groups, in the order of their paths; the names of `roots` and above say nothing."""
    above = frozenset(roots)
    homes: dict[Path, list[FoundFile]] = defaultdict(list)
    for file in files:
        homes[_home(file.path)].append(file)
    return [group for home in sorted(homes) for group in _groups_of(home, homes[home], above)]


def _home(path: Path) -> Path:
    """Give the folder that a file belongs to: an extra's is the one above."""
    folder = path.parent
    while folder.name.casefold() in _EXTRAS and folder != folder.parent:
        folder = folder.parent
    return folder


def _groups_of(home: Path, files: Sequence[FoundFile], roots: frozenset[Path]) -> Iterator[Group]:
    extras = [file for file in files if file.path.parent != home]
    mains = [file for file in files if file.path.parent == home]
    named = _named(home, roots)
    parted = _parted(named, mains)
    if not mains:
        yield _group(home, [*named, "Extras"], extras, ())
        return
    alone = len(parted) == 1
    for label, some in parted.items():
        names = named if not label else [label]
        path = some[0].path if len(some) == 1 and not (named and alone) else home
        yield _group(path, names, [*some, *(extras if alone else ())], extras if alone else ())
    if extras and not alone:
        yield _group(home, [*named, "Extras"], extras, ())


def _group(
    path: Path, names: Sequence[str], files: Sequence[FoundFile], extras: Sequence[FoundFile]
) -> Group:
    edition = next((found for name in names if (found := read_edition(name, ""))), "")
    if "{edition-" not in " ".join(names).casefold():
        edition = _parsed(_plain(names[-1])).edition or "" if names else ""
    numbers = [number for name in names if (number := read_work(name).id_of("tmdb"))]
    return Group(
        path,
        " - ".join(_plain(name) for name in names),
        tuple(files),
        frozenset(file.path for file in extras),
        edition,
        int(numbers[0]) if numbers and len(numbers[0]) < 10 else None,
    )


def _plain(name: str) -> str:
    """Give a name without tags; the folder of a season in the words of a label."""
    season = season_of(name)
    if season is not None:
        return f"Season {season}"
    return " ".join(_TAG.sub(" ", name).split()) or name


def _named(folder: Path, roots: frozenset[Path]) -> list[str]:
    """Give the names that say what a folder holds, from the show's or film's down."""
    names: list[str] = []
    for place in (folder, *folder.parents)[:_HIGHEST]:
        if place in roots or place.name.casefold() in _ANY or not place.name:
            break
        facts, season = _parsed(_plain(place.name)), season_of(place.name)
        if season is not None or facts.season is not None or facts.disc_number is not None or facts.title:
            names.insert(0, place.name)
        if season is None and facts.title:
            break
    return names


def _parted(named: Sequence[str], files: Sequence[FoundFile]) -> dict[str, list[FoundFile]]:
    """Part the files of one folder by label; those that have none but their folder's are under ''."""
    parted: dict[str, list[FoundFile]] = defaultdict(list)
    facts = _parsed(" - ".join(map(_plain, named)))
    whole = bool(named) and (facts.season is not None or facts.disc_number is not None)
    for file in files:
        parted["" if whole else _own_label(file.path.stem, named, facts)].append(file)
    return parted


def _own_label(stem: str, named: Sequence[str], folder: LabelFacts) -> str:
    """Give the label of a file beside others that need not belong to it; empty: its folder's."""
    episodes = read_episodes(stem)
    if episodes is not None:
        work = _before_episode(stem) or (named[0] if named else "")
        if named and folder.title and folded(_parsed(_plain(work)).title or "") == folded(folder.title):
            work = named[0]
        return f"{work} - Season {episodes.season}" if work else ""
    found = _NUMBERED.fullmatch(stem)
    base = (found["base"] or found["glued"] or "") if found else stem
    if _PLAIN.fullmatch(base) or (named and found):
        return ""
    if not named:
        return base
    own = read_work(stem)
    another = folder.title is None or not folded(own.name).startswith(folded(folder.title))
    return stem if _OWN_YEAR.search(stem) and another else ""


def _before_episode(stem: str) -> str:
    """Give what stands before the number of an episode."""
    found = re.search(
        r"[ ._-]*(?<![A-Za-z0-9])(?:S\d{1,4}[ ._-]*E\d{1,4}|\d{1,2}x\d{2,3})", stem, re.IGNORECASE
    )
    return re.sub(r"[._]+", " ", stem[: found.start()]).strip(" -") if found else ""


def _parsed(label: str) -> LabelFacts:
    from engramd.identify import parse_label  # an idle daemon does not hold it

    return parse_label(label)
