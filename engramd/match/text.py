"""How well the words of a title fit those of a reference: cosine of TF-IDF over word 1- and 2-grams."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

#: A word, or a single sign of a script that does not part its words.
_TOKEN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff\u0e00-\u0e7f]|[^\W\d_]+(?:'[^\W\d_]+)?")


def words(text: str) -> list[str]:
    """Cut a text into words; `|` is how optical recognition spells I."""
    return _TOKEN.findall(text.casefold().replace("’", "'").replace("|", "i"))


def grams(texts: Iterable[str]) -> Counter[str]:
    """Count the words and the pairs of neighbouring words of cues."""
    counts: Counter[str] = Counter()
    for text in texts:
        line = words(text)
        counts.update(line)
        counts.update(map(" ".join, pairwise(line)))
    return counts


class TextIndex:
    """The documents of one comparison: references and titles weigh the words together."""

    def __init__(self, documents: Sequence[Counter[str]]) -> None:
        from scipy.sparse import csr_matrix

        vocabulary: dict[str, int] = {}
        columns = [[vocabulary.setdefault(gram, len(vocabulary)) for gram in doc] for doc in documents]
        counts = np.array([count for doc in documents for count in doc.values()], dtype=np.float64)
        starts = np.cumsum([0, *(len(row) for row in columns)])
        flat = np.array([column for row in columns for column in row], dtype=np.int64)
        frequency = np.bincount(flat, minlength=len(vocabulary)) if flat.size else np.zeros(0)
        idf = np.log((1 + len(documents)) / (1 + frequency)) + 1
        weights = (1 + np.log(counts)) * idf[flat] if flat.size else counts
        lengths = np.sqrt([float((weights[a:b] ** 2).sum()) for a, b in pairwise(starts)])
        weights = weights / np.repeat(np.maximum(lengths, 1e-9), np.diff(starts))
        self._rows: Any = csr_matrix((weights, flat, starts), shape=(len(documents), max(1, len(vocabulary))))

    def cosines(self, first: Sequence[int], second: Sequence[int]) -> Matrix:
        """Give the cosines between two sets of documents, as a table."""
        return np.asarray((self._rows[list(first)] @ self._rows[list(second)].T).toarray(), dtype=np.float64)
