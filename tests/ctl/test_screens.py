"""What people see of jobs and questions."""

from __future__ import annotations

import click
import pytest

from engramd.bus import names
from engramd.ctl import screens
from engramd.ctl.reviews import answer_for
from engramd.ctl.service import Snapshot
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
        ("3", {"value": "3"}),
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
