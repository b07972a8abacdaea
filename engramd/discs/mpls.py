"""The structures of a Blu-ray playlist (MPLS) and of a clip's times and entries (CLPI) (no file access)."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.discs.binary import BadStructure, View
from engramd.discs.languages import from_bluray
from engramd.discs.model import Stream

#: Ticks of the clock in playlists, per second.
CLOCK = 45_000
#: Bytes of a packet of a clip.
PACKET = 192
#: The format allows no more in a playlist; false ones name up to 65535.
MAX_CHAPTERS = 999
_VIDEO = {0x01: "mpeg1", 0x02: "mpeg2", 0xEA: "vc1", 0x1B: "h264", 0x20: "h264-mvc", 0x24: "hevc"}
_AUDIO = {
    0x03: "mp1",
    0x04: "mp2",
    0x80: "lpcm",
    0x81: "ac3",
    0x82: "dts",
    0x83: "truehd",
    0x84: "eac3",
    0x85: "dtshd",
    0x86: "dtshd-ma",
    0xA1: "eac3",
    0xA2: "dtshd",
}
_GRAPHICS = {0x90: "pgs", 0x92: "textst"}
_CHANNELS = {1: 1, 3: 2, 6: 6, 12: 6}
_SIZES = {
    1: (720, 480),
    2: (720, 576),
    3: (720, 480),
    4: (1920, 1080),
    5: (1280, 720),
    6: (1920, 1080),
    7: (720, 576),
    8: (3840, 2160),
}


@dataclass(frozen=True)
class PlayItem:
    """A piece of a playlist: the clip of the first angle (`00012`), in and out in ticks of the clock."""

    clip: str
    start: int
    end: int
    angles: int
    table: View

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Give the streams that the playlist plays of this clip. Raises BadStructure."""
        return _streams(self.table)[0]


@dataclass(frozen=True)
class Playlist:
    """A playlist. `chapters` are starts in seconds; streams and size are those of its longest item."""

    items: tuple[PlayItem, ...]
    chapters: tuple[float, ...]
    streams: tuple[Stream, ...]
    width: int
    height: int


def parse_playlist(view: View) -> Playlist:
    """Parse an MPLS file. Raises BadStructure."""
    view.expect(b"MPLS")
    listing = view.part(view.u32(8))
    count = listing.u16(6)
    items, place = [], 10
    for _ in range(count):
        size = listing.u16(place)
        items.append(_play_item(listing.part(place + 2, size)))
        place += 2 + size
    chapters = _chapters(view.part(view.u32(12)), items)
    longest = max(items, key=lambda item: item.end - item.start, default=None)
    streams, (width, height) = _streams(longest.table) if longest else ((), (0, 0))
    return Playlist(tuple(items), chapters, streams, width, height)


def _play_item(item: View) -> PlayItem:
    clip = item.raw(0, 5)
    if not clip.isdigit():
        raise BadStructure("a playlist names no clip", where=item.where, why="a clip has no number")
    start, end = item.u32(12), item.u32(16)
    angles, place = 1, 32
    if item.u16(9) & 0x10:
        angles = max(item.u8(32), 1)
        place = 34 + 10 * (angles - 1)
    return PlayItem(clip.decode(), start, end, angles, item.part(place))


def _streams(table: View) -> tuple[tuple[Stream, ...], tuple[int, int]]:
    """Primary video, audio and subtitles of a stream table, and the size of the picture."""
    if len(table) < 16:
        return (), (0, 0)
    counts = [table.u8(4 + index) for index in range(7)]
    wanted = (
        counts[0] + counts[1] + counts[2] + counts[6]
    )  # the picture-in-picture subtitles follow the others
    found, size, place = [], (0, 0), 16
    for index in range(wanted):
        entry = table.part(place + 1, table.u8(place))
        place += 1 + len(entry)
        attributes = table.part(place + 1, table.u8(place))
        place += 1 + len(attributes)
        if index == 0 and counts[0]:
            size = _SIZES.get(attributes.u8(1) >> 4, (0, 0))
        if index < sum(counts[:3]) and (stream := _stream(entry, attributes)):
            found.append(stream)
    return tuple(found), size


def _stream(entry: View, attributes: View) -> Stream | None:
    pid = entry.u16({2: 3, 3: 2, 4: 2}.get(entry.u8(0), 1))
    coding = attributes.u8(0)
    if coding in _VIDEO:
        return Stream(kind="video", codec=_VIDEO[coding], stream_id=pid)
    if coding in _AUDIO:
        channels = _CHANNELS.get(attributes.u8(1) >> 4)
        language = from_bluray(attributes.raw(2, 3))
        return Stream(kind="audio", codec=_AUDIO[coding], stream_id=pid, language=language, channels=channels)
    if coding in _GRAPHICS:
        language = from_bluray(attributes.raw(1 if coding == 0x90 else 2, 3))
        return Stream(kind="subtitle", codec=_GRAPHICS[coding], stream_id=pid, language=language)
    return None


def _chapters(marks: View, items: list[PlayItem]) -> tuple[float, ...]:
    offsets, total = [], 0
    for item in items:
        offsets.append(total)
        total += item.end - item.start
    starts = []
    for index in range(marks.u16(4)):
        row = marks.part(6 + 14 * index, 14)
        number = row.u16(2)
        if row.u8(1) == 1 and number < len(items):
            starts.append(offsets[number] + row.u32(4) - items[number].start)
    return tuple(round(start / CLOCK, 3) for start in starts if 0 <= start <= total)[:MAX_CHAPTERS]


def clip_range(view: View) -> tuple[int, int]:
    """First and last time of a clip, in ticks of the clock, from its CLPI; raises BadStructure."""
    view.expect(b"HDMV")
    sequences = view.part(view.u32(8))
    place, ranges = 6, []
    for _ in range(sequences.u8(5)):
        for index in range(sequences.u8(place + 4)):
            row = sequences.part(place + 6 + 14 * index, 14)
            ranges.append((row.u32(6), row.u32(10)))
        place += 6 + 14 * sequences.u8(place + 4)
    if len(ranges) != 1 or ranges[0][1] <= ranges[0][0]:
        raise BadStructure(
            "a clip has no single clock", where=view.where, why=f"{len(ranges)} time sequences"
        )
    return ranges[0]


def entry_before(view: View, ticks: int) -> int | None:
    """Give the packet of a clip where playing at a time can begin, at or before it; raises BadStructure.

    None where the clip's map of its entry points (EP map of the CLPI) has none so early, or is not there.
    """
    view.expect(b"HDMV")
    table = view.part(view.u32(16))
    if table.u32(0) == 0 or table.u8(7) == 0:
        return None
    counts = int.from_bytes(table.raw(10, 6), "big")
    coarse_count, fine_count = counts >> 18 & 0xFFFF, counts & 0x3FFFF
    stream = table.part(6 + table.u32(16))
    fine = stream.part(stream.u32(0))
    best: int | None = None
    for index in range(coarse_count):
        first = stream.u32(4 + 8 * index)
        last = stream.u32(12 + 8 * index) >> 14 if index + 1 < coarse_count else fine_count
        if last < first >> 14:
            raise BadStructure("a clip's entries are damaged", where=view.where, why="they are not in order")
        packets = stream.u32(8 + 8 * index) & ~0x1FFFF
        for place in range(first >> 14, last):
            entry = fine.u32(4 * place)
            time = (first & 0x3FFE) << 18 | (entry >> 17 & 0x7FF) << 8
            if time > ticks:
                return best
            best = packets | entry & 0x1FFFF
    return best
