"""Where the bytes of a UDF file lie: partitions, allocation descriptors, budgets against hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import MAX_DIRECTORIES, Extent, read_sector
from engramd.discs.udf_volume import tagged
from engramd.discs.volume import SECTOR, Volume

_MAX_EXTENTS = 500_000
_MAX_CONTINUATIONS = 10_000
_MAX_METADATA_EXTENTS = 1_000
#: The lower 30 bits of an extent's length; the upper two say what kind it is.
LENGTH = 0x3FFFFFFF
_CONTINUED = 3

#: From a block of a partition and a length in bytes to the places in the volume.
PartitionMap = Callable[[int, int], list[Extent]]


@dataclass
class Budget:
    """What is left for a volume; spending more raises BadStructure."""

    extents: int = _MAX_EXTENTS
    continuations: int = _MAX_CONTINUATIONS
    directories: int = MAX_DIRECTORIES

    def spend(self, *, extents: int = 0, continuations: int = 0, directories: int = 0) -> None:
        """Take descriptors, continuations and bytes of directories from what is left."""
        self.extents -= extents
        self.continuations -= continuations
        self.directories -= directories
        if min(self.extents, self.continuations, self.directories) < 0:
            raise BadStructure("the disc has more directories and pieces than a disc can have", where="UDF")


def shifted(start: int) -> PartitionMap:
    """The map of a partition that begins at this sector."""
    return lambda block, size: [Extent((start + block) * SECTOR, size)]


def within(extents: tuple[Extent, ...]) -> PartitionMap:
    """The map of a partition that lies in a file with these extents."""
    if len(extents) > _MAX_METADATA_EXTENTS:
        raise BadStructure("the UDF metadata is in too many pieces", where="UDF metadata file")

    def places(block: int, size: int) -> list[Extent]:
        found, offset = [], block * SECTOR
        for extent in extents:
            if extent.offset is not None and offset < extent.size and size > 0:
                kept = min(size, extent.size - offset)
                found.append(Extent(extent.offset + offset, kept))
                size -= kept
            offset = max(offset - extent.size, 0)
        if not found or size > 0:
            raise BadStructure("a block lies outside of the UDF metadata", where="UDF metadata file")
        return found

    return places


def first_sector(places: list[Extent]) -> int:
    """The sector at which places begin."""
    return (places[0].offset or 0) // SECTOR


class Allocation:
    """Follows allocation descriptors, also those that continue elsewhere."""

    def __init__(
        self,
        volume: Volume,
        here: PartitionMap,
        maps: list[PartitionMap] | None,
        budget: Budget,
        *,
        long: bool,
        where: str,
    ) -> None:
        self.volume, self.here, self.maps, self.budget = volume, here, maps, budget
        self.long, self.where = long, where

    def extents(self, described: bytes, size: int) -> tuple[Extent, ...]:
        """The extents of `size` bytes; raises BadStructure if they loop or are too many."""
        found: list[Extent] = []
        while described and size > 0:
            view, described, before = View(described, self.where, "little"), b"", len(found)
            for place in range(0, len(view) - (15 if self.long else 7), 16 if self.long else 8):
                kind, length = view.u32(place) >> 30, view.u32(place) & LENGTH
                if length == 0 or size <= 0:
                    break
                if kind == _CONTINUED:
                    described = self._continued(self._places(view, place, SECTOR))
                    break
                kept = min(length, size)
                found += self._places(view, place, kept) if kind == 0 else [Extent(None, kept)]
                size -= kept
            self.budget.spend(extents=len(view) // 8 + len(found) - before)
        return tuple(found)

    def _places(self, view: View, place: int, size: int) -> list[Extent]:
        """Where the extent lies that a descriptor names; without maps all is in one partition."""
        block, partition = view.u32(place + 4), self.here
        if self.long and self.maps is not None:
            number = view.u16(place + 8)
            if number >= len(self.maps):
                raise BadStructure("a file lies in a partition that is not there", where=self.where)
            partition = self.maps[number]
        return partition(block, size)

    def _continued(self, places: list[Extent]) -> bytes:
        self.budget.spend(continuations=1)
        sector = first_sector(places)
        tag, view = tagged(read_sector(self.volume, sector, self.where), self.where)
        if tag != 258:
            raise BadStructure("a file on the disc loses its way", where=self.where)
        return view.raw(24, view.u32(20))
