"""How well the cue times of a title fit those of a reference: three scores that need no text.

z: starts on a 50 ms grid, cross-correlated over offset and speed; the peak in Poisson deviations above its
surroundings. seg: votes per 90 s segment and offset along the best path (cuts change the offset). oo:
correlation of on and off. z is searched over all speed factors between film, PAL and NTSC, the others over
the usual ones. Where a score's noise is larger than usual for these very tracks (short titles, regular cues,
coarse clocks), as playing the references backwards shows, the excess is taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]

FACTORS = (1.0, 25 / 23.976, 23.976 / 25, 24 / 23.976, 23.976 / 24, 25 / 24, 24 / 25)
#: Film, and film at PAL's speed; on and off, and segments, are compared at these only.
USUAL_FACTORS = FACTORS[:3]
WINDOW = 180.0
GRID = 0.05
SURROUNDINGS = 10.0
ACTIVITY_GRID = 0.1
SEGMENT = 90.0
SEGMENT_WINDOW = 240.0
CHANGE_PENALTY = 5.0
#: Shortest overlap of title and reference that counts, as a share of the shorter of the two.
LEAST_OVERLAP = 0.5
DECOYS = 8
#: seg is asked of so many of the best by z and oo: of hundreds no other will be the best by all three. Where
#: cuts hide the speed from z, seg may still find it: that is asked of still fewer.
MOST_SEGMENTED, MOST_AT_ALL_SPEEDS = 60, 12
#: References are compared in portions of so many grid cells: all seasons at once would take gigabytes.
MOST_CELLS = 1 << 22
#: 90th percentiles of the scores of wrong references, ordinary episodes.
USUAL_NOISE = (5.0, 0.14, 0.20)


@dataclass(frozen=True)
class CueTimes:
    """Start and end times in seconds, sorted by start."""

    starts: Floats
    ends: Floats

    @classmethod
    def of(cls, starts: Sequence[float] | Floats, ends: Sequence[float] | Floats) -> CueTimes:
        """Make it from any sequences."""
        return cls(np.asarray(starts, dtype=np.float64), np.asarray(ends, dtype=np.float64))

    @property
    def span(self) -> float:
        """Seconds from the first start to the last start."""
        return float(self.starts[-1] - self.starts[0]) if self.starts.size else 0.0

    def backwards(self) -> CueTimes:
        """Play the starts backwards: same density and rhythm, but never the right episode."""
        starts = (self.starts[-1] + self.starts[0] - self.starts)[::-1]
        lengths = (self.ends - self.starts)[::-1]
        following = np.append(starts[1:], np.inf)
        return CueTimes(starts, np.minimum(starts + lengths, np.maximum(following, starts + 0.05)))


@dataclass(frozen=True)
class Timing:
    """Scores of a title against a reference; `offset` (seconds) and `factor` lead from title to reference."""

    z: float
    seg: float
    oo: float
    offset: float
    factor: float

    @property
    def c(self) -> float:
        """All three scores in one."""
        return self.z / 6 + self.seg / 0.15 + self.oo / 0.35


NO_TIMING = Timing(0.0, 0.0, 0.0, 0.0, 1.0)


def compare(title: CueTimes, references: Sequence[CueTimes]) -> list[Timing]:
    """Score a title against references; both need at least two cues."""
    decoys = [reference.backwards() for reference in _spread(references, DECOYS)]
    scores = _raw_scores(title, [*references, *decoys])
    noise = _noise(scores[len(references) :])
    return [_less(score, noise) for score in scores[: len(references)]]


def _spread(items: Sequence[CueTimes], most: int) -> list[CueTimes]:
    step = max(1, len(items) // most)
    return list(items[::step])[:most]


def _noise(decoys: list[Timing]) -> tuple[float, float, float]:
    """How far the noise of these tracks exceeds the usual one, by score."""
    if not decoys:
        return (0.0, 0.0, 0.0)
    values = np.array([(d.z, d.seg, d.oo) for d in decoys])
    high = np.quantile(values, 0.9, axis=0)
    excess = np.maximum(high - np.array(USUAL_NOISE), 0.0)
    return (float(excess[0]), float(excess[1]), float(excess[2]))


def _less(score: Timing, noise: tuple[float, float, float]) -> Timing:
    return replace(
        score,
        z=max(0.0, score.z - noise[0]),
        seg=max(0.0, score.seg - noise[1]),
        oo=max(0.0, score.oo - noise[2]),
    )


def _raw_scores(title: CueTimes, references: Sequence[CueTimes]) -> list[Timing]:
    peaks = start_peaks(title, references, WINDOW)
    activity = _activity(title, references)
    scores = [replace(peak, oo=oo) for peak, oo in zip(peaks, activity, strict=True)]
    for number in _best(scores, MOST_SEGMENTED):
        seg = _seg(title, references[number], (1.0, scores[number].factor))
        scores[number] = replace(scores[number], seg=seg)
    for number in _best(scores, MOST_AT_ALL_SPEEDS):
        seg = _seg(title, references[number], USUAL_FACTORS)
        scores[number] = replace(scores[number], seg=max(seg, scores[number].seg))
    return scores


def _best(scores: Sequence[Timing], most: int) -> list[int]:
    return sorted(range(len(scores)), key=lambda number: -scores[number].c)[:most]


def _seg(title: CueTimes, reference: CueTimes, factors: Sequence[float]) -> float:
    return max(segment_path(title, reference, factor).score for factor in dict.fromkeys(factors))


# -- z --


def start_peaks(
    title: CueTimes, references: Sequence[CueTimes], window: float, factors: Sequence[float] = FACTORS
) -> list[Timing]:
    """Score z alone, with the offset and factor of the peak; offsets up to `window` seconds either way."""
    longest = max([float(title.starts[-1]) * max(factors), *(float(r.starts[-1]) for r in references)])
    size = _fft_size(int((longest + window + SURROUNDINGS) / GRID) + 10)
    at_once = max(1, MOST_CELLS // size)
    return [
        peak
        for first in range(0, len(references), at_once)
        for peak in _start_peaks(title, references[first : first + at_once], window, factors, size)
    ]


def _start_peaks(
    title: CueTimes, references: Sequence[CueTimes], window: float, factors: Sequence[float], size: int
) -> list[Timing]:
    reach, ring = round(window / GRID), round(SURROUNDINGS / GRID)
    spectra = np.fft.rfft(np.stack([_box(_counts(r.starts, size)) for r in references]), axis=1)
    best = [NO_TIMING] * len(references)
    for factor in factors:
        counts = _correlate(_counts(title.starts * factor, size), spectra, size, reach + ring)
        for number, row in enumerate(_peaks(counts, reach, ring, title, references, factor)):
            if row.z > best[number].z:
                best[number] = row
    return best


def _counts(starts: Floats, size: int, grid: float = GRID) -> npt.NDArray[np.float32]:
    return np.bincount(np.rint(starts / grid).astype(np.int64), minlength=size)[:size].astype(np.float32)


def _box(counts: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sum over ±125 ms."""
    return sum((np.roll(counts, shift) for shift in (-2, -1, 1, 2)), counts)


def _fft_size(least: int) -> int:
    size = 1 << max(4, (least - 1).bit_length())
    return next(
        s for s in (size * 9 // 16, size * 5 // 8, size * 3 // 4, size * 15 // 16, size) if s >= least
    )


def _correlate(title: npt.NDArray[np.float32], spectra: Any, size: int, reach: int) -> Counts:
    """Give the correlation at offsets -reach..reach (grid steps), one row per reference."""
    spectrum = np.conj(np.fft.rfft(title))
    full = np.fft.irfft(spectra * spectrum, n=size, axis=1)
    near = np.concatenate([full[:, size - reach :], full[:, : reach + 1]], axis=1)
    return np.asarray(np.rint(near), dtype=np.int32)  # what is counted is whole


def _peaks(
    counts: Counts,
    reach: int,
    ring: int,
    title: CueTimes,
    references: Sequence[CueTimes],
    factor: float,
) -> list[Timing]:
    around = 2 * ring + 1
    sums = np.zeros((len(counts), counts.shape[1] + 1), dtype=np.int32)
    np.cumsum(counts, axis=1, out=sums[:, 1:])
    mean = (sums[:, around:] - sums[:, :-around]) * np.float32(1 / around)
    z = (counts[:, ring : ring + 2 * reach + 1] - mean) / np.sqrt(mean + 1)
    offsets = np.arange(-reach, reach + 1) * GRID
    _forget_outside(z, offsets, title, references, factor)
    places = np.argmax(z, axis=1)
    rows = range(len(references))
    return [
        Timing(_steady(counts[row], int(places[row]), ring), 0, 0, float(offsets[places[row]]), factor)
        if z[row, places[row]] > 0
        else NO_TIMING
        for row in rows
    ]


def _steady(counts: Counts, place: int, ring: int) -> float:
    """Give z at a place, with the larger of Poisson's deviation and the one seen around it (regular cues)."""
    around = counts[place : place + 2 * ring + 1]
    near = round(0.5 / GRID)
    outside = np.concatenate([around[: ring - near], around[ring + near + 1 :]])
    mean = max(float(around.mean()), 0.0)
    return (float(around[ring]) - mean) / max(float(np.sqrt(mean + 1)), float(outside.std()))


def _forget_outside(
    z: Any, offsets: Any, title: CueTimes, references: Sequence[CueTimes], factor: float
) -> None:
    """Set to nothing what lies at offsets where title and reference have too little in common."""
    begin, end = title.starts[0] * factor, title.starts[-1] * factor
    for row, reference in zip(z, references, strict=True):
        first, last = reference.starts[0], reference.starts[-1]
        least = LEAST_OVERLAP * min(title.span * factor, last - first)
        row[offsets < first + least - end] = 0
        row[offsets > last - least - begin] = 0


# -- oo --


def _activity(title: CueTimes, references: Sequence[CueTimes]) -> list[float]:
    """Give the best correlation of on and off over offsets and factors, for each reference."""
    reach = round(WINDOW / ACTIVITY_GRID)
    longest = max([float(title.ends[-1]) * max(USUAL_FACTORS), *(float(np.max(r.ends)) for r in references)])
    size = _fft_size(int(longest / ACTIVITY_GRID) + reach + 8)
    at_once = max(1, MOST_CELLS // size)
    portions = [references[first : first + at_once] for first in range(0, len(references), at_once)]
    return [value for portion in portions for value in _activity_of(title, portion, reach, size)]


def _activity_of(title: CueTimes, references: Sequence[CueTimes], reach: int, size: int) -> list[float]:
    grids = np.stack([_on_off(r, 1.0, size) for r in references])
    spectra = np.fft.rfft(grids, axis=1)
    best = np.zeros(len(references))
    for factor in USUAL_FACTORS:
        own = _on_off(title, factor, size)
        common = _correlate(own, spectra, size, reach)
        best = np.maximum(best, _pearson(common, own, grids, reach, _length(title, factor), references))
    return [float(value) for value in best]


def _length(times: CueTimes, factor: float = 1.0) -> int:
    return int(float(np.max(times.ends)) * factor / ACTIVITY_GRID) + 1


def _on_off(times: CueTimes, factor: float, size: int) -> npt.NDArray[np.float32]:
    edges = np.zeros(size + 1, dtype=np.float32)
    np.add.at(edges, np.minimum(np.rint(times.starts * factor / ACTIVITY_GRID).astype(np.int64), size), 1)
    np.add.at(edges, np.minimum(np.rint(times.ends * factor / ACTIVITY_GRID).astype(np.int64), size), -1)
    return (np.cumsum(edges[:-1]) > 0.5).astype(np.float32)


def _pearson(
    common: Any, own: Any, grids: Any, reach: int, length: int, references: Sequence[CueTimes]
) -> Floats:
    """Correlate over the overlap at each offset; zero where the overlap is too short."""
    lengths = np.array([_length(r) for r in references])[:, None]
    offsets = np.arange(-reach, reach + 1)
    begin, end = np.maximum(0, -offsets), np.minimum(length, lengths - offsets)
    n = (end - begin).astype(np.float32)
    own_sum, their_sum = _sums(own), _sums(grids)
    a = own_sum[np.clip(end, 0, own.size)] - own_sum[begin]
    until, since = np.clip(length + offsets, 0, own.size), np.clip(offsets, 0, own.size)
    b = np.take(their_sum, until, axis=1) - np.take(their_sum, since, axis=1)
    spread = np.sqrt(np.maximum((n * a - a * a) * (n * b - b * b), 1))
    good = n >= np.maximum(10, LEAST_OVERLAP * np.minimum(length, lengths))
    return np.asarray(np.where(good, (n * common - a * b) / spread, 0).max(axis=1), dtype=np.float64)


def _sums(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Give the sums of the first 0, 1, 2, … values of each row."""
    return np.cumsum(np.pad(values, [(0, 0)] * (values.ndim - 1) + [(1, 0)]), axis=-1)


# -- seg --


@dataclass(frozen=True)
class Path:
    """The best path of offsets through the 90 s segments of a title.

    `score` is the share of cues explained, less a penalty for each change; `votes`, `cues` and `offsets`
    (100 ms steps) are by segment; `chance` is the share of cues that any offset explains.
    """

    score: float
    votes: Floats
    offsets: Integers
    cues: Integers
    chance: float

    @property
    def spread(self) -> float:
        """Share of the cues that lie in segments which the path explains."""
        return float(self.cues[self._explained].sum() / self.cues.sum())

    @property
    def reach(self) -> float:
        """Share of the title from the first segment that the path explains to the last."""
        places = np.flatnonzero(self._explained)
        return float(places[-1] - places[0] + 1) / self.cues.size if places.size else 0.0

    @property
    def _explained(self) -> npt.NDArray[np.bool_]:
        """Which segments lie in a run with one offset that has more votes than any offset has by chance.

        An offset is one if it changes by no more than half a second.
        """
        runs = np.concatenate([[0], np.cumsum(np.abs(np.diff(self.offsets)) > 5)])
        votes, expected = np.bincount(runs, self.votes), np.bincount(runs, self.chance * self.cues)
        return np.asarray((votes > expected + 5 * np.sqrt(expected) + 6)[runs], dtype=np.bool_)


def segment_path(title: CueTimes, reference: CueTimes, factor: float) -> Path:
    """Vote for offsets per segment of the title and find the best path through the segments."""
    starts = title.starts * factor
    segments = ((starts - starts[0]) / SEGMENT).astype(np.int64)
    count = int(segments[-1]) + 1
    votes = _votes(starts, segments, count, reference.starts)
    path, offsets = _viterbi(votes)
    chance = min(0.9, 3 * ACTIVITY_GRID * reference.starts.size / max(reference.span, 1.0))
    net = float(path.sum()) - CHANGE_PENALTY * int(np.count_nonzero(np.diff(offsets)))
    score = min(1.0, max(0.0, net / min(starts.size, reference.starts.size)))
    return Path(score, path, offsets, np.bincount(segments, minlength=count), chance)


def _votes(starts: Floats, segments: Any, count: int, theirs: Floats) -> npt.NDArray[np.float32]:
    """Count pairs of cues by segment and offset (100 ms steps, summed over ±150 ms)."""
    low = np.searchsorted(theirs, starts - SEGMENT_WINDOW)
    high = np.searchsorted(theirs, starts + SEGMENT_WINDOW)
    sizes = high - low
    own = np.repeat(np.arange(starts.size), sizes)
    place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + low[own]
    bins = 2 * round(SEGMENT_WINDOW / ACTIVITY_GRID) + 3
    offset = np.rint((theirs[place] - starts[own] + SEGMENT_WINDOW) / ACTIVITY_GRID).astype(np.int64) + 1
    flat = np.bincount(segments[own] * bins + offset, minlength=count * bins).astype(np.float32)
    table = flat.reshape(count, bins)
    table[:, 1:-1] = table[:, :-2] + table[:, 1:-1] + table[:, 2:]
    return table


def _viterbi(votes: npt.NDArray[np.float32]) -> tuple[Floats, Integers]:
    """Give votes and offset per segment along the best path; a change of offset costs five votes."""
    total = votes[0].copy()
    came_from = np.zeros(votes.shape, dtype=np.int64)
    stay = np.arange(votes.shape[1])
    for number in range(1, len(votes)):
        jump = int(np.argmax(total))
        jumps = total < total[jump] - CHANGE_PENALTY
        came_from[number] = np.where(jumps, jump, stay)
        total = np.maximum(total, total[jump] - CHANGE_PENALTY) + votes[number]
    offsets = np.zeros(len(votes), dtype=np.int64)
    place = int(np.argmax(total))
    for number in range(len(votes) - 1, -1, -1):
        offsets[number] = place
        place = int(came_from[number, place])
    return votes[np.arange(len(votes)), offsets].astype(np.float64), offsets
