"""Finds the episodes inside a title that holds several, and the episode that a short title is a part of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engramd.match.hygiene import Checked, Usable, coarse_clock, metronome
from engramd.match.labels import Label
from engramd.match.model import Track
from engramd.match.season import Query
from engramd.match.timing import FACTORS, USUAL_FACTORS, CueTimes, Timing, start_peaks
from engramd.match.tracks import Chosen

#: A title this much longer than the references may hold several episodes.
LONGER = 1.6
#: A title of this share of the references may be one of the segments that they have together.
SHORTER = 0.7
SURE_Z = 8.0
#: So many cues find the place of a short title inside an episode.
LEAST_PLACED = 60
#: Episodes of one title may overlap by this share (a common song at the seam).
MOST_OVERLAP = 0.3
#: A title that its parts cover less than this, at the usual speeds, is looked at again at all of them; one
#: that covers so much of an episode is no part of it.
COVERED = 0.8
MOST_DECOYS = 8


@dataclass(frozen=True)
class Placement:
    """An episode inside a long title, from `begin` to `end` (seconds of the title)."""

    label: Label
    begin: float
    end: float
    z: float


@dataclass(frozen=True)
class Within:
    """The episode that a short title is a part of, from `begin` to `end`.

    `first` and `last` are the episode's own first and last cue. All in seconds of the reference.
    """

    label: Label
    begin: float
    end: float
    first: float
    last: float
    z: float

    @property
    def seconds(self) -> float:
        """How long the part is."""
        return self.end - self.begin


def find_parts(track: Track, checked: Checked) -> list[Placement]:
    """Find where episodes lie in a long title, in order of time; at most one place each."""
    usable, times = _timed(checked)
    if not times:
        return []
    title = CueTimes.of(track.starts, track.ends)
    parts = _parts_at(USUAL_FACTORS, title, usable, times)
    if sum(part.end - part.begin for part in parts) >= COVERED * title.span:
        return parts
    again = _parts_at(FACTORS, title, usable, times)
    return again if len(again) > len(parts) else parts


def _parts_at(
    factors: Sequence[float], title: CueTimes, usable: Sequence[Usable], times: Sequence[CueTimes]
) -> list[Placement]:
    peaks = _sure_peaks(title, times, float(title.starts[-1]) + 60, factors)
    found = [
        Placement(
            usable[number].label,
            (float(times[number].starts[0]) - peak.offset) / peak.factor,
            (float(times[number].ends[-1]) - peak.offset) / peak.factor,
            peak.z,
        )
        for number, peak in peaks.items()
    ]
    return _without_overlaps(found)


def find_whole(chosen: Chosen, checked: Checked) -> Within | None:
    """Find the one episode that a short title is a part of."""
    usable, times = _timed(checked)
    track = _placeable(chosen)
    if not times or track is None:
        return None
    title = CueTimes.of(track.starts, track.ends)
    longest = max(float(one.starts[-1]) for one in times)
    peaks = _sure_peaks(title, times, longest + 60)
    if not peaks:
        return None
    number = max(peaks, key=lambda n: peaks[n].z)
    peak = peaks[number]
    rivals = [p.z for n, p in peaks.items() if not usable[n].label.overlaps(usable[number].label)]
    if rivals and max(rivals) > 0.6 * peak.z:
        return None
    begin = float(title.starts[0]) * peak.factor + peak.offset
    end = float(title.ends[-1]) * peak.factor + peak.offset
    first, last = float(times[number].starts[0]), float(times[number].ends[-1])
    if end - begin >= COVERED * (last - first):
        return None  # it is all of an episode that is short
    return Within(usable[number].label, begin, end, first, last, peak.z)


def _placeable(chosen: Chosen) -> Track | None:
    """Give the track whose times find where in an episode a short title lies, be it too short to match."""
    tracks = (*chosen.timed, chosen.worded, chosen.pictured)
    fit = (t for t in tracks if t is not None and not t.rolling and len(t.starts) >= LEAST_PLACED)
    return next((t for t in fit if not coarse_clock(t.starts) and not metronome(t.starts)), None)


def _timed(checked: Checked) -> tuple[list[Usable], list[CueTimes]]:
    usable = [u for u in checked.usable if u.times is not None]
    return usable, [u.times for u in usable if u.times is not None]


def _sure_peaks(
    title: CueTimes, times: Sequence[CueTimes], window: float, factors: Sequence[float] = USUAL_FACTORS
) -> dict[int, Timing]:
    """Give the references that certainly are somewhere in the title, or it in them."""
    peaks = start_peaks(title, times, window, factors)
    decoys = [t.backwards() for t in times[:: max(1, len(times) // MOST_DECOYS)]]
    least = max([SURE_Z, *(n.z + 2 for n in start_peaks(title, decoys, window, factors))])
    return {number: peak for number, peak in enumerate(peaks) if peak.z >= least}


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


def cut(whole: Query, part: Placement) -> Query:
    """Cut an episode's part out of a long title; its times start near zero."""
    begin, end = part.begin - 2, part.end + 2
    base = max(0.0, begin)
    lines = tuple(
        replace(line, start=line.start - base) for line in whole.lines if begin <= line.start <= end
    )
    return replace(
        whole,
        timed=tuple(_slice(track, begin, end, base) for track in whole.timed[:1]),
        lines=lines,
        duration=part.end - part.begin,
    )


def _slice(track: Track, begin: float, end: float, base: float) -> Track:
    rows = [n for n, start in enumerate(track.starts) if begin <= start <= end]
    return track.model_copy(
        update={
            "starts": tuple(track.starts[n] - base for n in rows),
            "ends": tuple(track.ends[n] - base for n in rows),
            "texts": tuple(track.texts[n] for n in rows) if track.texts else (),
        }
    )


def joined(labels: Sequence[Label]) -> Label | None:
    """Give the label of several episodes of one season in order; None if they are not."""
    episodes = [number for label in labels for number in label.episodes]
    same = all(label.season == labels[0].season for label in labels)
    return Label(labels[0].season, tuple(episodes)) if same and episodes == sorted(set(episodes)) else None


def consecutive(label: Label) -> bool:
    """Whether a label's episodes follow one another without a gap."""
    first = label.episodes[0]
    return list(label.episodes) == list(range(first, first + len(label.episodes)))
