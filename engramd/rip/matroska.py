"""Reads the head of a finished Matroska file: duration, tracks, number of chapters.

Written after RFC 8794 (EBML) and RFC 9559 (Matroska). Of what lies beyond the first cluster, only elements
that the file's index names are read: an editor puts there what has grown.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from engramd.ebml import Malformed, children
from engramd.errors import RipFailed
from engramd.rip.ebml import Element, read_content, read_header
from engramd.rip.model import Track

MOST_ELEMENTS = 4096
MOST_SEEKS = 64

EBML, SEGMENT, CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
INFO, TRACKS, CHAPTERS, TAGS = 0x1549A966, 0x1654AE6B, 0x1043A770, 0x1254C367
HEAD = (INFO, TRACKS, CHAPTERS, TAGS)
DOC_TYPE, TIMESTAMP_SCALE, DURATION = 0x4282, 0x2AD7B1, 0x4489
TRACK_ENTRY, TRACK_NUMBER, TRACK_TYPE, CODEC_ID, NAME = 0xAE, 0xD7, 0x83, 0x86, 0x536E
LANGUAGE, LANGUAGE_BCP47 = 0x22B59C, 0x22B59D
FLAG_DEFAULT, FLAG_FORCED, FLAG_COMMENTARY = 0x88, 0x55AA, 0x55AF
FLAG_VISUAL_IMPAIRED, FLAG_ORIGINAL = 0x55AC, 0x55AE
SEEK_HEAD, SEEK, SEEK_POSITION = 0x114D9B74, 0x4DBB, 0x53AC
EDITION, CHAPTER_ATOM = 0x45B9, 0xB6
TRACK_UID, TAG, TARGETS, TAG_TRACK_UID = 0x73C5, 0x7373, 0x63C0, 0x63C5
SIMPLE_TAG, TAG_NAME, TAG_STRING = 0x67C8, 0x45A3, 0x4487

#: 00:02:05.125000000
CLOCK = re.compile(rb"([0-9]{2,4}):([0-9]{2}):([0-9]{2}(?:[.][0-9]{1,9})?)")

KINDS: dict[int, Literal["video", "audio", "subtitle"]] = {1: "video", 2: "audio", 17: "subtitle"}


class BadMatroska(RipFailed):
    """The file is no Matroska file, or was not finished."""


@dataclass(frozen=True)
class Head:
    """What the head of a file says; `duration` in seconds, 0 where it is not named.

    A file whose writer did not come to its end, or that was cut off, is not `finished`.
    """

    duration: float
    tracks: tuple[Track, ...]
    chapters: int
    finished: bool


@dataclass(frozen=True)
class TrackHeader:
    """The elements of a track's header that label it; None where one is not there."""

    number: int
    language: str | None
    language_bcp47: str | None
    name: str | None
    default: bool | None
    forced: bool | None
    commentary: bool | None
    visual_impaired: bool | None
    original: bool | None


@dataclass(frozen=True)
class Edges:
    """What is not clusters: the bytes of a file before `head`, and those from `tail` to its end (`size`)."""

    head: int
    tail: int
    size: int


def read_head(path: Path) -> Head:
    """Read the head of a Matroska file. Raises BadMatroska; OSError when the file cannot be read."""
    with path.open("rb") as file:
        return _read(file, path)


def read_track_headers(path: Path) -> tuple[TrackHeader, ...]:
    """Read the labels of a file's tracks as they are written. Raises BadMatroska, OSError."""
    with path.open("rb") as file:
        try:
            parts = read_parts(file, find_segment(file), path.stat().st_size)
            entries = (content for kind, content in children(parts.get(TRACKS, b"")) if kind == TRACK_ENTRY)
            return tuple(_track_header(dict(children(entry))) for entry in entries)
        except Malformed as error:
            raise BadMatroska("the file is no sound Matroska file", where=path, why=error) from error


def read_edges(path: Path) -> Edges:
    """Find what an edit of the header may change: all before the first cluster and all behind the last one.

    What lies behind is known by the file's own index; without one the file ends with its clusters. Raises
    BadMatroska, OSError.
    """
    with path.open("rb") as file:
        try:
            segment, size = find_segment(file), path.stat().st_size
            head = segment.start
            places: list[int] = []
            for element in _top_level(file, segment, size):
                if element.id == SEEK_HEAD:
                    places += _seek_positions(read_content(file, element))
                head = element.start + (element.size or 0)
        except Malformed as error:
            raise BadMatroska("the file is no sound Matroska file", where=path, why=error) from error
    behind = (segment.start + place for place in places if head < segment.start + place < size)
    return Edges(head, min(behind, default=size), size)


def _seek_positions(index: bytes) -> Iterator[int]:
    for kind, entry in children(index):
        if kind == SEEK and (place := dict(children(entry)).get(SEEK_POSITION)) is not None:
            yield int.from_bytes(place[:8], "big")


def _track_header(fields: dict[int, bytes]) -> TrackHeader:
    def text(field: int) -> str | None:
        return fields[field].rstrip(b"\0").decode("utf-8", "replace") if field in fields else None

    def flag(field: int) -> bool | None:
        return any(fields[field]) if field in fields else None

    return TrackHeader(
        number=int.from_bytes(fields.get(TRACK_NUMBER, b"")[:8], "big"),
        language=text(LANGUAGE),
        language_bcp47=text(LANGUAGE_BCP47),
        name=text(NAME),
        default=flag(FLAG_DEFAULT),
        forced=flag(FLAG_FORCED),
        commentary=flag(FLAG_COMMENTARY),
        visual_impaired=flag(FLAG_VISUAL_IMPAIRED),
        original=flag(FLAG_ORIGINAL),
    )


def _read(file: BinaryIO, path: Path) -> Head:
    try:
        segment, length = find_segment(file), path.stat().st_size
        parts = read_parts(file, segment, length)
        lengths = _track_lengths(parts.get(TAGS, b""))
        entries = children(parts.get(TRACKS, b""))
        tracks = tuple(_track(content, lengths) for kind, content in entries if kind == TRACK_ENTRY)
        duration, chapters = _duration(parts.get(INFO, b"")), _count_chapters(parts.get(CHAPTERS, b""))
    except Malformed as error:
        raise BadMatroska("the file is no sound Matroska file", where=path, why=error) from error
    finished = segment.size is not None and segment.start + segment.size <= length
    return Head(duration, tracks, chapters, finished)


def find_segment(file: BinaryIO) -> Element:
    """Read the beginning of a Matroska file up to its segment. Raises Malformed."""
    first = read_header(file)
    if first is None or first.id != EBML:
        raise Malformed("it does not begin with an EBML header")
    document = dict(children(read_content(file, first))).get(DOC_TYPE, b"").rstrip(b"\0")
    if document not in (b"matroska", b"webm"):
        raise Malformed(f"its document type is {document[:20]!r}")
    segment = read_header(file)
    if segment is None or segment.id != SEGMENT:
        raise Malformed("it has no segment")
    return segment


def _top_level(file: BinaryIO, segment: Element, length: int) -> Iterator[Element]:
    """Walk the children of the segment up to its first cluster."""
    place = segment.start
    for _ in range(MOST_ELEMENTS):
        file.seek(place)
        element = read_header(file)
        if element is None or element.id == CLUSTER or element.size is None:
            return
        yield element
        place = element.start + element.size
        if place > length:
            raise Malformed("it ends too early")
    raise Malformed("it has too many elements")


def read_parts(
    file: BinaryIO, segment: Element, length: int, wanted: Collection[int] = HEAD
) -> dict[int, bytes]:
    """Give the contents of the `wanted` elements by id: those before the first cluster come first.

    Raises Malformed.
    """
    parts: dict[int, bytes] = {}
    places: list[int] = []
    for element in _top_level(file, segment, length):
        if element.id in wanted:
            parts[element.id] = read_content(file, element)
        elif element.id == SEEK_HEAD:
            places += _seek_positions(read_content(file, element))
    known = [segment.start + place for place in places if segment.start + place < length]
    for place in known[:MOST_SEEKS]:
        with suppress(Malformed):  # the end of a file that was cut off
            file.seek(place)
            found = read_header(file)
            if found is not None and found.id in wanted and found.id not in parts:
                parts[found.id] = read_content(file, found)
    return parts


def _duration(info: bytes) -> float:
    fields = dict(children(info))
    seconds = _float(fields.get(DURATION, b"")) * tick_of(fields)
    return seconds if 0 <= seconds < 1e7 else 0.0


def tick_of(info: dict[int, bytes]) -> float:
    """Give the unit of a file's times in seconds, from the fields of its info."""
    return int.from_bytes(info.get(TIMESTAMP_SCALE, b"\x0f\x42\x40")[:8], "big") / 1e9


def _float(raw: bytes) -> float:
    if len(raw) not in (4, 8):
        return 0.0
    value: float = struct.unpack(">f" if len(raw) == 4 else ">d", raw)[0]
    return value


def _track(entry: bytes, lengths: dict[int, float]) -> Track:
    fields = dict(children(entry))

    def number(field: int, default: int) -> int:
        return int.from_bytes(fields[field][:8], "big") if field in fields else default

    def text(field: int) -> str:
        return fields.get(field, b"").rstrip(b"\0").decode("utf-8", "replace")

    language = text(LANGUAGE_BCP47) or text(LANGUAGE) or "eng"
    return Track(
        number=number(TRACK_NUMBER, 0),
        kind=KINDS.get(number(TRACK_TYPE, 0), "other"),
        codec=text(CODEC_ID),
        language=None if language == "und" else language,
        name=text(NAME),
        default=bool(number(FLAG_DEFAULT, 1)),
        forced=bool(number(FLAG_FORCED, 0)),
        commentary=bool(number(FLAG_COMMENTARY, 0)),
        seconds=lengths.get(number(TRACK_UID, 0)),
    )


def _count_chapters(chapters: bytes) -> int:
    editions = (content for kind, content in children(chapters) if kind == EDITION)
    return max(
        (sum(kind == CHAPTER_ATOM for kind, _ in children(edition)) for edition in editions), default=0
    )


def _track_lengths(tags: bytes) -> dict[int, float]:
    """Give the length in seconds of each track by its UID, from the tags that FFmpeg and mkvmerge write."""
    lengths = {}
    for kind, tag in children(tags):
        if kind != TAG:
            continue
        parts = list(children(tag))
        targets = next((dict(children(content)) for kind, content in parts if kind == TARGETS), {})
        uid = int.from_bytes(targets.get(TAG_TRACK_UID, b"")[:8], "big")
        for simple in (dict(children(content)) for kind, content in parts if kind == SIMPLE_TAG):
            if simple.get(TAG_NAME) == b"DURATION" and (found := CLOCK.match(simple.get(TAG_STRING, b""))):
                hours, minutes, seconds = found.groups()
                lengths[uid] = int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    return lengths
