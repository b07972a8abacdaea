"""Room for what is ripped and filed: in staging and in the library, with what other rips will write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import FilingFailed, NoSpace
from engramd.pipeline.staging import device_of, free_bytes, gigabytes, nearest

#: Bytes that `st_blocks` counts in, on every file system.
BLOCK = 512


@dataclass(frozen=True)
class Room:
    """What a job still writes into a folder, in bytes."""

    folder: Path
    size: int


class Ledger:
    """The titles that are being written now, so that two rips do not count on the same free bytes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._writing: dict[Path, int] = {}
        self._make_room: Callable[[Path, int], object] = lambda _folder, _needed: None

    def empty_trash_with(self, make_room: Callable[[Path, int], object]) -> None:
        """Before a job waits for space have `make_room(folder, bytes)` see that so many bytes are free."""
        self._make_room = make_room

    @contextmanager
    def writing(self, target: Path, size: int) -> Iterator[None]:
        """Count a file of about `size` bytes as long as it is being written."""
        with self._lock:
            self._writing[target] = size
        try:
            yield
        finally:
            with self._lock:
                self._writing.pop(target, None)

    def growing(self, target: Path, more: int) -> AbstractContextManager[None]:
        """Count a file that is there already, and grows by about `more` bytes, as long as it is written."""
        return self.writing(target, _size(target) + more)

    def moved_out(self, target: Path, size: int) -> None:
        """Expect `size` bytes less of a target: a part of it is complete and was moved elsewhere."""
        with self._lock:
            if target in self._writing:
                self._writing[target] -= size

    def promised(self, folder: Path) -> int:
        """Give the bytes that files on a folder's file system will still grow by. Raises FilingFailed."""
        with self._lock:
            writing = list(self._writing.items())
        device = device_of(folder)
        left = (size - _size(target) for target, size in writing if _is_on(target.parent, device))
        return sum(max(0, more) for more in left)

    def need(self, rooms: list[Room], floor: int) -> None:
        """Raise NoSpace unless all fits where it goes, and `floor` bytes stay free there.

        A file takes its room once on each file system, in the first of the folders that lie there: it is
        renamed from staging into the library. Raises FilingFailed where a file system does not answer.
        """
        by_device: dict[int, Room] = {}
        for room in rooms:
            by_device.setdefault(device_of(room.folder), room)
        for room in by_device.values():
            self._need(room, floor)

    def _need(self, room: Room, floor: int) -> None:
        promised = self.promised(room.folder)
        if free_bytes(room.folder) < room.size + floor + promised:
            self._make_room(nearest(room.folder), room.size + floor + promised)
        free = free_bytes(room.folder) - promised
        if free < room.size + floor:
            raise NoSpace(
                f"{gigabytes(room.size)} are needed and {gigabytes(max(0, free))} are free",
                where=room.folder,
                why=f"{gigabytes(floor)} always stay free (min_free_bytes), and other rips are counted in",
                remedy="make room there; the job goes on by itself",
            )


def _is_on(folder: Path, device: int) -> bool:
    """Whether another rip writes to a file system; one that does not answer is another one."""
    try:
        return device_of(folder) == device
    except FilingFailed:
        return False


def _size(target: Path) -> int:
    """Give what a file takes so far, without its holes: the image of a damaged disc has the disc's length.

    A back end may collect a file in a folder of its own beside it.
    """
    folder = target.with_suffix(".parts")
    total = 0
    for path in (target, *_inside(folder)):
        try:
            total += path.stat().st_blocks * BLOCK
        except OSError:
            continue
    return total


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
