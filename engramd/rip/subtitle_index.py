"""What subtitle tracks hold, read at the places that a file's own index names: the file is not read through.

FFmpeg's index names every packet of a subtitle track (`CueRelativePosition`, RFC 9559, 5.1.5.1.2.3), so some
thousand short reads do what reading many gigabytes does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from engramd.ebml import Malformed, children, read_vint
from engramd.rip.ebml import read_content, read_header
from engramd.rip.matroska import (
    CLUSTER,
    CODEC_ID,
    INFO,
    KINDS,
    TRACK_ENTRY,
    TRACK_NUMBER,
    TRACK_TYPE,
    TRACKS,
    find_segment,
    read_parts,
    tick_of,
)
from engramd.rip.subtitle_bytes import Picture, dvd_picture, pgs_picture, text_picture
from engramd.rip.subtitle_facts import SubtitleFacts, facts_of

MUXING_APP, CONTENT_ENCODINGS = 0x4D80, 0x6D80
CUES, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS = 0x1C53BB6B, 0xBB, 0xB3, 0xB7
CUE_TRACK, CUE_CLUSTER_POSITION, CUE_RELATIVE_POSITION = 0xF7, 0xF1, 0xF0
BLOCK_GROUP, BLOCK, SIMPLE_BLOCK, BLOCK_DURATION = 0xA0, 0xA1, 0xA3, 0x9B
READERS = {"S_VOBSUB": dvd_picture, "S_HDMV/PGS": pgs_picture}
#: The writer whose index is known to name every packet; others are free not to.
WRITER = b"Lavf"

Event = tuple[float, float | None, Picture]


@dataclass(frozen=True)
class _Place:
    """Where a packet is: its time in ticks, its cluster in the segment, and its place in that."""

    time: int
    cluster: int
    offset: int


def facts_by_index(path: Path) -> dict[int, SubtitleFacts] | None:
    """Give the facts of a file's subtitle tracks by track number.

    None if the index does not tell: another program wrote the file, or its subtitles are compressed. Raises
    OSError.
    """
    with path.open("rb") as file:
        try:
            return _read(file, path.stat().st_size)
        except Malformed:
            return None


def _read(file: BinaryIO, length: int) -> dict[int, SubtitleFacts] | None:
    segment = find_segment(file)
    parts = read_parts(file, segment, length, (INFO, TRACKS, CUES))
    info = dict(children(parts.get(INFO, b"")))
    codecs = _subtitle_codecs(parts.get(TRACKS, b""))
    if codecs is None or CUES not in parts or not info.get(MUXING_APP, b"").startswith(WRITER):
        return None
    places = _places(parts[CUES])
    found = {}
    for number, codec in codecs.items():
        reader, tick = READERS.get(codec, text_picture), tick_of(info)
        events: list[Event] = []
        for place in places.get(number, ()):
            packet, ticks = _packet(file, segment.start + place.cluster, place.offset, number)
            if (picture := reader(packet)) is not None:
                # how long a display set of PGS stays is what the next one says
                seconds = ticks * tick if ticks and reader is not pgs_picture else None
                events.append((place.time * tick, seconds, picture))
        found[number] = facts_of(sorted(events, key=lambda event: event[0]))
    return found


def _subtitle_codecs(tracks: bytes) -> dict[int, str] | None:
    """Give the codec of each subtitle track by its number; None if the packets of one are compressed."""
    codecs = {}
    for fields in (dict(children(entry)) for kind, entry in children(tracks) if kind == TRACK_ENTRY):
        if KINDS.get(_number(fields, TRACK_TYPE)) != "subtitle":
            continue
        if CONTENT_ENCODINGS in fields:
            return None
        codecs[_number(fields, TRACK_NUMBER)] = (
            fields.get(CODEC_ID, b"").rstrip(b"\0").decode("utf-8", "replace")
        )
    return codecs


def _places(cues: bytes) -> dict[int, list[_Place]]:
    """Give the places of packets by track. Raises Malformed when one is not named to the byte."""
    places = defaultdict(list)
    for kind, content in children(cues):
        if kind != CUE_POINT:
            continue
        point = list(children(content))
        time = _number(dict(point), CUE_TIME)
        for fields in (dict(children(each)) for kind, each in point if kind == CUE_TRACK_POSITIONS):
            if CUE_RELATIVE_POSITION in fields:
                cluster, offset = (
                    _number(fields, CUE_CLUSTER_POSITION),
                    _number(fields, CUE_RELATIVE_POSITION),
                )
                places[_number(fields, CUE_TRACK)].append(_Place(time, cluster, offset))
    return places


def _packet(file: BinaryIO, cluster: int, offset: int, track: int) -> tuple[bytes, int]:
    """Read the packet at a place of the cluster at `cluster`: what it holds and its length in ticks, or 0."""
    file.seek(cluster)
    header = read_header(file)
    if header is None or header.id != CLUSTER:
        raise Malformed("the index names a place without a cluster")
    file.seek(header.start + offset)
    element = read_header(file)
    if element is None or element.id not in (BLOCK_GROUP, SIMPLE_BLOCK):
        raise Malformed("the index names a place without a block")
    content, ticks = read_content(file, element), 0
    if element.id == BLOCK_GROUP:
        fields = dict(children(content))
        content, ticks = fields.get(BLOCK, b""), _number(fields, BLOCK_DURATION)
    number, place = read_vint(content, 0)
    if number != track:
        raise Malformed("the index names a block of another track")
    return content[place + 3 :], ticks  # behind the time in the cluster and the flags


def _number(fields: dict[int, bytes], field: int) -> int:
    return int.from_bytes(fields.get(field, b"")[:8], "big")
