"""Examples for the calibration: the best candidates of made titles, right and wrong, with their features."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from engramd.match.calibration import TextFeatures, TimingFeatures, WordsHad
from engramd.match.scoring import FLOOR_OO, FLOOR_SEG, FLOOR_Z, text_floor
from engramd.match.timing import Timing
from tests.support.shows.classes import FIRST_SEED, HABITS, Half
from tests.support.shows.pairs import SHARES, Compared, Words, compared

Had = WordsHad
HAD: tuple[Had, ...] = get_args(Had)
#: How the words of `Compared.texts` were had.
WAYS: dict[str, Had] = {
    "whole": "whole",
    "ocr": "whole",
    "ocr 40": "sample",
    "ocr 15": "sample",
    "speech": "speech",
}
#: Sizes of the sets of candidates that are drawn from a season. Words weigh by the season they come from, so
#: few candidates out of many texts, which no disc has, would teach nothing about them.
SIZES = {"timing": (3, 6, 12, 26), "text": (12, 26), "both": (12, 26)}


@dataclass(frozen=True)
class Example:
    """The best candidate of a title by the evidence at hand; `right`: it is the true one.

    `there`: the true one was among the candidates.
    """

    right: bool
    there: bool
    timing: TimingFeatures | None
    text: TextFeatures | None


@dataclass(frozen=True)
class Job:
    """One season to be made and compared."""

    kind: str
    seed: int
    half: Half


def jobs(half: Half, seasons: int) -> list[Job]:
    """Give seasons in the shares of the real pairs."""
    total = sum(SHARES.values())
    return [
        Job(kind, FIRST_SEED[half] + 90_000 + 1000 * number + turn, half)
        for number, (kind, share) in enumerate(SHARES.items())
        for turn in range(max(2, round(seasons * share / total)))
    ]


def perform(job: Job) -> list[Compared]:
    """Make a season and compare its titles."""
    episodes = (12, 24, 10, 20)[job.seed % 4]
    return list(compared(job.kind, job.seed, episodes=episodes, every=2, **HABITS[job.half]))


def examples(
    rows: Sequence[Compared], basis: Literal["timing", "text", "both"], seed: int = 1
) -> Iterator[Example]:
    """Draw candidates for each title: once with the true one, once without it, of each size."""
    luck = np.random.default_rng(seed)
    for row in rows:
        for way in _ways(row, basis):
            for size in SIZES[basis]:
                others = [n for n in range(len(row.timings)) if n != row.truth]
                drawn = [int(n) for n in luck.permutation(others)[: size - 1]]
                yield _example(row, way, [row.truth, *drawn], basis)
                if len(drawn) > 1:
                    yield _example(row, way, drawn, basis)


def _ways(row: Compared, basis: str) -> Sequence[str]:
    if basis == "timing":
        return ("",) if row.kind != "rolled up" else ()
    return tuple(w for w in WAYS if w in row.texts)


def _example(row: Compared, way: str, places: list[int], basis: str) -> Example:
    timings = [row.timings[n] for n in places]
    words = row.texts.get(way)
    cosines = [float(words.cosines[n]) for n in places] if words else []
    by_time = max(range(len(places)), key=lambda n: timings[n].c)
    by_word = max(range(len(places)), key=lambda n: cosines[n]) if words else by_time
    best = by_time if basis == "timing" or (basis == "both" and timings[by_time].c >= 3.5) else by_word
    return Example(
        places[best] == row.truth,
        row.truth in places,
        timing_features(timings, best, row.cues) if basis != "text" else None,
        text_features(words, places, best, WAYS[way]) if words and basis != "timing" else None,
    )


def timing_features(timings: Sequence[Timing], best: int, cues: int) -> TimingFeatures:
    """Give the features of one of some episodes."""

    def second(score: Callable[[Timing], float], floor: float) -> float:
        return max([floor, *(score(t) for n, t in enumerate(timings) if n != best)])

    own = timings[best]
    z2, seg2 = second(lambda t: t.z, FLOOR_Z), second(lambda t: t.seg, FLOOR_SEG)
    oo2 = second(lambda t: t.oo, FLOOR_OO)
    return TimingFeatures(own.z, z2, own.seg, seg2, own.oo, oo2, cues, len(timings))


def text_features(words: Words, places: Sequence[int], best: int, had: Had) -> TextFeatures:
    """Give the features of one of some episodes."""
    floor = text_floor(len(words.cosines)) * (1.0 if had == "whole" else 0.5)
    others = [n for number, n in enumerate(places) if number != best]
    own = places[best]
    return TextFeatures(
        float(words.cosines[own]),
        max([floor, *(float(words.cosines[n]) for n in others)]),
        float(words.anchors[own]) if had == "speech" else 0.0,
        max([0.0, *(float(words.anchors[n]) for n in others)]) if had == "speech" else 0.0,
        words.count,
        len(places),
        had,
    )
