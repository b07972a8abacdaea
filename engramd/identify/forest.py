"""Learned models: small trees that each add a little to the log-odds of an answer.

They are learned from the records of real discs by `packaging/learn-identify` and shipped as `learned.json`,
which says from what and how well. A model's answer can be told apart into what each feature added to it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class Tree:
    """A complete binary tree in level order: at node n, right to 2n+2 if the feature is above the threshold.

    `values` has the mean of the leaves below each node, the leaves themselves last.
    """

    features: tuple[int, ...]
    thresholds: tuple[float, ...]
    values: tuple[float, ...]

    @cached_property
    def depth(self) -> int:
        """Through how many nodes each row goes to its leaf."""
        return len(self.values).bit_length() - 1


@dataclass(frozen=True)
class Forest:
    """A model of a yes or no."""

    bias: float
    trees: tuple[Tree, ...]

    def log_odds(self, row: Sequence[float]) -> float:
        """Give the log-odds of yes for a row of features."""
        total = self.bias
        for tree in self.trees:
            features, thresholds, node = tree.features, tree.thresholds, 0
            for _ in range(tree.depth):
                node = 2 * node + 1 + (row[features[node]] > thresholds[node])
            total += tree.values[node]
        return total

    def contributions(self, row: Sequence[float]) -> dict[int, float]:
        """Tell what each feature added to the log-odds, by the splits on the way to each leaf."""
        added: dict[int, float] = {}
        for tree in self.trees:
            node = 0
            while node < len(tree.features):
                feature = tree.features[node]
                following = 2 * node + 1 + (row[feature] > tree.thresholds[node])
                step = tree.values[following] - tree.values[node]
                added[feature] = added.get(feature, 0.0) + step
                node = following
        return added


@dataclass(frozen=True)
class Models:
    """The models: does a disc hold a series; is a title of a series an episode; is one of a film the film?"""

    series: Forest
    episode: Forest
    feature: Forest


def probability(log_odds: float) -> float:
    """Give the probability (0 to 1) that log-odds stand for."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, log_odds))))


@cache
def learned() -> Models:
    """Give the models that are shipped with the program."""
    return read_models(json.loads(files(__package__).joinpath("learned.json").read_text("utf-8")))


def read_models(document: dict[str, Any]) -> Models:
    """Read the models from the document that `packaging/learn-identify` writes."""
    return Models(**{name: read_forest(document[name]) for name in ("series", "episode", "feature")})


def read_forest(said: dict[str, Any]) -> Forest:
    """Read one model: its bias, and for each tree its features, thresholds and leaves."""
    return Forest(said["bias"], tuple(_tree(*tree) for tree in said["trees"]))


def _tree(features: list[int], thresholds: list[float], leaves: list[float]) -> Tree:
    values = [0.0] * len(features) + leaves
    for node in reversed(range(len(features))):
        values[node] = (values[2 * node + 1] + values[2 * node + 2]) / 2
    return Tree(tuple(features), tuple(thresholds), tuple(values))
