"""The database of a Blu-ray: index.bdmv, MovieObject.bdmv, playlists (MPLS), clip information (CLPI)."""

from __future__ import annotations

import struct
from dataclasses import dataclass

CLOCK = 45000
VIDEO_PID, AUDIO_PID, SUBTITLE_PID = 0x1011, 0x1100, 0x1200
H264, HEVC, AC3, PGS = 0x1B, 0x24, 0x81, 0x90
#: video_format codes by height.
HEIGHTS = {480: 3, 576: 7, 720: 5, 1080: 6, 2160: 8}
RATE_23_976 = 1
STEREO_48K = 0x31


@dataclass(frozen=True)
class Clip:
    """A clip: number, in and out time (45 kHz), packets of 192 bytes, height, chapters (seconds).

    `entries` are the pictures where playing can begin: presentation time (90 kHz) and packet number. In a
    playlist it has a `connection` with the clip before it (1: none, 5 and 6: seamless), and `angles`: numbers
    of the clips that may be played in its place.
    """

    number: int
    start: int
    end: int
    packets: int
    height: int
    subtitles: bool
    chapters: tuple[float, ...]
    entries: tuple[tuple[int, int], ...] = ()
    languages: tuple[str, ...] = ("eng",)
    codec: int = H264
    connection: int = 1
    angles: tuple[int, ...] = ()

    @property
    def streams(self) -> list[tuple[int, bytes]]:
        """Give the PID and coding attributes of each elementary stream."""
        streams = [(VIDEO_PID, bytes([self.codec, HEIGHTS[self.height] << 4 | RATE_23_976]))]
        for place, language in enumerate(self.languages):
            streams.append((AUDIO_PID + place, bytes([AC3, STEREO_48K]) + language.encode()))
        return [*streams, (SUBTITLE_PID, bytes([PGS]) + b"eng")] if self.subtitles else streams


def clip_information(clip: Clip) -> bytes:
    """Make the CLPI file of a clip."""
    info = struct.pack(">HBBIII", 0, 1, 1, 0, 1000000, clip.packets) + bytes(128)
    info += struct.pack(">HB", 30, 0x80) + b"HDMV" + bytes(25)
    sequence = struct.pack(">BBIBBHIII", 0, 1, 0, 1, 0, VIDEO_PID, 0, clip.start, clip.end)
    program = struct.pack(">BBIHBB", 0, 1, 0, 0x100, len(clip.streams), 0)
    for pid, attributes in clip.streams:
        program += struct.pack(">HB", pid, 21) + attributes.ljust(21, b"\0")
    parts = [_sized(info), _sized(sequence), _sized(program), _sized(_entry_points(clip)), _sized(b"")]
    offsets = [40 + sum(map(len, parts[:place])) for place in range(1, len(parts))]
    return b"HDMV0200" + struct.pack(">4II", *offsets, 0) + bytes(12) + b"".join(parts)


def _entry_points(clip: Clip) -> bytes:
    """Make the map from times to packets; empty, which readers accept, when nothing is known."""
    if not clip.entries:
        return b""
    coarse, fine = b"", b""
    last = None
    for number, (time, packet) in enumerate(clip.entries):
        high = (time >> 19 & 0x3FFF, packet >> 17)
        if high != last:
            coarse += struct.pack(">II", number << 14 | high[0], packet)
            last = high
        fine += struct.pack(">I", 1 << 28 | (time >> 9 & 0x7FF) << 17 | packet & 0x1FFFF)
    counts = 1 << 34 | len(coarse) // 8 << 18 | len(fine) // 4
    stream = struct.pack(">H", VIDEO_PID) + counts.to_bytes(6, "big") + struct.pack(">I", 14)
    return struct.pack(">HBB", 1, 0, 1) + stream + struct.pack(">I", 4 + len(coarse)) + coarse + fine


def playlist(clips: list[Clip]) -> bytes:
    """Make the MPLS file that plays the clips one after another."""
    items = b"".join(_play_item(clip) for clip in clips)
    application = _sized(struct.pack(">BBH", 0, 1, 0) + bytes(10))
    body = _sized(struct.pack(">HHH", 0, len(clips), 0) + items)
    marks = [
        (place, clip.start + int(at * CLOCK)) for place, clip in enumerate(clips) for at in clip.chapters
    ]
    entries = b"".join(struct.pack(">BBHIHI", 0, 1, place, at, 0xFFFF, 0) for place, at in marks)
    mark_part = _sized(struct.pack(">H", len(marks)) + entries)
    head = struct.pack(">III", 40 + len(application), 40 + len(application) + len(body), 0)
    return b"MPLS0200" + head + bytes(20) + application + body + mark_part


def _play_item(clip: Clip) -> bytes:
    table = struct.pack(">HBBB", 0, 1, len(clip.languages), int(clip.subtitles)) + bytes(9)
    for pid, attributes in clip.streams:
        table += struct.pack(">BBH", 9, 1, pid) + bytes(6) + b"\5" + attributes.ljust(5, b"\0")
    flags = clip.connection | (0x10 if clip.angles else 0)
    item = b"%05dM2TS" % clip.number + struct.pack(">HBII", flags, 0, clip.start, clip.end) + bytes(12)
    if clip.angles:
        item += struct.pack(">BB", 1 + len(clip.angles), 0)
        item += b"".join(b"%05dM2TS\0" % number for number in clip.angles)
    item += struct.pack(">H", len(table)) + table
    return struct.pack(">H", len(item)) + item


def index(titles: int, *, uhd: bool = False) -> bytes:
    """Make index.bdmv: title n plays movie object n, first play and menu are object 0."""
    entries = _index_object(0) * 2 + struct.pack(">H", titles)
    entries += b"".join(_index_object(number) for number in range(1, titles + 1))
    application = _sized(b"\0\0" + b"test disc".ljust(32, b"\0"))
    head = (b"INDX0300" if uhd else b"INDX0200") + struct.pack(">II", 40 + len(application), 0)
    return head + bytes(24) + application + _sized(entries)


def movie_objects(playlists: list[int]) -> bytes:
    """Make MovieObject.bdmv: object n plays the n-th playlist."""
    objects = struct.pack(">IH", 0, len(playlists))
    for number in playlists:
        objects += struct.pack(">HH", 1 << 15, 1) + bytes.fromhex("21800000") + struct.pack(">II", number, 0)
    return b"MOBJ0200" + bytes(32) + _sized(objects)


def disc_name(name: str) -> str:
    """Make META/DL/bdmt_eng.xml."""
    return (
        '<?xml version="1.0" encoding="utf-8"?><disclib xmlns="urn:BDA:bdmv;disclib">'
        f'<di:discinfo xmlns:di="urn:BDA:bdmv;discinfo"><di:title><di:name>{name}</di:name></di:title>'
        "<di:language>eng</di:language></di:discinfo></disclib>"
    )


def _index_object(number: int) -> bytes:
    return struct.pack(">IHHI", 1 << 30, 0, number, 0)


def _sized(part: bytes) -> bytes:
    return struct.pack(">I", len(part)) + part
