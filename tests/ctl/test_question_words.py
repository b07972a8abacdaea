"""What people see of questions, and what they answer with what they read."""

from __future__ import annotations

import click
import pytest

from engramd.bus import names, questions
from engramd.ctl import question_words
from engramd.ctl.review_desk import answer_for
from engramd.ctl.service import Snapshot
from engramd.models import ReviewKind, ReviewTask
from engramd.pipeline.proposals import Plan
from tests.ctl.samples import job, objects, review


def test_questions_are_found_by_the_job_that_they_are_about() -> None:
    found = objects(job(), job(id=44)) | {
        names.review_path(2): {names.REVIEW: review()},
        names.review_path(3): {names.REVIEW: review(id=3, job_id=44, title_id=None)},
    }
    snapshot = Snapshot.of(found)

    assert [one["Id"] for one in snapshot.reviews_of(4)] == [2]
    assert [one["Id"] for one in snapshot.reviews_of(44)] == [3]
    rows = click.unstyle(question_words.questions(snapshot)).splitlines()
    assert [row.split()[:2] for row in rows[1:]] == [["2", "4"], ["3", "44"]]


@pytest.mark.parametrize(
    ("choice", "answer"),
    [
        ("1", {"value": "S01E03"}),
        ("s01e02", {"value": "S01E02"}),
        ("Extra", {"value": "extra"}),
        ("S01E09", {"value": "S01E09"}),
        ("2", {"value": "S01E02"}),
        ("3", {"value": "3"}),
        ("y", {"value": "y"}),
    ],
)
def test_an_answer_is_what_the_person_read_and_no_number_that_may_change(
    choice: str, answer: dict[str, str]
) -> None:
    assert answer_for(review(), choice) == answer


def test_a_question_of_identity_is_answered_with_the_work_that_was_read() -> None:
    asked = review(kind="identity", title_id=None)

    assert (
        "1: Harbor Station (2003), TMDB series 123 (87%): the name agrees (most probable)"
        in click.unstyle(question_words.question(asked))
    )
    assert answer_for(asked, "1") == {"value": "tv:123"}
    assert answer_for(asked, "movie:949") == {"value": "movie:949"}
    assert answer_for(asked, "TV") == {"value": "tv"}


def test_a_number_answers_which_season_it_is_and_no_work() -> None:
    asked = review(kind="season", title_id=None)

    assert answer_for(asked, "1") == {"value": "1"}
    assert answer_for(asked, "tv:123") == {"value": "tv:123"}
    assert "tv:123: Harbor Station (2003)" in question_words.question(asked)


def proposal() -> dict[str, object]:
    """Give a question about a whole disc."""
    plans = [
        Plan({0: "S01E01", 1: "S01E02", 2: "S01E03-E04"}, 0.6, "disc 1 begins the season"),
        Plan({0: "S01E05", 1: "S01E06", 2: "S01E07-E08"}, 0.1, "no other disc holds it"),
    ]
    task = ReviewTask(id=3, job_id=4, kind=ReviewKind.EPISODE, question="Is it so?")
    return questions.review_values(task, None, questions.Choices(plans=plans))


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ("y", "1-2=S01E01-E02 3=S01E03-E04"),
        ("accept", "1-2=S01E01-E02 3=S01E03-E04"),
        ("S01E05", "1-2=S01E05-E06 3=S01E07-E08"),
        ("S02E01", "S02E01"),
        ("n", "one_by_one"),
    ],
)
def test_a_proposal_is_answered_with_what_was_read(choice: str, value: str) -> None:
    assert answer_for(proposal(), choice) == {"value": value}


def test_a_proposal_is_shown_with_its_reasons() -> None:
    shown = click.unstyle(question_words.question(proposal()))

    said = "titles 1-2 are S01E01-E02, title 3 is S01E03-E04 (60%): disc 1 begins the season"
    assert f"  accept: {said} (most probable)" in shown
    assert "  one_by_one: Ask for each title" in shown


def test_episodes_are_shown_with_the_numbers_that_choose_them() -> None:
    shown = click.unstyle(question_words.question(review()))

    assert "  1: S01E03 (60%): 14 of 20 lines agree (most probable)" in shown
    assert "  2: S01E02 (30%)" in shown
    assert "  extra: It is an extra" in shown
