"""Finds the episodes inside a title that holds several of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engramd.match.hygiene import Checked
from engramd.match.labels import Label
from engramd.match.model import Track
from engramd.match.season import Query
from engramd.match.timing import CueTimes, start_peaks

#: A title this much longer than the references may hold several episodes.
LONGER = 1.6
SURE_Z = 8.0
#: Episodes of one title may overlap by this share (a common song at the seam).
MOST_OVERLAP = 0.3
FACTORS = (1.0, 25 / 23.976, 23.976 / 25)


@dataclass(frozen=True)
class Placement:
    """An episode inside a long title, from `begin` to `end` (seconds of the title)."""

    label: Label
    begin: float
    end: float
    z: float


def find_parts(track: Track, checked: Checked) -> list[Placement]:
    """Find where episodes lie in a long title, in order of time; at most one place each."""
    usable = [u for u in checked.usable if u.times is not None]
    times = [u.times for u in usable if u.times is not None]
    if not times:
        return []
    title = CueTimes.of(track.starts, track.ends)
    window = float(title.starts[-1]) + 60
    peaks = start_peaks(title, times, window, FACTORS)
    noise = start_peaks(title, [t.backwards() for t in times[:: max(1, len(times) // 8)]], window, FACTORS)
    least = max([SURE_Z, *(n.z + 2 for n in noise)])
    found = [
        Placement(
            usable[number].label,
            (float(times[number].starts[0]) - peak.offset) / peak.factor,
            (float(times[number].ends[-1]) - peak.offset) / peak.factor,
            peak.z,
        )
        for number, peak in enumerate(peaks)
        if peak.z >= least
    ]
    return _without_overlaps(found)


def _without_overlaps(found: list[Placement]) -> list[Placement]:
    kept: list[Placement] = []
    for placement in sorted(found, key=lambda p: -p.z):
        if all(
            _overlap(placement, k) <= MOST_OVERLAP and not placement.label.overlaps(k.label) for k in kept
        ):
            kept.append(placement)
    return sorted(kept, key=lambda p: p.begin)


def _overlap(a: Placement, b: Placement) -> float:
    common = min(a.end, b.end) - max(a.begin, b.begin)
    return common / max(1.0, min(a.end - a.begin, b.end - b.begin))


def cut(track: Track, placement: Placement, words: Track | None, language: str | None) -> Query:
    """Cut an episode's part out of a long title; its times start near zero."""
    return Query(
        (_slice(track, placement),),
        _slice(words, placement).texts if words else (),
        language,
    )


def _slice(track: Track, placement: Placement) -> Track:
    begin, end = placement.begin - 2, placement.end + 2
    rows = [n for n, start in enumerate(track.starts) if begin <= start <= end]
    base = max(0.0, begin)
    return track.model_copy(
        update={
            "starts": tuple(track.starts[n] - base for n in rows),
            "ends": tuple(track.ends[n] - base for n in rows),
            "texts": tuple(track.texts[n] for n in rows) if track.texts else (),
        }
    )


def joined(labels: Sequence[Label]) -> Label | None:
    """Give the label of consecutive episodes in order, or None if they are not."""
    episodes = [number for label in labels for number in label.episodes]
    season = labels[0].season
    consecutive = episodes == list(range(episodes[0], episodes[0] + len(episodes)))
    return Label(season, tuple(episodes)) if consecutive and all(x.season == season for x in labels) else None
