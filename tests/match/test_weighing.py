"""Cosines by weight, against the same worked out gram by gram."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from engramd.match import weighing
from engramd.match.weighing import Weights

Counts = list[Counter[int]]


def made(documents: int) -> Counts:
    """Give documents of grams that all have, that some have and that one has, and an empty one."""
    luck = np.random.default_rng(5)
    grams = [luck.zipf(1.3, 300) % 4000 for _ in range(documents)]
    return [Counter(map(int, own)) for own in grams] + [Counter()]


def weighed(documents: Counts) -> Weights:
    codes = [code for own in documents for code in own.elements()]
    rows = [row for row, own in enumerate(documents) for _ in own.elements()]
    return Weights(np.array(codes, dtype=np.int64), np.array(rows, dtype=np.int64), len(documents))


def by_hand(documents: Counts, text: Counter[int]) -> list[float]:
    frequency = Counter(code for own in documents for code in own)

    def vector(own: Mapping[int, int]) -> dict[int, float]:
        idf = {code: np.log((1 + len(documents)) / (1 + frequency[code])) + 1 for code in own}
        found = {code: (1 + np.log(n)) * idf[code] for code, n in own.items() if frequency[code]}
        length = np.sqrt(sum(weight**2 for weight in found.values())) or 1.0
        return {code: weight / length for code, weight in found.items()}

    query, vectors = vector(text), [vector(own) for own in documents]
    return [sum(query.get(code, 0.0) * weight for code, weight in own.items()) for own in vectors]


def flat(text: Counter[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(list(text.elements()), dtype=np.int64)


@pytest.mark.parametrize("text", [{3: 2, 7: 1, 11: 5}, {3: 1, 900_000: 4}, {900_000: 1}, {}])
def test_a_text_has_its_cosine_with_each_document(text: dict[int, int]) -> None:
    documents = made(20)
    found = weighed(documents).cosines(flat(Counter(text)))
    assert found.tolist() == pytest.approx(by_hand(documents, Counter(text)))


@pytest.mark.parametrize("cells", [weighing.MOST_CELLS, 500])
@pytest.mark.parametrize("documents", [2, weighing.FEW + 30])
def test_documents_have_theirs_with_one_another_by_rare_grams_and_by_common_ones(
    monkeypatch: pytest.MonkeyPatch, documents: int, cells: int
) -> None:
    monkeypatch.setattr(weighing, "MOST_CELLS", cells)
    own = made(documents)
    expected: Sequence[list[float]] = [by_hand(own, text) for text in own]
    assert np.allclose(weighed(own).among_themselves(), expected)


def test_no_documents_are_an_empty_table() -> None:
    assert weighed([]).among_themselves().shape == (0, 0)
