"""Turns the packets of subtitle streams into tracks with cues."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from engramd.match.bitmaps import LONGEST, DisplaySet, Shown, pgs_state, shown_spans, spu_times
from engramd.match.dvb import DvbPages, composition_page
from engramd.match.model import Track
from engramd.match.streams import Packet, Stream
from engramd.match.subtitles import LONGEST as LONGEST_TITLE
from engramd.match.subtitles import LONGEST_CUE, Cue, plain_text

#: A track with more cues than this is refused later anyhow; the rest of it is not kept.
MOST_KEPT = 20_000
#: Cues and letters of all tracks of a file together.
MOST_CUES, MOST_LETTERS = 100_000, 16 << 20
LONGEST_TEXT = 2000
#: Bytes that the pieces of one PGS display set may have together.
MOST_PENDING = 4 << 20

_DRAWING = re.compile(r"\{[^{}]*\\p[1-9]")
_END_OF_SET = b"\x80\x00\x00"
_Timed = TypeVar("_Timed", bound=Cue)


@dataclass
class Budget:
    """What all tracks of a file may still keep."""

    cues: int = MOST_CUES
    letters: int = MOST_LETTERS

    def spend(self, letters: int = 0) -> bool:
        """Take a cue's share; false if there is none left."""
        self.cues, self.letters = self.cues - 1, self.letters - letters
        return self.cues >= 0 and self.letters >= 0


class Collector(Protocol):
    """Collects the cues of one stream."""

    stream: Stream

    def take(self, packet: Packet) -> None:
        """Take the next packet in the order of the file."""
        ...

    def track(self) -> Track | None:
        """Give what was collected; None if there is nothing."""
        ...


def collector_of(stream: Stream, budget: Budget) -> Collector | None:
    """Give what collects a subtitle stream; None if its codec is not read."""
    if stream.codec in _TEXTS:
        return TextCollector(stream, budget)
    make = _PICTURES.get(stream.codec)
    return make(stream, budget) if make else None


class TextCollector:
    """Subtitles that are text."""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        self.stream, self._budget = stream, budget
        self._codec, self._plain = _TEXTS[stream.codec]
        self._cues: list[Cue] = []

    def take(self, packet: Packet) -> None:
        """See Collector; a cue that is drawn in several layers counts once."""
        text = self._plain(packet.data)[:LONGEST_TEXT]
        cue = Cue(packet.at, packet.at + (packet.length or LONGEST), text)
        if (
            text
            and self._cues[-1:] != [cue]
            and len(self._cues) < MOST_KEPT
            and self._budget.spend(len(text))
        ):
            self._cues.append(cue)

    def track(self) -> Track | None:
        """See Collector."""
        cues = in_time(self._cues)
        return track_of(self.stream, self._codec, cues, self.stream.is_partial) if cues else None


class _PictureCollector:
    """What all collectors of pictures share: a track that is forced where most of its pictures are."""

    codec = ""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        self.stream, self._budget = stream, budget
        self._kept = self._forced = 0

    def _keep(self, forced: bool) -> bool:
        self._forced += forced
        self._kept += 1
        return self._kept <= MOST_KEPT and self._budget.spend()

    def _shown(self) -> list[Shown]:
        raise NotImplementedError

    def track(self) -> Track | None:
        """See Collector."""
        cues = in_time(self._shown())
        forced = self.stream.is_partial or self._forced * 2 > len(cues)
        return track_of(self.stream, self.codec, cues, forced) if cues else None


class VobsubCollector(_PictureCollector):
    """Subpictures of DVDs: each packet says when it is shown and when it goes."""

    codec = "vobsub"

    def __init__(self, stream: Stream, budget: Budget) -> None:
        super().__init__(stream, budget)
        self._cues: list[Shown] = []

    def take(self, packet: Packet) -> None:
        """See Collector."""
        if (times := spu_times(packet.data)) and self._keep(times.forced):
            stop = times.stop if times.stop is not None else packet.length or LONGEST
            self._cues.append(Shown(packet.at + times.start, packet.at + stop, "", times.width))

    def _shown(self) -> list[Shown]:
        return self._cues


class _SetCollector(_PictureCollector):
    """Pictures that stay until another display set says otherwise."""

    def __init__(self, stream: Stream, budget: Budget) -> None:
        super().__init__(stream, budget)
        self._sets: list[tuple[float, DisplaySet]] = []

    def _add(self, at: float, state: DisplaySet | None) -> None:
        if state and self._keep(state.forced):
            self._sets.append((at, state))

    def _shown(self) -> list[Shown]:
        return shown_spans(sorted(self._sets, key=lambda item: item[0]))


class PgsCollector(_SetCollector):
    """Presentation graphics of Blu-rays; some files hold a display set in several packets."""

    codec = "pgs"

    def __init__(self, stream: Stream, budget: Budget) -> None:
        super().__init__(stream, budget)
        self._known: dict[int, int] = {}
        self._pending, self._since = bytearray(), 0.0

    def take(self, packet: Packet) -> None:
        """See Collector."""
        if self._pending and (packet.data[:1] == b"\x16" or len(self._pending) > MOST_PENDING):
            self._flush()
        if not self._pending:
            self._since = packet.at
        self._pending += packet.data
        if packet.data.endswith(_END_OF_SET):
            self._flush()

    def _flush(self) -> None:
        self._add(self._since, pgs_state(bytes(self._pending), self._known))
        self._pending.clear()

    def _shown(self) -> list[Shown]:
        self._flush()
        return super()._shown()


class DvbCollector(_SetCollector):
    """Subtitles of broadcasts."""

    codec = "dvb"

    def __init__(self, stream: Stream, budget: Budget) -> None:
        super().__init__(stream, budget)
        self._pages = DvbPages(composition_page(stream.extradata))

    def take(self, packet: Packet) -> None:
        """See Collector."""
        self._add(packet.at, self._pages.take(packet.data))


def in_time(cues: list[_Timed]) -> list[_Timed]:
    """Sort, and end each cue at the latest where the next one starts after it.

    Cues at times that no title has (clocks run wild in damaged files) are left out.
    """
    ordered = sorted((c for c in cues if 0 <= c.start < LONGEST_TITLE), key=lambda c: c.start)
    following = [*(c.start for c in ordered), float("inf")][1:]
    return [
        replace(c, end=nxt) if c.start < nxt < c.end else c for c, nxt in zip(ordered, following, strict=True)
    ]


def track_of(stream: Stream, codec: str, cues: list[Cue] | list[Shown], forced: bool) -> Track:
    """Make a track of a stream's cues."""
    pictures = [c.width for c in cues if isinstance(c, Shown)]
    return Track(
        kind="bitmap" if pictures else "text",
        codec=codec,
        language=stream.language,
        name=stream.name,
        default=stream.default,
        forced=forced,
        commentary=stream.comments,
        stream=stream.index,
        widths=tuple(pictures),
        **columns(cues, with_text=not pictures),
    )


def columns(cues: list[Cue] | list[Shown], *, with_text: bool) -> dict[str, Any]:
    """Give the columns of a track; times are rounded to milliseconds."""
    return {
        "starts": tuple(round(c.start, 3) for c in cues),
        "ends": tuple(round(max(c.start, min(c.end, c.start + LONGEST_CUE)), 3) for c in cues),
        "texts": tuple(c.text for c in cues) if with_text else (),
    }


def _plain(data: bytes) -> str:
    return plain_text(data.decode("utf-8", "replace"))


def _ass(data: bytes) -> str:
    text = data.decode("utf-8", "replace").split(",", 8)[-1]
    return "" if _DRAWING.search(text) else plain_text(text)


def _counted(data: bytes) -> str:
    """Read text with its length before it (3GPP timed text)."""
    return _plain(data[2 : 2 + int.from_bytes(data[:2], "big")])


_TEXTS: dict[str, tuple[str, Callable[[bytes], str]]] = {
    "subrip": ("subrip", _plain),
    "srt": ("subrip", _plain),
    "ass": ("ass", _ass),
    "ssa": ("ass", _ass),
    "webvtt": ("webvtt", _plain),
    "text": ("text", _plain),
    "mov_text": ("mov_text", _counted),
}
_PICTURES: dict[str, Callable[[Stream, Budget], Collector]] = {
    "dvdsub": VobsubCollector,
    "dvd_subtitle": VobsubCollector,
    "pgssub": PgsCollector,
    "hdmv_pgs_subtitle": PgsCollector,
    "dvbsub": DvbCollector,
    "dvb_subtitle": DvbCollector,
}
