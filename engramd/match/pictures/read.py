"""Reads the words of wanted cues of a picture track: finds, draws, reads, repairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engramd.containers import open_container
from engramd.match.model import MatchFailed
from engramd.match.pictures.dvb import draw_dvb
from engramd.match.pictures.packets import Packets
from engramd.match.pictures.pgs import draw_pgs
from engramd.match.pictures.plane import BrokenPicture, Grey, Incomplete, Plane, ink
from engramd.match.pictures.reader import PageReader
from engramd.match.pictures.sheet import page
from engramd.match.pictures.spu import draw_spu, palette_luma
from engramd.match.pictures.tesseract import Tesseract
from engramd.match.reading import PicturesRead, PicturesWanted
from engramd.tools import Tools

#: Pages in one start of tesseract: so much is in memory, and lost where it crashes.
BATCH = 40

Draw = Callable[[Sequence[bytes]], Plane]


def read_pictures(wanted: PicturesWanted, tools: Tools) -> PicturesRead:
    """Read the pictures that show at `wanted.starts`; empty where there is none, or none that can be drawn.

    Raises MatchFailed, with the remedy, if the video cannot be read or tesseract cannot read it.
    """
    import av

    tesseract = Tesseract(tools, wanted.tesseract)
    reader = PageReader(tesseract, wanted.languages)
    ordered = sorted(set(wanted.starts))
    texts: dict[float, str] = {}
    try:
        with open_container(wanted.video) as container:
            pages = Pages(container, _stream(container, wanted))
            for first in range(0, len(ordered), BATCH):
                starts = ordered[first : first + BATCH]
                texts |= zip(starts, reader.read(pages.of(starts)), strict=True)
    except (av.FFmpegError, OSError) as error:
        raise _unreadable(wanted, error) from error
    if pages.fault is not None and not any(texts.values()):
        raise _unreadable(wanted, pages.fault)
    return PicturesRead(texts=tuple(texts[start] for start in wanted.starts))


def _unreadable(wanted: PicturesWanted, why: object) -> MatchFailed:
    return MatchFailed(
        "the video cannot be read for its subtitle pictures",
        where=wanted.video,
        why=why,
        remedy="see that the file is there and complete; else rip the title again",
    )


def _stream(container: Any, wanted: PicturesWanted) -> Any:
    streams = [s for s in container.streams.subtitles if s.index == wanted.stream]
    if not streams or streams[0].codec_context is None:
        raise _unreadable(wanted, f"stream {wanted.stream} is no subtitle track")
    return streams[0]


def _drawer(stream: Any) -> Draw:
    """Give what draws the last of some packets of a stream."""
    name = stream.codec_context.name
    if name in ("pgssub", "hdmv_pgs_subtitle"):
        return draw_pgs
    if name in ("dvbsub", "dvb_subtitle"):
        return draw_dvb
    if name in ("dvdsub", "dvd_subtitle"):
        palette = palette_luma(bytes(stream.codec_context.extradata or b""))
        return lambda packets: draw_spu(packets[-1], palette)
    raise MatchFailed("a subtitle track holds no pictures that can be drawn", why=f"its codec is {name}")


class Pages:
    """The cues of an open video as pages for tesseract."""

    def __init__(self, container: Any, stream: Any) -> None:
        self._packets = Packets(container, stream)
        self._draw = _drawer(stream)

    @property
    def fault(self) -> Exception | None:
        """What kept the video from being read on, if something did."""
        return self._packets.fault

    def of(self, starts: Sequence[float]) -> list[Grey | None]:
        """Give the pages of the cues that show at `starts`; None where one is lost, broken or empty.

        A file in which most cannot be found by seeking (no index, or badly interleaved) is read straight.
        """
        pages = {start: self._at(start) for start in starts}
        lost = [start for start in starts if pages[start] is None]
        if len(lost) * 2 > len(starts) and self._packets.go_straight():
            pages |= {start: self._at(start) for start in lost}
        return list(pages.values())

    def _at(self, start: float) -> Grey | None:
        for from_afar in (False, True):
            packets = self._packets.find(start, from_afar=from_afar)
            try:
                drawn = ink(self._draw(packets)) if packets else None
            except Incomplete:
                continue
            except BrokenPicture:
                return None
            if packets:
                return page(drawn) if drawn is not None else None
        return None
