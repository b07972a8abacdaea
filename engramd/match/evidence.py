"""Reads what a ripped file says of itself by its packets alone: cues, captions, sounds and chapters.

Order of the tracks: subtitle streams as in the file, then the captions in the video. A cue's start is the
packet's time (and the delay that a DVD subpicture names), rounded to milliseconds, so that a picture is found
again by `Track.stream` and `Track.starts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engramd.containers import open_container
from engramd.match.captions import STREAM_CODECS, VIDEO_CODECS, CaptionCollector
from engramd.match.collecting import Budget, Collector, collector_of, columns
from engramd.match.ebml import Odd
from engramd.match.matroska import MatroskaFile
from engramd.match.matroska_reader import MatroskaReader
from engramd.match.model import Evidence, MatchFailed, Sound, Track
from engramd.match.streams import Stream
from engramd.match.subtitles import SUFFIXES, UnreadableSubtitle, read_subtitles


def read_evidence(path: Path) -> Evidence:
    """Read a ripped video or a subtitle file. Raises MatchFailed if it is neither."""
    if path.suffix.lower() in SUFFIXES:
        return _from_subtitles(path)
    try:
        if not path.is_file():
            raise MatchFailed("there is no such file", where=path)
        return read_matroska(path)
    except Odd:
        return read_container(path)
    except OSError as error:
        raise MatchFailed("the file cannot be read for subtitles", where=path, why=error) from error


def read_matroska(path: Path) -> Evidence:
    """Read a plain Matroska file, and pass over its pictures and sounds. Raises Odd, OSError."""
    with MatroskaFile(path) as file:
        streams = [entry.stream for entry in file.head.entries]
        collectors, captions = _collectors(streams)
        tracks = MatroskaReader(file).read(collectors, captions)
        return _evidence(path, file.head.duration, tracks, streams, file.head.chapters)


def read_container(path: Path) -> Evidence:
    """Read any file that FFmpeg knows, by demuxing all of it. Raises MatchFailed."""
    import av

    from engramd.match.demuxing import Demuxer

    try:
        with open_container(path) as container:
            demuxer = Demuxer(container)
            collectors, captions = _collectors(demuxer.streams)
            by_index: dict[int, Collector] = {each.stream.index: each for each in collectors}
            if captions:
                by_index[captions.stream.index] = captions
            for packet in demuxer.packets(by_index):
                by_index[packet.stream].take(packet)
    except (av.FFmpegError, OSError) as error:
        raise MatchFailed("the file cannot be read for subtitles", where=path, why=error) from error
    tracks = [track for each in by_index.values() if (track := each.track()) is not None]
    return _evidence(path, demuxer.duration, tracks, demuxer.streams, demuxer.chapters)


def _collectors(streams: Sequence[Stream]) -> tuple[list[Collector], CaptionCollector | None]:
    """Give what collects the subtitle streams, and what collects the captions of the first video."""
    budget = Budget()
    subtitles: list[Collector] = []
    for stream in (each for each in streams if each.kind == "subtitle"):
        own = CaptionCollector(stream) if stream.codec in STREAM_CODECS else collector_of(stream, budget)
        subtitles += [own] if own else []
    videos = [each for each in streams if each.kind == "video" and each.codec in VIDEO_CODECS]
    return subtitles, CaptionCollector(videos[0]) if videos else None


def _evidence(
    path: Path, duration: float, tracks: Sequence[Track], streams: Sequence[Stream], chapters: Sequence[float]
) -> Evidence:
    last = max((track.ends[-1] for track in tracks if track.ends), default=0.0)
    sounds = tuple(
        Sound(stream=each.index, language=each.language, default=each.default, commentary=each.comments)
        for each in streams
        if each.kind == "audio"
    )
    return Evidence(
        source=str(path),
        duration=duration or last,
        tracks=tuple(tracks),
        sounds=sounds,
        chapters=tuple(chapters),
    )


def _from_subtitles(path: Path) -> Evidence:
    try:
        cues = read_subtitles(path)
    except UnreadableSubtitle as error:
        raise MatchFailed("the subtitle file cannot be used", where=path, why=error) from error
    track = Track(kind="text", codec=path.suffix.lower().lstrip("."), **columns(cues, with_text=True))
    return Evidence(source=str(path), duration=max(c.end for c in cues), tracks=(track,))
