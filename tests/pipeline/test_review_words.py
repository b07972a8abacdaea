"""What questions say besides what they ask."""

from __future__ import annotations

import pytest

from engramd.match.model import Candidate
from engramd.models import DiscJob, ReviewKind, ReviewTask
from engramd.pipeline.review_words import closed_words, evidence_words, name_of, unanswered_words


def candidate(episode: str, **evidence: float | str) -> Candidate:
    return Candidate(episode=episode, confidence=0.5, reason="scores", evidence=evidence)


def test_the_evidence_of_each_candidate_is_told_beside_that_of_the_next_best() -> None:
    told = evidence_words(
        [
            candidate("S01E03", seg=0.91, cosine=0.62, words="whole", references=2.0),
            candidate("S01E04", seg=0.12, cosine=0.11, words="whole", references=1.0),
            candidate("S01E05", seg=0.04),
        ]
    )
    assert told["S01E03"] == (
        "9 of 10 captions are in S01E03 by their times, the next best has 1; its words are 62% like those of"
        " S01E03, the next best has 11%; 2 independent references agree"
    )
    assert told["S01E04"].startswith("1 of 10 captions are in S01E04 by their times, the best has 9")
    assert told["S01E05"] == "0 of 10 captions are in S01E05 by their times, the best has 9"


def test_what_has_no_scores_is_told_nothing_of() -> None:
    assert evidence_words([candidate("S01E01"), candidate("S01E02", reference="a.srt")]) == {}


@pytest.mark.parametrize(
    ("kind", "words"),
    [("speech", "what is said in it is 40%"), ("sample", "the words of its pictures are 40%")],
)
def test_it_is_told_where_the_words_are_from(kind: str, words: str) -> None:
    [told] = evidence_words([candidate("S01E01", cosine=0.4, words=kind)]).values()
    assert told == f"{words} like those of S01E01"


@pytest.mark.parametrize("of_title", [True, False])
@pytest.mark.parametrize("kind", list(ReviewKind))
def test_every_question_says_what_happens_if_nobody_answers(kind: ReviewKind, of_title: bool) -> None:
    told = unanswered_words(kind, of_title=of_title)
    assert told.endswith(".")
    assert "staging folder" in told


def test_a_disc_is_called_by_the_best_that_is_known() -> None:
    assert name_of(DiscJob(drive_id="x", volume_label="A", detected_title="Heat")) == "Heat"
    assert name_of(DiscJob(drive_id="x", volume_label="A")) == "A"
    assert name_of(DiscJob(drive_id="x")) == "the disc"


@pytest.mark.parametrize(
    ("answer", "actor", "words"),
    [
        ("S01E02", "uid 1000", "question 7 (Firefly, title 3: which?) answered by uid 1000: S01E02"),
        (None, "root", "question 7 (Firefly, title 3: which?) dismissed by root"),
        ("asked more exactly", "engramd", "question 7 (Firefly, title 3: which?): asked more exactly"),
        (None, None, "question 7 (Firefly, title 3: which?): needs no answer any more"),
    ],
)
def test_a_closed_question_says_by_whom_and_how(answer: str | None, actor: str | None, words: str) -> None:
    task = ReviewTask(
        id=7, job_id=1, kind=ReviewKind.EPISODE, question="?", summary="Firefly, title 3: which?"
    )
    task.answer, task.answered_by = answer, actor
    assert closed_words(task) == words
