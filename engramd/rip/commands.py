"""The FFmpeg command lines that copy a title's streams into Matroska."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from engramd.discs.model import Disc, Stream, Title
from engramd.rip.clips import root_of

#: -n: never overwrite. FFmpeg returns success after a read error unless -xerror is given; but -xerror also
#: ends a rip at time stamps that are out of order.
GLOBAL = ("-hide_banner", "-nostdin", "-v", "warning", "-n")
STRICT = ("-xerror",)
PROGRESS = ("-progress", "pipe:1", "-stats_period", "0.5", "-nostats")
#: No random numbers in the file: the same title gives the same bytes, so that a second rip is known as such.
REPEATABLE = ("-fflags", "+bitexact")
#: Streams of a Blu-ray may begin late; bytes and microseconds to look at before copying.
PATIENCE = ("-probesize", "32M", "-analyzeduration", "20M")
#: What a playlist of several clips is read through.
PROTOCOLS = "file,subfile,data,pipe,fd"
#: Matroska has no name for the PCM of discs; FLAC keeps every bit of it.
PCM = "lpcm"
LOSSLESS = "flac"
#: A Blu-ray TrueHD stream carries an AC-3 one of the same PID, which FFmpeg gives as a second stream.
TWO_IN_ONE = "truehd"


@dataclass(frozen=True)
class Command:
    """Arguments for FFmpeg, and what it reads from standard input."""

    arguments: tuple[str, ...]
    stdin: str | None = None


def dvd_command(disc: Disc, title: Title, target: Path, *, lenient: bool = False) -> Command:
    """Copy a DVD title with its chapters and languages, which FFmpeg reads from the disc itself."""
    source = ("-f", "dvdvideo", "-title", str(title.number), "-i", str(root_of(disc.source)))
    maps = ("-map", "0:v:0", "-map", "0:a?", "-map", "0:s?")
    audio = [stream for stream in title.streams if stream.kind == "audio"]
    codecs: list[str] = []
    for place, stream in enumerate(audio):
        if stream.codec == PCM:
            codecs += [f"-c:a:{place}", LOSSLESS]
    return Command((*_options(lenient), *source, *maps, "-c", "copy", *codecs, *_output(target)))


def playlist_command(
    disc: Disc, title: Title, target: Path, missing: Collection[int] = (), *, lenient: bool = False
) -> Command:
    """Copy a playlist through libbluray: one clip, or parts of clips.

    libbluray gives no chapters and no languages, so they come from the disc as engramd read it. `missing`
    are PIDs that the playlist names and the clip lacks. The joints between parts of clips make FFmpeg
    report corrupt packets, so several parts need `lenient`.
    """
    streams = _present(title, missing)
    source = ("-playlist", str(title.number), "-i", f"bluray:{root_of(disc.source)}")
    maps = [word for stream in streams for word in ("-map", f"0:i:{stream.stream_id:#x}")]
    common = _bluray_output(title, streams, target, both_of_truehd=True)
    return Command((*_options(lenient), *PATIENCE, *source, *_chapter_input(title), *maps, *common))


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
    for stream in streams:
        lines += ["stream", f"exact_stream_id {stream.stream_id}"]
    for segment in title.segments:
        lines += [f"file {_quoted(addresses[segment.key])}", f"duration {segment.duration:.6f}"]
    source = ("-protocol_whitelist", PROTOCOLS, "-f", "concat", "-safe", "0", "-i", "pipe:0")
    later = r"setts=pts=max(PTS\,PREV_OUTPTS+1):dts=max(DTS\,PREV_OUTDTS+1)"
    options = (*_options(lenient), *PATIENCE, *source, *_chapter_input(title), "-map", "0", "-bsf:a", later)
    common = _bluray_output(title, streams, target, both_of_truehd=False)
    return Command((*options, *common), "\n".join(lines) + "\n")


def _options(lenient: bool) -> tuple[str, ...]:
    return GLOBAL if lenient else (*GLOBAL, *STRICT)


def _present(title: Title, missing: Collection[int]) -> list[Stream]:
    """Give the playlist's streams without those that are missing, each PID once."""
    streams = {stream.stream_id: stream for stream in title.streams if stream.stream_id not in missing}
    return list(streams.values())


def _chapter_input(title: Title) -> tuple[str, ...]:
    if not title.chapters:
        return ()
    text = ";FFMETADATA1\n"
    ends = [*title.chapters[1:], title.duration]
    for number, (start, end) in enumerate(zip(title.chapters, ends, strict=True), 1):
        times = f"START={round(start * 1000)}\nEND={round(max(start, end) * 1000)}"
        text += f"[CHAPTER]\nTIMEBASE=1/1000\n{times}\ntitle=Chapter {number:02}\n"
    return ("-f", "ffmetadata", "-i", "data:text/plain;base64," + b64encode(text.encode()).decode())


def _bluray_output(
    title: Title, streams: list[Stream], target: Path, *, both_of_truehd: bool
) -> tuple[str, ...]:
    words = ["-map_chapters", "1"] if title.chapters else []
    words += ["-c", "copy"]
    counts = {"video": 0, "audio": 0, "subtitle": 0}
    for stream in streams:
        for _ in range(2 if both_of_truehd and stream.codec == TWO_IN_ONE else 1):
            place = f"{stream.kind[0]}:{counts[stream.kind]}"
            counts[stream.kind] += 1
            words += _stream_options(stream, place)
    return (*words, *_output(target))


def _stream_options(stream: Stream, place: str) -> list[str]:
    words = [f"-metadata:s:{place}", f"language={stream.language}"] if stream.language else []
    if stream.codec == PCM:
        words += [f"-c:{place}", LOSSLESS]
    flags = [name for name, is_set in (("comment", stream.commentary), ("forced", stream.forced)) if is_set]
    if flags:
        words += [f"-disposition:{place}", "+".join(flags)]
    return words


def _output(target: Path) -> tuple[str, ...]:
    return (
        *PROGRESS,
        *REPEATABLE,
        "-f",
        "matroska",
        "-default_mode",
        "infer_no_subs",
        str(target.absolute()),
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", r"'\''") + "'"
