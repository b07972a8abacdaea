"""The FFmpeg command lines that copy a title's streams into Matroska."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from engramd.discs.model import Disc, Stream, Title
from engramd.rip.clips import bytes_before, root_of

#: -n: never overwrite. FFmpeg returns success after a read error unless -xerror is given; but -xerror also
#: ends a rip at time stamps that are out of order.
GLOBAL = ("-hide_banner", "-nostdin", "-v", "warning", "-n")
STRICT = ("-xerror",)
PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.5", "-nostats")
#: No random numbers in the file: the same title gives the same bytes, so that a second rip is known as such.
REPEATABLE = ("-fflags", "+bitexact")
#: Streams of a Blu-ray may begin late; bytes and microseconds to look at before copying.
PATIENCE = ("-probesize", "32M", "-analyzeduration", "20M")
#: FFmpeg before 6 sleeps whenever the short queue of packets before its muxer is full; in packets.
LONG_QUEUE = ("-thread_queue_size", "1024")
#: What a playlist of several clips is read through.
PROTOCOLS = "file,subfile,concat,data,pipe,fd"
#: Matroska has no name for the PCM of discs; FLAC keeps every bit of it.
PCM = "lpcm"
LOSSLESS = "flac"
#: A Blu-ray TrueHD stream carries an AC-3 one of the same PID, which FFmpeg gives as a second stream.
TWO_IN_ONE = "truehd"
#: Bytes left free in the head of the file, so that names and flags set later need not move to its end.
ROOM = 4096
#: FFmpeg numbers MPEG audio of a DVD by its start code, 0x1C0; the disc's tables by the last byte of it.
MPEG = ("mp1", "mp2")


@dataclass(frozen=True)
class Command:
    """Arguments for FFmpeg, and what it reads from standard input."""

    arguments: tuple[str, ...]
    stdin: str | None = None


def dvd_command(disc: Disc, title: Title, target: Path, *, lenient: bool = False) -> Command:
    """Copy a DVD title with its chapters, which FFmpeg reads from the disc itself, as it does languages.

    The picture and the streams of the title are copied, in this order. What the disc declares and FFmpeg does
    not find is left out. FFmpeg knows what the disc says of its sound, but not of its subtitles.
    """
    source = ("-f", "dvdvideo", "-title", str(title.number), "-i", str(root_of(disc.source)))
    maps = ["-map", "0:v:0"]
    options: list[str] = []
    counts = {"audio": 0, "subtitle": 0}
    for stream in _once(stream for stream in title.streams if stream.kind != "video"):
        maps += ["-map", f"0:i:{_dvd_id(stream):#x}?"]
        place = f"{stream.kind[0]}:{counts[stream.kind]}"
        counts[stream.kind] += 1
        if stream.codec == PCM:
            options += [f"-c:{place}", LOSSLESS]
        if stream.kind == "subtitle":
            options += _disposition(stream, place)
    return Command((*_options(lenient), *source, *maps, "-c", "copy", *options, *_output(target)))


def playlist_command(
    disc: Disc,
    title: Title,
    target: Path,
    missing: Collection[int] = (),
    *,
    lenient: bool = False,
    places: Mapping[int, int] | None = None,
) -> Command:
    """Copy a playlist through libbluray: one clip, or parts of clips.

    libbluray gives no chapters and no languages, so they come from the disc as engramd read it. `missing`
    are PIDs that the playlist names and the clip lacks. The joints between parts of clips make FFmpeg
    report corrupt packets, so several parts need `lenient`. FFmpeg gives a TrueHD stream and its core under
    one PID: to leave out the core it must be told their `places` (see `wants_places`); else both are copied.
    """
    streams = _present(title, missing)
    source = _playlist_source(disc, title)
    maps: list[str] = []
    written: list[Stream] = []
    for stream in _once(streams):
        alone = stream.codec == TWO_IN_ONE and not _core_of(stream, streams)
        if alone and places and stream.stream_id in places:
            maps += ["-map", f"0:{places[stream.stream_id]}"]
            written.append(stream)
        else:
            maps += ["-map", f"0:i:{stream.stream_id:#x}"]
            written += [stream] * (2 if stream.codec == TWO_IN_ONE else 1)
    common = _bluray_output(title, written, target)
    return Command((*_options(lenient), *source, *_chapter_input(title), *maps, *common))


def wants_places(title: Title) -> bool:
    """Say whether a TrueHD stream is to be copied without its core, for which `places_of` is needed."""
    return any(s.codec == TWO_IN_ONE and not _core_of(s, title.streams) for s in title.streams)


def places_command(disc: Disc, title: Title) -> Command:
    """Let FFmpeg list the streams of a playlist, and end with an error because it has nothing to write."""
    return Command(("-hide_banner", "-nostdin", *_playlist_source(disc, title)))


def places_of(log: str) -> dict[int, int]:
    """Read FFmpeg's list: the place in its input of the TrueHD stream of each PID that has one."""
    found = re.findall(r"^ *Stream #0:([0-9]+)\[0x([0-9a-f]+)\].*: Audio: truehd\b", log, re.MULTILINE)
    return {int(pid, 16): int(place) for place, pid in found}


def can_join_clips(title: Title) -> bool:
    """Say whether `clips_command` can join the clips of a title.

    FFmpeg joins streams by PID, so it would put a TrueHD stream and its core into one track.
    """
    return all(stream.codec != TWO_IN_ONE for stream in title.streams)


def clips_command(
    title: Title,
    addresses: Mapping[str, str],
    target: Path,
    missing: Collection[int] = (),
    *,
    lenient: bool = False,
) -> Command:
    """Copy a playlist of several whole clips, read one after another with the durations of the playlist."""
    streams = _present(title, missing)
    lines = ["ffconcat version 1.0"]
    once = _once(streams)
    for stream in once:
        lines += ["stream", f"exact_stream_id {stream.stream_id}"]
    for segment in title.segments:
        lines += [f"file {_quoted(addresses[segment.key])}", f"duration {segment.duration:.6f}"]
    source = (*LONG_QUEUE, "-protocol_whitelist", PROTOCOLS, "-f", "concat", "-safe", "0", "-i", "pipe:0")
    later = r"setts=pts=max(PTS\,PREV_OUTPTS+1):dts=max(DTS\,PREV_OUTDTS+1)"
    options = (*_options(lenient), *PATIENCE, *source, *_chapter_input(title), "-map", "0", "-bsf:a", later)
    common = _bluray_output(title, once, target)
    return Command((*options, *common), "\n".join(lines) + "\n")


def _options(lenient: bool) -> tuple[str, ...]:
    return GLOBAL if lenient else (*GLOBAL, *STRICT)


def _playlist_source(disc: Disc, title: Title) -> tuple[str, ...]:
    before = bytes_before(disc, title)
    skip = ("-skip_initial_bytes", str(before)) if before else ()
    return (*PATIENCE, *skip, "-playlist", str(title.number), "-i", f"bluray:{root_of(disc.source)}")


def _present(title: Title, missing: Collection[int]) -> list[Stream]:
    """Give the playlist's streams without those that are missing."""
    return [stream for stream in title.streams if stream.stream_id not in missing]


def _once(streams: Iterable[Stream]) -> list[Stream]:
    """Give the streams with each id once; a core follows its stream and comes with it."""
    found: dict[int, Stream] = {}
    for stream in streams:
        found.setdefault(stream.stream_id, stream)
    return list(found.values())


def _core_of(stream: Stream, streams: Iterable[Stream]) -> Stream | None:
    return next((other for other in streams if other.core and other.stream_id == stream.stream_id), None)


def _dvd_id(stream: Stream) -> int:
    return stream.stream_id | (0x100 if stream.codec in MPEG else 0)


def _chapter_input(title: Title) -> tuple[str, ...]:
    if not title.chapters:
        return ()
    text = ";FFMETADATA1\n"
    ends = [*title.chapters[1:], title.duration]
    for number, (start, end) in enumerate(zip(title.chapters, ends, strict=True), 1):
        times = f"START={round(start * 1000)}\nEND={round(max(start, end) * 1000)}"
        text += f"[CHAPTER]\nTIMEBASE=1/1000\n{times}\ntitle=Chapter {number:02}\n"
    return ("-f", "ffmetadata", "-i", "data:text/plain;base64," + b64encode(text.encode()).decode())


def _bluray_output(title: Title, written: Iterable[Stream], target: Path) -> tuple[str, ...]:
    words = ["-map_chapters", "1"] if title.chapters else []
    words += ["-c", "copy"]
    counts = {"video": 0, "audio": 0, "subtitle": 0}
    for stream in written:
        place = f"{stream.kind[0]}:{counts[stream.kind]}"
        counts[stream.kind] += 1
        words += _stream_options(stream, place)
    return (*words, *_output(target))


def _stream_options(stream: Stream, place: str) -> list[str]:
    words = [f"-metadata:s:{place}", f"language={stream.language}"] if stream.language else []
    if stream.codec == PCM:
        words += [f"-c:{place}", LOSSLESS]
    return [*words, *_disposition(stream, place)]


def _disposition(stream: Stream, place: str) -> list[str]:
    flags = (
        ("comment", stream.commentary),
        ("visual_impaired", stream.audio_description),
        ("forced", stream.forced),
    )
    names = [name for name, is_set in flags if is_set]
    return [f"-disposition:{place}", "+".join(names)] if names else []


def _output(target: Path) -> tuple[str, ...]:
    return (
        *PROGRESS,
        *REPEATABLE,
        "-metadata_header_padding",
        str(ROOM),
        "-f",
        "matroska",
        "-default_mode",
        "infer_no_subs",
        str(target.absolute()),
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
