"""What the shipped models say of scores as real subtitle files have them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from importlib.resources import files

import pytest

from engramd.match.calibration import (
    LIMIT,
    TextFeatures,
    TimingFeatures,
    combined_log_odds,
    probability,
    text_log_odds,
    timing_log_odds,
)

USUAL = TimingFeatures(34.7, 4.6, 0.6, 0.15, 0.7, 0.17, cues=320, candidates=22)
#: The best of many wrong references.
WRONG = TimingFeatures(4.9, 4.7, 0.17, 0.16, 0.18, 0.17, cues=320, candidates=22)
WORDS = TextFeatures(0.61, 0.19, 1.2, 0.02, words=2200, candidates=22)
WRONG_WORDS = TextFeatures(0.20, 0.19, 0.02, 0.02, words=2200, candidates=22)


def test_usual_right_episode_is_sure_and_a_wrong_one_is_not() -> None:
    assert probability(timing_log_odds(USUAL)) > 0.999
    assert probability(timing_log_odds(WRONG)) < 0.2
    assert probability(text_log_odds(WORDS)) > 0.999
    assert probability(text_log_odds(WRONG_WORDS)) < 0.02


def test_a_strange_wrong_reference_is_not_believed() -> None:
    song = replace(WRONG, z=6.9, seg=0.31, oo=0.17)  # c 3.7, the worst of 82,132 comparisons of real files
    recap = replace(WRONG_WORDS, cosine=0.301, second_cosine=0.23)
    assert probability(timing_log_odds(song)) < 0.95
    assert probability(text_log_odds(recap)) < 0.95


@pytest.mark.parametrize("name", ["z", "seg", "oo"])
def test_more_of_a_score_never_makes_an_episode_less_likely(name: str) -> None:
    more = replace(USUAL, **{name: getattr(USUAL, name) * 1.1})
    assert timing_log_odds(more) > timing_log_odds(USUAL)


@pytest.mark.parametrize("had", ["whole", "sample", "speech"])
def test_more_likeness_of_words_never_makes_an_episode_less_likely(had: str) -> None:
    scores = replace(WORDS, had=had, anchors=0.3)  # type: ignore[arg-type]
    assert text_log_odds(replace(scores, cosine=0.7)) > text_log_odds(scores)
    assert text_log_odds(replace(scores, second_cosine=0.3)) < text_log_odds(scores)
    assert text_log_odds(replace(scores, anchors=0.4)) >= text_log_odds(scores)


def test_the_same_margin_among_few_candidates_says_less() -> None:
    assert timing_log_odds(replace(USUAL, candidates=3)) < timing_log_odds(USUAL)
    assert timing_log_odds(replace(USUAL, candidates=200)) == timing_log_odds(replace(USUAL, candidates=26))


def test_times_and_words_that_disagree_leave_doubt() -> None:
    assert probability(combined_log_odds(9.0, -9.0)) < 0.95
    assert combined_log_odds(6.0, 6.0) > max(combined_log_odds(6.0, None), combined_log_odds(None, 6.0))


def test_neither_kind_of_evidence_counts_without_bound() -> None:
    assert combined_log_odds(400.0, None) == LIMIT
    assert combined_log_odds(None, None) == -LIMIT
    assert combined_log_odds(400.0, -3.0) == combined_log_odds(LIMIT, -3.0)


def test_scores_of_nothing_are_numbers() -> None:
    nothing = TimingFeatures(0.0, 4.3, 0.0, 0.14, 0.0, 0.14, cues=0, candidates=0)
    silent = TextFeatures(0.0, 0.0, 0.0, 0.0, words=0, candidates=0)
    assert math.isfinite(timing_log_odds(nothing))
    assert math.isfinite(text_log_odds(silent))
    assert probability(1e9) > probability(-1e9)


def test_weights_of_times_are_those_of_real_files() -> None:
    """They were fitted on 4,880 real comparisons; made ones may only make them less modest."""
    model = json.loads(files("engramd.match").joinpath("learned.json").read_text())["models"]["timing"]
    assert list(model["weights"].values()) == [5.45, 0.03, 11.7, 17.0, 4.6, 19.1, 0.53, 2.57]
    assert -26.2 <= model["intercept"] <= -25.7


def test_learned_values_say_where_they_come_from() -> None:
    provenance = json.loads(files("engramd.match").joinpath("learned.json").read_text())["provenance"]
    assert provenance["script"] == "packaging/learn-match"
    assert {"timing", "words", "seasons", "titles", "first_seeds"} <= set(provenance)
