"""Weighs numbered grams over documents (TF-IDF), and gives cosines.

A library for sparse tables would take longer to load than all of this takes.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

#: Grams of at most so many documents are multiplied pair by pair, the others as a full table.
FEW = 32
#: Numbers of a full table that are in memory at once.
MOST_CELLS = 1 << 20


class Weights:
    """The grams of documents with their weights, ordered by gram and document; each document has length 1."""

    def __init__(self, codes: Integers, rows: Integers, size: int) -> None:
        """Weigh grams: their `codes` as they occur, and which of `size` documents (`rows`) each is in."""
        self._size = size
        found, counts = _counted(codes * max(1, size) + rows)
        codes, self._rows = np.divmod(found, max(1, size))
        new = np.diff(codes, prepend=-1) > 0
        self._codes, self._columns = codes[new], np.cumsum(new) - 1
        self._frequency = np.bincount(self._columns)
        self._idf = np.log((1 + size) / (1 + self._frequency)) + 1
        weights = (1 + np.log(counts)) * self._idf[self._columns]
        lengths = np.sqrt(np.bincount(self._rows, weights**2, size))
        self._weights = weights / np.maximum(lengths, 1e-9)[self._rows]

    def cosines(self, codes: Integers) -> Floats:
        """Give the cosine of a text with each document; grams that no document has count for nothing."""
        own, counts = _counted(codes)
        places = np.searchsorted(self._codes, own)
        known = places < self._codes.size
        known[known] = self._codes[places[known]] == own[known]
        if not known.any():
            return np.zeros(self._size)
        places = places[known]
        weights = (1 + np.log(counts[known])) * self._idf[places]
        query = np.zeros(self._codes.size)
        query[places] = weights / np.sqrt((weights**2).sum())
        products = self._weights * query[self._columns]
        return np.bincount(self._rows, products, self._size).astype(np.float64)

    def among_themselves(self) -> Floats:
        """Give the cosines of the documents with one another, as a table."""
        table = np.diag(np.bincount(self._rows, self._weights**2, self._size).astype(np.float64))
        rare = self._frequency[self._columns] <= FEW
        self._add_pairs(table, np.flatnonzero(rare))
        self._add_products(table, np.flatnonzero(~rare))
        return table

    def _add_pairs(self, table: Floats, places: Integers) -> None:
        """Add the products of all pairs of documents that share a gram."""
        cells = np.zeros(table.size)
        for step in range(1, FEW):
            places = places[places + step < self._columns.size]
            places = places[self._columns[places] == self._columns[places + step]]
            pairs = self._rows[places] * self._size + self._rows[places + step]
            cells += np.bincount(pairs, self._weights[places] * self._weights[places + step], table.size)
        table += cells.reshape(table.shape) + cells.reshape(table.shape).T

    def _add_products(self, table: Floats, places: Integers) -> None:
        """Add the products of all documents, in portions of grams; none with itself, which is there."""
        columns = np.cumsum(np.diff(self._columns[places], prepend=-1) > 0) - 1
        at_once = max(1, MOST_CELLS // max(1, self._size))
        for first in range(0, int(columns[-1]) + 1 if columns.size else 0, at_once):
            low, high = np.searchsorted(columns, (first, first + at_once))
            part = np.zeros((at_once, self._size))
            part[columns[low:high] - first, self._rows[places[low:high]]] = self._weights[places[low:high]]
            product = part.T @ part
            np.fill_diagonal(product, 0)
            table += product


def _counted(values: Integers) -> tuple[Integers, Integers]:
    """Give the distinct values in order, and how often each occurs."""
    ordered = np.sort(values)
    new = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[new], np.diff(new, append=ordered.size)
