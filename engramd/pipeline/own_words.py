"""A few lines that are said in a title, by its own subtitles: by them a person knows the episode."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import EngramError

if TYPE_CHECKING:
    from engramd.match import Evidence, Track

#: Where lines are looked for, as parts of the running time, and how far from there, in seconds.
PLACES, REACH = (0.25, 0.5, 0.75), 180.0
#: A line is cut to so many characters; one that is to be understood has so many words.
LONGEST, LEAST_WORDS = 66, 4
_SUNG = re.compile(r"[♪♫♬#]")
_NOT_SAID = re.compile(r"\[[^\]]*\]|\([^)]*\)|<[^>]*>|\{[^}]*\}")
_SPEAKER = re.compile(r"^\s*(?:-|>>+|[A-Z][A-Z .']{1,20}:)\s*")


@dataclass(frozen=True)
class Line:
    """What is on the screen at a time, in seconds of the title."""

    at: float
    text: str


@dataclass(frozen=True)
class OwnWords:
    """Lines of a title, and a second of it that is worth looking at."""

    lines: tuple[Line, ...] = ()
    at: int = 0


def own_words(evidence: Path, duration: float) -> OwnWords:
    """Give lines spread over a title of `duration` seconds, of its evidence file and what was read besides.

    What cannot be read gives none.
    """
    from engramd.match import Evidence

    try:
        found = Evidence.model_validate_json(evidence.read_bytes())
    except (OSError, ValueError, EngramError):
        return OwnWords(at=int(duration / 2))
    track = _best(found)
    lines = choose(_lines_of(track) or _read_besides(evidence, found), duration or found.duration)
    return OwnWords(tuple(lines), int(_worth_looking_at(lines, track, duration or found.duration)))


def choose(lines: Sequence[Line], duration: float) -> list[Line]:
    """Choose a sentence near each of the places; no songs, no sounds, none twice."""
    said = [Line(line.at, text) for line in lines if (text := plain(line.text))]
    chosen: list[Line] = []
    for place in (duration * part for part in PLACES):
        near = [line for line in said if abs(line.at - place) <= REACH and line not in chosen]
        if near:
            chosen.append(min(near, key=lambda line: abs(line.at - place) + _penalty(line.text)))
    return sorted(chosen, key=lambda line: line.at)


def plain(text: str) -> str:
    """Give what is said in a line, in one line; empty for a song, a sound, or what is hardly a word."""
    if _SUNG.search(text):
        return ""
    said = _SPEAKER.sub("", " ".join(_NOT_SAID.sub(" ", text).split()))
    if sum(letter.isalpha() for letter in said) < len(said) / 2 or len(said.split()) < 2:
        return ""
    return said if len(said) <= LONGEST else f"{said[: LONGEST - 1].rsplit(' ', 1)[0]}…"


def _penalty(text: str) -> float:
    """How far away, in seconds, a better line is preferred to this one."""
    short = 90.0 if len(text.split()) < LEAST_WORDS else 0.0
    shouted = 60.0 if text.isupper() else 0.0
    return short + shouted + (0.0 if text[-1] in '.?!…"”' else 30.0)


def _best(evidence: Evidence) -> Track | None:
    """Choose the track that most of what is said is in: with text, if there is one."""
    tracks = [t for t in evidence.tracks if not t.commentary and t.starts]
    return max(tracks, key=lambda t: (bool(t.texts), not t.forced, t.default, len(t.starts)), default=None)


def _lines_of(track: Track | None) -> list[Line]:
    if track is None or not track.texts:
        return []
    return [Line(at, text) for at, text in zip(track.starts, track.texts, strict=True)]


def _read_besides(evidence: Path, found: Evidence) -> list[Line]:
    """Give what the matcher read of pictures, or heard, while it compared the title."""
    try:
        kept = json.loads(evidence.with_name(f"{evidence.name}.words").read_bytes())
        track = next((t for t in found.tracks if t.stream == kept.get("stream")), None)
        read = {int(number): str(text) for number, text in kept.get("pictures", {}).items()}
        heard = [Line(float(begin), str(text)) for begin, _, text in kept.get("heard", ())]
    except (OSError, ValueError, TypeError, AttributeError):
        return []
    starts = track.starts if track is not None else ()
    return [Line(starts[n], text) for n, text in sorted(read.items()) if 0 <= n < len(starts)] or heard


def _worth_looking_at(lines: Sequence[Line], track: Track | None, duration: float) -> float:
    if lines:
        return lines[len(lines) // 2].at
    starts = track.starts if track is not None else ()
    return min(starts, key=lambda at: abs(at - duration / 2), default=duration / 2)
