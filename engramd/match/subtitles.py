"""Reads a subtitle file of any usual kind and encoding into cues; hostile content is an error, no crash."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUFFIXES = frozenset({".srt", ".vtt", ".ass", ".ssa", ".sub"})
LARGEST = 4 << 20
LONGEST = 6 * 3600.0
LONGEST_CUE = 60.0
#: Commentaries have 800 cues; what has more than this is an effect or an attack.
MOST_CUES = 5000
DEFAULT_FPS = 23.976

_LATEST, _LONGEST_CUE = round(LONGEST * 1000), round(LONGEST_CUE * 1000)
#: Start and end in milliseconds, and what is said.
_Row = tuple[int, int, str]
_FRAMES = re.compile(r"\s*\{(\d{1,7})\}\{(\d{1,7})\}(.*)")
#: Brackets inside brackets end the search, so that no text takes quadratic time.
_MARKUP = re.compile(r"\{[^{}]*\}|<[^<>]*>")
_BREAK = re.compile(r"\\[Nnh]")
_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[,.](\d{1,3})"
_TIMES = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}")


class UnreadableSubtitle(Exception):
    """A file that is no usable subtitle file; the text completes the sentence `NAME …`."""


@dataclass(frozen=True)
class Cue:
    """What is on the screen from `start` to `end` (seconds); `text` in one line, without markup."""

    start: float
    end: float
    text: str


def read_subtitles(path: Path) -> list[Cue]:
    """Read the cues of a file, sorted by start. Raises UnreadableSubtitle."""
    return parse_subtitles(read_bytes(path), path.suffix)


def parse_subtitles(data: bytes, suffix: str) -> list[Cue]:
    """Read the cues of a file's content; its suffix tells its kind. Raises UnreadableSubtitle."""
    if not data.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise UnreadableSubtitle("is empty")
    text = decode(data)
    if re.search(r"<(?:!doctype html|html|head|body)\b", text[:2000], re.IGNORECASE):
        raise UnreadableSubtitle("is a web page, not a subtitle file")
    rows = sorted({_sane(*row) for row in _PARSERS[suffix.lower()](text) if row[2] and 0 <= row[0] < _LATEST})
    if len(rows) > MOST_CUES:
        raise UnreadableSubtitle(f"holds {len(rows)} cues, more than any episode has")
    if not rows:
        raise UnreadableSubtitle("holds no subtitle that can be read")
    return [Cue(start / 1000, end / 1000, text) for start, end, text in rows]


def _sane(start: int, end: int, text: str) -> _Row:
    """Give a cue an end that a clock with one wrong digit cannot move by hours."""
    return start, max(start, min(end, start + _LONGEST_CUE)), text


def read_bytes(path: Path) -> bytes:
    """Read a regular file of sane size; opened without blocking, so that a pipe cannot hang the matcher.

    Raises UnreadableSubtitle.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise UnreadableSubtitle(f"cannot be read: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise UnreadableSubtitle("is no regular file")
            if status.st_size > LARGEST:
                raise UnreadableSubtitle(f"is too large for a subtitle file ({status.st_size >> 20} MiB)")
            return file.read(LARGEST + 1)
    except OSError as error:
        raise UnreadableSubtitle(f"cannot be read: {error.strerror}") from error


def decode(data: bytes) -> str:
    """Decode UTF-8, UTF-16 (with or without mark) or a Western code page. Raises UnreadableSubtitle."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _clean(data.decode(encoding, "replace"))
    head = data[:4096]
    if b"\x00" in head:
        return _clean(data.decode(_wide(head), "replace"))
    for encoding in ("utf-8", "cp1252"):
        try:
            return _clean(data.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _clean(data.decode("latin-1"))


def _wide(head: bytes) -> str:
    odd, even = head[1::2].count(0), head[0::2].count(0)
    if odd > 4 * (even + 1) and odd > len(head) / 8:
        return "utf-16-le"
    if even > 4 * (odd + 1) and even > len(head) / 8:
        return "utf-16-be"
    raise UnreadableSubtitle("is a binary file (bitmap subtitles cannot be references)")


def _clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def _parse_arrows(text: str) -> list[_Row]:
    """Read SubRip and WebVTT: whatever stands between two time lines belongs to the first of them."""
    lines = text.split("\n")
    times = [(n, found) for n, line in enumerate(lines) if "-->" in line and (found := _TIMES.match(line))]
    ends = [_before_counter(lines, following) for following, _ in times[1:]]
    return [
        (*_span(found), plain_text("\n".join(lines[here + 1 : end])))
        for (here, found), end in zip(times, [*ends, len(lines)], strict=False)
    ]


def _before_counter(lines: Sequence[str], end: int) -> int:
    """Give the place of the last line before `end` if it is the number of the next cue, else `end`."""
    last = end - 1
    while last >= 0 and not lines[last].strip():
        last -= 1
    return last if last >= 0 and lines[last].strip().isdecimal() else end


def _span(found: re.Match[str]) -> tuple[int, int]:
    """Give the begin and end of a time line, in milliseconds."""
    hours, minutes, seconds, part, hours_2, minutes_2, seconds_2, part_2 = found.groups()
    begin = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    end = int(hours_2 or 0) * 3600 + int(minutes_2) * 60 + int(seconds_2)
    return begin * 1000 + int(part.ljust(3, "0")), end * 1000 + int(part_2.ljust(3, "0"))


def _parse_frames(text: str) -> list[_Row]:
    """Read MicroDVD: frame numbers, and in the first cue perhaps the frame rate."""
    rows = [found for line in text.split("\n") if (found := _FRAMES.match(line))]
    fps = DEFAULT_FPS
    if rows and rows[0][1] == "1" and (rate := re.fullmatch(r"[1-9]\d(\.\d{1,6})?", rows[0][3].strip())):
        fps = float(rate[0])
        rows = rows[1:]
    frame = 1000 / fps
    return [
        (round(int(r[1]) * frame), round(int(r[2]) * frame), plain_text(r[3].replace("|", " "))) for r in rows
    ]


def _parse_styled(text: str) -> list[_Row]:
    """Read SubStation Alpha."""
    import pysubs2

    try:
        file = pysubs2.SSAFile.from_string(text, format_="ass")
    except (pysubs2.Pysubs2Error, ValueError, LookupError, OverflowError, AttributeError) as error:
        raise UnreadableSubtitle(f"cannot be read as SubStation Alpha: {error}") from error
    return [
        (line.start, line.end, plain_text(line.text))
        for line in file
        if not line.is_comment and not line.is_drawing
    ]


_PARSERS = {
    ".srt": _parse_arrows,
    ".vtt": _parse_arrows,
    ".ass": _parse_styled,
    ".ssa": _parse_styled,
    ".sub": _parse_frames,
}


def plain_text(text: str) -> str:
    """Take markup and line breaks out of a cue's text."""
    if "<" in text or "{" in text:
        text = _MARKUP.sub("", text)
    if "\\" in text:
        text = _BREAK.sub(" ", text)
    return " ".join(text.split())
