"""How well the words of a title fit those of a reference.

Cosine: TF-IDF over word 1- and 2-grams; the references weigh the words, and words that no reference has count
for nothing. Anchors: rare grams that both have at one distance in time, for each cue of the title; what noise
leaves of a text (bad speech recognition) still meets in them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import chain, pairwise

import numpy as np

from engramd.match.subtitles import Cue
from engramd.match.weighing import Floats, Integers, Weights

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
    line, signs = _parted(text)
    return [*line, *map(" ".join, pairwise(line)), *signs]


def _parted(text: str) -> tuple[list[str], list[str]]:
    """Give the words of a cue, and the pairs and triples of its runs of signs."""
    line = words(text)
    if not _RUN.search(text):
        return line, []
    runs = [word for word in line if _RUN.fullmatch(word)]
    signs = [run[at : at + size] for run in runs for size in (2, 3) for at in range(len(run) - size + 1)]
    return [word for word in line if not _RUN.fullmatch(word)], signs


def _tokens(texts: Iterable[str]) -> list[str]:
    """Cut cues into tokens: each is a gram, and so are two that no seam parts. The last one is a seam."""
    lines = [text.replace(_SEAM, " ") for text in texts]
    joined = _SEAM.join(lines)
    if not _RUN.search(joined):
        return [*_TOKEN_OR_SEAM.findall(_plain(joined)), _SEAM]
    result: list[str] = []
    for line in lines:
        own, signs = _parted(line)
        result += [*own, _SEAM, *(part for sign in signs for part in (sign, _SEAM))]
    return [*result, _SEAM]


class TextIndex:
    """The references of one language, which titles are compared with."""

    def __init__(self, texts: Sequence[Iterable[str]], cues: Sequence[Sequence[Cue]] = ()) -> None:
        """Weigh the grams of each reference's texts; their `cues` are needed for anchors only."""
        self._cues, self._size = cues, len(texts)
        documents = [_tokens(own) for own in texts]
        distinct = dict.fromkeys(chain((_SEAM,), *documents))
        self._numbers = {word: number for number, word in enumerate(distinct)}
        codes, places = self._codes(list(chain.from_iterable(documents)))
        rows = np.repeat(np.arange(self._size), [len(own) for own in documents])
        self._weights = Weights(codes, rows[places], self._size)
        self._anchors: dict[str, list[tuple[int, float]]] | None = None

    def __len__(self) -> int:
        return self._size

    def _codes(self, said: Sequence[str]) -> tuple[Integers, Integers]:
        """Give a number for each gram, and the place of its last word; words of no reference are seams."""
        known = self._numbers
        numbers = np.fromiter((known.get(word, 0) for word in said), np.int64, len(said))
        before, here = numbers[:-1], numbers[1:]
        single, pair = np.flatnonzero(numbers), np.flatnonzero((before > 0) & (here > 0))
        pairs = before[pair] * len(known) + here[pair]
        return np.concatenate([numbers[single], pairs]), np.concatenate([single, pair + 1])

    def cosines(self, texts: Iterable[str]) -> Floats:
        """Give the cosine of a text, whole or a sample, with each reference."""
        return self._weights.cosines(self._codes(_tokens(texts))[0])

    def among_themselves(self) -> Floats:
        """Give the cosines of the references with one another, as a table."""
        return self._weights.among_themselves()

    def anchors(self, said: Sequence[Cue], factors: Sequence[float] = (1.0,)) -> Floats:
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
            said = [[(cue.start, set(grams_of(cue.text))) for cue in cues] for cues in self._cues]
            frequency = Counter(gram for own in said for gram in set().union(*(line for _, line in own)))
            most = max(1.0, RARE * self._size) if self._size > 1 else 0.0
            self._anchors = defaultdict(list)
            for number, own in enumerate(said):
                for start, line in own:
                    for gram in line:
                        if frequency[gram] <= most:
                            self._anchors[gram].append((number, start))
        return self._anchors


def _most_together(offsets: Sequence[float]) -> int:
    """Count the offsets of the fullest stretch that is twice the reach long."""
    near = np.sort([offset for offset in offsets if abs(offset) <= ANCHOR_WINDOW])
    if not near.size:
        return 0
    ends = np.searchsorted(near, near + 2 * ANCHOR_REACH, side="right")
    return int((ends - np.arange(near.size)).max())
