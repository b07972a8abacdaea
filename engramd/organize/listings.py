"""What lies in folders of a library, read again only where a folder has changed."""

from __future__ import annotations

import html
import os
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engramd.organize.folder_names import WorkFolder

#: Folders that are remembered; past that all are read anew.
MOST_REMEMBERED = 20_000
#: A folder that was changed less than this before is read again: some file systems count in two seconds.
UNSETTLED = 3.0
#: Bytes of an .nfo that are read.
_MOST_NFO = 1 << 16
_NFO_ID = re.compile(
    r"<uniqueid\b[^>]*\btype\s*=\s*[\"'](tmdb|tvdb|imdb)[\"'][^>]*>\s*(tt\d+|\d+)\s*<", re.IGNORECASE
)
_OLD_ID = re.compile(r"<(tmdb|tvdb|imdb)(?:_?id)>\s*(tt\d+|\d+)\s*<", re.IGNORECASE)
_TITLE = re.compile(r"<title>([^<]{1,300})</title>", re.IGNORECASE)
_YEAR = re.compile(r"<(?:year|premiered)>\s*((?:18|19|20|21)\d\d)", re.IGNORECASE)
#: The files in which Kodi and Jellyfin keep what a folder is.
SHOW_NFO, FILM_NFO = "tvshow.nfo", "movie.nfo"


@dataclass(frozen=True)
class Listing:
    """The visible names in a folder, sorted; links to folders are folders."""

    folders: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


class Listings:
    """Remembers folders by the time of their last change; for any thread. Its methods raise OSError."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._folders: dict[Path, tuple[int, Listing]] = {}
        self._nfos: dict[Path, tuple[int, WorkFolder | None]] = {}
        #: How many folders were really read, for those who want to know what it costs.
        self.reads = 0

    def fresh(self, folder: Path) -> Listing:
        """Give what is in a folder, which is read in any case; one that is not there is empty.

        A pool of disks tells the time of one of them: what changes on another is not seen by it.
        """
        with self._lock:
            self._folders.pop(folder, None)
        return self.of(folder)

    def of(self, folder: Path) -> Listing:
        """Give what is in a folder; one that is not there is empty."""
        try:
            changed = folder.stat().st_mtime_ns
        except (FileNotFoundError, NotADirectoryError):
            return Listing()
        with self._lock:
            known = self._folders.get(folder)
        if known is not None and known[0] == changed:
            return known[1]
        listing = self._read(folder)
        if self._clock() - changed / 1e9 > UNSETTLED:
            with self._lock:
                if len(self._folders) >= MOST_REMEMBERED:
                    self._folders.clear()
                self._folders[folder] = (changed, listing)
        return listing

    def nfo(self, path: Path) -> WorkFolder | None:
        """Give what an .nfo says of its work: ids, name and year; None where there is none, or no id."""
        try:
            changed = path.stat().st_mtime_ns
            with self._lock:
                known = self._nfos.get(path)
            if known is not None and known[0] == changed:
                return known[1]
            with path.open("rb") as file:
                said = _read_nfo(file.read(_MOST_NFO).decode("utf-8", "replace"))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        with self._lock:
            if len(self._nfos) >= MOST_REMEMBERED:
                self._nfos.clear()
            self._nfos[path] = (changed, said)
        return said

    def _read(self, folder: Path) -> Listing:
        folders: list[str] = []
        files: list[str] = []
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith("."):
                    (folders if _is_folder(entry) else files).append(entry.name)
        self.reads += 1
        return Listing(tuple(sorted(folders)), tuple(sorted(files)))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        if not entry.is_symlink():
            raise
        return False  # one that leads round in a circle, or below a file


def _read_nfo(text: str) -> WorkFolder | None:
    """Read the fields that matter; many .nfo files are no good XML, and none is trusted to be."""
    found = {name.lower(): number.lower() for name, number in _OLD_ID.findall(text)}
    found |= {name.lower(): number.lower() for name, number in _NFO_ID.findall(text)}
    if not found:
        return None
    title, year = _TITLE.search(text), _YEAR.search(text)
    name = html.unescape(title[1]).strip() if title else ""
    return WorkFolder(name, int(year[1]) if year else None, tuple(sorted(found.items())))
