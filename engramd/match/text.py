"""How well the words of a title fit those of a reference.

Cosine: TF-IDF over word 1- and 2-grams; the references weigh the words, and words that no reference has count
for nothing. Anchors: rare grams that both have at one distance in time, for each cue of the title; what noise
leaves of a text (bad speech recognition) still meets in them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from engramd.match.subtitles import Cue

Matrix = npt.NDArray[np.float64]

#: A gram is rare, and an anchor, if at most this share of the references has it.
RARE = 0.15
#: Cues of one line may start this many seconds apart in two sources, and a source as far from the other.
ANCHOR_REACH, ANCHOR_WINDOW = 1.5, 240.0
#: Words and pairs of a usual cue of seven words; what speech recognition takes for one phrase may be longer.
GRAMS_A_CUE = 13

#: A sign of a script that does not part its words; single ones say little, pairs and triples of them do.
_SIGN = "\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f"
_TOKEN = re.compile(rf"[{_SIGN}]+|[^\W\d_{_SIGN}]+(?:'[^\W\d_{_SIGN}]+)?")
_RUN = re.compile(f"[{_SIGN}]+")
#: What parts cues, across which there are no pairs.
_SEAM = "\n"
_TOKEN_OR_SEAM = re.compile(f"{_SEAM}|{_TOKEN.pattern}")


def words(text: str) -> list[str]:
    """Cut a text into words, or runs of signs; `|` is how optical recognition spells I."""
    return _TOKEN.findall(_plain(text))


def _plain(text: str) -> str:
    return text.casefold().replace("’", "'").replace("|", "i")


def grams_of(text: str) -> list[str]:
    """Give the words of a cue and the pairs of its neighbours; of runs of signs the pairs and triples."""
    line = words(text)
    if not _RUN.search(text):
        return [*line, *map(" ".join, pairwise(line))]
    parted = [word for word in line if not _RUN.fullmatch(word)]
    runs = [word for word in line if _RUN.fullmatch(word)]
    signs = [run[at : at + size] for run in runs for size in (2, 3) for at in range(len(run) - size + 1)]
    return [*parted, *map(" ".join, pairwise(parted)), *signs]


def grams(texts: Iterable[str]) -> Counter[str]:
    """Count the grams of cues."""
    text = _SEAM.join(text.replace(_SEAM, " ") for text in texts)
    if _RUN.search(text):
        return Counter(gram for line in text.split(_SEAM) for gram in grams_of(line))
    tokens = _TOKEN_OR_SEAM.findall(_plain(text))
    counts = Counter(tokens)
    counts.update(map(" ".join, pairwise(tokens)))
    return Counter({gram: count for gram, count in counts.items() if _SEAM not in gram})


class TextIndex:
    """The references of one language, which titles are compared with."""

    def __init__(self, documents: Sequence[Counter[str]], cues: Sequence[Sequence[Cue]] = ()) -> None:
        """Weigh the grams of each reference; their `cues` are needed for anchors only."""
        from scipy.sparse import csr_matrix

        self._cues = cues
        self._vocabulary: dict[str, int] = {}
        columns = [[self._vocabulary.setdefault(g, len(self._vocabulary)) for g in doc] for doc in documents]
        flat = np.array([column for row in columns for column in row], dtype=np.int64)
        self._frequency = np.bincount(flat, minlength=max(1, len(self._vocabulary)))
        self._idf = np.log((1 + len(documents)) / (1 + self._frequency)) + 1
        starts = np.cumsum([0, *(len(row) for row in columns)])
        counts = np.array([count for doc in documents for count in doc.values()], dtype=np.float64)
        weights = (1 + np.log(counts)) * self._idf[flat] if flat.size else counts
        lengths = np.sqrt([float((weights[a:b] ** 2).sum()) for a, b in pairwise(starts)])
        weights = weights / np.repeat(np.maximum(lengths, 1e-9), np.diff(starts))
        self._size = len(documents)
        shape = (len(documents), max(1, len(self._vocabulary)))
        self._rows: Any = csr_matrix((weights, flat, starts), shape=shape)
        self._anchors: dict[str, list[tuple[int, float]]] | None = None

    def __len__(self) -> int:
        return self._size

    def cosines(self, texts: Iterable[str]) -> Matrix:
        """Give the cosine of a text, whole or a sample, with each reference."""
        counts = {self._vocabulary[g]: n for g, n in grams(texts).items() if g in self._vocabulary}
        if not counts:
            return np.zeros(self._size)
        places = np.fromiter(counts, dtype=np.int64)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float64))) * self._idf[places]
        query = np.zeros(self._rows.shape[1])
        query[places] = weights / np.sqrt((weights**2).sum())
        return np.asarray(self._rows @ query, dtype=np.float64)

    def among_themselves(self) -> Matrix:
        """Give the cosines of the references with one another, as a table."""
        return np.asarray((self._rows @ self._rows.T).toarray(), dtype=np.float64)

    def anchors(self, said: Sequence[Cue], factors: Sequence[float] = (1.0,)) -> Matrix:
        """Give the anchors a cue with each reference, at the best offset of each and the best of `factors`.

        A gram counts once for each cue of the title that holds it.
        """
        best = np.zeros(self._size)
        if not said:
            return best
        found = self._rare_grams()
        own = [(cue.start, grams_of(cue.text)) for cue in said]
        cues = max(len(said), sum(len(g) for _, g in own) / GRAMS_A_CUE, 1.0)
        rare = [(start, found[g]) for start, line in own for g in set(line) if g in found]
        for factor in dict.fromkeys(factors):
            offsets: dict[int, list[float]] = defaultdict(list)
            for start, places in rare:
                for document, at in places:
                    offsets[document].append(at - start * factor)
            for document, values in offsets.items():
                best[document] = max(best[document], _most_together(values) / cues)
        return best

    def _rare_grams(self) -> dict[str, list[tuple[int, float]]]:
        """Give the places (reference, seconds) of each gram that few references have; of one alone, none."""
        if self._anchors is None:
            most = max(1.0, RARE * self._size) if self._size > 1 else 0.0
            rare = {g for g, column in self._vocabulary.items() if self._frequency[column] <= most}
            self._anchors = defaultdict(list)
            for number, cues in enumerate(self._cues):
                for cue in cues:
                    for gram in set(grams_of(cue.text)) & rare:
                        self._anchors[gram].append((number, cue.start))
        return self._anchors


def _most_together(offsets: Sequence[float]) -> int:
    """Count the offsets of the fullest stretch that is twice the reach long."""
    near = np.sort([offset for offset in offsets if abs(offset) <= ANCHOR_WINDOW])
    if not near.size:
        return 0
    ends = np.searchsorted(near, near + 2 * ANCHOR_REACH, side="right")
    return int((ends - np.arange(near.size)).max())
