"""Reads the cues of every subtitle and caption track of a ripped file by demuxing alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engramd.match.bitmaps import LONGEST, PgsState, pgs_cues, pgs_state, spu_times
from engramd.match.cc608 import Decoder
from engramd.match.model import Evidence, MatchFailed, Track
from engramd.match.subtitles import LONGEST as LONGEST_TITLE
from engramd.match.subtitles import LONGEST_CUE, SUFFIXES, Cue, UnreadableSubtitle, plain_text, read_subtitles
from engramd.match.userdata import HEADER_BYTES, Pair, h264_pairs, mpeg2_pairs

#: Fewer captions than this are noise in the user data.
LEAST_CAPTIONS = 3

_COMMENTARY = re.compile(r"comment|kommentar", re.IGNORECASE)
_FORCED = re.compile(r"forced|signs|songs", re.IGNORECASE)


def read_evidence(path: Path) -> Evidence:
    """Read a ripped video or a subtitle file. Raises MatchFailed if it is neither."""
    if path.suffix.lower() in SUFFIXES:
        return _from_subtitles(path)
    import av

    try:
        with av.open(str(path)) as container:
            return _from_container(path, container)
    except (av.FFmpegError, OSError) as error:
        raise MatchFailed("the file cannot be read for subtitles", where=path, why=error) from error


def _from_subtitles(path: Path) -> Evidence:
    try:
        cues = read_subtitles(path)
    except UnreadableSubtitle as error:
        raise MatchFailed("the subtitle file cannot be used", where=path, why=error) from error
    track = Track(kind="text", codec=path.suffix.lower().lstrip("."), **_columns(cues, with_text=True))
    return Evidence(source=str(path), duration=max(c.end for c in cues), tracks=(track,))


def _from_container(path: Path, container: Any) -> Evidence:
    duration = (container.duration or 0) / 1_000_000
    readers: dict[int, _SubtitleReader | _CaptionReader] = {
        stream.index: _SubtitleReader(stream) for stream in container.streams.subtitles if _known(stream)
    }
    videos = [s for s in container.streams.video if s.codec_context.name in _CaptionReader.codecs]
    if videos:
        readers[videos[0].index] = _CaptionReader(videos[0])
    streams = [container.streams[index] for index in readers]
    for packet in container.demux(streams) if streams else ():
        if packet.pts is not None:
            readers[packet.stream.index].take(packet)
    tracks = [track for reader in readers.values() if (track := reader.track()) is not None]
    last = max((track.ends[-1] for track in tracks if track.ends), default=0.0)
    return Evidence(source=str(path), duration=duration or last, tracks=tuple(tracks))


def _known(stream: Any) -> bool:
    return stream.codec_context is not None and stream.codec_context.name in _SUBTITLE_CODECS


class _SubtitleReader:
    """Collects the cues of one subtitle stream."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._codec = _SUBTITLE_CODECS[stream.codec_context.name]
        self._cues: list[Cue] = []
        self._states: list[tuple[float, PgsState]] = []
        self._forced = 0

    def take(self, packet: Any) -> None:
        at = float(packet.pts * packet.time_base)
        length = float(packet.duration * packet.time_base) if packet.duration else 0.0
        {"vobsub": self._vobsub, "pgs": self._pgs}.get(self._codec, self._text)(at, length, bytes(packet))

    def _vobsub(self, at: float, length: float, data: bytes) -> None:
        if times := spu_times(data):
            stop = times.stop if times.stop is not None else length or LONGEST
            self._cues.append(Cue(at + times.start, at + stop, ""))
            self._forced += times.forced

    def _pgs(self, at: float, _length: float, data: bytes) -> None:
        if state := pgs_state(data):
            self._states.append((at, state))
            self._forced += state.forced

    def _text(self, at: float, length: float, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if self._codec == "ass":
            text = text.split(",", 8)[-1]
        if text := plain_text(text):
            self._cues.append(Cue(at, at + (length or LONGEST), text))

    def track(self) -> Track | None:
        cues = [
            Cue(start, end, "") for start, end in pgs_cues(sorted(self._states, key=_first))
        ] or self._cues
        cues = in_time(cues)
        if not cues:
            return None
        metadata = self._stream.metadata
        name = metadata.get("title", "")
        flags = _flags(self._stream)
        return Track(
            kind="bitmap" if self._codec in ("vobsub", "pgs") else "text",
            codec=self._codec,
            language=metadata.get("language"),
            name=name,
            default="default" in flags,
            forced="forced" in flags or bool(_FORCED.search(name)) or self._forced * 2 > len(cues),
            commentary="comment" in flags or bool(_COMMENTARY.search(name)),
            **_columns(cues, with_text=self._codec not in ("vobsub", "pgs")),
        )


_SUBTITLE_CODECS = {
    "dvdsub": "vobsub",
    "dvd_subtitle": "vobsub",
    "pgssub": "pgs",
    "hdmv_pgs_subtitle": "pgs",
    "subrip": "subrip",
    "srt": "subrip",
    "ass": "ass",
    "ssa": "ass",
    "webvtt": "webvtt",
    "text": "text",
}


class _CaptionReader:
    """Collects EIA-608 captions from the video stream; pairs are put in order of presentation at the end."""

    codecs = ("mpeg2video", "mpeg1video", "h264")

    def __init__(self, stream: Any) -> None:
        self._pairs: list[tuple[float, Pair]] = []
        rate = stream.average_rate or stream.guessed_rate
        self._frame = 1 / float(rate) if rate else 1001 / 30000
        self._find = _pair_finder(stream)

    def take(self, packet: Any) -> None:
        pairs = self._find(bytes(memoryview(packet)[:HEADER_BYTES]))
        if pairs:
            at = float(packet.pts * packet.time_base)
            self._pairs += [(at + number * self._frame, pair) for number, pair in pairs]

    def track(self) -> Track | None:
        decoder = Decoder()
        for at, (first, second) in sorted(self._pairs, key=_first):
            decoder.feed(first, second, at)
        cues = in_time(decoder.finish())
        if len(cues) < LEAST_CAPTIONS:
            return None
        return Track(
            kind="caption", codec="eia_608", rolling=decoder.rolling, **_columns(cues, with_text=True)
        )


def _pair_finder(stream: Any) -> Callable[[bytes], list[tuple[int, Pair]]]:
    if stream.codec_context.name != "h264":
        return mpeg2_pairs
    extra = bytes(stream.codec_context.extradata or b"")
    size = (extra[4] & 3) + 1 if len(extra) > 4 and extra[0] == 1 else 0
    return lambda head: h264_pairs(head, size)


def _first(item: tuple[float, Any]) -> float:
    return item[0]


def _flags(stream: Any) -> set[str]:
    disposition = getattr(stream, "disposition", None)
    names = ("default", "forced", "comment")
    return {
        name for name in names if disposition is not None and disposition & getattr(type(disposition), name)
    }


def in_time(cues: list[Cue]) -> list[Cue]:
    """Sort, and end each cue at the latest where the next one starts after it.

    Cues at times that no title has (clocks run wild in damaged files) are left out.
    """
    ordered = sorted((c for c in cues if 0 <= c.start < LONGEST_TITLE), key=lambda c: c.start)
    following = [*(c.start for c in ordered), float("inf")][1:]
    return [
        Cue(c.start, min(c.end, nxt) if nxt > c.start else c.end, c.text)
        for c, nxt in zip(ordered, following, strict=True)
    ]


def _columns(cues: list[Cue], *, with_text: bool) -> dict[str, Any]:
    return {
        "starts": tuple(round(c.start, 3) for c in cues),
        "ends": tuple(round(max(c.start, min(c.end, c.start + LONGEST_CUE)), 3) for c in cues),
        "texts": tuple(c.text for c in cues) if with_text else (),
    }
