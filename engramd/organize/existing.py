"""What a library already has of an episode or film, whatever its files are called."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.organize.episode import EpisodeCode
from engramd.organize.folder_names import (
    Episodes,
    read_edition,
    read_episodes,
    read_part,
    read_work,
    same_name,
    season_of,
)
from engramd.organize.inventory import Work
from engramd.organize.listings import Listings
from engramd.organize.presets import EXTRA_FOLDERS
from engramd.organize.roots import MEDIA

#: Folders of extras, in the media servers' spellings, which hold no episode and no film.
NOT_LOOKED_INTO = frozenset(
    {name.casefold() for name in EXTRA_FOLDERS.values()}
    | {"extras", "extra", "others", "samples", "sample", "clips", "bonus", "theme-music", "backdrops"}
)
#: Endings by which Plex and Kodi know a film's extras beside it.
_EXTRA = re.compile(
    r"(^|[-. ])(trailer|sample|featurette|deleted|interview|scene|short|other|behindthescenes|extra)\d*$",
    re.IGNORECASE,
)
#: How many levels of folders below a show's are looked into.
_DEPTH = 2


@dataclass(frozen=True)
class Had:
    """A file of the library that holds what is to be filed, or some of it; `episodes` of a show's.

    `is_covered` says that all that it holds is in the new file, `is_equal` that both hold the very same.
    """

    path: Path
    episodes: Episodes | None = None
    is_covered: bool = True
    is_equal: bool = True


class Existing:
    """Looks through the folders of works. Its methods read folders and raise OSError."""

    def __init__(self, listings: Listings, *, fresh: bool = False) -> None:
        """With `fresh` folders are read anew, even if they do not seem to have changed."""
        self._list = listings.fresh if fresh else listings.of

    def episodes(self, show: Path) -> list[Had]:
        """Give every file of a show that holds episodes by its name."""
        return list(self._episodes(show, None, _DEPTH))

    def videos(self, folder: Path, depth: int = _DEPTH) -> list[Path]:
        """Give every video of a work but its extras."""
        listing = self._list(folder)
        found = [folder / name for name in listing.files if _is_video(name)]
        for name in listing.folders if depth else ():
            if name.casefold() not in NOT_LOOKED_INTO:
                found += self.videos(folder / name, depth - 1)
        return found

    def of_episode(self, show: Path, code: EpisodeCode, part: int | None = None) -> list[Had]:
        """Give the files that hold an episode (or some of several); `part` of one in several files."""
        wanted = Episodes(code.season, code.first, code.last, part)
        found = []
        for had in self.episodes(show):
            if had.episodes is not None and had.episodes.overlaps(wanted):
                covered = wanted.covers(had.episodes)
                equal = covered and had.episodes.covers(wanted)
                found.append(Had(had.path, had.episodes, covered, equal))
        return found

    def of_film(
        self, root: Path, folder: Path, work: Work, edition: str | None, part: int | None = None
    ) -> list[Had]:
        """Give the files of a film in one edition (None: none is named); files in the root count too."""
        return [
            had for had in self._films(root, folder, work) if _is_version(had.path, folder, edition, part)
        ]

    def _films(self, root: Path, folder: Path, work: Work) -> Iterator[Had]:
        for name in self._list(folder).files:
            if _is_video(name) and read_episodes(name) is None and not _EXTRA.search(Path(name).stem):
                yield Had(folder / name)
        for name in self._list(root).files:
            if _is_video(name):
                said = read_work(Path(name).stem)
                if work.is_named(said.name) and said.year is not None and said.year == work.year:
                    yield Had(root / name)

    def _episodes(self, folder: Path, season: int | None, depth: int) -> Iterator[Had]:
        listing = self._list(folder)
        for name in listing.files:
            found = read_episodes(name, season) if _is_video(name) else None
            if found is not None:
                yield Had(folder / name, found)
        for name in listing.folders if depth else ():
            if name.casefold() not in NOT_LOOKED_INTO:
                inner = season_of(name)
                yield from self._episodes(folder / name, season if inner is None else inner, depth - 1)


def _is_video(name: str) -> bool:
    return Path(name).suffix.lower() in MEDIA


def _is_version(path: Path, folder: Path, edition: str | None, part: int | None) -> bool:
    """Whether a film's file is of that edition and part."""
    found = read_edition(path.stem, folder.name)
    if (found or edition) and not (found and edition and same_name(found, edition)):
        return False
    theirs = read_part(path.stem)
    return part is None or theirs is None or part == theirs
