"""Reads any file's packets by FFmpeg's demuxers: slower than `matroska`, and for everything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from engramd.match.streams import Packet, Stream, StreamKind

_KINDS: dict[str, StreamKind] = {"video": "video", "audio": "audio", "subtitle": "subtitle"}


class Demuxer:
    """An open container of PyAV. Everything raises av.FFmpegError, OSError."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self._origin = time_origin(container)
        self.duration = (container.duration or 0) / 1_000_000
        self.streams = tuple(_stream(stream) for stream in container.streams)
        self.chapters = tuple(_chapters(container, self._origin))

    def packets(self, wanted: Iterable[int]) -> Iterator[Packet]:
        """Give the packets of streams in the order of the file."""
        streams = [self._container.streams[index] for index in wanted]
        for packet in self._container.demux(streams) if streams else ():
            if packet.pts is None:
                continue
            base = packet.time_base
            length = float(packet.duration * base) if packet.duration else 0.0
            yield Packet(packet.stream.index, float(packet.pts * base) - self._origin, length, bytes(packet))


def time_origin(container: Any) -> float:
    """Give what a packet's time must be lessened by, in seconds, to count from the start of the title.

    Matroska counts from there already; broadcasts begin at any time.
    """
    if "matroska" in container.format.name:
        return 0.0
    return (container.start_time or 0) / 1_000_000


def _stream(stream: Any) -> Stream:
    context, flags = stream.codec_context, _flags(stream)
    rate = (stream.average_rate or stream.guessed_rate) if stream.type == "video" else None
    return Stream(
        index=stream.index,
        kind=_KINDS.get(stream.type, "other"),
        codec=context.name if context is not None else "",
        language=stream.metadata.get("language"),
        name=stream.metadata.get("title", ""),
        default="default" in flags,
        forced="forced" in flags,
        commentary="comment" in flags,
        extradata=bytes(context.extradata or b"") if context is not None else b"",
        frame=1 / float(rate) if rate else 1001 / 30000,
    )


def _flags(stream: Any) -> set[str]:
    disposition = getattr(stream, "disposition", None)
    names = ("default", "forced", "comment")
    return {
        name for name in names if disposition is not None and disposition & getattr(type(disposition), name)
    }


def _chapters(container: Any, origin: float) -> Iterator[float]:
    """Give the chapters' starts; PyAV before 14.1 does not tell them."""
    tell = getattr(container, "chapters", None)
    for chapter in tell() if tell is not None else ():
        yield round(float(chapter["start"] * chapter["time_base"]) - origin, 3)
