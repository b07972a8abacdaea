"""How well real discs are recognised; the numbers are floors a little under what was measured.

The shipped models have seen these discs; `held out` are verdicts of models that were taught, by the same
code, without any disc of the show or film in question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.identify import Verdict, identify
from engramd.models.enums import ContentType
from tests.identify.corpus_discs import DISCS, SCORE
from tests.identify.learning.scoring import Report, prediction, score, table
from tests.identify.learning.train import Example, examples, held_out
from tests.identify.learning.truth import discs_of_extras, known_discs

SHIPPED = {
    "tv ALL type right": 0.995,
    "tv ALL exact right": 0.928,
    "tv ALL order right": 0.91,
    "movie ALL type right": 0.988,
    "movie ALL main right": 0.985,
}
HELD_OUT = {
    "tv ALL type right": (0.985, 0.94),
    "tv ALL exact right": (0.905, 0.855),
    "tv ALL order right": (0.90, 0.88),
    "movie ALL type right": (0.982, 0.981),
    "movie ALL main right": (0.972, 0.97),
}
#: What is wrong without asking is worse than a question.
HELD_OUT_WRONG = {
    "tv ALL type wrong": (0.01, 0.03),
    "movie ALL type wrong": (0.004, 0.005),
    "movie ALL main wrong": (0.012, 0.012),
}


@pytest.fixture(scope="module")
def recorded() -> list[Example]:
    if not DISCS.exists() or not SCORE.exists():
        pytest.skip("the corpus of real discs is not beside the checkout")
    return examples(known_discs())


@pytest.fixture(scope="module")
def shipped(recorded: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Report:
    verdicts = ((e.known.name, identify(e.known.disc)) for e in recorded)
    return _report(verdicts, tmp_path_factory.mktemp("shipped"))


@pytest.fixture(scope="module")
def unseen(recorded: list[Example]) -> list[tuple[Example, Verdict]]:
    return [(e, identify(e.known.disc, None, models)) for models, held in held_out(recorded) for e in held]


@pytest.fixture(scope="module")
def unseen_report(unseen: list[tuple[Example, Verdict]], tmp_path_factory: pytest.TempPathFactory) -> Report:
    return _report(((e.known.name, verdict) for e, verdict in unseen), tmp_path_factory.mktemp("held_out"))


def _report(verdicts: Iterator[tuple[str, Verdict]], folder: Path) -> Report:
    report = score((prediction(name, verdict) for name, verdict in verdicts), folder)
    print(f"{folder.name}\n{table(report)}")  # noqa: T201 - shown with the failure
    return report


@pytest.mark.parametrize("measure", SHIPPED)
def test_the_shipped_models_recognise_what_they_were_taught(shipped: Report, measure: str) -> None:
    assert shipped[measure]["discs"] > 600
    assert shipped[measure]["share"] >= SHIPPED[measure], f"{measure}: {shipped[measure]}"


@pytest.mark.parametrize("measure", HELD_OUT)
def test_discs_of_unseen_shows_are_recognised(unseen_report: Report, measure: str) -> None:
    share, by_title = HELD_OUT[measure]
    assert unseen_report[measure]["discs"] > 600
    assert unseen_report[measure]["share"] >= share, f"{measure}: {unseen_report[measure]}"
    assert unseen_report[measure]["by_title"] >= by_title, f"{measure}: {unseen_report[measure]}"


@pytest.mark.parametrize("measure", HELD_OUT_WRONG)
def test_discs_of_unseen_shows_are_seldom_mistaken(unseen_report: Report, measure: str) -> None:
    share, by_title = HELD_OUT_WRONG[measure]
    assert unseen_report[measure]["share"] <= share, f"{measure}: {unseen_report[measure]}"
    assert unseen_report[measure]["by_title"] <= by_title, f"{measure}: {unseen_report[measure]}"


def test_confidence_means_what_it_says(unseen: list[tuple[Example, Verdict]]) -> None:
    """Of verdicts that claim to be right nine times in ten or more, at least so many are."""
    right: dict[bool, list[bool]] = defaultdict(list)
    for example, verdict in unseen:
        if verdict.content_type is not ContentType.UNKNOWN:
            right[verdict.confidence >= 0.9].append(verdict.content_type == example.known.kind)
    assert len(right[True]) > 1000
    assert sum(right[True]) / len(right[True]) >= 0.99
    assert sum(right[False]) / len(right[False]) >= 0.75


def test_most_discs_of_extras_are_asked_about(recorded: list[Example]) -> None:
    verdicts = [identify(disc) for disc in discs_of_extras()]
    assert len(verdicts) > 40
    assert sum(v.needs_review for v in verdicts) >= 0.7 * len(verdicts)
