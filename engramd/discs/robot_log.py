"""A disc as a log of MakeMKV's robot mode (`makemkvcon -r info`) describes it.

The log numbers titles from 0 and names attributes by number (MakeMKV's apdefs.h). It gives no positions of
chapters and no lengths of clips: chapters are spread evenly, and a clip is as long as the title that plays it
alone, else as an even share of what is left.
"""

from __future__ import annotations

import codecs
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from engramd.discs.content_hash import hash_of
from engramd.discs.languages import from_bluray
from engramd.discs.model import Disc, DiscFile, Media, Protection, Segment, Stream, Title
from engramd.discs.robot import Attribute, Broken, FileSize, Message, RobotLine, TitleCount, parse_lines
from engramd.discs.robot_faults import error_of, find_fault, read_errors
from engramd.errors import UnreadableDisc

Attributes = dict[int, str]

_START = re.compile(rb"(?:^|[\r\n]|\xef\xbb\xbf|\xff\xfe)(?:MSG|DRV|TCOUNT|CINFO|TINFO):")
_DVD = "6206"
_KINDS: dict[str, Literal["video", "audio", "subtitle"]] = {
    "6201": "video",
    "6202": "audio",
    "6203": "subtitle",
}
#: Attribute numbers.
TYPE, NAME, LANGUAGE, SHORT_CODEC = 1, 2, 3, 6
CHAPTERS, DURATION, BYTES, CHANNELS, ANGLES = 8, 9, 11, 14, 15
PLAYLIST, PICTURE, STREAM_FLAGS, DVD_TITLE, SEGMENTS, VOLUME_NAME, COMMENT = 16, 19, 22, 24, 26, 32, 49
#: Bits of a stream's flags (apdefs.h): the director's commentary, another one and the second sound that is
#: mixed in; sound for the visually impaired; the core of a lossless stream; forced subtitles.
_COMMENTARY, _DESCRIPTION, _CORE, _FORCED = 1 | 2 | 512, 4, 256, 4096
#: A Blu-ray playlist has 999 marks at most, a DVD title 99 chapters.
MOST_CHAPTERS = 999
_MOST_TITLES = 10_000
_MOST_SEGMENTS = 10_000
#: Of all titles together; real discs have some thousand.
_MOST_SEGMENTS_OF_A_DISC = 200_000
#: Numbers beyond these are none: a disc has 128 GB, and no title lasts for days.
_MOST_BYTES = 1 << 42
_MOST_SECONDS = 100 * 3600
_DURATION = re.compile(r"(?:(\d{1,4}):)?(?:(\d{1,2}):)?(\d{1,6})(?:\.\d+)?")
#: The longest real log has 3 MB.
_LONGEST_LOG = 64 << 20


@dataclass
class Scan:
    """What a log says of one disc: attributes of the disc, its titles and their streams, by number."""

    count: int | None = None
    disc: Attributes = field(default_factory=dict)
    titles: dict[int, Attributes] = field(default_factory=lambda: defaultdict(dict))
    streams: dict[int, dict[int, Attributes]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    files: dict[str, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    broken: int = 0


def is_robot_log(path: Path) -> bool:
    """Whether a path is a file that begins like a robot log; what cannot be opened is none.

    A device is not even opened here: that closes a drive's tray, and waits for it.
    """
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _START.search(file.read(4096).replace(b"\0", b"")) is not None
    except OSError:
        return False


def read_robot_log(path: Path) -> Disc:
    """Read a log. The protection of the disc is not in it.

    UnreadableDisc where it describes no disc, MakemkvFailed where MakeMKV itself failed (an expired key).
    """
    try:
        with path.open("rb") as file:
            data = file.read(_LONGEST_LOG + 1)
    except OSError as error:
        raise UnreadableDisc("the log cannot be read", where=path, why=error.strerror or error) from error
    problems = ["The log is too long and was not read to its end."] if len(data) > _LONGEST_LOG else []
    return disc_of(gather(parse_lines(_lines(data[:_LONGEST_LOG]))), str(path), problems)


def disc_of(scan: Scan, source: str, problems: Iterable[str] = ()) -> Disc:
    """Make a disc of what a scan said; errors as of `read_robot_log`."""
    if not scan.titles:
        _raise_fault(scan, source)
    is_dvd = _is_dvd(scan)
    lengths = {t[SEGMENTS]: _seconds(t) for t in scan.titles.values() if t.get(SEGMENTS, "").isdecimal()}
    if sum(t.get(SEGMENTS, "").count(",") for t in scan.titles.values()) > _MOST_SEGMENTS_OF_A_DISC:
        raise UnreadableDisc("the log lists more clips than any disc has", where=source)
    titles = tuple(
        _title(index, scan.titles[index], scan.streams[index], {} if is_dvd else lengths, is_dvd=is_dvd)
        for index in sorted(scan.titles)
    )
    trusted = _files_fit(scan, is_dvd=is_dvd)
    folder = "VIDEO_TS" if is_dvd else "BDMV/STREAM"
    files = tuple(DiscFile(path=f"{folder}/{name}", size=size) for name, size in scan.files.items())
    return Disc(
        source=source,
        media=Media.DVD if is_dvd else Media.UHD if any(t.height > 2000 for t in titles) else Media.BLURAY,
        label=scan.disc.get(VOLUME_NAME, ""),
        disc_name=scan.disc.get(NAME, ""),
        content_hash=hash_of(files) if files and trusted else None,
        protection=Protection.UNKNOWN,
        protection_reason="A log does not say.",
        titles=titles,
        files=files if trusted else (),
        problems=(*problems, *_problems(scan, trusted=trusted)),
    )


def gather(lines: Iterable[RobotLine]) -> Scan:
    """Collect a scan; of several in one log the last that has titles counts, and of equal lines the last."""
    kept, scan = Scan(), Scan()
    messages: list[Message] = []
    broken = 0
    for line in lines:
        if isinstance(line, Attribute):
            _take(scan, line)
        elif isinstance(line, TitleCount):
            kept, scan = (scan if scan.titles else kept), Scan(count=line.titles, disc=_unless(scan))
        elif isinstance(line, Message):
            messages.append(line)
        elif isinstance(line, FileSize):
            scan.files[line.name] = line.size
        elif isinstance(line, Broken):
            broken += 1
    if kept.titles and not scan.titles:
        scan = kept
    scan.messages, scan.broken = messages, broken
    return scan


def _unless(scan: Scan) -> Attributes:
    """Attributes of the disc belong to the scan whose titles follow them."""
    return {} if scan.titles else scan.disc


def _take(scan: Scan, line: Attribute) -> None:
    # The type is a code, its text is in the language of the person.
    value = str(line.code) if line.id == TYPE and len(line.place) != 1 else line.value
    if not line.place:
        scan.disc[line.id] = value
    elif line.place[0] >= _MOST_TITLES:
        scan.broken += 1
    elif len(line.place) == 1:
        scan.titles[line.place[0]][line.id] = value
    else:
        scan.streams[line.place[0]][line.place[1]][line.id] = value


def _lines(data: bytes) -> Iterator[str]:
    """Decode a log: UTF-8, UTF-16 with a mark or without, and line by line Latin-1 where it is no UTF-8."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        yield from data.decode("utf-16", "replace").replace("\0", "").split("\n")
        return
    for line in data.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").split(b"\n"):
        try:
            yield line.decode()
        except UnicodeDecodeError:
            yield line.decode("latin-1")


def _raise_fault(scan: Scan, source: str) -> None:
    """Say why there are no titles, unless the log describes a disc without any."""
    if (error := error_of(scan.messages, source)) is not None:
        raise error
    if not scan.disc:
        raise UnreadableDisc("the log describes no disc", where=source, remedy="makemkvcon -r info disc:0")


def _problems(scan: Scan, *, trusted: bool) -> Iterator[str]:
    if scan.count is not None and scan.count != len(scan.titles):
        announced = _counted(scan.count, "title")
        yield f"The log announces {announced} and describes {len(scan.titles)}; it may be cut short."
    if scan.broken:
        yield f"The log has {_counted(scan.broken, 'line')} that cannot be read."
    if errors := read_errors(scan.messages):
        yield f"MakeMKV met {_counted(errors, 'read error')} in its scan; titles may be missing."
    if (found := find_fault(scan.messages)) is not None and scan.titles:
        yield f"{found[0].text}."
    if not trusted:
        yield "The list of files behind the log is of another disc, so the content hash is left out."


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _is_dvd(scan: Scan) -> bool:
    if TYPE in scan.disc:
        return scan.disc[TYPE] == _DVD
    titles = scan.titles.values()
    return any(DVD_TITLE in t for t in titles) and not any(PLAYLIST in t for t in titles)


def _files_fit(scan: Scan, *, is_dvd: bool) -> bool:
    """Whether the list of files is this disc's: a title of one clip is as large as the clip's file."""
    if is_dvd or not scan.files:
        return True
    sizes = {name.lower(): size for name, size in scan.files.items()}
    fits: list[bool] = []
    for title in scan.titles.values():
        clip, size = title.get(SEGMENTS, ""), _number(title.get(BYTES), _MOST_BYTES)
        if size and clip.isdecimal() and len(clip) <= 5:
            fits.append(sizes.get(f"{clip:0>5}.m2ts") == size)
    return not fits or 2 * sum(fits) >= len(fits)


def _title(
    index: int,
    said: Attributes,
    streams: dict[int, Attributes],
    lengths: dict[str, float],
    *,
    is_dvd: bool,
) -> Title:
    source = said.get(DVD_TITLE if is_dvd else PLAYLIST) or said.get(PLAYLIST) or said.get(DVD_TITLE) or ""
    digits = source.partition(".")[0]
    duration, chapters = _seconds(said), _number(said.get(CHAPTERS), 1 << 60)
    pictures = [_size(one.get(PICTURE, "")) for one in streams.values()]
    width, height = max(pictures, default=(0, 0))
    chapters = min(chapters, MOST_CHAPTERS)
    return Title(
        index=index,
        number=_number(digits, 1 << 60) or index,
        source_file=source,
        segment_map=said.get(SEGMENTS, ""),
        segments=() if is_dvd else _segments(said.get(SEGMENTS, ""), duration, lengths),
        duration=duration,
        size=_number(said.get(BYTES), _MOST_BYTES),
        chapters=tuple(duration * place / chapters for place in range(chapters)),
        streams=tuple(_streams(streams)),
        angles=max(1, _number(said.get(ANGLES), 9)),
        width=width,
        height=height,
        comment=said.get(COMMENT, ""),
    )


def _streams(streams: dict[int, Attributes]) -> Iterator[Stream]:
    for number in sorted(streams):
        said = streams[number]
        kind = _KINDS.get(said.get(TYPE, ""))
        if kind is not None:
            flags = _number(said.get(STREAM_FLAGS), 1 << 31)
            yield Stream(
                kind=kind,
                codec=said.get(SHORT_CODEC, ""),
                stream_id=number,
                language=from_bluray(said.get(LANGUAGE, "").encode("ascii", "replace")),
                channels=_number(said.get(CHANNELS), 99) or None,
                commentary=bool(flags & _COMMENTARY),
                audio_description=bool(flags & _DESCRIPTION),
                forced=bool(flags & _FORCED),
                core=bool(flags & _CORE),
            )


def _segments(segment_map: str, duration: float, lengths: dict[str, float]) -> tuple[Segment, ...]:
    """Give the clips of a Blu-ray title; none where the log cut the list short."""
    keys = [] if "..." in segment_map else [key.strip("()") for key in segment_map.split(",") if key]
    if len(keys) > _MOST_SEGMENTS:
        return ()
    unknown = [key for key in keys if key not in lengths]
    left = max(0.0, duration - sum(lengths[key] for key in keys if key in lengths))
    share = left / len(unknown) if unknown else 0.0
    return tuple(Segment(key=key, duration=lengths.get(key, share), size=0) for key in keys)


def _seconds(said: Attributes) -> float:
    """Give a title's length, which the log has as `1:34:42`; 0 for what is no length."""
    found = _DURATION.fullmatch(said.get(DURATION, "0"))
    if found is None:
        return 0.0
    parts = [int(part) for part in found.groups() if part is not None]
    total = 0
    for part in parts:
        total = total * 60 + part
    return float(total) if total <= _MOST_SECONDS else 0.0


def _size(picture: str) -> tuple[int, int]:
    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", picture)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _number(text: str | None, most: int) -> int:
    """Give a number; 0 for none, and for one that is too large to be true."""
    if not text or not text.isdecimal() or not text.isascii() or len(text) >= 18:
        return 0
    return int(text) if int(text) <= most else 0
