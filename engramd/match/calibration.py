"""How likely an episode is, given its scores: small logistic models whose weights ship with their provenance.

Plain numbers in, log-odds out; a second best is that of all other episodes, at least what wrong ones reach
by chance (the floors of `scoring`). The weights lie in `learned.json`, written by packaging/learn-match:
those of the times come from real subtitle files, those of the words from texts made by code.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

#: How the words were had: the whole track, some of its cues, or recognised speech.
WordsHad = Literal["whole", "sample", "speech"]

#: More candidates than this tell no more, and more anchors a cue than this are not more certain.
MOST_CANDIDATES, MOST_ANCHORS = 26, 1.0
#: Log-odds of each kind of evidence count up to this, so that neither outvotes the other alone.
LIMIT = 12.0
LEAST = 0.01


@dataclass(frozen=True)
class TimingFeatures:
    """Scores by time of one episode, the best of the others, cues compared, episodes compared with."""

    z: float
    second_z: float
    seg: float
    second_seg: float
    oo: float
    second_oo: float
    cues: int
    candidates: int

    @property
    def row(self) -> tuple[float, ...]:
        """What the weights are for, in their order."""
        return (
            math.log(max(self.z, 1.0)),
            self.z - self.second_z,
            self.seg,
            self.seg - self.second_seg,
            self.oo,
            self.oo - self.second_oo,
            math.log(max(self.cues, 1)),
            _candidates(self.candidates),
        )


@dataclass(frozen=True)
class TextFeatures:
    """Scores by words of one episode, the best of the others, words of the title, episodes compared with.

    Anchors are per cue of the title; they count for speech only, and are zero elsewhere.
    """

    cosine: float
    second_cosine: float
    anchors: float
    second_anchors: float
    words: int
    candidates: int
    had: WordsHad = "whole"

    @property
    def row(self) -> tuple[float, ...]:
        """What the weights are for, in their order."""
        anchors, second = min(self.anchors, MOST_ANCHORS), min(self.second_anchors, MOST_ANCHORS)
        return (
            self.cosine,
            self.cosine - self.second_cosine,
            math.log(max(self.cosine, LEAST) / max(self.second_cosine, LEAST)),
            math.log(max(self.words, 1)),
            _candidates(self.candidates),
            anchors,
            anchors - second,
        )


def timing_log_odds(features: TimingFeatures) -> float:
    """Give the log-odds that the times are those of this episode."""
    return _model("timing").log_odds(features.row)


def text_log_odds(features: TextFeatures) -> float:
    """Give the log-odds that the words are those of this episode."""
    return _model(features.had).log_odds(features.row)


def combined_log_odds(timing: float | None, text: float | None) -> float:
    """Put together the log-odds by time and by words of one episode; without either nothing is likely."""
    parts = [max(-LIMIT, min(LIMIT, part)) for part in (timing, text) if part is not None]
    if len(parts) == 2:
        return _model("both").log_odds(parts)
    return parts[0] if parts else -LIMIT


def probability(log_odds: float) -> float:
    """Give the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


@dataclass(frozen=True)
class Model:
    """A logistic model."""

    intercept: float
    weights: tuple[float, ...]

    def log_odds(self, row: tuple[float, ...] | list[float]) -> float:
        """Weigh a row of features."""
        return self.intercept + sum(w * x for w, x in zip(self.weights, row, strict=True))


@cache
def _model(name: str) -> Model:
    values = _learned()["models"][name]
    return Model(values["intercept"], tuple(values["weights"].values()))


@cache
def _learned() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(files("engramd.match").joinpath("learned.json").read_text("utf-8"))
    return document


def _candidates(count: int) -> float:
    return math.log(min(max(count, 1), MOST_CANDIDATES))
