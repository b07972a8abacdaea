"""Where a title with several episodes is cut: at chapters, else in the silence between two of them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from engramd.organize import EpisodeCode

if TYPE_CHECKING:
    from engramd.match.model import Evidence

#: Seconds around a seam in which the cut is made.
NEAR = 60.0
#: Seconds that are left before the first and after the last cut, and between two of them.
LEAST = 10.0
#: The part of an episode by which it may be longer than others, where lengths are all there is.
UNEVEN = 0.25


@dataclass(frozen=True)
class Piece:
    """A part of a title, in its seconds, and the episode that it holds."""

    episode: str
    begin: float
    end: float


def pieces_at(parts: Sequence[Piece], evidence: Evidence | None, length: float) -> list[Piece]:
    """Give the pieces to cut, for the parts that the subtitles found; `length` of the title in seconds.

    Each cut is made at the chapter that is nearest to the seam, else in the middle of the longest time
    without words there, else at the seam itself. Empty where the pieces would not follow each other.
    """
    seams = [(one.end + other.begin) / 2 for one, other in pairwise(parts)]
    return _pieces([part.episode for part in parts], [_cut(seam, evidence, NEAR) for seam in seams], length)


def even_pieces(code: EpisodeCode, evidence: Evidence | None, length: float) -> list[Piece]:
    """Give the pieces of a title that holds episodes in a row, all about as long.

    A cut is made at a chapter, or in a silence, as `pieces_at` says.
    """
    count = code.last - code.first + 1
    near = max(NEAR, length / count * UNEVEN)
    episodes = [str(EpisodeCode(code.season, n, n)) for n in range(code.first, code.last + 1)]
    return _pieces(episodes, [_cut(length * n / count, evidence, near) for n in range(1, count)], length)


def _pieces(episodes: Sequence[str], cuts: Sequence[float], length: float) -> list[Piece]:
    bounds = [0.0, *cuts, length]
    spans = list(pairwise(bounds))
    if len(episodes) < 2 or any(end - begin < LEAST for begin, end in spans):
        return []
    return [Piece(episode, *span) for episode, span in zip(episodes, spans, strict=True)]


def _cut(seam: float, evidence: Evidence | None, near: float) -> float:
    if evidence is None:
        return seam
    chapters = [start for start in evidence.chapters if abs(start - seam) <= near and start > LEAST]
    if chapters:
        return min(chapters, key=lambda start: abs(start - seam))
    return _silence(seam, evidence, near)


def _silence(seam: float, evidence: Evidence, near: float) -> float:
    """Give the middle of the longest time without words near a seam, by the track with the most cues."""
    tracks = [track for track in evidence.tracks if track.starts]
    if not tracks:
        return seam
    track = max(tracks, key=lambda one: len(one.starts))
    ends = track.ends or track.starts
    gaps = [
        (start - end, (start + end) / 2)
        for end, start in zip(ends, track.starts[1:], strict=False)
        if abs((start + end) / 2 - seam) <= near and start > end
    ]
    return max(gaps, default=(0.0, seam))[1]
