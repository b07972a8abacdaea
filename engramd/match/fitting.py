"""Whether two references are one episode: by their words where they share a language, else by their times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import permutations
from typing import Literal

import numpy as np

from engramd.match.checked import Texts, Usable, index_texts
from engramd.match.timing import FACTORS, WINDOW, compare, start_peaks
from engramd.match.weighing import Floats

#: `doubtful`: the times do not fit, and there are no words to ask.
Verdict = Literal["same", "wording", "different", "doubtful", "unknown"]

#: Different episodes of a show reach 0.3, and 0.36 by a recap; the same one from two sources has 0.6.
DUPLICATE, DUPLICATE_OF_FEW, FEW = 0.45, 0.8, 8
AGREEING, AGREEING_OF_FEW = 0.3, 0.65
SWAPPED, SWAPPED_RATIO = 0.3, 1.5
#: Below this, two texts in one language that should be one episode are not.
STRANGERS = 0.12
#: Times of the same episode reach this z; wrong ones do in 4 of 10,000.
SAME_Z, CROSSED_Z = 8.0, 9.0
#: Combined scores: hardly a true pair is below the first, hardly a wrong one above the second.
STRANGE_C, SAME_C = 2.8, 3.5
#: Full comparisons that are made at most: beyond, pairs that do not fit at once are left undecided.
MOST_COMPARED = 150


class Fitting:
    """Compares references of one check with one another; remembers at which speed two origins fit."""

    def __init__(self, usable: Sequence[Usable], texts: Texts | None = None) -> None:
        self._usable = usable
        self._cosines, self._documents = _cosines(usable, texts or index_texts(usable))
        self._factors: dict[frozenset[object], float] = {}
        self._compared = 0

    def by_words(self, i: int, j: int) -> Verdict:
        """Say whether the words of two references are of one episode."""
        first, second = self._usable[i].reference, self._usable[j].reference
        if first.content and first.content == second.content:
            return "same"
        if not self._share_language(i, j):
            return "unknown"
        cosine = float(self._cosines[i, j])
        if cosine >= (AGREEING if self._many(i) else AGREEING_OF_FEW):
            return "same"
        return "different" if cosine < STRANGERS else "unknown"

    def judge(self, i: int, j: int) -> Verdict:
        """Say whether two references with one label are one episode."""
        words = self.by_words(i, j)
        if words == "same":
            return words
        times = self._by_times(i, j)
        if times == "same":
            return "wording" if words == "different" else "same"
        if words == "different":
            return words
        if times != "different":
            return "unknown"
        if self._share_language(i, j):
            return "different" if self._cosines[i, j] < AGREEING else "unknown"
        return "doubtful"

    def _by_times(self, i: int, j: int) -> Verdict:
        one, other = self._usable[i].times, self._usable[j].times
        if one is None or other is None:
            return "unknown"
        if self.peaks(i, [j])[0] >= SAME_Z:
            return "same"
        self._compared += 1
        if self._compared > MOST_COMPARED:
            return "unknown"
        peak = start_peaks(one, [other], WINDOW)[0]
        if peak.z >= SAME_Z:
            self._remember(i, j, peak.factor)
            return "same"
        c = compare(one, [other])[0].c
        return "same" if c >= SAME_C else "different" if c < STRANGE_C else "unknown"

    def peaks(self, i: int, others: Sequence[int]) -> list[float]:
        """Give z of a reference with others of one origin, at the speed that is known to fit."""
        times = self._usable[i].times
        theirs = [self._usable[k].times for k in others]
        known = [t for t in theirs if t is not None]
        if times is None or not known:
            return [0.0] * len(others)
        factor = self._factors.get(self._origins(i, others[0]), 1.0)
        found = iter(start_peaks(times, known, WINDOW, (factor,)))
        return [next(found).z if t is not None else 0.0 for t in theirs]

    def search(self, i: int, others: Sequence[int]) -> tuple[int, float] | None:
        """Find the one of `others` (of one origin) whose times fit a reference best, at any speed."""
        best = max(zip(self.peaks(i, others), others, strict=True), default=(0.0, -1))
        if best[0] >= CROSSED_Z or not others:
            return (best[1], best[0]) if best[0] else None
        if self._origins(i, others[0]) in self._factors:
            return None
        times = self._usable[i].times
        known = [(k, t) for k in others if (t := self._usable[k].times) is not None]
        if times is None or not known:
            return None
        peaks = start_peaks(times, [t for _, t in known], WINDOW, FACTORS[1:])
        place = max(range(len(peaks)), key=lambda n: peaks[n].z)
        if peaks[place].z < CROSSED_Z:
            return None
        self._remember(i, known[place][0], peaks[place].factor)
        return known[place][0], peaks[place].z

    def crossed_words(self) -> list[tuple[int, int]]:
        """Find the pairs with different labels whose words are of one episode."""
        usable = self._usable
        partner = self._best_partners()
        pairs = []
        for i, j in np.argwhere(np.tril(self._cosines > SWAPPED, -1)):
            if usable[i].label.overlaps(usable[j].label):
                continue
            cosine, best = float(self._cosines[i, j]), max(partner[i], partner[j])
            limit = DUPLICATE if self._many(int(i)) else DUPLICATE_OF_FEW
            swapped = best >= 0 and cosine > SWAPPED_RATIO * best and self._many(int(i))
            if cosine > limit or (swapped and self._may_be_one(int(i), int(j))):
                pairs.append((int(i), int(j)))
        return pairs

    def _may_be_one(self, i: int, j: int) -> bool:
        """Whether the times do not speak against it: a recap has the words of another episode too."""
        return None in (self._usable[i].times, self._usable[j].times) or self._by_times(i, j) == "same"

    def _best_partners(self) -> list[float]:
        """Give the best agreement of each reference with another of its label; -1 where there is none."""
        mates: dict[tuple[int, int], list[int]] = defaultdict(list)
        for number, one in enumerate(self._usable):
            for episode in one.label.episodes:
                mates[one.label.season, episode].append(number)
        best = [-1.0] * len(self._usable)
        for i, j in (pair for group in mates.values() for pair in permutations(group, 2)):
            if self._share_language(i, j):
                best[i] = max(best[i], float(self._cosines[i, j]))
        return best

    def _share_language(self, i: int, j: int) -> bool:
        return self._usable[i].language is not None and self._usable[i].language == self._usable[j].language

    def _many(self, i: int) -> bool:
        return self._documents[self._usable[i].language] >= FEW

    def _origins(self, i: int, j: int) -> frozenset[object]:
        """Two origins, in the direction in which the speed leads from one to the other."""
        return frozenset({(0, self._usable[i].origin), (1, self._usable[j].origin)})

    def _remember(self, i: int, j: int, factor: float) -> None:
        self._factors[self._origins(i, j)] = factor
        self._factors[self._origins(j, i)] = _inverse(factor)


def _inverse(factor: float) -> float:
    return min(FACTORS, key=lambda one: abs(one * factor - 1))


def _cosines(usable: Sequence[Usable], texts: Texts) -> tuple[Floats, Counter[str | None]]:
    """Give the cosines of references in one language as a table of all, and how many each language has."""
    place = {id(one): number for number, one in enumerate(usable)}
    table = np.full((len(usable), len(usable)), -1.0)
    for index, group in texts.values():
        rows = [place[id(one)] for one in group]
        table[np.ix_(rows, rows)] = index.among_themselves()
    contents = {language: len({one.label for one in group}) for language, (_, group) in texts.items()}
    return table, Counter(contents)
