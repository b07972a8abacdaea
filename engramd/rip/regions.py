"""Where on a disc lies what a title needs: what it plays, and what leads there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from engramd.discs.files import DiscFiles, Extent, in_folder, name_of
from engramd.discs.model import Disc, Media, Title
from engramd.discs.volume import SECTOR, OpenVolume, Volume
from engramd.errors import UnreadableDisc
from engramd.rip.clips import root_of
from engramd.rip.ddrescue_map import Ranges, joined, without

#: What lies between files may be file system; of a longer stretch only so much at each end, in bytes.
_MOST_BETWEEN = 32 * 1024 * 1024
_VIDEO = re.compile(r"VTS_(\d\d)_[1-9]\.VOB", re.IGNORECASE)


@dataclass(frozen=True)
class Regions:
    """What a title needs of a disc.

    `played` are its cells or clips, of which every byte counts. `structure` is the file system and the
    navigation of the whole disc, much of which is there twice or not needed.
    """

    played: Ranges
    structure: Ranges

    @property
    def all(self) -> Ranges:
        """Both together."""
        return joined((*self.played, *self.structure))

    @property
    def end(self) -> int:
        """Where the last of it ends, in bytes."""
        return self.all[-1][1] if self.all else 0


@contextmanager
def open_disc(disc: Disc) -> Iterator[tuple[Volume, DiscFiles]]:
    """Open the device or image of a disc, and its file system. Raises UnreadableDisc, NoMedium."""
    # The readers are imported where they are used: only damaged discs need them here.
    from engramd.discs.iso9660 import read_iso9660
    from engramd.discs.udf import read_udf

    with OpenVolume(root_of(disc.source)) as volume:
        try:
            files = read_udf(volume)
        except UnreadableDisc:
            files = read_iso9660(volume)
        yield volume, files


def title_regions(disc: Disc, title: Title) -> Regions:
    """Find what a title needs; all in whole sectors. Raises UnreadableDisc, NoMedium."""
    with open_disc(disc) as (volume, files):
        extents = [extent for file in files.files for extent in files.extents(file.path)]
        size = volume.size or max((e.offset + e.size for e in extents if e.offset is not None), default=0)
        structure = [_sectors(files.extents(path)) for path in _navigation(disc, files)]
        between = _ends(without(((0, size // SECTOR * SECTOR),), _sectors(extents)))
        played = played_ranges(disc, title, files)
    return Regions(played, joined(part for parts in (*structure, between) for part in parts))


def played_ranges(disc: Disc, title: Title, files: DiscFiles) -> Ranges:
    """Find where the cells or clips of a title lie; what the disc names and does not have is left out."""
    if disc.media is not Media.DVD:
        wanted = {f"BDMV/STREAM/{segment.key.partition('@')[0]}.m2ts".upper() for segment in title.segments}
        found = (file.path for file in files.files if file.path.upper() in wanted)
        return joined(part for path in found for part in _sectors(files.extents(path)))
    cells = (cell_of(segment.key) for segment in title.segments)
    return joined(
        part
        for title_set, first, last in cells
        for part in places_in(video_of(files, title_set), first * SECTOR, (last + 1) * SECTOR)
    )


def cell_of(key: str) -> tuple[int, int, int]:
    """Give title set, first and last sector of a DVD segment, counted from where the set's video begins."""
    title_set, _, sectors = key.partition(":")
    first, _, last = sectors.partition("-")
    return int(title_set), int(first), int(last)


def video_of(files: DiscFiles, title_set: int) -> tuple[Extent, ...]:
    """Give where the video of a DVD title set lies: all its files but the menu's, one after another."""
    found: list[Extent] = []
    for file in in_folder(files, "VIDEO_TS", ".VOB"):
        match = _VIDEO.fullmatch(name_of(file.path))
        if match and int(match[1]) == title_set:
            found += files.extents(file.path)
    return tuple(found)


def places_in(extents: Iterable[Extent], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Give where the bytes from `start` to before `end` of a file with these extents lie."""
    before = 0
    for extent in extents:
        first, last = max(start, before), min(end, before + extent.size)
        if extent.offset is not None and first < last:
            yield extent.offset + first - before, extent.offset + last - before
        before += extent.size


def _navigation(disc: Disc, files: DiscFiles) -> list[str]:
    if disc.media is Media.DVD:
        return [file.path for suffix in (".IFO", ".BUP") for file in in_folder(files, "VIDEO_TS", suffix)]
    paths = (file.path for file in files.files if file.path.upper().startswith("BDMV/"))
    return [path for path in paths if not path.upper().startswith("BDMV/STREAM/")]


def _sectors(extents: Iterable[Extent]) -> Ranges:
    return joined(
        (e.offset // SECTOR * SECTOR, -(-(e.offset + e.size) // SECTOR) * SECTOR)
        for e in extents
        if e.offset is not None and e.size > 0
    )


def _ends(ranges: Ranges) -> Ranges:
    """Shorten stretches that are too long for a file system to their beginning and end."""
    parts: list[tuple[int, int]] = []
    for start, end in ranges:
        parts += [(start, min(end, start + _MOST_BETWEEN)), (max(start, end - _MOST_BETWEEN), end)]
    return joined(parts)
