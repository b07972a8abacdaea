"""The text of a SubRip file (`.srt`). Pure."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

#: Letters of a line, as many as two lines of a television screen are usually given.
WIDTH = 42
#: The first cue of a file that a machine has read: a SubRip file has no other place for a note.
MACHINE_READ = "[Read by a machine from the pictures of the disc; expect mistakes.]"
#: Seconds that the note is shown, at most, and at least where the first words come at once.
_NOTE_SHOWN, _NOTE_LEAST = 3.0, 0.5
_ARROW = re.compile("-+>")
_SPEAKER = re.compile(r"(?<=[^\s-]) (?=[-–] ?\S)")


class SrtCue(NamedTuple):
    """What is shown from `start` to `end`, in seconds."""

    start: float
    end: float
    text: str


def srt_text(cues: Iterable[SrtCue], note: str = "") -> str:
    """Give the text of a file with these cues, in order of time; those without words are left out.

    None is shown longer than until the next one begins. `note` is shown before the first one.
    """
    shown = sorted(one for one in _readable(cues))
    if note and shown:
        end = min(_NOTE_SHOWN, max(shown[0].start, _NOTE_LEAST))
        shown.insert(0, SrtCue(0.0, end, note))
    return "".join(
        f"{number}\n{_time(start)} --> {_time(end)}\n{text}\n\n"
        for number, (start, end, text) in enumerate(_apart(shown), 1)
    )


def in_lines(text: str) -> str:
    """Give words as lines of moderate length; each speaker after a dash begins one."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    if len(lines) == 1 and lines[0][:1] in ("-", "–"):
        lines = _SPEAKER.split(lines[0])
    fitting = [part for line in lines if line for part in textwrap.wrap(line, WIDTH, break_long_words=False)]
    return "\n".join(fitting)


def _readable(cues: Iterable[SrtCue]) -> Iterator[SrtCue]:
    for start, end, text in cues:
        printable = "".join(c if c.isprintable() or c == "\n" else " " for c in text)
        words = in_lines(_ARROW.sub("→", printable))
        if words and start >= 0:
            yield SrtCue(round(start, 3), round(max(end, start + 0.001), 3), words)


def _apart(cues: Sequence[SrtCue]) -> Iterator[SrtCue]:
    for cue, following in zip_longest(cues, cues[1:]):
        end = min(cue.end, following.start) if following and following.start > cue.start else cue.end
        yield cue._replace(end=end)


def _time(seconds: float) -> str:
    milliseconds = round(seconds * 1000)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d},{rest % 1000:03d}"
