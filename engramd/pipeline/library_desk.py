"""What people ask about what is filed, and do with it: libraries, trashes, seasons, orders, tracks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engramd.pipeline.libraries import Libraries, LibraryView
from engramd.pipeline.library_scan import LibraryScan
from engramd.pipeline.ordering import Ordering
from engramd.pipeline.reporting import report
from engramd.pipeline.seasons import Seasons
from engramd.pipeline.tracks import TrackRules
from engramd.pipeline.trash import Trashes
from engramd.store import Store

if TYPE_CHECKING:
    from engramd.organize.trash_entry import TrashEntry


class LibraryDesk:
    """Its methods may block on the database or a library, and raise EngramErrors; `actor` says who asks."""

    def __init__(
        self, store: Store, libraries: Libraries, trashes: Trashes, seasons: Seasons, ordering: Ordering
    ) -> None:
        self._store = store
        self._rules = TrackRules(store)
        self._libraries = libraries
        self._trashes = trashes
        self._seasons = seasons
        self._ordering = ordering

    def libraries(self) -> list[LibraryView]:
        """Give the libraries that are set, as they are."""
        return list(self._libraries.views())

    def scan_libraries(self, path: str) -> list[dict[str, Any]]:
        """Say what is recognised in a library, or in all that are set; nothing is changed."""
        return LibraryScan(self._libraries).scan(path)

    def trash(self) -> list[TrashEntry]:
        """Give what is in the trashes, the oldest first."""
        return self._trashes.entries()

    def restore_trash(self, ids: Sequence[str], actor: str) -> list[Path]:
        """Put files back where they were, never over others; give their paths."""
        return self._trashes.restore(ids, actor)

    def empty_trash(self, ids: Sequence[str], root: str, days: int, actor: str) -> list[TrashEntry]:
        """Delete entries for good: some, or all of a root (empty: of all) that are older than `days`."""
        return self._trashes.empty(ids, root=root, days=days, actor=actor)

    def season(self, show: str, season: int | None) -> list[dict[str, Any]]:
        """Give the episodes of a show, which is named, and where each is."""
        return self._seasons.rows(show, season)

    def set_show_order(self, show: str, ordering: str, actor: str) -> str:
        """Choose by which numbers a show's files are named; say what it counts for."""
        return self._ordering.choose(show, ordering, actor)

    def track_rules(self) -> list[dict[str, Any]]:
        """Give what people said about the tracks of single shows and films."""
        return self._rules.all()

    def set_track_rule(self, show: str, said: Mapping[str, Any], actor: str) -> None:
        """Say which tracks of a show or film are kept."""
        self._rules.set(show, said, actor)

    def report(self, since: datetime) -> list[dict[str, Any]]:
        """Give what happened since a time, one row a job; see `reporting.report`."""
        return report(self._store, since)
