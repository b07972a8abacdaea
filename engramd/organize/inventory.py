"""Which folder of a library is already that of a show or film, whatever the naming settings say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engramd.models.enums import ContentType
from engramd.organize.folder_names import (
    WorkFolder,
    folded,
    read_episodes,
    read_work,
    season_of,
    spelled_like,
)
from engramd.organize.listings import FILM_NFO, SHOW_NFO, Listing, Listings
from engramd.organize.roots import MEDIA
from engramd.organize.safe_names import is_text


@dataclass(frozen=True)
class Work:
    """What is to be filed: a show or film. `other_names` are its names in other languages."""

    kind: ContentType
    name: str
    year: int | None = None
    tmdb_id: int | None = None
    other_names: tuple[str, ...] = ()

    def is_named(self, name: str) -> bool:
        """Whether a name is one of the work's."""
        return folded(name) in self._folded

    @cached_property
    def _folded(self) -> frozenset[str]:
        return frozenset(folded(one) for one in (self.name, *self.other_names) if one)


@dataclass(frozen=True)
class Shelf:
    """A folder in a library: what its name says, what its .nfo says, and why it is taken for what it is."""

    folder: str
    named: WorkFolder
    told: WorkFolder | None = None

    @property
    def tmdb_id(self) -> int | None:
        """The work's number at TMDB, if name or .nfo has it."""
        number = self.named.id_of("tmdb") or (self.told.id_of("tmdb") if self.told else "")
        return int(number) if number.isdecimal() else None

    @property
    def year(self) -> int | None:
        """The work's year, if name or .nfo has it."""
        return self.named.year or (self.told.year if self.told else None)

    def names(self) -> Iterator[str]:
        """Give the work's names."""
        yield self.named.name
        if self.told is not None and self.told.name:
            yield self.told.name


@dataclass(frozen=True)
class Match:
    """The folder of a work, and by what it was known: `id`, `nfo`, `name and year`, or `name`."""

    folder: str
    by: str


class Inventory:
    """Finds the folders of works in libraries. Its methods read folders and raise OSError."""

    def __init__(self, listings: Listings) -> None:
        self._listings = listings

    def find(self, root: Path, work: Work, *, mixed: bool = False) -> Match | None:
        """Give a work's folder; None where there is none, or where several could be it.

        `mixed` says that shows and films lie in one library, so that the kinds of folders must be told apart.
        """
        folders = filter(is_text, self._listings.fresh(root).folders)
        shelves = [Shelf(name, read_work(name)) for name in folders]
        told = [self._told(root, s, work) if _may_be(s, work) else s for s in shelves]
        found = best_of(told, work)
        if found is None and work.tmdb_id is not None:
            # Under another name, perhaps in another language: only what the folder says of itself tells.
            found = best_of((self._told(root, shelf, work) for shelf in shelves), work, ids_only=True)
        # Not even a number tells the kinds apart: shows and films are counted each on their own.
        if found is not None and mixed and not self._is_of_kind(root / found.folder, work):
            return None
        return found

    def belongs_to_another(self, root: Path, folder: str, work: Work, *, mixed: bool = False) -> bool:
        """Whether a folder is known to be that of another work, although its name would do."""
        shelf = self._told(root, Shelf(folder, read_work(folder)), work)
        return not _agrees(shelf, work) or (mixed and not self._is_of_kind(root / folder, work))

    def season_folder(self, show: Path, season: int) -> str | None:
        """Give the folder that a show has for a season, or its name in the spelling of other seasons."""
        folders: dict[int, str] = {}
        # The shortest name first: `Season 01 - Extras` may be there, too.
        for name in sorted(filter(is_text, self._listings.fresh(show).folders), key=len):
            if (number := season_of(name)) is not None:
                folders.setdefault(number, name)
        if season in folders:
            return folders[season]
        likes = (spelled_like(folders[number], season) for number in sorted(folders) if number)
        return next((name for name in likes if name), None)

    def _told(self, root: Path, shelf: Shelf, work: Work) -> Shelf:
        name = SHOW_NFO if work.kind is ContentType.TV else FILM_NFO
        told = self._listings.nfo(root / shelf.folder / name)
        if told is None and work.kind is ContentType.MOVIE:
            told = self._film_nfo(root / shelf.folder)
        return Shelf(shelf.folder, shelf.named, told)

    def _film_nfo(self, folder: Path) -> WorkFolder | None:
        """Read the .nfo that has a film's name; there is one at most that counts."""
        names = [n for n in self._listings.of(folder).files if n.lower().endswith(".nfo") and n != SHOW_NFO]
        return self._listings.nfo(folder / names[0]) if len(names) == 1 else None

    def _is_of_kind(self, folder: Path, work: Work) -> bool:
        found = kind_of_folder(self._listings.of(folder))
        return found in (ContentType.UNKNOWN, work.kind)


def kind_of_folder(listing: Listing) -> ContentType:
    """Say whether a folder looks like that of a show or of a film."""
    videos = [name for name in listing.files if Path(name).suffix.lower() in MEDIA]
    is_show = SHOW_NFO in listing.files or any(season_of(name) is not None for name in listing.folders)
    if is_show or any(read_episodes(name) for name in videos):
        return ContentType.TV
    return ContentType.MOVIE if videos or FILM_NFO in listing.files else ContentType.UNKNOWN


def best_of(shelves: Iterable[Shelf], work: Work, *, ids_only: bool = False) -> Match | None:
    """Give the folder that is a work's: by its id, else by name and year, else by a name that one has."""
    agreeing = [shelf for shelf in shelves if _agrees(shelf, work)]
    for shelf in agreeing:
        if work.tmdb_id is not None and shelf.tmdb_id == work.tmdb_id:
            return Match(shelf.folder, "id" if shelf.named.id_of("tmdb") else "nfo")
    if ids_only:
        return None
    named = [shelf for shelf in agreeing if any(work.is_named(name) for name in shelf.names())]
    exact = [shelf for shelf in named if shelf.year is not None and shelf.year == work.year]
    if exact:
        return Match(exact[0].folder, "name and year")
    return Match(named[0].folder, "name") if len(named) == 1 else None


def _agrees(shelf: Shelf, work: Work) -> bool:
    """Whether nothing that a folder says of itself speaks against a work."""
    if work.tmdb_id is not None and shelf.tmdb_id is not None:
        return shelf.tmdb_id == work.tmdb_id
    return work.year is None or shelf.year is None or shelf.year == work.year


def _may_be(shelf: Shelf, work: Work) -> bool:
    return work.is_named(shelf.named.name)
