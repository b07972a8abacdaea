"""The libraries that are set: whether they are there, and what is recorded of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import structlog

from engramd.errors import FilingFailed, InvalidArgument
from engramd.models import AppConfig, ContentType, DiscJob
from engramd.organize.listings import Listings
from engramd.organize.roots import Recorded, Seen, judge, look_at, write_marker
from engramd.pipeline.parts import Parts
from engramd.pipeline.patience import Patience, Pulse
from engramd.store.library import LibraryRows

log = structlog.get_logger(__name__)

T = TypeVar("T")
#: The settings of libraries, and what belongs into them.
SETTINGS = {
    "library_tv_path": "series",
    "library_movies_path": "films",
    "library_other_path": "other discs",
}


@dataclass(frozen=True)
class LibraryView:
    """A library as a person sees it; `lack` says what it lacks, or nothing. `free` in bytes."""

    path: str
    holds: tuple[str, ...]
    marker: str
    file_system: str
    is_mount: bool
    way: str
    free: int
    is_writable: bool
    lack: str
    remedy: str


class Libraries:
    """Looks at libraries before anything is made in them. For any thread, but not for the main loop."""

    def __init__(self, parts: Parts, patience: Patience | None = None) -> None:
        self._parts = parts
        self.patience = patience or Patience()
        self.listings = Listings()
        self.rows = LibraryRows(parts.store)

    def ready(self, root: Path) -> None:
        """Return when files may be made in a library; at its first use it gets its marker. FilingFailed."""
        seen = self.patience.look(root)
        known = self._known(root)
        needs_marker = judge(seen, known)
        if known is None:
            self._adopt(seen, write=needs_marker)

    def still_there(self, root: Path, pulse: Pulse) -> None:
        """Raise FilingFailed unless a library is there as `ready` found it; for a thread that may hang."""
        pulse.beat()
        judge(look_at(root), self._known(root))

    def is_there(self, root: Path) -> bool:
        """Whether a library is there; changes nothing. Raises FilingFailed where it does not answer."""
        seen = self.patience.look(root)
        try:
            judge(seen, self._known(root))
        except FilingFailed:
            return False
        return True

    def has_file(self, path: Path) -> bool:
        """Whether a library has a file; one that is away, or does not answer, has what it had."""
        try:
            return self.run_at(path, lambda: os.path.lexists(path))
        except FilingFailed:
            return True

    def run_at(self, path: Path, task: Callable[[], T]) -> T:
        """Do something with a file that may be a library's, on a thread that may hang.

        Libraries count that were set once, too. Raises FilingFailed where its library is not there, and what
        the task raises.
        """
        known = {*self.set_paths(), *(row.path for row in self.rows.roots())}
        roots = [Path(root) for root in known if path.is_relative_to(root)]
        if not roots:
            return task()
        root = max(roots, key=lambda root: len(root.parts))
        judge(self.patience.look(root), self._known(root))
        return self.patience.run(root, lambda _pulse: task())

    def init(self, path: str, actor: str) -> LibraryView:
        """Make a folder a library because a person says so, whatever was recorded of it.

        It must be one of the settings. Raises InvalidArgument, FilingFailed.
        """
        path = str(Path(path))
        if path not in self.set_paths():
            remedy = "set it first: engramctl config set library_tv_path FOLDER"
            raise InvalidArgument("this is no library of the settings", where=path, remedy=remedy)
        seen = self.patience.look(Path(path))
        self._adopt(seen, write=judge(seen, self._known(Path(path)), by_person=True))
        log.info("a folder is a library now", path=path, who=actor)
        self._parts.wakeups.wake()
        return self.view(path)

    def set_paths(self) -> dict[str, tuple[str, ...]]:
        """Give the libraries that are set, with what belongs into each."""
        settings, found = self._parts.settings.current, dict[str, tuple[str, ...]]()
        for name, holds in SETTINGS.items():
            if value := getattr(settings, name):
                path = str(Path(value))  # with a slash at its end it is the same
                found[path] = (*found.get(path, ()), holds)
        return found

    def is_mixed(self, root: Path) -> bool:
        """Whether shows and films lie in one library."""
        return len(self.set_paths().get(str(root), ())) > 1

    def views(self) -> Iterator[LibraryView]:
        """Give every library that is set; one that does not answer costs some seconds."""
        for path in self.set_paths():
            yield self.view(path)

    def view(self, path: str) -> LibraryView:
        """Give one library as it is."""
        known, holds = self.rows.root(path), self.set_paths().get(path, ())
        way, seen, lack = known.way if known else "", Seen(Path(path)), ("", "")
        try:
            seen = self.patience.look(Path(path))
            judge(seen, self._known(Path(path)))
        except FilingFailed as error:
            lack = (str(error), error.remedy)
        return LibraryView(
            path,
            holds,
            marker=seen.marker,
            file_system=seen.file_system,
            is_mount=seen.is_mount,
            way=way,
            free=seen.free,
            is_writable=seen.is_writable,
            lack=lack[0],
            remedy=lack[1],
        )

    def _known(self, root: Path) -> Recorded | None:
        row = self.rows.root(str(root))
        return Recorded(row.marker, row.file_system) if row is not None and row.marker else None

    def _adopt(self, seen: Seen, *, write: bool) -> None:
        marker = seen.marker
        if write:
            marker = self.patience.run(seen.path, lambda _pulse: write_marker(seen.path))
        self.rows.keep_root(str(seen.path), marker, seen.file_system, is_mount=seen.is_mount)


def library_of(kind: ContentType, settings: AppConfig, job: DiscJob | None = None) -> str:
    """Give the library folder for a type, or nothing; an unknown type takes any that is set.

    A disc that a person called neither show nor film goes where such discs go.
    """
    if job is not None and job.is_other:
        return settings.library_other_path
    paths = {ContentType.TV: settings.library_tv_path, ContentType.MOVIE: settings.library_movies_path}
    return paths.get(kind, settings.library_tv_path or settings.library_movies_path)
