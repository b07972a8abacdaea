"""What people see of jobs and questions."""

from __future__ import annotations

import click
import pytest

from engramd.bus import names, questions
from engramd.ctl import screens
from engramd.ctl.review_desk import answer_for
from engramd.ctl.service import Snapshot
from engramd.models import ReviewKind, ReviewTask
from engramd.pipeline.proposals import Plan
from tests.ctl.samples import job, objects, review, title


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, "Harbor Station, season 1, disc 1"),
        ({"detected_season": 0, "disc_number": None}, "Harbor Station, specials"),
        ({"detected_season": None, "disc_number": None, "year": 1999}, "Harbor Station (1999)"),
        ({"detected_title": None}, "HARBOR_STATION_S1_D1"),
        ({"detected_title": None, "volume_label": ""}, "/dev/sr0"),
    ],
)
def test_a_job_is_named_by_what_is_known(fields: dict[str, object], name: str) -> None:
    assert screens.job_name(job(**fields)) == name


def test_a_finished_job_shows_how_it_ended() -> None:
    assert screens.job_state(job(state="completed", outcome="partial")) == "partial"
    assert screens.job_state(job(state="matching")) == "matching"


def test_a_job_is_shown_with_titles_numbered_from_one_and_its_questions() -> None:
    titles = [
        title(0, state="completed", matched_episode="S01E01", match_confidence=0.97),
        title(1, state="review"),
    ]

    shown = click.unstyle(screens.job(job(state="review_needed"), titles, [review()]))

    assert "Job 4: Harbor Station, season 1, disc 1" in shown
    assert "series (98%)" in shown
    row = next(line for line in shown.splitlines() if "S01E01" in line)
    assert row.split() == ["1", "2:05", "0", "B", "completed", "unknown", "S01E01", "97%"]
    assert "1: S01E03 (60%): 14 of 20 lines agree (most probable)" in shown
    assert "engramctl answer 2 CHOICE" in shown


def test_questions_are_found_by_the_job_that_they_are_about() -> None:
    found = objects(job(), job(id=44)) | {
        names.review_path(2): {names.REVIEW: review()},
        names.review_path(3): {names.REVIEW: review(id=3, job_id=44, title_id=None)},
    }
    snapshot = Snapshot.of(found)

    assert [one["Id"] for one in snapshot.reviews_of(4)] == [2]
    assert [one["Id"] for one in snapshot.reviews_of(44)] == [3]
    rows = click.unstyle(screens.questions(snapshot)).splitlines()
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


def test_conditions_come_with_their_remedy() -> None:
    shown = click.unstyle(
        screens.conditions([{"severity": "warning", "text": "There is no MakeMKV", "remedy": "install it"}])
    )

    assert shown == "warning: There is no MakeMKV\n  remedy: install it"


def test_a_job_is_shown_with_what_speaks_for_it_and_what_else_it_may_be() -> None:
    shown = click.unstyle(screens.job(job(tmdb_id=123, tmdb_namespace="tv", original_title="Hafen"), [], []))
    lines = [line.split(maxsplit=1) for line in shown.splitlines() if line]

    assert ["TMDB", "tv:123"] in lines
    assert ["original", "Hafen"] in lines
    rows = [" ".join(line.split()) for line in shown.splitlines()]
    assert "label Harbor Station, season 1 98% yes the label says HARBOR_STATION_S1_D1" in rows
    assert "structure a film 20% no" in rows
    assert "Harbor Station 2003 tv:123 87% the name agrees" in rows


def test_a_job_of_the_history_has_no_evidence_to_show() -> None:
    past = {name: value for name, value in job().items() if name not in ("Evidence", "Works")}

    assert "SAYS" not in click.unstyle(screens.job(past, [], []))


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({}, ""),
        ({"comment": "Feature"}, "Feature"),
        ({"comment": "Feature", "item_name": "Behind the Scenes"}, "Behind the Scenes"),
        ({"own_title": "Heat", "own_year": 1995}, "Heat (1995)"),
        (
            {"own_title": "Harbor Patrol", "own_season": 2, "item_name": "Pilot"},
            "Harbor Patrol, season 2: Pilot",
        ),
        ({"own_season": 0}, "specials"),
    ],
)
def test_a_title_is_called_what_it_is_by_itself(fields: dict[str, object], name: str) -> None:
    assert screens.title_name(title(0, **fields)) == name


def test_a_question_of_identity_is_answered_with_the_work_that_was_read() -> None:
    asked = review(kind="identity", title_id=None)

    assert (
        "1: Harbor Station (2003), TMDB series 123 (87%): the name agrees (most probable)"
        in click.unstyle(screens.question(asked))
    )
    assert answer_for(asked, "1") == {"value": "tv:123"}
    assert answer_for(asked, "movie:949") == {"value": "movie:949"}
    assert answer_for(asked, "TV") == {"value": "tv"}


def test_a_number_answers_which_season_it_is_and_no_work() -> None:
    asked = review(kind="season", title_id=None)

    assert answer_for(asked, "1") == {"value": "1"}
    assert answer_for(asked, "tv:123") == {"value": "tv:123"}
    assert "tv:123: Harbor Station (2003)" in screens.question(asked)


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
    shown = click.unstyle(screens.question(proposal()))

    said = "titles 1-2 are S01E01-E02, title 3 is S01E03-E04 (60%): disc 1 begins the season"
    assert f"  accept: {said} (most probable)" in shown
    assert "  one_by_one: Ask for each title" in shown


def test_episodes_are_shown_with_the_numbers_that_choose_them() -> None:
    shown = click.unstyle(screens.question(review()))

    assert "  1: S01E03 (60%): 14 of 20 lines agree (most probable)" in shown
    assert "  2: S01E02 (30%)" in shown
    assert "  extra: It is an extra" in shown
