"""Files of a disc, whatever file system they lie in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from engramd.discs.binary import BadStructure
from engramd.discs.model import DiscFile
from engramd.discs.volume import MAX_READ, SECTOR, Volume
from engramd.errors import NotFound

#: More files than any disc of films has; beyond it a volume is taken for hostile.
MAX_FILES = 50_000
MAX_DEPTH = 24
#: A directory's own data, in bytes.
MAX_DIRECTORY = 4 * 1024 * 1024
#: The data of all directories of a volume, in bytes.
MAX_DIRECTORIES = 16 * 1024 * 1024


@dataclass(frozen=True)
class Extent:
    """A run of bytes: `offset` in the volume, None where nothing was recorded (reads as zeros)."""

    offset: int | None
    size: int


@dataclass(frozen=True)
class Entry:
    """A file in a volume: its name as stored, size in bytes, and where its bytes are."""

    path: str
    size: int
    extents: tuple[Extent, ...]
    inline: bytes = b""


class DiscFiles(Protocol):
    """A file system as it was found. Paths have `/` between names and none in front; case does not matter."""

    label: str
    files: tuple[DiscFile, ...]
    problems: list[str]

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes of a file, fewer at its end. Raises NotFound, ReadFailed."""
        ...

    def extents(self, path: str) -> tuple[Extent, ...]:
        """Where in the volume a file lies; empty for a folder. Raises NotFound."""
        ...


def has(files: DiscFiles, path: str) -> bool:
    """Whether there is such a file, whatever its case."""
    return any(file.path.upper() == path.upper() for file in files.files)


def in_folder(files: DiscFiles, folder: str, suffix: str = "") -> tuple[DiscFile, ...]:
    """The files directly in a folder, by name; case does not matter."""
    start = f"{folder.upper()}/"
    found = [
        file
        for file in files.files
        if (upper := file.path.upper()).startswith(start)
        and "/" not in upper[len(start) :]
        and upper.endswith(suffix.upper())
    ]
    return tuple(sorted(found, key=lambda file: name_of(file.path)))


def printable(text: str) -> str:
    """A name from the operating system without bytes that are no text."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def name_of(path: str) -> str:
    """The last part of a path."""
    return path.rpartition("/")[2]


class VolumeFiles:
    """The files of a volume, once a reader of its file system has listed them."""

    def __init__(self, volume: Volume, label: str, entries: Iterable[Entry], problems: list[str]) -> None:
        self._volume = volume
        self._entries = {entry.path.upper(): entry for entry in entries}
        self.label = label
        self.problems = problems
        listed = sorted(self._entries.values(), key=lambda entry: entry.path)
        self.files = tuple(DiscFile(path=entry.path, size=entry.size) for entry in listed)

    def _entry(self, path: str) -> Entry:
        try:
            return self._entries[path.upper()]
        except KeyError:
            raise NotFound("a file is not on the disc", where=path) from None

    def extents(self, path: str) -> tuple[Extent, ...]:
        """See DiscFiles."""
        return self._entry(path).extents

    def read(self, path: str, offset: int, size: int) -> bytes:
        """See DiscFiles."""
        entry = self._entry(path)
        size = min(size, entry.size - offset, MAX_READ)
        if entry.inline:
            return entry.inline[offset : offset + max(size, 0)]
        return read_extents(self._volume, entry.extents, offset, size)


def read_extents(volume: Volume, extents: Iterable[Extent], offset: int, size: int) -> bytes:
    """Bytes of a file that lies in `extents`; fewer where the volume ends early. Raises ReadFailed."""
    pieces = []
    for extent in extents:
        if size <= 0:
            break
        if offset >= extent.size:
            offset -= extent.size
            continue
        wanted = min(size, extent.size - offset)
        piece = bytes(wanted) if extent.offset is None else volume.read(extent.offset + offset, wanted)
        pieces.append(piece)
        if len(piece) < wanted:
            break
        offset, size = 0, size - wanted
    return b"".join(pieces)


def read_sector(volume: Volume, sector: int, where: str) -> bytes:
    """One whole sector; raises BadStructure beyond the end, ReadFailed when the drive cannot read it."""
    data = volume.read(sector * SECTOR, SECTOR)
    if len(data) < SECTOR:
        raise BadStructure("the volume ends too early", where=where, why=f"sector {sector} is not there")
    return data


def truncated(files: DiscFiles, volume: Volume) -> str:
    """One sentence if files reach beyond the end of the volume, else an empty string."""
    if not volume.size:
        return ""
    cut = [f.path for f in files.files if _end(files.extents(f.path)) > volume.size]
    if not cut:
        return ""
    count = f"{len(cut)} of {len(files.files)} files"
    return (
        f"{count} reach beyond the end of the volume, the first is {cut[0]}; it is cut off or its sizes lie."
    )


def _end(extents: tuple[Extent, ...]) -> int:
    return max((e.offset + e.size for e in extents if e.offset is not None), default=0)
