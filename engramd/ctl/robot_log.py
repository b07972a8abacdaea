"""Discs as MakeMKV's robot mode (`makemkvcon -r info`) describes them, for `inspect`.

The log numbers titles from 0 and names attributes by number (MakeMKV's apdefs.h). It gives no positions of
chapters and no lengths of clips: chapters are spread evenly, and a clip is as long as the title that plays it
alone, else as an even share of what is left.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from engramd.discs.model import Disc, Media, Protection, Segment, Stream, Title
from engramd.errors import UnreadableDisc

Attributes = dict[int, str]

_LINE = re.compile(r"(CINFO|TINFO|SINFO):(.*)")
_START = re.compile(rb"(?m)^(?:MSG|DRV|TCOUNT|CINFO|TINFO):")
_DVD = "6206"
_KINDS: dict[str, Literal["video", "audio", "subtitle"]] = {
    "6201": "video",
    "6202": "audio",
    "6203": "subtitle",
}
#: Attribute numbers.
TYPE, NAME, LANGUAGE, SHORT_CODEC = 1, 2, 3, 6
CHAPTERS, DURATION, BYTES, CHANNELS, ANGLES = 8, 9, 11, 14, 15
PLAYLIST, PICTURE, DVD_TITLE, SEGMENTS, VOLUME_NAME = 16, 19, 24, 26, 32
#: A Blu-ray playlist has 999 marks at most, a DVD title 99 chapters.
MOST_CHAPTERS = 999


def is_robot_log(path: Path) -> bool:
    """Whether a path is a file that begins like a robot log; what cannot be opened is none.

    A device is not even opened here: that closes a drive's tray, and waits for it.
    """
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return _START.search(file.read(4096)) is not None
    except OSError:
        return False


def read_robot_log(path: Path) -> Disc:
    """Read a log; UnreadableDisc where it describes no disc. The protection of the disc is not in it."""
    disc, titles, streams = _attributes(path.read_text("utf-8", "replace"))
    if not disc and not titles:
        raise UnreadableDisc("the log describes no disc", where=path, remedy="makemkvcon -r info disc:0")
    is_dvd = disc.get(TYPE) == _DVD
    lengths = {t[SEGMENTS]: _seconds(t) for t in titles.values() if t.get(SEGMENTS, "").isdecimal()}
    found = tuple(
        _title(index, titles[index], streams[index], {} if is_dvd else lengths, is_dvd=is_dvd)
        for index in sorted(titles)
    )
    media = Media.DVD if is_dvd else Media.UHD if any(t.height > 2000 for t in found) else Media.BLURAY
    return Disc(
        source=str(path),
        media=media,
        label=disc.get(VOLUME_NAME, ""),
        disc_name=disc.get(NAME, ""),
        protection=Protection.UNKNOWN,
        protection_reason="A log does not say.",
        titles=found,
    )


def _attributes(text: str) -> tuple[Attributes, dict[int, Attributes], dict[int, dict[int, Attributes]]]:
    """Give the attributes of the disc, of its titles and of their streams; the last of a kind counts."""
    disc: Attributes = {}
    titles: dict[int, Attributes] = defaultdict(dict)
    streams: dict[int, dict[int, Attributes]] = defaultdict(lambda: defaultdict(dict))
    for kind, numbers, code, value in _lines(text):
        if kind == "CINFO":
            # The type is a code, its text is in the language of the person.
            disc[numbers[0]] = code if numbers[0] == TYPE else value
        elif kind == "TINFO":
            titles[numbers[0]][numbers[1]] = value
        else:
            streams[numbers[0]][numbers[1]][numbers[2]] = code if numbers[2] == TYPE else value
    return disc, titles, streams


def _lines(text: str) -> Iterator[tuple[str, list[int], str, str]]:
    """Give each attribute: kind of line, its numbers, its code and its text; broken lines are left out."""
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        kind, wanted = found[1], {"CINFO": 3, "TINFO": 4, "SINFO": 5}[found[1]]
        try:
            cells = next(csv.reader([found[2]], escapechar="\\", doublequote=False))
            *numbers, code, value = cells
            if len(cells) == wanted:
                yield kind, [int(number) for number in numbers], code, value
        except (csv.Error, StopIteration, ValueError):
            continue


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
    duration, chapters = _seconds(said), min(_number(said.get(CHAPTERS)), MOST_CHAPTERS)
    pictures = [_size(one.get(PICTURE, "")) for one in streams.values()]
    width, height = max(pictures, default=(0, 0))
    return Title(
        index=index,
        number=_number(digits) or index,
        source_file=source,
        segment_map=said.get(SEGMENTS, ""),
        segments=() if is_dvd else _segments(said.get(SEGMENTS, ""), duration, lengths),
        duration=duration,
        size=_number(said.get(BYTES)),
        chapters=tuple(duration * place / chapters for place in range(chapters)),
        streams=tuple(_streams(streams)),
        angles=max(1, _number(said.get(ANGLES))),
        width=width,
        height=height,
    )


def _streams(streams: dict[int, Attributes]) -> Iterator[Stream]:
    for number in sorted(streams):
        said = streams[number]
        kind = _KINDS.get(said.get(TYPE, ""))
        if kind is not None:
            yield Stream(
                kind=kind,
                codec=said.get(SHORT_CODEC, ""),
                stream_id=number,
                language=said.get(LANGUAGE) or None,
                channels=_number(said.get(CHANNELS)) or None,
            )


def _segments(segment_map: str, duration: float, lengths: dict[str, float]) -> tuple[Segment, ...]:
    """Give the clips of a Blu-ray title; none where the log cut the list short."""
    keys = [] if "..." in segment_map else [key.strip("()") for key in segment_map.split(",") if key]
    unknown = [key for key in keys if key not in lengths]
    left = max(0.0, duration - sum(lengths[key] for key in keys if key in lengths))
    share = left / len(unknown) if unknown else 0.0
    return tuple(Segment(key=key, duration=lengths.get(key, share), size=0) for key in keys)


def _seconds(said: Attributes) -> float:
    """Give a title's length, which the log has as `1:34:42`."""
    total = 0
    for part in said.get(DURATION, "0").split(":"):
        total = total * 60 + _number(part)
    return float(total)


def _size(picture: str) -> tuple[int, int]:
    found = re.fullmatch(r"(\d{1,5})x(\d{1,5})", picture)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _number(text: str | None) -> int:
    """Give a number; 0 for none, and for one that is too long to be true."""
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0
