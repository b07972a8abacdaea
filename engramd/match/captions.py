"""Collects the captions in the user data of a video stream, or of a stream of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engramd.match.cc608 import Decoder
from engramd.match.cc708 import Decoder708
from engramd.match.collecting import MOST_KEPT, columns, in_time
from engramd.match.model import Track
from engramd.match.streams import Packet, Stream
from engramd.match.subtitles import Cue
from engramd.match.userdata import (
    FIELD_1,
    HEADER_BYTES,
    PACKET_START,
    Found,
    cc_triplets,
    length_size,
    mpeg2_captions,
    sei_captions,
)

#: Fewer captions than this are noise in the user data.
LEAST_CAPTIONS = 3
#: Pictures with captions that are kept: those of three hours if every single one had some.
MOST_PICTURES = 400_000
#: EIA-708 is preferred where it has so many times the letters of EIA-608: the latter was left half empty.
FULLER = 1.2

VIDEO_CODECS = frozenset({"mpeg1video", "mpeg2video", "h264", "hevc"})
STREAM_CODECS = frozenset({"eia_608", "cc_dec", "c608"})
#: Pairs that say nothing, with and without their parity bits.
_NOTHING = frozenset((FIELD_1, first, second) for first in (0x00, 0x80) for second in (0x00, 0x80))


class CaptionCollector:
    """Takes packets in any order; the captions are put in order of presentation at the end."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self._find = _finder(stream)
        self._pictures: list[tuple[float, bytes]] = []
        self._last = 0.0

    def take(self, packet: Packet) -> None:
        """Take a packet, or the beginning of one."""
        found = self._find(packet.data[:HEADER_BYTES])
        if not found:
            return
        frame, rows = self.stream.frame, dict[int, bytearray]()
        for number, triplet in found:
            if triplet not in _NOTHING:
                rows.setdefault(number, bytearray()).extend(triplet)
        self._last = max(self._last, packet.at + found[-1][0] * frame)
        if rows and len(self._pictures) < MOST_PICTURES:
            self._pictures += [(packet.at + number * frame, bytes(row)) for number, row in rows.items()]

    def track(self) -> Track | None:
        """Give the captions: EIA-608 unless EIA-708 says clearly more. None if there are hardly any."""
        analog, digital = Decoder(), Decoder708()
        for at, row in sorted(self._pictures, key=lambda item: item[0]):
            for place in range(0, len(row), 3):
                kind, first, second = row[place : place + 3]
                if kind == FIELD_1:
                    analog.feed(first, second, at)
                else:
                    digital.feed(first, second, at, begins=kind == PACKET_START)
        analog.feed(0, 0, self._last)
        lines, windows = in_time(analog.finish())[:MOST_KEPT], in_time(digital.finish())[:MOST_KEPT]
        if _letters(windows) > FULLER * _letters(lines):
            return self._track("eia_708", windows, digital.rolling)
        return self._track("eia_608", lines, analog.rolling)

    def _track(self, codec: str, cues: list[Cue], rolling: bool) -> Track | None:
        if len(cues) < LEAST_CAPTIONS:
            return None
        own: dict[str, Any] = {}
        if self.stream.kind == "subtitle":
            own = {"language": self.stream.language, "name": self.stream.name}
        return Track(
            kind="caption",
            codec=codec,
            rolling=rolling,
            stream=self.stream.index,
            **own,
            **columns(cues, with_text=True),
        )


def holds_captions(head: bytes) -> bool:
    """Say whether the beginning of a video packet has captions, or room for them."""
    return b"GA94\x03" in head or b"CC\x01\xf8" in head


def _letters(cues: list[Cue]) -> int:
    return sum(len(c.text) for c in cues)


def _finder(stream: Stream) -> Callable[[bytes], list[Found]]:
    if stream.kind == "subtitle":
        return lambda data: [(0, triplet) for triplet in cc_triplets(data)]
    if stream.codec in ("h264", "hevc"):
        hevc = stream.codec == "hevc"
        size = length_size(stream.extradata, hevc=hevc)
        return lambda head: sei_captions(head, size, hevc=hevc)
    return mpeg2_captions
