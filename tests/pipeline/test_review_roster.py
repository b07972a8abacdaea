"""The season beside a question: filed, assigned, double, missing, and what the title may be."""

from __future__ import annotations

from engramd.match.model import KnownEpisode
from engramd.models import DiscJob, DiscTitle, TitleState
from engramd.organize import EpisodeCode
from engramd.pipeline.review_roster import Asked, roster_rows
from engramd.pipeline.roster import Holding

KNOWN = [KnownEpisode(season=1, number=n, name=f"Name {n}") for n in range(1, 8)]


def job(disc: int | None = 2, **values: object) -> DiscJob:
    return DiscJob(**{"id": disc, "drive_id": "x", "detected_season": 1, "disc_number": disc, **values})


def held(code: str, *, disc: int = 1, index: int = 0, filed: bool = True, part: int | None = None) -> Holding:
    state = TitleState.COMPLETED if filed else TitleState.MATCHED
    title = DiscTitle(job_id=disc, title_index=index, state=state, episode_part=part)
    return Holding(job(disc), title, EpisodeCode.parse(code))


def test_every_episode_has_its_state_title_and_disc() -> None:
    asked = Asked({1: "S01E05"}, ["S01E05", "S01E06", "S01E02"])
    holdings = [
        held("S01E01-E02", index=3),
        held("S01E03", disc=2, filed=False),
        held("S01E04", index=4),
        held("S01E04", disc=2, index=5, filed=False),
        held("S02E01"),
    ]
    rows = roster_rows(job(), holdings, KNOWN, asked)
    assert [(r.episode, r.state, r.is_candidate, r.title, r.disc) for r in rows] == [
        (1, "filed", False, 4, 1),
        (2, "filed", True, 4, 1),
        (3, "assigned", False, 1, 2),
        (4, "double", False, 5, 1),
        (5, "this", True, 2, 2),
        (6, "candidate", True, 0, None),
        (7, "missing", False, 0, None),
    ]
    assert rows[4].name == "Name 5"


def test_parts_of_an_episode_are_no_doubles() -> None:
    parts = [held("S01E01", index=n, part=n + 1) for n in range(2)]
    [row, *_] = roster_rows(job(), parts, KNOWN, Asked({}, []))
    assert row.state == "filed"
    [row, *_] = roster_rows(job(), [*parts, held("S01E01", index=2, part=2)], KNOWN, Asked({}, []))
    assert row.state == "double"


def test_titles_of_a_proposal_are_told_with_their_numbers() -> None:
    asked = Asked({0: "S01E01-E02", 2: "S01E03-pt1", 3: "S01E03-pt2"}, [])
    rows = roster_rows(job(), [], KNOWN, asked)
    assert [(r.state, r.title) for r in rows[:3]] == [("this", 1), ("this", 1), ("this", 4)]


def test_without_a_list_of_episodes_those_between_are_told() -> None:
    rows = roster_rows(job(), [held("S01E04")], [], Asked({0: "S01E02"}, ["S01E02", "S01E01+E09", "nothing"]))
    assert [(r.episode, r.state) for r in rows] == [(1, "missing"), (2, "this"), (3, "missing"), (4, "filed")]


def test_the_seasons_are_those_that_are_possible_else_that_of_the_disc() -> None:
    rows = roster_rows(job(), [held("S01E01"), held("S02E01")], [], Asked({}, ["S02E03"]))
    assert {row.season for row in rows} == {2}
    assert roster_rows(job(detected_season=None), [], KNOWN, Asked({}, [])) == []
