"""How well real discs are recognised; the numbers are floors under what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engramd.identify import identify
from tests.identify.corpus_discs import DISCS, SCORE, corpus_discs

FLOORS = {
    "tv ALL type right": 0.95,
    "movie ALL type right": 0.88,
    "tv ALL exact right": 0.79,
    "movie ALL main right": 0.86,
}
#: What is wrong without asking is worse than a question.
CEILINGS = {"tv ALL type wrong": 0.04, "movie ALL type wrong": 0.03, "movie ALL main wrong": 0.03}


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, float]]:
    if not DISCS.exists():
        pytest.skip("the corpus of real discs is not beside the checkout")
    folder = tmp_path_factory.mktemp("corpus")
    numbers = {}
    with (folder / "predictions.jsonl").open("w") as predictions:
        for name, disc, kept in corpus_discs():
            numbers[name] = kept
            verdict = identify(disc)
            titles = [{"title_index": r.title_index, "role": r.role, "order": r.place} for r in verdict.roles]
            entry = {
                "source": name,
                "content_type": verdict.content_type,
                "needs_review": verdict.needs_review,
                "titles": titles,
            }
            predictions.write(json.dumps(entry) + "\n")
    (folder / "titles.json").write_text(json.dumps(numbers))
    return _scored(folder)


def _scored(folder: Path) -> dict[str, dict[str, float]]:
    command = [
        sys.executable,
        str(SCORE),
        str(DISCS),
        str(folder),
        str(folder / "predictions.jsonl"),
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    report: dict[str, dict[str, float]] = json.loads(done.stdout)
    for name, values in report.items():
        sys.stdout.write(f"{name:28}" + "  ".join(f"{k} {v:.3f}" for k, v in values.items()) + "\n")
    return report


@pytest.mark.parametrize("measure", FLOORS)
def test_real_discs_are_recognised(report: dict[str, dict[str, float]], measure: str) -> None:
    assert report[measure]["discs"] > 100
    assert report[measure]["share"] >= FLOORS[measure], f"{measure}: {report[measure]}"


@pytest.mark.parametrize("measure", CEILINGS)
def test_real_discs_are_seldom_mistaken(report: dict[str, dict[str, float]], measure: str) -> None:
    assert report[measure]["discs"] > 100
    assert report[measure]["share"] <= CEILINGS[measure], f"{measure}: {report[measure]}"
