"""The trashes of the libraries and of the staging folder: listed, put back, and emptied in time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import structlog

from engramd.errors import EngramError, FilingFailed, InvalidArgument, NotFound
from engramd.events import Happened, LibraryChanged
from engramd.organize import Modes, Trash, TrashEntry
from engramd.organize.trash import make_room
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import device_of

log = structlog.get_logger(__name__)

T = TypeVar("T")


class Trashes:
    """All trashes that the settings lead to. For any thread, but not for the main loop."""

    def __init__(self, parts: Parts, libraries: Libraries, staging: Callable[[], Path]) -> None:
        self._parts = parts
        self._libraries = libraries
        self._staging = staging

    def entries(self) -> list[TrashEntry]:
        """Give what is in them, the oldest first; a library that is not there has nothing to show."""
        found = [entry for trash in self._there() for entry in self._all_of(trash)]
        return sorted(found, key=lambda entry: entry.at)

    def restore(self, ids: Sequence[str], actor: str) -> list[Path]:
        """Put files back where they were, never over others; give their paths.

        None is put back unless all can be. Raises NotFound, WrongState, InvalidArgument, FilingFailed or
        NoSpace.
        """
        found = self._found(ids)
        for trash, entry in found:
            self._run(trash, partial(trash.home, entry))
        return [self._restore(trash, entry, actor) for trash, entry in found]

    def empty(
        self, ids: Sequence[str] = (), *, root: str = "", days: int = 0, actor: str
    ) -> list[TrashEntry]:
        """Delete entries for good: those of `ids`, or all of `root` (empty: of all) older than `days`.

        Raises NotFound, InvalidArgument, FilingFailed.
        """
        if ids:
            found = self._found(ids)
            for trash, entry in found:
                self._run(trash, partial(trash.delete, entry))
            deleted = [entry for _, entry in found]
        else:
            trashes = [trash for trash in self._there() if root in ("", str(trash.root))]
            if root and not trashes:
                raise InvalidArgument("no trash is there", where=root, remedy="see engramctl trash list")
            deleted = [entry for trash in trashes for entry in self._expire(trash, days)]
        self._tell(deleted, f"{actor} emptied the trash")
        return deleted

    def expire(self) -> None:
        """Delete what is in a trash for longer than the setting trash_days; what cannot be reached waits."""
        for trash in self._there():
            try:
                deleted = self._expire(trash, self._parts.settings.current.trash_days)
            except EngramError as error:
                log.warning("a trash could not be emptied", root=str(trash.root), why=str(error))
            else:
                self._tell(deleted, f"in the trash for {self._parts.settings.current.trash_days} days")

    def make_room(self, folder: Path, needed: int) -> None:
        """Empty the trashes on a folder's file system, if that is enough to have `needed` bytes free there.

        What cannot be looked at is passed over.
        """
        try:
            device = device_of(folder)
            here = [trash for trash in self._there() if device_of(trash.root) == device]
            if here:
                self._tell(self._run(here[0], partial(make_room, here, needed)), "space was short")
        except EngramError as error:
            log.warning("a trash could not make room", folder=str(folder), why=str(error))

    def _there(self) -> Iterator[Trash]:
        modes = Modes.of(self._parts.settings.current)
        if self._staging().is_dir():
            yield Trash(self._staging(), modes)
        for path in self._libraries.set_paths():
            try:
                if self._libraries.is_there(Path(path)):
                    yield Trash(Path(path), modes)
            except FilingFailed as error:
                log.warning("a trash cannot be looked at", root=path, why=str(error))

    def _all_of(self, trash: Trash) -> list[TrashEntry]:
        try:
            return self._run(trash, trash.entries)
        except FilingFailed as error:
            log.warning("a trash cannot be looked at", root=str(trash.root), why=str(error))
            return []

    def _expire(self, trash: Trash, days: int) -> list[TrashEntry]:
        return self._run(trash, partial(trash.expire, days))

    def _found(self, ids: Sequence[str]) -> list[tuple[Trash, TrashEntry]]:
        """Give the entries of ids, or of the beginnings of ids that tell them apart."""
        all_of = [(trash, entry) for trash in self._there() for entry in self._all_of(trash)]
        return [_only(entry_id, all_of) for entry_id in dict.fromkeys(ids)]

    def _restore(self, trash: Trash, entry: TrashEntry, actor: str) -> Path:
        home = self._run(trash, partial(trash.restore, entry))
        self._parts.hub.publish(Happened("trash", f"{actor} took {home} out of the trash"))
        if trash.root != self._staging():
            self._parts.hub.publish(LibraryChanged(str(trash.root), str(home.parent)))
        return home

    def _run(self, trash: Trash, task: Callable[[], T]) -> T:
        """Do what may hang where a library does not answer, and say what is wrong in words."""
        try:
            return self._libraries.patience.run(trash.root, lambda _pulse: task())
        except OSError as error:
            remedy = "see that it is mounted, and may be written by the user that runs engramd"
            why = error.strerror or error
            raise FilingFailed(
                "the trash cannot be used", where=trash.root, why=why, remedy=remedy
            ) from error

    def _tell(self, deleted: Iterable[TrashEntry], why: str) -> None:
        gone = list(deleted)
        if gone:
            count = f"{len(gone)} file{'' if len(gone) == 1 else 's'}"
            self._parts.hub.publish(Happened("trash", f"{count} deleted from the trash: {why}"))


def _only(entry_id: str, found: Iterable[tuple[Trash, TrashEntry]]) -> tuple[Trash, TrashEntry]:
    fitting = [one for one in found if entry_id and one[1].id == entry_id]
    if not fitting:
        raise NotFound("the trash has no such entry", where=entry_id, remedy="see engramctl trash list")
    return fitting[0]
