"""Learn the models of identification from recorded discs, and judge some with what the others teach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engramd.identify import view_of
from engramd.identify.disc_features import DISC_FEATURES, disc_features
from engramd.identify.forest import Models, read_models
from engramd.identify.title_features import TITLE_FEATURES, title_features
from engramd.identify.view import MINIATURE, View
from tests.identify.learning.boosting import Boosted, Settings, learn
from tests.identify.learning.truth import Kind, Known

SERIES = Settings(trees=140, depth=3, rate=0.11, ridge=3.0, columns=0.3)
EPISODE = Settings(trees=100, depth=3, rate=0.13, ridge=3.0, columns=0.4)
FEATURE = Settings(trees=80, depth=3, rate=0.13, ridge=3.0, columns=0.4)
#: Scores differ by half a percent with the assignment to folds, so several are averaged.
FOLDS, ASSIGNMENTS = 10, 3


@dataclass(frozen=True)
class Example:
    """A recorded disc as features; `rows` and `right` are those of its judged titles."""

    known: Known
    view: View
    row: list[float]
    rows: list[list[float]]
    right: list[bool]


def examples(discs: Iterable[Known]) -> list[Example]:
    """Give the features of every disc."""
    return [_example(known) for known in discs]


def _example(known: Known) -> Example:
    view = view_of(known.disc)
    rows = [title_features(view, t) for t in view.titles]
    return Example(known, view, disc_features(view), rows, [t.index in known.titles for t in view.titles])


def learn_models(taught: Sequence[Example]) -> dict[str, Any]:
    """Learn all three models; the document is what is shipped, without its provenance."""
    return {
        "series": _document(_learn_series(taught), DISC_FEATURES),
        "episode": _document(_learn_titles(taught, "tv", EPISODE), TITLE_FEATURES),
        "feature": _document(_learn_titles(taught, "movie", FEATURE), TITLE_FEATURES),
    }


def _document(model: Boosted, names: tuple[str, ...]) -> dict[str, Any]:
    return {"features": list(names), "bias": model.bias, "trees": [list(tree) for tree in model.trees]}


def _weight(taught: Sequence[Example]) -> dict[tuple[Kind, str], float]:
    """A disc of a show with many discs counts less, though all of them count more than one would."""
    discs = Counter((e.known.kind, e.known.work) for e in taught)
    return {work: count**-0.5 for work, count in discs.items()}


def _learn_series(taught: Sequence[Example]) -> Boosted:
    taught = [e for e in taught if e.view.structure.longest >= MINIATURE]
    of_work = _weight(taught)
    weights = np.array([of_work[e.known.kind, e.known.work] for e in taught])
    truth = np.array([float(e.known.kind == "tv") for e in taught])
    weights /= np.where(truth > 0, weights[truth > 0].sum(), weights[truth == 0].sum())
    return learn(np.array([e.row for e in taught]), truth, weights * len(taught) / 2, SERIES)


def _learn_titles(taught: Sequence[Example], kind: Kind, settings: Settings) -> Boosted:
    taught = [e for e in taught if e.known.kind == kind and any(e.right)]
    of_work = _weight(taught)
    weights = np.array([of_work[kind, e.known.work] for e in taught for _ in e.rows])
    rows = np.array([row for e in taught for row in e.rows])
    truth = np.array([float(right) for e in taught for right in e.right])
    return learn(rows, truth, weights / weights.mean(), settings)


def folds(of: Sequence[Example], assignment: int = 0) -> dict[str, int]:
    """Assign each show and film to a fold, the ones with the most discs evenly; in several ways."""
    discs = Counter(e.known.work for e in of)
    series = {e.known.work for e in of if e.known.kind == "tv"}
    order = sorted(discs, key=lambda work: (work not in series, -discs[work], work))
    if not assignment:
        return {work: place % FOLDS for place, work in enumerate(order)}
    chooser = np.random.default_rng(assignment)
    shuffled = np.concatenate([chooser.permutation(FOLDS) for _ in range(len(order) // FOLDS + 1)])
    return {work: int(shuffled[place]) for place, work in enumerate(order)}


def held_out(of: Sequence[Example], assignment: int = 0) -> Iterator[tuple[Models, list[Example]]]:
    """Give, fold by fold, models that were taught without the shows and films of the discs beside them."""
    fold = folds(of, assignment)
    for number in range(FOLDS):
        taught = [e for e in of if fold[e.known.work] != number]
        yield read_models(learn_models(taught)), [e for e in of if fold[e.known.work] == number]
