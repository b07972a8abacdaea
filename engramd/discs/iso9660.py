"""ISO 9660 (ECMA-119) without extensions, which every DVD-Video has besides UDF."""

from __future__ import annotations

from collections.abc import Iterator

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import (
    MAX_DEPTH,
    MAX_DIRECTORIES,
    MAX_DIRECTORY,
    MAX_FILES,
    Entry,
    Extent,
    VolumeFiles,
    read_sector,
)
from engramd.discs.volume import SECTOR, ReadFailed, Volume
from engramd.errors import UnreadableDisc

_DIRECTORY, _MORE = 0x02, 0x80


def read_iso9660(volume: Volume) -> VolumeFiles:
    """List the files of an ISO 9660 volume. Raises UnreadableDisc if there is none."""
    primary = _primary(volume)
    reader = _Reader(volume)
    root = primary.part(156, 34)
    entries = list(reader.walk(_extent(root)))
    label = primary.raw(40, 32).decode("latin-1").replace("\0", "").strip()
    return VolumeFiles(volume, label, entries, reader.problems)


def missing_end(volume: Volume) -> str:
    """One sentence if the volume descriptor promises more than there is, else an empty string."""
    try:
        promised = _primary(volume).u32(80) * SECTOR
    except UnreadableDisc:
        return ""
    if not volume.size or promised <= volume.size:
        return ""
    return f"It is cut off: {volume.size} of {promised} bytes are there."


def _primary(volume: Volume) -> View:
    for sector in range(16, 32):
        view = View(read_sector(volume, sector, "ISO 9660 descriptor"), "ISO 9660 descriptor", "little")
        if view.raw(1, 5) != b"CD001":
            break
        if view.u8(0) == 1:
            return view
    raise UnreadableDisc("there is no ISO 9660 volume", why="no volume descriptor was found")


def _extent(record: View) -> Extent:
    return Extent((record.u32(2) + record.u8(1)) * SECTOR, record.u32(10))


class _Reader:
    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.problems: list[str] = []
        self._left = MAX_DIRECTORIES

    def walk(self, root: Extent) -> Iterator[Entry]:
        """All files; a directory is read once, even where the volume loops."""
        seen = {root.offset}
        todo = [("", root)]
        listed = 0
        while todo:
            folder, place = todo.pop()
            for name, flags, extents in self._children(folder, place):
                listed += 1
                if listed > MAX_FILES:
                    raise BadStructure("the disc has more files than a disc can have", where=folder)
                path = f"{folder}{name}"
                if not flags & _DIRECTORY:
                    yield Entry(path, sum(e.size for e in extents), tuple(extents))
                elif extents[0].offset not in seen and path.count("/") < MAX_DEPTH:
                    seen.add(extents[0].offset)
                    todo.append((f"{path}/", extents[0]))

    def _children(self, folder: str, place: Extent) -> list[tuple[str, int, list[Extent]]]:
        """The children of a directory; what comes before damage is kept, and the damage noted."""
        found: list[tuple[str, int, list[Extent]]] = []
        try:
            data = self._directory(place, folder)
            for child in _joined(View(data, folder or "root directory", "little")):
                found.append(child)
        except (BadStructure, ReadFailed) as error:
            if not folder and not found:
                raise
            self.problems.append(f"The folder {folder or '/'} cannot be read: {error.why or error.what}.")
        return found

    def _directory(self, place: Extent, folder: str) -> bytes:
        size = min(place.size, MAX_DIRECTORY)
        self._left -= size
        if place.offset is None or self._left < 0:
            raise BadStructure("the disc has more directories than a disc can have", where=folder)
        return self.volume.read(place.offset, size)


def _joined(view: View) -> Iterator[tuple[str, int, list[Extent]]]:
    """Directory records; those of one file in several extents become one."""
    pending: list[Extent] = []
    for record in _records(view):
        flags, raw = record.u8(25), record.raw(33, record.u8(32))
        if raw in (b"\0", b"\1", b""):
            continue
        pending.append(_extent(record))
        if not flags & _MORE:
            yield _name(raw), flags, pending
            pending = []


def _records(view: View) -> Iterator[View]:
    place = 0
    while place < len(view):
        size = view.u8(place)
        if size == 0:  # records do not cross sectors; the rest of this one is empty
            place = (place // SECTOR + 1) * SECTOR
            continue
        yield view.part(place, size)
        place += size


def _name(raw: bytes) -> str:
    name = raw.decode("latin-1").partition(";")[0].rstrip(".")
    return name.replace("/", "_")
