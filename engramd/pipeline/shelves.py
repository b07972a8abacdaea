"""What the library of series has of a show; nothing is changed, and a library that hangs costs a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engramd.errors import EngramError
from engramd.models import AppConfig, ContentType
from engramd.organize.existing import Existing, Had
from engramd.organize.folder_names import read_work
from engramd.organize.inventory import Inventory, Work
from engramd.organize.listings import SHOW_NFO
from engramd.pipeline.libraries import Libraries, library_of
from engramd.pipeline.patience import Pulse


@dataclass(frozen=True)
class Shelf:
    """A show's folder (None: there is none), its number at TMDB if the folder tells, and its episodes.

    `gone` are the files that were asked about and are not there. `lack` says why nothing is known of it all.
    """

    roots: tuple[Path, ...] = ()
    folder: Path | None = None
    tmdb_id: int | None = None
    files: tuple[Had, ...] = ()
    gone: frozenset[str] = frozenset()
    lack: str = ""

    def relative(self, path: str | Path) -> str:
        """Give a path below the library that it is in, else as it is."""
        inside = [root for root in self.roots if Path(path).is_relative_to(root)]
        return (
            str(Path(path).relative_to(max(inside, key=lambda root: len(root.parts))))
            if inside
            else str(path)
        )


class Shelves:
    """Finds them. For any thread that may wait."""

    def __init__(self, libraries: Libraries, settings: Callable[[], AppConfig]) -> None:
        self._libraries, self._settings = libraries, settings
        self._inventory, self._existing = Inventory(libraries.listings), Existing(libraries.listings)

    def read(self, show: Work, filed: Iterable[Path]) -> Shelf:
        """Give what the library has of a show, and which of the files that were filed are gone."""
        roots = tuple(map(Path, self._libraries.set_paths()))
        path = library_of(ContentType.TV, self._settings())
        if not path:
            return Shelf(roots)
        root = Path(path)
        try:
            if not self._libraries.is_there(root):
                return Shelf(roots, lack=_away(root, self._libraries.view(path).lack))
            return self._libraries.patience.run(root, partial(self._read, root, roots, show, tuple(filed)))
        except EngramError as error:
            return Shelf(roots, lack=_away(root, str(error)))
        except OSError as error:
            return Shelf(roots, lack=_away(root, f"it cannot be read: {error.strerror or error}"))

    def _read(
        self, root: Path, roots: tuple[Path, ...], show: Work, filed: tuple[Path, ...], pulse: Pulse
    ) -> Shelf:
        gone = frozenset(str(one) for one in filed if one.is_relative_to(root) and not os.path.lexists(one))
        folder = self._folder(root, show)
        pulse.beat()
        if folder is None:
            return Shelf(roots, gone=gone)
        told = self._libraries.listings.nfo(folder / SHOW_NFO)
        number = read_work(folder.name).id_of("tmdb") or (told.id_of("tmdb") if told else "")
        files = tuple(self._existing.episodes(folder))
        return Shelf(roots, folder, int(number) if number.isdecimal() else None, files, gone)

    def _folder(self, root: Path, show: Work) -> Path | None:
        """Give the folder that is recorded as the show's, else the one that is recognised."""
        rows = self._libraries.rows.folders_of(str(root), show.kind, show.name.lower(), show.tmdb_id)
        for row in rows:
            if agree(row.year, show.year) and (root / row.folder).is_dir():
                return root / row.folder
        match = self._inventory.find(root, show, mixed=self._libraries.is_mixed(root))
        return None if match is None else root / match.folder


def agree(one: int | None, other: int | None) -> bool:
    """Whether two years may be those of one show."""
    return one is None or other is None or one == other


def _away(root: Path, why: str) -> str:
    return f"what the library {root} has is not known: {why}"
