"""Fills the gaps in the image of a damaged disc, so that FFmpeg's readers pass over them.

They end a title where a DVD lacks a navigation pack, or where a Blu-ray is no transport stream for a while.
So a lost navigation pack is made anew from its neighbours and the disc's own table of them, and everything
else becomes stuffing, which decoders ignore. A later rescue writes the real bytes over it.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from engramd.discs.binary import View
from engramd.discs.files import DiscFiles, Extent
from engramd.discs.model import Disc, Media, Title
from engramd.discs.volume import SECTOR
from engramd.errors import NotFound, UnreadableDisc
from engramd.rip.clips import open_disc, root_of
from engramd.rip.ddrescue_map import Ranges
from engramd.rip.regions import cell_of, places_in, video_of

_MAX_IFO = 8 * 1024 * 1024
#: Navigation packs of a title set; a real one has two for each second.
_MOST_UNITS = 100_000
#: Where the table of navigation packs is named in a VTS_nn_0.IFO.
_VOBU_MAP = 0xE4
#: A pack header, and a padding packet that fills the rest of a DVD sector.
_PADDING = (bytes.fromhex("000001ba4400040004010189c3f8 000001be07ec") + b"\xff" * 2028) * 64
#: A packet of a Blu-ray clip that carries nothing: arrival time, sync byte, the PID of null packets.
_NULL = bytes.fromhex("00000000 471fff10") + b"\xff" * 184
_NULLS = _NULL * 512
#: Offsets in a navigation pack (the DVD formats as libdvdread's nav_types.h has them).
_PCI, _DSI = (0x26, b"\0\0\1\xbf\x03\xd4\0"), (0x400, b"\0\0\1\xbf\x03\xfa\1")
_PCI_PLACE, _DSI_PLACE, _START, _END, _LAST = 0x2D, 0x40B, 0x39, 0x3D, 0x40F
_REFERENCES, _STILL_END, _BUTTONS, _NEXT, _BEFORE = 0x413, 0x41, 0x8D, 0x541, 0x545
_NO_NEXT, _IS_VALID = 0x3FFFFFFF, 0x80000000
#: Half a second, the usual length of what a navigation pack leads, in ticks of 90 kHz.
_USUAL = 45045


def fill_gaps(disc: Disc, title: Title, gaps: Ranges) -> None:
    """Fill `gaps`, which are what the image that is `disc.source` lacks of a title.

    What was read stays as it is. Nothing is done where the image's file system cannot be read. Raises OSError
    when it cannot be written.
    """
    if not gaps:
        return
    try:
        with open_disc(disc) as (_, files), _Image(root_of(disc.source)) as image:
            if disc.media is Media.DVD:
                _fill_dvd(image, files, title, _Gaps(gaps))
            else:
                _fill_clips(image, files, title, _Gaps(gaps))
    except UnreadableDisc:
        return


class _Gaps:
    """Parts of the volume that are missing, to be asked often."""

    def __init__(self, gaps: Ranges) -> None:
        self._gaps = gaps
        self._starts = [start for start, _ in gaps]

    def has(self, place: int) -> bool:
        at = bisect_right(self._starts, place) - 1
        return at >= 0 and place < self._gaps[at][1]

    def within(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        at = max(bisect_right(self._starts, start) - 1, 0)
        for first, last in self._gaps[at:]:
            if first >= end:
                return
            if last > start:
                yield max(first, start), min(last, end)


class _Image:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> _Image:
        self._fd = os.open(self._path, os.O_RDWR | os.O_CLOEXEC)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def read_sector(self, place: int) -> bytes:
        return os.pread(self._fd, SECTOR, place)

    def write(self, place: int, data: bytes | memoryview) -> None:
        while data:
            written = os.pwrite(self._fd, data, place)
            place, data = place + written, data[written:]


def _fill_clips(image: _Image, files: DiscFiles, title: Title, gaps: _Gaps) -> None:
    for clip in dict.fromkeys(segment.key.partition("@")[0] for segment in title.segments):
        before = 0
        for extent in files.extents(f"BDMV/STREAM/{clip}.m2ts"):
            if extent.offset is not None:
                for start, end in gaps.within(extent.offset, extent.offset + extent.size):
                    _write_nulls(image, start, end, before + start - extent.offset)
            before += extent.size


def _write_nulls(image: _Image, start: int, end: int, in_file: int) -> None:
    while start < end:
        skip = in_file % len(_NULL)
        data = memoryview(_NULLS)[skip : skip + end - start]
        image.write(start, data)
        start, in_file = start + len(data), in_file + len(data)


@dataclass
class _Unit:
    """A video object unit: its navigation pack and last sector in the title set, and when it plays.

    `place` is where its navigation pack lies in the image; `is_led` says that the pack is there.
    """

    first: int
    last: int
    place: int | None
    is_led: bool = False
    start: int = 0
    end: int = 0

    def take(self, pack: bytes) -> None:
        """Take a sector for what it is; one that is no navigation pack counts as missing."""
        if all(pack[at : at + len(magic)] == magic for at, magic in (_PCI, _DSI)):
            view = View(pack, "navigation pack")
            self.is_led, self.start, self.end = True, view.u32(_START), view.u32(_END)


def _fill_dvd(image: _Image, files: DiscFiles, title: Title, gaps: _Gaps) -> None:
    tables: dict[int, tuple[tuple[Extent, ...], Sequence[int]]] = {}
    template: int | None = None
    at = 0
    for title_set, first, last in dict.fromkeys(cell_of(segment.key) for segment in title.segments):
        if title_set not in tables:
            tables[title_set] = video_of(files, title_set), _unit_starts(files, title_set)
        video, starts = tables[title_set]
        units = _units(image, video, starts, gaps, first, last)
        _time(units, at)
        template = next((unit.place for unit in units if unit.is_led), template)
        for number, unit in enumerate(units):
            following = units[number + 1].first if number + 1 < len(units) else None
            _fill_unit(image, video, unit, following, template, gaps)
            template, at = unit.place if unit.is_led else template, unit.end


def _unit_starts(files: DiscFiles, title_set: int) -> list[int]:
    """Give the sectors of all navigation packs of a title set, as its IFO or the copy of that lists them."""
    for suffix in ("IFO", "BUP"):
        try:
            name = f"VTS_{title_set:02d}_0.{suffix}"
            view = View(files.read(f"VIDEO_TS/{name}", 0, _MAX_IFO), name)
            view.expect(b"DVDVIDEO-VTS")
            table = view.part(view.u32(_VOBU_MAP) * SECTOR)
            count = (table.u32(0) + 1 - 4) // 4
            if count > _MOST_UNITS:
                continue
            return sorted({table.u32(4 + 4 * index) for index in range(count)})
        except (UnreadableDisc, NotFound):
            continue
    return []


def _units(
    image: _Image, video: tuple[Extent, ...], starts: Sequence[int], gaps: _Gaps, first: int, last: int
) -> list[_Unit]:
    """Give the units of a cell; without a table the cell counts as one."""
    firsts = starts[bisect_left(starts, first) : bisect_right(starts, last)]
    if not firsts or firsts[0] != first:
        firsts = [first, *firsts]
    units = []
    for number, start in enumerate(firsts):
        end = firsts[number + 1] - 1 if number + 1 < len(firsts) else last
        unit = _Unit(start, end, _place(video, start))
        if unit.place is not None and not gaps.has(unit.place):
            unit.take(image.read_sector(unit.place))
        units.append(unit)
    return units


def _time(units: list[_Unit], at: int) -> None:
    """Give units without a pack the times between their neighbours; `at` is when the cell before ended."""
    for has_pack, group in groupby(enumerate(units), key=lambda entry: entry[1].is_led):
        run = list(group)
        if has_pack:
            at = run[-1][1].end
            continue
        first, following = run[0][0], run[-1][0] + 1
        until = units[following].start if following < len(units) else at + _USUAL * len(run)
        if first == 0 and following < len(units):
            at = max(until - _USUAL * len(run), 0)
        length = max(until - at, 0)
        for number, (_, unit) in enumerate(run):
            unit.start, unit.end = (at + length * step // len(run) for step in (number, number + 1))
        at += length


def _fill_unit(
    image: _Image,
    video: tuple[Extent, ...],
    unit: _Unit,
    following: int | None,
    template: int | None,
    gaps: _Gaps,
) -> None:
    """Write a new navigation pack where it is lost, and padding into all other gaps.

    `template` is where a navigation pack lies that is there. A unit of which nothing else is there ends with
    its navigation pack, and needs no padding.
    """
    rest = list(places_in(video, (unit.first + 1) * SECTOR, (unit.last + 1) * SECTOR))
    holes = [hole for start, end in rest for hole in gaps.within(start, end)]
    is_empty = sum(end - start for start, end in holes) == (unit.last - unit.first) * SECTOR
    if template is not None and unit.place is not None and gaps.has(unit.place):
        last = unit.first if is_empty else unit.last
        image.write(unit.place, _new_pack(image.read_sector(template), unit, last, following))
        if is_empty:
            return
    for start, end in holes:
        for place in range(start, end, len(_PADDING)):
            image.write(place, memoryview(_PADDING)[: end - place])


def _new_pack(template: bytes, unit: _Unit, last: int, following: int | None) -> bytes:
    pack = bytearray(template)
    after = _NO_NEXT if following is None else _IS_VALID | (following - unit.first)
    numbers = (
        (_PCI_PLACE, unit.first),
        (_DSI_PLACE, unit.first),
        (_START, unit.start),
        (_END, unit.end),
        (_STILL_END, 0),
        (_LAST, last - unit.first),
        *((_REFERENCES + 4 * index, 0) for index in range(3)),
        (_NEXT, after),
        (_BEFORE, _NO_NEXT),
    )
    for at, number in numbers:
        pack[at : at + 4] = (number & 0xFFFFFFFF).to_bytes(4, "big")
    pack[_BUTTONS : _BUTTONS + 2] = bytes(2)
    return bytes(pack)


def _place(video: tuple[Extent, ...], sector: int) -> int | None:
    return next((start for start, _ in places_in(video, sector * SECTOR, (sector + 1) * SECTOR)), None)
