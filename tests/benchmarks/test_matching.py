"""Matching on shows made by code: time by kind of evidence, calibration, and how like real files these are.

The shows are made by tests/support/shows. Times are of one core and of matching alone, references read anew:
what reads packets, pictures and speech is measured where it is tested.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import pytest

from tests.support.shows.calibrating import fit_models, reliability
from tests.support.shows.discs import DiscCase, make_disc
from tests.support.shows.examples import jobs, perform
from tests.support.shows.facts import by_kind, facts
from tests.support.shows.pairs import Compared
from tests.support.shows.trial import ask
from tests.support.shows.writing import MadeReader, write_evidence, write_references

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

EPISODES, TITLES, SEASONS = 200, 4, 20
#: Kind of evidence, what the case is, whether words may be read, and the goal in seconds a title.
KINDS = (
    ("captions", {"shown": "caption"}, False, 2.0),
    ("times alone, other language", {"shown": "bitmap", "language": "heb"}, False, 2.0),
    ("pictures, times decide", {"shown": "bitmap", "ocr": 0.04}, True, 3.5),
    ("pictures, no times", {"shown": "bitmap", "ocr": 0.04, "clock": True}, True, 3.5),
    ("speech, 40 % wrong words", {"shown": "speech", "wer": 0.4}, True, 3.5),
)
#: How far a figure of the made files may lie from that of the real ones.
LOOSE = {
    "z of the right one, 50 %": 9.0,
    "z of a wrong one, 50 %": 0.5,
    "z of a wrong one, 99 %": 0.8,
    "seg of a wrong one, 50 %": 0.06,
    "c of the right one, 5 %": 1.6,
    "c of the right one, 50 %": 2.5,
    "c of the best wrong one, 99 %": 0.6,
    "c >= 3.5 and margin >= 1, share accepted": 0.05,
    "cosine of the right one, whole, 50 %": 0.12,
    "cosine of the best wrong one, whole, 50 %": 0.06,
    "cosine of the best wrong one, whole, 99 %": 0.08,
    "cosine of the right one, ocr, 50 %": 0.12,
}

Report = Callable[[str], None]


@pytest.fixture(scope="module")
def fitted() -> list[Compared]:
    return [row for job in jobs("fit", SEASONS) for row in perform(job)]


@pytest.fixture(scope="module")
def held_out() -> list[Compared]:
    return [row for job in jobs("test", SEASONS) for row in perform(job)]


def test_made_files_are_like_real_ones(fitted: list[Compared], report: Report) -> None:
    report(f"{'':44}{'measured':>9}{'made':>9}")
    found = facts(fitted)
    for fact in found:
        report(str(fact))
    report(by_kind(fitted))
    for fact in found:
        if fact.name in LOOSE:
            assert fact.made == pytest.approx(fact.measured, abs=LOOSE[fact.name]), fact.name


def test_claimed_probabilities_are_right_as_often(
    fitted: list[Compared], held_out: list[Compared], report: Report
) -> None:
    models = fit_models(fitted)
    report(f"fitted on {len(fitted)} titles, measured on {len(held_out)} of other shows")
    for line in reliability(models, held_out).splitlines():
        report(line)


@pytest.mark.parametrize(("kind", "case", "words", "goal"), KINDS, ids=[k[0] for k in KINDS])
def test_time_a_title_against_two_hundred_episodes(
    kind: str, case: dict[str, object], words: bool, goal: float, tmp_path: Path, report: Report
) -> None:
    disc = make_disc(DiscCase(77, "sitcom", season=EPISODES, titles=TITLES, **case))  # type: ignore[arg-type]
    asked, references = write_evidence(tmp_path / "e", disc), write_references(tmp_path / "Show", disc)
    spent, right = [], 0
    for portion in ([title] for title in asked):
        begin = time.process_time()
        result = ask(references, portion, MadeReader(disc), words=words)
        spent.append(time.process_time() - begin)
        right += result.titles[0].episode == disc.titles[portion[0].title_index].truth
    begin = time.process_time()
    together = ask(references, asked, MadeReader(disc), words=words)
    whole = (time.process_time() - begin) / len(asked)
    accepted = sum(t.verdict == "matched" for t in together.titles)
    report(
        f"{kind:30} one title alone {mean(spent):5.2f} s ({right} of {TITLES} accepted), "
        f"as a disc of {TITLES} {whole:5.2f} s a title ({accepted} accepted); goal {goal} s"
    )
    assert right or accepted
