"""The learned models: how they are read, and that what is shipped fits the code."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest

from engramd.identify.disc_features import DISC_FEATURES
from engramd.identify.forest import learned, probability, read_forest
from engramd.identify.title_features import TITLE_FEATURES

STUMPS = read_forest(
    {
        "bias": -0.5,
        "trees": [
            [[0, 1, 1], [10.0, 2.0, 3.0], [-1.0, -0.5, 0.5, 1.0]],
            [[1, 0, 0], [2.5, 1.0, 1.0], [0.0, 0.0, 0.2, 0.4]],
        ],
    }
)


@pytest.mark.parametrize(
    ("row", "log_odds"), [([10, 2], -1.5), ([11, 3.5], 0.9), ([0, 2.5], -1.0), ([0, 9], -0.8)]
)
def test_a_row_goes_right_where_it_is_above_the_threshold(row: list[float], log_odds: float) -> None:
    assert STUMPS.log_odds(row) == pytest.approx(log_odds)


def test_contributions_tell_the_answer_apart() -> None:
    low, high = STUMPS.contributions([10, 2]), STUMPS.contributions([11, 3.5])
    assert set(low) == {0, 1}
    difference = sum(high.values()) - sum(low.values())
    assert difference == pytest.approx(STUMPS.log_odds([11, 3.5]) - STUMPS.log_odds([10, 2]))


def test_probability_never_overflows() -> None:
    assert probability(-1e6) == pytest.approx(0)
    assert probability(0) == 0.5
    assert probability(1e6) == pytest.approx(1)


def test_the_shipped_models_were_learned_from_the_features_that_the_code_has() -> None:
    document = json.loads(files("engramd.identify").joinpath("learned.json").read_text("utf-8"))
    assert document["series"]["features"] == list(DISC_FEATURES)
    assert document["episode"]["features"] == document["feature"]["features"] == list(TITLE_FEATURES)
    assert document["provenance"]["script"] == "packaging/learn-identify"
    assert all(forest.trees for forest in (learned().series, learned().episode, learned().feature))
