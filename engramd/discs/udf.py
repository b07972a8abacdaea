"""UDF 1.02 to 2.60 as on DVD and Blu-ray (ECMA-167 part 4, OSTA UDF): partitions, directories, files.

Virtual partitions (write-once packet writing) are not read; such discs carry no films.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import (
    MAX_DEPTH,
    MAX_DIRECTORY,
    MAX_FILES,
    Entry,
    Extent,
    VolumeFiles,
    read_extents,
    read_sector,
)
from engramd.discs.udf_extents import LENGTH, Allocation, Budget, PartitionMap, first_sector, shifted, within
from engramd.discs.udf_volume import label_of, read_descriptors, tagged, text_of
from engramd.discs.volume import SECTOR, ReadFailed, Volume
from engramd.errors import UnreadableDisc

_MAX_SIZE = 1 << 60
#: Where a metadata partition's map names its file, and the copy of that.
_METADATA, _MIRROR = 40, 44
_PARENT, _DELETED, _DIRECTORY = 8, 4, 2


@dataclass(frozen=True)
class _Address:
    """A long allocation descriptor: length in bytes, block in a partition."""

    length: int
    block: int
    partition: int


@dataclass(frozen=True)
class _Node:
    """A file entry: what it is, how long, and where."""

    is_directory: bool
    size: int
    extents: tuple[Extent, ...]
    inline: bytes


def read_udf(volume: Volume) -> VolumeFiles:
    """List the files of a UDF volume. Raises UnreadableDisc if there is none or its root cannot be read."""
    reader = _Reader(volume)
    entries = list(reader.walk())
    return VolumeFiles(volume, reader.label, entries, reader.problems)


class _Reader:
    def __init__(self, volume: Volume) -> None:
        self.volume = volume
        self.problems: list[str] = []
        self._budget = Budget()
        found = read_descriptors(volume)
        if found.logical is None or not found.starts:
            raise BadStructure("the UDF volume has no usable description", where="volume descriptors")
        logical = found.logical
        if logical.u32(212) != SECTOR:
            raise BadStructure(
                "the UDF volume has blocks of an unusual size", why=f"{logical.u32(212)} bytes"
            )
        self.label = label_of(logical.raw(84, 128)) or found.volume_label
        self.maps: list[PartitionMap] = []
        self.root = self._open(logical, found.starts)

    def _open(self, logical: View, starts: dict[int, int]) -> _Address:
        """Find the root directory, through the mirror where the metadata cannot be used."""
        failure: UnreadableDisc | None = None
        for place in (_METADATA, _MIRROR):
            try:
                self.maps = self._partition_maps(logical, starts, place)
                root = self._root(_long(logical, 248))
                self._at(root, "root directory")
            except (BadStructure, ReadFailed) as error:
                failure = failure or error
                continue
            if place == _MIRROR:
                self.problems.append("The UDF metadata file is damaged; its mirror was used.")
            return root
        raise failure or BadStructure("the UDF volume has no root directory")

    def _partition_maps(self, logical: View, starts: dict[int, int], metadata: int) -> list[PartitionMap]:
        maps: list[PartitionMap] = []
        place, count = 440, min(logical.u32(268), 8)
        for _ in range(count):
            kind, size = logical.u8(place), logical.u8(place + 1)
            if size < 6:
                raise BadStructure("the UDF volume has a bad partition map", where="volume descriptors")
            maps.append(self._partition_map(logical.part(place, size), kind, starts, metadata))
            place += size
        return maps

    def _partition_map(self, entry: View, kind: int, starts: dict[int, int], metadata: int) -> PartitionMap:
        number = entry.u16(4 if kind == 1 else 38)
        if number not in starts:
            raise BadStructure("the UDF volume names a partition that it lacks", why=f"partition {number}")
        physical = shifted(starts[number])
        if kind == 1:
            return physical
        name = entry.raw(5, 23).rstrip(b"\0").decode("latin-1")
        if name == "*UDF Metadata Partition":
            sector = first_sector(physical(entry.u32(metadata), SECTOR))
            return within(self._node(sector, physical, "UDF metadata file", None).extents)
        if name == "*UDF Sparable Partition":
            return physical
        raise BadStructure("the UDF volume has a partition that is not supported", why=name)

    def _sector(self, address: _Address) -> int:
        if address.partition >= len(self.maps):
            raise BadStructure("the UDF volume names a partition that it lacks", why=str(address.partition))
        return first_sector(self.maps[address.partition](address.block, SECTOR))

    def _root(self, file_set: _Address) -> _Address:
        tag, view = tagged(read_sector(self.volume, self._sector(file_set), "file set"), "file set")
        if tag != 256:
            raise BadStructure("the UDF volume has no file set", where="file set descriptor")
        return _long(view, 400)

    def _at(self, address: _Address, where: str) -> _Node:
        sector = self._sector(address)
        return self._node(sector, self.maps[address.partition], where, self.maps)

    def _node(self, sector: int, here: PartitionMap, where: str, maps: list[PartitionMap] | None) -> _Node:
        tag, view = tagged(read_sector(self.volume, sector, where), where)
        if tag not in (261, 266):
            raise BadStructure("a file entry on the disc is damaged", where=where, why=f"tag {tag}")
        fixed = 176 if tag == 261 else 216
        attributes, length = view.u32(fixed - 8), view.u32(fixed - 4)
        flags, size = view.u16(34) & 7, view.u64(56)
        described = view.raw(fixed + attributes, length)
        is_directory = view.u8(27) == 4
        if flags == 3:
            return _Node(is_directory, min(size, length), (), described[:size])
        if flags > 1 or size > _MAX_SIZE:
            raise BadStructure(
                "a file entry on the disc is damaged", where=where, why=f"type {flags}, {size} bytes"
            )
        walker = Allocation(self.volume, here, maps, self._budget, long=flags == 1, where=where)
        return _Node(is_directory, size, walker.extents(described, size), b"")

    def walk(self) -> Iterator[Entry]:
        """All files; a directory is read once, even where the volume loops."""
        seen = {(self.root.partition, self.root.block)}
        todo = [("", self.root)]
        listed = 0
        while todo:
            folder, address = todo.pop()
            for name, is_directory, target in self._children(folder, address):
                listed += 1
                if listed > MAX_FILES:
                    raise BadStructure("the disc has more files than a disc can have", where=folder)
                path = f"{folder}{name}"
                if not is_directory:
                    yield from self._file(path, target)
                elif (target.partition, target.block) not in seen and path.count("/") < MAX_DEPTH:
                    seen.add((target.partition, target.block))
                    todo.append((f"{path}/", target))

    def _file(self, path: str, address: _Address) -> Iterator[Entry]:
        try:
            node = self._at(address, path)
        except (BadStructure, ReadFailed) as error:
            self.problems.append(f"{path} cannot be found on the disc: {error.why or error.what}.")
            return
        yield Entry(path, node.size, node.extents, node.inline)

    def _children(self, folder: str, address: _Address) -> list[tuple[str, bool, _Address]]:
        """The children of a directory; what comes before damage is kept, and the damage noted."""
        found: list[tuple[str, bool, _Address]] = []
        try:
            for child in _identifiers(self._directory(folder or "root directory", address)):
                found.append(child)
        except (BadStructure, ReadFailed) as error:
            if not folder and not found:
                raise
            self.problems.append(f"The folder {folder or '/'} cannot be read: {error.why or error.what}.")
        return found

    def _directory(self, where: str, address: _Address) -> View:
        node = self._at(address, where)
        size = min(node.size, MAX_DIRECTORY)
        self._budget.spend(directories=size)
        data = node.inline or read_extents(self.volume, node.extents, 0, size)
        if len(data) < size:
            self.problems.append(f"The folder {where} is cut off.")
        return View(data, where, "little")


def _identifiers(view: View) -> Iterator[tuple[str, bool, _Address]]:
    """The children that a directory's data name: name, whether it is a directory, where."""
    place = 0
    while place + 38 <= len(view):
        tag, _ = tagged(view.raw(place, 38), view.where)
        if tag != 257:
            raise BadStructure("a directory is damaged", where=view.where, why=f"an entry has the tag {tag}")
        flags, name_size, extra = view.u8(place + 18), view.u8(place + 19), view.u16(place + 36)
        name = text_of(view.raw(place + 38 + extra, name_size))
        if not flags & (_PARENT | _DELETED) and name not in ("", ".", ".."):
            yield name, bool(flags & _DIRECTORY), _long(view, place + 20)
        place += (38 + extra + name_size + 3) & ~3


def _long(view: View, place: int) -> _Address:
    return _Address(view.u32(place) & LENGTH, view.u32(place + 4), view.u16(place + 8))
