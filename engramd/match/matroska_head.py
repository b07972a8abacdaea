"""What the head of a Matroska file says (RFC 9559): streams, chapters, duration, the index of its packets.

What is not plain (encrypted, packed in odd ways, unknown kinds of video) is Odd, and left to FFmpeg.
"""

from __future__ import annotations

import struct
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from engramd.match.ebml import Odd, children, number
from engramd.match.streams import Stream, StreamKind

#: Bytes: no subtitle packet is larger once it is unpacked.
MOST_PACKET = 4 << 20
#: Tracks and chapters: what has more is an attack. An index of more places than these is not followed.
MOST_TRACKS, MOST_CHAPTERS, MOST_PLACES = 256, 2000, 60_000

INFO, TRACKS, CUES, CHAPTERS, TAGS = 0x1549A966, 0x1654AE6B, 0x1C53BB6B, 0x1043A770, 0x1254C367

#: Matroska's codecs by FFmpeg's names; other audio and video codecs do not matter here.
CODECS = {
    "V_MPEG1": "mpeg1video",
    "V_MPEG2": "mpeg2video",
    "V_MPEG4/ISO/AVC": "h264",
    "V_MPEGH/ISO/HEVC": "hevc",
    "S_VOBSUB": "dvd_subtitle",
    "S_HDMV/PGS": "hdmv_pgs_subtitle",
    "S_DVBSUB": "dvb_subtitle",
    "S_TEXT/UTF8": "subrip",
    "S_TEXT/ASCII": "subrip",
    "S_TEXT/ASS": "ass",
    "S_TEXT/SSA": "ass",
    "S_ASS": "ass",
    "S_SSA": "ass",
    "S_TEXT/WEBVTT": "webvtt",
}
_ODD_CODECS = ("V_MS/", "V_QUICKTIME", "D_WEBVTT")
_KINDS: dict[int, StreamKind] = {1: "video", 2: "audio", 17: "subtitle"}


@dataclass(frozen=True)
class Entry:
    """A track: its number in blocks, its stream, and how its packets are packed."""

    number: int
    uid: int
    stream: Stream
    zipped: bool = False
    prefix: bytes = b""

    def unpack(self, data: bytes) -> bytes:
        """Undo what was done to a packet. Raises Odd when it is damaged, or large beyond sense."""
        if not self.zipped:
            return self.prefix + data
        unzip = zlib.decompressobj()
        try:
            plain = unzip.decompress(data, MOST_PACKET)
        except zlib.error as error:
            raise Odd("a packet cannot be unpacked") from error
        if not unzip.eof:
            raise Odd("a packet is cut off, or too large")
        return plain


class Place(NamedTuple):
    """Where a packet is: its cluster's place in the segment, and its own in that cluster's content."""

    cluster: int
    offset: int


@dataclass(frozen=True)
class Head:
    """What the head says; `duration` and `chapters` in seconds, `scale` the tick in nanoseconds.

    `index` are the places of packets that the index names, by track number; `counts` is how many packets the
    writer says that a track has. `clusters` are the places of clusters in the segment.
    """

    duration: float
    scale: int
    writer: bytes
    entries: tuple[Entry, ...]
    chapters: tuple[float, ...]
    index: dict[int, list[Place]] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    clusters: tuple[int, ...] = ()


def read_head(parts: Mapping[int, bytes]) -> Head:
    """Read the contents of the elements INFO to TAGS, by id. Raises Odd."""
    info = dict(children(parts.get(INFO, b"")))
    scale = number(info, 0x2AD7B1, 1_000_000)
    duration = _float(info.get(0x4489, b"")) * scale / 1e9
    if not scale or not 0 < duration < 1e7:
        raise Odd("it does not say how long it is")
    entries = tuple(_entries(parts.get(TRACKS, b"")))
    index, clusters = _index(parts.get(CUES, b""))
    return Head(
        duration=duration,
        scale=scale,
        writer=info.get(0x4D80, b""),
        entries=entries,
        chapters=_chapters(parts.get(CHAPTERS, b"")),
        index=index,
        counts=_counts(parts.get(TAGS, b""), entries),
        clusters=clusters,
    )


def _float(raw: bytes) -> float:
    if len(raw) not in (4, 8):
        return 0.0
    value: float = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0]
    return value


def _entries(content: bytes) -> Iterator[Entry]:
    rows = [dict(children(entry)) for kind, entry in children(content) if kind == 0xAE]
    numbers = [number(fields, 0xD7) for fields in rows]
    if not rows or len(rows) > MOST_TRACKS or len(set(numbers)) < len(numbers):
        raise Odd("its tracks are not to be told apart")
    for index, fields in enumerate(rows):
        yield _entry(index, fields)


def _entry(index: int, fields: dict[int, bytes]) -> Entry:
    codec, kind = _text(fields, 0x86), _KINDS.get(number(fields, 0x83))
    if kind is None or not codec or codec.startswith(_ODD_CODECS):
        raise Odd("a track is of a kind that is not known")
    if number(fields, 0x56AA) and kind == "video":
        raise Odd("its pictures are delayed")
    stream = Stream(
        index=index,
        kind=kind,
        codec=CODECS.get(codec, codec),
        language=_language(fields),
        name=_text(fields, 0x536E),
        default=bool(number(fields, 0x88, 1)),
        forced=bool(number(fields, 0x55AA)),
        commentary=bool(number(fields, 0x55AF)),
        extradata=fields.get(0x63A2, b""),
        frame=number(fields, 0x23E383) / 1e9 or 1001 / 30000,
    )
    zipped, prefix = _packing(fields)
    return Entry(number(fields, 0xD7), number(fields, 0x73C5), stream, zipped, prefix)


def _text(fields: dict[int, bytes], kind: int) -> str:
    return fields.get(kind, b"").partition(b"\0")[0].decode("utf-8", "replace")


def _language(fields: dict[int, bytes]) -> str | None:
    """Give the ISO 639-2 code; where there is only a tag of BCP 47, that; Matroska's default is English."""
    language = _text(fields, 0x22B59C)
    if not language and 0x22B59D in fields:
        language = _text(fields, 0x22B59D).partition("-")[0]
    language = {"": "eng", "en": "eng"}.get(language, language)
    return None if language == "und" else language


def _packing(fields: dict[int, bytes]) -> tuple[bool, bytes]:
    """Say whether packets are zipped, and what was taken off their beginning. Raises Odd for all else."""
    if 0x6D80 not in fields:
        return False, b""
    encodings = [dict(children(each)) for kind, each in children(fields[0x6D80]) if kind == 0x6240]
    if len(encodings) != 1 or number(encodings[0], 0x5032, 1) != 1 or number(encodings[0], 0x5033):
        raise Odd("its packets are encrypted, or packed several times")
    how = dict(children(encodings[0].get(0x5034, b"")))
    algorithm = number(how, 0x4254)
    if algorithm not in (0, 3):
        raise Odd("its packets are packed in a way that is not known")
    return algorithm == 0, how.get(0x4255, b"") if algorithm == 3 else b""


def _chapters(content: bytes) -> tuple[float, ...]:
    """Give the starts of the chapters of the first edition."""
    for kind, edition in children(content):
        if kind == 0x45B9:
            atoms = (dict(children(atom)) for kind, atom in children(edition) if kind == 0xB6)
            starts = sorted({round(number(atom, 0x91) / 1e9, 3) for atom in atoms})
            return tuple(starts[:MOST_CHAPTERS])
    return ()


def _index(content: bytes) -> tuple[dict[int, list[Place]], tuple[int, ...]]:
    """Give the packets that the index names to the byte, by track, and the clusters that it names."""
    index: dict[int, list[Place]] = defaultdict(list)
    clusters = set[int]()
    places = 0
    for kind, point in children(content):
        for inner, position in children(point) if kind == 0xBB else ():
            if inner == 0xB7:
                fields = dict(children(position))
                cluster = number(fields, 0xF1)
                clusters.add(cluster)
                places += 1
                if 0xF0 in fields and places <= MOST_PLACES:
                    index[number(fields, 0xF7)].append(Place(cluster, number(fields, 0xF0)))
    return (index if places <= MOST_PLACES else {}), tuple(sorted(clusters))


def _counts(content: bytes, entries: tuple[Entry, ...]) -> dict[int, int]:
    """Give how many packets a track has, from the statistics that mkvmerge and MakeMKV write."""
    numbers = {entry.uid: entry.number for entry in entries}
    counts = {}
    for kind, tag in children(content):
        parts = list(children(tag)) if kind == 0x7373 else []
        targets = next((dict(children(each)) for kind, each in parts if kind == 0x63C0), {})
        track = numbers.get(number(targets, 0x63C5))
        for simple in (dict(children(each)) for kind, each in parts if kind == 0x67C8):
            text = simple.get(0x4487, b"")
            if track is not None and simple.get(0x45A3) == b"NUMBER_OF_FRAMES" and text.isdigit():
                counts[track] = int(text[:12])
    return counts
