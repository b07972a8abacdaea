"""Which discs are called needed."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.ctl import status_needs
from engramd.ctl.service import Snapshot
from engramd.ctl.status_needs import Season
from tests.ctl.samples import job, review

SHOW = "Harbor Station"


def season(*discs: int) -> Season:
    return Season(SHOW, SHOW, 1, set(discs))


def rows(*held: tuple[int, int], last: int, note: str = "") -> list[dict[str, Any]]:
    """Give a season of `last` episodes; `held` are (episode, disc)."""
    on = dict(held)
    found: list[dict[str, Any]] = [
        {"season": 1, "episode": number, "standing": "filed" if number in on else "missing",
         "disc": on.get(number, -1)}
        for number in range(1, last + 1)
    ]  # fmt: skip
    return found + ([{"season": 0, "episode": 0, "standing": "note", "disc": -1}] if note else [])


DISC_1 = ((1, 1), (2, 1), (3, 1))
DISC_3 = ((7, 3), (8, 3), (9, 3))


@pytest.mark.parametrize(
    ("discs", "episodes", "said"),
    [
        ((1, 3), rows(*DISC_1, *DISC_3, last=9), "disc 2 (S01E04-E06 missing)"),
        ((1,), rows(*DISC_1, last=7), "probably discs 2-3 (S01E04-E07 missing)"),
        (
            (1, 3),
            rows(*DISC_1, *DISC_3, last=12),
            "disc 2 and probably disc 4 (S01E04-E06, S01E10-E12 missing)",
        ),
        ((1, 2), rows(*DISC_1, last=6), "S01E04-E06 missing"),
        ((1, 2, 3), rows(*DISC_1, *DISC_3, last=9), "S01E04-E06 missing"),
        ((1, 3), [], "disc 2"),
        ((3,), rows(last=9), "discs 1-2"),
    ],
    ids=[
        "between",
        "after the last",
        "both",
        "last disc here",
        "all here",
        "discs alone",
        "nothing matched yet",
    ],
)
def test_a_season_that_is_not_whole_names_its_discs(
    discs: tuple[int, ...], episodes: list[dict[str, Any]], said: str
) -> None:
    found = status_needs.of_season(season(*discs), episodes)

    assert found is not None
    assert found.text == f"{SHOW}, season 1: {said}"


@pytest.mark.parametrize(
    ("discs", "episodes"),
    [
        ((1,), rows(*DISC_1, last=3)),
        ((1, 2), rows(*DISC_1, last=6, note="2 titles of job 5 are not known yet")),
        ((1,), rows(last=9)),
        ((), []),
    ],
    ids=["whole", "its disc is at work", "nothing matched yet", "nothing known"],
)
def test_nothing_is_needed_where_nothing_is_known_to_be_missing(
    discs: tuple[int, ...], episodes: list[dict[str, Any]]
) -> None:
    assert status_needs.of_season(season(*discs), episodes) is None


def test_the_latest_seasons_are_looked_at_and_by_the_number_of_their_work() -> None:
    jobs = [
        job(id=9, disc_number=3),
        job(id=8, disc_number=1),
        job(id=7, disc_number=2, state="completed", outcome="cancelled"),
        job(id=6, detected_title="Heat", content_type="movie", detected_season=None),
        job(id=5, detected_season=0),
        job(id=4, detected_title="Firefly", year=2002, tmdb_id=1437, tmdb_namespace="tv"),
        *(job(id=1, detected_season=number) for number in range(2, 12)),
    ]

    found = status_needs.seasons(jobs)

    assert len(found) == status_needs.MOST_SEASONS
    assert found[0] == Season(SHOW, SHOW, 1, {1, 3})
    assert found[1] == Season("1437", "Firefly (2002)", 1, {1})


def test_a_disc_that_is_waited_for_or_that_an_answer_needs_comes_again() -> None:
    waits = job(id=4, state="ripping", waiting_for="disc")
    asks = job(id=5, state="review_needed", disc_number=2)
    question = review(job_id=5, title_id=None, needs_disc=True)

    found = status_needs.again(Snapshot(jobs={4: waits, 5: asks}, reviews={2: question}))

    assert [one.text for one in found] == [
        f"{SHOW}, season 1, disc 1, again: job 4 goes on with it",
        f"{SHOW}, season 1, disc 2, again: the answer to question 2 needs it",
    ]
    assert found[1].fields["question"] == 2
