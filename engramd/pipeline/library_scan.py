"""What is recognised in the libraries; nothing is changed."""

from __future__ import annotations

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

from engramd.errors import FilingFailed, NotFound
from engramd.models import ContentType, LibraryFolder
from engramd.organize.existing import Existing
from engramd.organize.folder_names import read_work
from engramd.organize.inventory import kind_of_folder
from engramd.organize.listings import FILM_NFO, SHOW_NFO
from engramd.organize.roots import MEDIA
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.patience import Pulse

_DATABASES = ("tmdb", "tvdb", "imdb")


class LibraryScan:
    """Reads libraries from end to end. For any thread that may wait."""

    def __init__(self, libraries: Libraries) -> None:
        self._libraries = libraries
        self._listings = libraries.listings
        self._existing = Existing(libraries.listings)

    def scan(self, path: str = "") -> list[dict[str, Any]]:
        """Give a row for each folder of a library, or of all that are set; NotFound for one that is not set.

        Rows have root, folder, kind (tv, movie, unknown), name, year (0: not known), ids (as `tmdb-1`),
        is_known (recorded as the folder of a work), seasons, episodes and files (numbers), missed (files
        whose names do not say what they are). One that is not there has a row with a `lack` only.
        """
        paths = list(self._libraries.set_paths())
        if path and path not in paths:
            raise NotFound(
                "this is no library of the settings", where=path, remedy="see engramctl library list"
            )
        return [row for one in ([path] if path else paths) for row in self._of_root(Path(one))]

    def _of_root(self, root: Path) -> list[dict[str, Any]]:
        known = {row.folder: row for row in self._libraries.rows.folders(str(root))}
        try:
            if not self._libraries.is_there(root):
                return [{"root": str(root), "lack": self._libraries.view(str(root)).lack}]
            return self._libraries.patience.run(root, partial(self._rows, root, known))
        except (OSError, FilingFailed) as error:
            return [{"root": str(root), "lack": str(error)}]

    def _rows(self, root: Path, known: dict[str, LibraryFolder], pulse: Pulse) -> list[dict[str, Any]]:
        found = []
        for folder in self._listings.of(root).folders:
            pulse.beat()
            found.append(self._row(root, folder, known.get(folder)))
        loose = [name for name in self._listings.of(root).files if Path(name).suffix.lower() in MEDIA]
        for name in loose:
            work = read_work(Path(name).stem)
            found.append(_row(root, name, ContentType.MOVIE, work.name, work.year) | {"files": 1})
        return found

    def _row(self, root: Path, folder: str, known: LibraryFolder | None) -> dict[str, Any]:
        listing, named = self._listings.of(root / folder), read_work(folder)
        kind = known.kind if known is not None else kind_of_folder(listing)
        told = self._listings.nfo(root / folder / (FILM_NFO if kind is ContentType.MOVIE else SHOW_NFO))
        ids = dict(named.ids) | (dict(told.ids) if told else {})
        year = named.year or (told.year if told else None) or (known.year if known else None)
        episodes = self._existing.episodes(root / folder)
        files = self._existing.videos(root / folder)
        numbers = {number for had in episodes if had.episodes for number in had.episodes.numbers()}
        read = {had.path for had in episodes}
        missed = [path for path in files if path not in read] if kind is ContentType.TV else []
        return _row(root, folder, kind, told.name if told and told.name else named.name, year) | {
            "ids": ", ".join(f"{name}-{ids[name]}" for name in _DATABASES if name in ids),
            "is_known": known is not None,
            "seasons": len(Counter(season for season, _ in numbers)),
            "episodes": len(numbers),
            "files": len(files),
            "missed": [str(path.relative_to(root / folder)) for path in missed],
        }


def _row(root: Path, folder: str, kind: ContentType, name: str, year: int | None) -> dict[str, Any]:
    return {
        "root": str(root),
        "folder": folder,
        "kind": kind.value,
        "name": name,
        "year": year or 0,
        "ids": "",
        "is_known": False,
        "seasons": 0,
        "episodes": 0,
        "files": 0,
        "missed": [],
        "lack": "",
    }
