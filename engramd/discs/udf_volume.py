"""The volume descriptors of UDF (ECMA-167 parts 2 and 3): where the partitions are, and the label."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from engramd.discs.binary import BadStructure, View
from engramd.discs.files import read_sector
from engramd.discs.volume import SECTOR, ReadFailed, Volume
from engramd.errors import UnreadableDisc

_ANCHORS = (256, 512)
_MAX_DESCRIPTORS = 64
_WHERE = "volume descriptors"


@dataclass
class Descriptors:
    """What a sequence says: the logical volume, and the first sector of each partition by its number."""

    logical: View | None = None
    volume_label: str = ""
    starts: dict[int, int] = field(default_factory=dict)


def read_descriptors(volume: Volume) -> Descriptors:
    """The first complete sequence of descriptors. Raises UnreadableDisc if there is none."""
    for sector in _anchor_places(volume):
        anchor = _anchor(volume, sector)
        if anchor is None:
            continue
        for place in (16, 24):  # the main sequence and its reserve copy
            found = _sequence(volume, anchor.u32(place + 4), anchor.u32(place) // SECTOR)
            if found.logical is not None and found.starts:
                return found
    raise UnreadableDisc("there is no UDF volume", why="no volume descriptor was found")


def _anchor_places(volume: Volume) -> Iterator[int]:
    yield from _ANCHORS
    last = volume.size // SECTOR - 1
    if last > 256:
        yield from (last, last - 256)


def _anchor(volume: Volume, sector: int) -> View | None:
    try:
        tag, view = tagged(read_sector(volume, sector, "UDF anchor"), "UDF anchor")
    except (BadStructure, ReadFailed):
        return None
    return view if tag == 2 else None


def _sequence(volume: Volume, start: int, count: int) -> Descriptors:
    found = Descriptors()
    for sector in range(start, start + min(count, _MAX_DESCRIPTORS)):
        try:
            tag, view = tagged(read_sector(volume, sector, _WHERE), _WHERE)
        except (BadStructure, ReadFailed):
            continue
        if tag == 1:
            found.volume_label = label_of(view.raw(24, 32))
        elif tag == 5:
            found.starts[view.u16(22)] = view.u32(188)
        elif tag == 6:
            found.logical = view
        elif tag == 8:
            break
    return found


def tagged(data: bytes, where: str) -> tuple[int, View]:
    """The tag identifier of a descriptor (0 if its checksum is wrong) and its view."""
    view = View(data, where, "little")
    head = view.raw(0, 16)
    valid = (sum(head) - head[4]) & 0xFF == head[4]
    return (view.u16(0) if valid else 0), view


def text_of(raw: bytes) -> str:
    """A name in OSTA compressed unicode: the first byte says 8 or 16 bits."""
    if not raw:
        return ""
    text = raw[1:].decode("utf-16-be", "replace") if raw[0] in (16, 255) else raw[1:].decode("latin-1")
    return text.replace("\0", "").replace("/", "_")


def label_of(field: bytes) -> str:
    """A dstring: its length stands in the last byte."""
    return text_of(field[: min(field[-1], len(field) - 1)]).strip()
