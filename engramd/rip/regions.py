"""Where on a disc lies what a title needs: what it plays, and what leads there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from engramd.discs.files import DiscFiles, Extent, in_folder, name_of
from engramd.discs.model import Disc, Media, Title
from engramd.discs.volume import SECTOR
from engramd.errors import NotFound
from engramd.rip.clips import open_disc
from engramd.rip.ddrescue_map import Ranges, joined, without

#: What lies between files may be file system; of a longer stretch only so much at each end, in bytes.
_MOST_BETWEEN = 32 * 1024 * 1024
#: Seconds before and behind a part of a clip in which the nearest other entry is looked for: some versions of
#: libbluray begin there, and the part surely has ended there.
_NEAR = (1, 2, 5, 10)
#: A title of more parts counts their clips as a whole: each part takes some readings of its clip's map.
_MOST_PARTS = 500
#: libbluray reads a clip in units of so many bytes, and gives nothing of one that is damaged.
_UNIT = 6144
#: What is read of the beginning of a clip of which a part is played, in bytes.
_OPENING = 256 * 1024
_VIDEO = re.compile(r"VTS_(\d\d)_[1-9]\.VOB", re.IGNORECASE)


@dataclass(frozen=True)
class Regions:
    """What a title needs of a disc.

    `played` are its cells or clips, of which every byte counts. `structure` is the file system and the
    navigation of the whole disc, much of which is there twice or not needed, and of clips of which a part is
    played the beginnings, where FFmpeg looks what they are, and what comes just before the part.
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


def title_regions(disc: Disc, title: Title) -> Regions:
    """Find what a title needs; all in whole sectors. Raises UnreadableDisc, NoMedium."""
    with open_disc(disc) as (volume, files):
        extents = [extent for file in files.files for extent in files.extents(file.path)]
        size = volume.size or max((e.offset + e.size for e in extents if e.offset is not None), default=0)
        structure = [_sectors(files.extents(path)) for path in _navigation(disc, files)]
        between = _ends(without(((0, size // SECTOR * SECTOR),), _sectors(extents)))
        played = played_ranges(disc, title, files)
        openings = _rounded(_openings(files, title))
    return Regions(played, joined(part for parts in (*structure, between, openings) for part in parts))


def played_ranges(disc: Disc, title: Title, files: DiscFiles) -> Ranges:
    """Find where the cells or clips of a title lie; what the disc names and does not have is left out."""
    if disc.media is not Media.DVD:
        keys = {segment.key for segment in title.segments}
        if len(keys) > _MOST_PARTS:
            keys = {key.partition("@")[0] for key in keys}
        return joined(part for key in keys for part in _rounded(_places_of(files, key)))
    cells = (cell_of(segment.key) for segment in title.segments)
    return joined(
        part
        for title_set, first, last in cells
        for part in places_in(video_of(files, title_set), first * SECTOR, (last + 1) * SECTOR)
    )


def _openings(files: DiscFiles, title: Title) -> Iterator[tuple[int, int]]:
    for clip in {segment.key.partition("@")[0] for segment in title.segments if "@" in segment.key}:
        with suppress(NotFound):
            yield from places_in(files.extents(_path_of(clip)), 0, _OPENING)
    keys = {segment.key for segment in title.segments if "@" in segment.key}
    for key in keys if len(keys) <= _MOST_PARTS else ():
        with suppress(NotFound):
            yield from _before(files, key)


def _before(files: DiscFiles, key: str) -> Iterator[tuple[int, int]]:
    """Give where what lies between a part of a clip and the entry before it is."""
    from engramd.discs.bluray import clip_offset
    from engramd.discs.mpls import CLOCK

    clip, _, times = key.partition("@")
    first = int(times.partition("-")[0])
    start = clip_offset(files, clip, first)
    entries = (clip_offset(files, clip, max(0, first - seconds * CLOCK)) for seconds in _NEAR)
    begin = next((entry for entry in entries if entry < start), start)
    yield from places_in(files.extents(_path_of(clip)), begin // _UNIT * _UNIT, start)


def _path_of(clip: str) -> str:
    return f"BDMV/STREAM/{clip}.m2ts"


def _places_of(files: DiscFiles, key: str) -> Iterator[tuple[int, int]]:
    """Give where a clip lies, or what is played of it."""
    clip, _, times = key.partition("@")
    try:
        extents = files.extents(_path_of(clip))
    except NotFound:
        return
    size = sum(extent.size for extent in extents)
    start, end = _part_of(files, clip, times, size) if times else (0, size)
    yield from places_in(extents, start, end)


def _part_of(files: DiscFiles, clip: str, times: str, size: int) -> tuple[int, int]:
    """Give from and to which byte of a clip a part of it lies: whole units between entries of its own map.

    It is the whole clip where that map does not tell, or counts by several clocks.
    """
    # The readers are imported where they are used: only some damaged discs need them here.
    from engramd.discs.bluray import clip_offset, clip_times
    from engramd.discs.mpls import CLOCK

    if clip_times(files, clip) is None:
        return 0, size
    first, last = (int(time) for time in times.split("-"))
    start, final = clip_offset(files, clip, first), clip_offset(files, clip, last)
    behind = (clip_offset(files, clip, last + seconds * CLOCK) for seconds in _NEAR)
    end = next((entry for entry in behind if entry > final), size)
    return start // _UNIT * _UNIT, min(-(-end // _UNIT) * _UNIT, size)


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
    return _rounded((e.offset, e.offset + e.size) for e in extents if e.offset is not None and e.size > 0)


def _rounded(places: Iterable[tuple[int, int]]) -> Ranges:
    return joined((start // SECTOR * SECTOR, -(-end // SECTOR) * SECTOR) for start, end in places)


def _ends(ranges: Ranges) -> Ranges:
    """Shorten stretches that are too long for a file system to their beginning and end."""
    parts: list[tuple[int, int]] = []
    for start, end in ranges:
        parts += [(start, min(end, start + _MOST_BETWEEN)), (max(start, end - _MOST_BETWEEN), end)]
    return joined(parts)
