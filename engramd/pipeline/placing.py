"""Where in a library a title belongs: in the folder that its work has there, else in one named for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd import organize
from engramd.errors import FilingFailed, InvalidArgument
from engramd.models import AppConfig, ContentType, LibraryFolder, WorkNamespace
from engramd.organize import EpisodeCode, existing_spelling
from engramd.organize.existing import Existing, Had
from engramd.organize.inventory import Inventory, Work
from engramd.organize.safe_names import LONGEST, safe_component
from engramd.pipeline.libraries import Libraries

if TYPE_CHECKING:
    from engramd.organize import FilingItem

log = structlog.get_logger(__name__)

_NAMESPACES = {ContentType.TV: WorkNamespace.TV, ContentType.MOVIE: WorkNamespace.MOVIE}
#: Bytes that a folder's name may have if it begins the names of its files.
_LONGEST_BEGINNING = LONGEST - 80


@dataclass(frozen=True)
class Place:
    """The place of a title: `folder` is its work's below `root`, `below` are folders in it, `name` its file.

    `adopted` says that the folder was there before; `planned` is how the settings would call it. Where it
    `is_sure`, more than its name says whose folder it is.
    """

    root: Path
    folder: str
    below: tuple[str, ...]
    name: str
    work: Work
    adopted: bool
    planned: str
    is_sure: bool = True

    @property
    def work_folder(self) -> Path:
        """The absolute path of the work's folder."""
        return self.root / self.folder

    @property
    def target(self) -> Path:
        """The absolute path of the title's file."""
        return self.work_folder.joinpath(*self.below, self.name)

    def of(self, item: FilingItem, settings: AppConfig) -> Path:
        """Give the path that another file of this work would have in the same folder."""
        return self.target.with_name(named(item, settings, self.planned, self.folder))


class Placer:
    """Reads libraries, and so may hang; raises OSError, and InvalidArgument where a work could be several."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries
        self._inventory = Inventory(libraries.listings)
        self._existing = Existing(libraries.listings, fresh=True)

    def place(self, root: Path, item: FilingItem, settings: AppConfig) -> Place:
        """Give the place of an item."""
        work = work_of(item)
        planned, *below = organize.plan_folder(item, settings).parts
        folder, adopted, is_sure = self._folder(root, work, planned)
        if below and work.kind is ContentType.TV and (season := _season(item)) is not None:
            below[0] = self._inventory.season_folder(root / folder, season) or below[0]
        name = named(item, settings, planned, folder)
        return Place(root, folder, tuple(below), name, work, adopted, planned, is_sure)

    def anew(self, root: Path, item: FilingItem, settings: AppConfig) -> Place:
        """Give the place of an item as it is named now; a folder that was there before keeps its name."""
        place = self.place(root, item, settings)
        planned, *below = organize.plan_folder(item, settings).parts
        if place.adopted:
            return place
        taken = (root / planned).is_dir() and existing_spelling(root, planned) != place.folder
        folder = place.folder if taken and self._is_anothers(root, planned, place.work) else planned
        name = named(item, settings, planned, folder)
        return Place(root, folder, tuple(below), name, place.work, adopted=False, planned=planned)

    def had(self, place: Place, item: FilingItem) -> list[Had]:
        """Give what the library has of an episode or film already."""
        part = item.episode_part
        if item.kind == "episode" and item.episode_code:
            return self._existing.of_episode(place.work_folder, EpisodeCode.parse(item.episode_code), part)
        if item.kind == "film":
            return self._existing.of_film(place.root, place.work_folder, place.work, item.edition, part)
        return []

    def remember(self, place: Place) -> None:
        """Record the folder of a work, so that it stays that whatever is learned of the work later."""
        work = place.work
        namespace = _NAMESPACES.get(work.kind) if work.tmdb_id else None
        self._libraries.rows.keep_folder(
            LibraryFolder(
                root=str(place.root),
                folder=place.folder,
                kind=work.kind,
                name=work.name.lower(),
                year=work.year,
                tmdb_id=work.tmdb_id if namespace else None,
                tmdb_namespace=namespace,
                adopted=place.adopted,
            )
        )

    def _folder(self, root: Path, work: Work, planned: str) -> tuple[str, bool, bool]:
        """Give a work's folder, whether it was there before engramd knew of it, and whether it is sure."""
        if (row := self._recorded(root, work)) is not None:
            return row.folder, row.adopted, _is_surely(row, work)
        if work.kind is not ContentType.UNKNOWN:
            match = self._inventory.find(root, work, mixed=self._libraries.is_mixed(root))
            if match is not None and not self._is_anothers(root, match.folder, work):
                log.info("a folder of the library is taken for a work", folder=match.folder, by=match.by)
                return match.folder, True, match.by != "name"
        for name in _apart(planned, work):
            folder = existing_spelling(root, name)
            if not (root / folder).is_dir():
                return folder, False, True
            if not self._is_anothers(root, folder, work):
                return folder, True, False
        return planned, False, True

    def _recorded(self, root: Path, work: Work) -> LibraryFolder | None:
        """Give the folder that is recorded for a work. Raises InvalidArgument where it could be several."""
        rows = self._libraries.rows.folders_of(str(root), work.kind, work.name.lower(), work.tmdb_id)
        known = [row for row in rows if _is_folder(root / row.folder) and self._agrees(root, row, work)]
        for row in known:
            if _is_surely(row, work):
                return row
        if len(known) > 1 and work.year is None and work.tmdb_id is None:
            folders = ", ".join(row.folder for row in known)
            remedy = "say its year, or its number at TMDB"
            what = f"the library has several of this name: {folders}"
            raise InvalidArgument(what, where=work.name, remedy=remedy)
        return known[0] if len(known) == 1 else None

    def _is_anothers(self, root: Path, folder: str, work: Work) -> bool:
        row = self._libraries.rows.folder(str(root), folder)
        if row is not None:
            return row.kind is not work.kind or not self._agrees(root, row, work)
        mixed = self._libraries.is_mixed(root)
        return self._inventory.belongs_to_another(root, folder, work, mixed=mixed)

    def _agrees(self, root: Path, row: LibraryFolder, work: Work) -> bool:
        """Whether nothing that is known of a folder of the same kind speaks against a work.

        A number says all: years are corrected. Of a folder that was recorded without one, it tells itself.
        """
        if row.tmdb_id is not None and work.tmdb_id is not None:
            return row.tmdb_id == work.tmdb_id
        if row.year is not None:
            return _years_agree(row.year, work.year)
        return not self._inventory.belongs_to_another(root, row.folder, work)


def work_of(item: FilingItem) -> Work:
    """Give the show or film that an item is of; the kind of what is neither is unknown."""
    kind = ContentType.TV
    if item.kind == "other":
        kind = ContentType.UNKNOWN
    elif item.kind == "film" or item.film:
        kind = ContentType.MOVIE
    names = (item.original_title,) if item.original_title else ()
    return Work(kind, item.title, item.year, item.tmdb_id, names)


def named(item: FilingItem, settings: AppConfig, planned: str, folder: str) -> str:
    """Give the name of an item's file; a film's begins as its folder is called, as the media servers want."""
    name = organize.plan_name(item, settings)
    short = len(folder.encode()) <= _LONGEST_BEGINNING
    if item.kind == "film" and not settings.naming_movie_file_format and short and name.startswith(planned):
        return folder + name[len(planned) :]
    return name


def _season(item: FilingItem) -> int | None:
    return EpisodeCode.parse(item.episode_code).season if item.episode_code else item.season


def _apart(planned: str, work: Work) -> Iterator[str]:
    """Give names for a work's folder: as planned, or with what tells it from another of the same name."""
    yield planned
    if work.year is not None and str(work.year) not in planned:
        yield safe_component(f"{planned} ({work.year})")
    if work.tmdb_id is not None:
        yield safe_component(f"{planned} {{tmdb-{work.tmdb_id}}}")
    for number in range(2, 10):
        yield safe_component(f"{planned} ({number})")


def _is_folder(path: Path) -> bool:
    """Whether a folder is there. Raises FilingFailed where it is a link to a disk that is not."""
    if path.is_symlink() and not path.exists():
        raise FilingFailed(
            "The folder leads to what is not there", where=path, remedy="mount its disk; it goes on by itself"
        )
    return path.is_dir()


def _is_surely(row: LibraryFolder, work: Work) -> bool:
    """Whether a folder is a work's by more than its name."""
    if row.tmdb_id is not None and work.tmdb_id is not None:
        return row.tmdb_id == work.tmdb_id
    return row.year is not None and row.year == work.year


def _years_agree(one: int | None, other: int | None) -> bool:
    return one is None or other is None or one == other
