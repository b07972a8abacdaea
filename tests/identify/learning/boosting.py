"""Gradient-boosted trees for a yes or no, small enough to be shipped as a table; numpy, and deterministic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
BINS = 32


@dataclass(frozen=True)
class Settings:
    """How a model is learned: trees of `depth` levels, with small steps (`rate`) held back by `ridge`.

    Each tree sees a share of the `columns` and a `sample` of the rows, drawn from `seed`.
    """

    trees: int = 80
    depth: int = 3
    rate: float = 0.15
    ridge: float = 3.0
    least_weight: float = 3.0
    columns: float = 1.0
    sample: float = 1.0
    seed: int = 1


@dataclass(frozen=True)
class Boosted:
    """A learned model: `bias` in log-odds, and complete trees as (features, thresholds, leaves)."""

    bias: float
    trees: list[tuple[list[int], list[float], list[float]]]

    def log_odds(self, rows: Matrix) -> Matrix:
        total = np.full(len(rows), self.bias)
        for features, thresholds, leaves in self.trees:
            node = np.zeros(len(rows), dtype=np.int64)
            split, at = np.array(features), np.array(thresholds)
            for _ in range(len(leaves).bit_length() - 1):
                right = rows[np.arange(len(rows)), split[node]] > at[node]
                node = 2 * node + 1 + right
            total += np.array(leaves)[node - len(features)]
        return total


def learn(rows: Matrix, truth: Matrix, weights: Matrix, settings: Settings) -> Boosted:
    """Learn to tell rows whose truth is 1 from those whose truth is 0."""
    edges = [_edges(rows[:, f]) for f in range(rows.shape[1])]
    binned = np.stack([np.searchsorted(e, rows[:, f], side="left") for f, e in enumerate(edges)], axis=1)
    share = np.clip((weights * truth).sum() / weights.sum(), 0.01, 0.99)
    bias = round(float(np.log(share / (1 - share))), 3)
    total = np.full(len(rows), bias)
    trees = []
    chooser = np.random.default_rng(settings.seed)
    for _ in range(settings.trees):
        chance = 1 / (1 + np.exp(-total))
        taken = weights * (chooser.random(len(rows)) < settings.sample)
        hidden = chooser.random(rows.shape[1]) >= settings.columns
        slope, bend = taken * (truth - chance), taken * chance * (1 - chance)
        tree, step = _tree(binned, edges, slope, bend, hidden, settings)
        trees.append(tree)
        total += step
    return Boosted(bias, trees)


def _edges(column: Matrix) -> Matrix:
    """Thresholds between values, at most `BINS`; halfway, and short to write down."""
    values = np.unique(column)
    if len(values) > BINS:
        values = np.unique(np.quantile(column, np.linspace(0, 1, BINS + 1), method="nearest"))
    middle = (values[1:] + values[:-1]) / 2
    return np.unique(np.array([float(f"{m:.4g}") for m in middle]))


def _tree(
    binned: NDArray[np.int64],
    edges: list[Matrix],
    slope: Matrix,
    bend: Matrix,
    hidden: NDArray[np.bool_],
    settings: Settings,
) -> tuple[tuple[list[int], list[float], list[float]], Matrix]:
    node = np.zeros(len(binned), dtype=np.int64)
    features, thresholds = [], []
    for level in range(settings.depth):
        first, width = 2**level - 1, 2**level
        split, at = _best_splits(binned, node - first, width, slope, bend, hidden, settings)
        features += [int(f) for f in split]
        thresholds += [
            float(edges[f][b]) if b < len(edges[f]) else 1e9 for f, b in zip(split, at, strict=True)
        ]
        here = node - first
        right = binned[np.arange(len(binned)), split[here]] > at[here]
        node = 2 * node + 1 + right
    leaf = node - len(features)
    size = 2**settings.depth
    up, down = np.bincount(leaf, slope, size), np.bincount(leaf, bend, size)
    leaves = np.round(settings.rate * up / (down + settings.ridge), 3)
    return (features, thresholds, [float(v) for v in leaves]), leaves[leaf]


def _best_splits(
    binned: NDArray[np.int64],
    node: NDArray[np.int64],
    width: int,
    slope: Matrix,
    bend: Matrix,
    hidden: NDArray[np.bool_],
    settings: Settings,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    count, bins = binned.shape[1], BINS + 1
    cell = ((node[:, None] * count + np.arange(count)) * bins + binned).ravel()
    shape = (width, count, bins)
    up = np.bincount(cell, np.repeat(slope, count), width * count * bins).reshape(shape).cumsum(axis=2)
    down = np.bincount(cell, np.repeat(bend, count), width * count * bins).reshape(shape).cumsum(axis=2)
    all_up, all_down = up[:, :, -1:], down[:, :, -1:]
    ridge = settings.ridge
    gain = (
        up**2 / (down + ridge)
        + (all_up - up) ** 2 / (all_down - down + ridge)
        - all_up**2 / (all_down + ridge)
    )
    gain[(down < settings.least_weight / 4) | (all_down - down < settings.least_weight / 4)] = 0.0
    gain[:, hidden] = 0.0
    flat = gain.reshape(width, -1)
    best = flat.argmax(axis=1)
    split, at = best // bins, best % bins
    at = np.where(flat.max(axis=1) > 1e-9, at, bins)
    return split, at
