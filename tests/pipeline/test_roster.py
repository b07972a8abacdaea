"""The episodes of a show: which TMDB lists, which discs hold, and which are missing. TMDB is a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from engramd.errors import EngramError
from engramd.match.model import KnownEpisode
from engramd.models import DiscJob, TitleState, WorkNamespace
from engramd.pipeline.roster import Rosters, holdings, same_show, taken
from engramd.pipeline.sources import Sources
from engramd.tools import CancelToken
from tests.pipeline.proposed import ACTOR, Answered
from tests.support.databases import Bench


class TmdbStandIn:
    """Stands in for TMDB and for what gives its client; `away` makes it fail."""

    tmdb_online, away = True, False

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    @contextmanager
    def tmdb(self) -> Iterator[TmdbStandIn]:
        if self.away:
            raise EngramError("TMDB does not answer")
        yield self

    def tv(self, number: int, _cancel: object) -> Any:
        self.asked.append((number,))
        seasons = [
            SimpleNamespace(season_number=n, episode_count=count) for n, count in ((0, 1), (1, 2), (2, 3))
        ]
        return SimpleNamespace(seasons=seasons) if number == 1972 else None

    def season(self, number: int, season: int, _cancel: object) -> Any:
        self.asked.append((number, season))
        episodes = [
            SimpleNamespace(season_number=season, episode_number=n, name=f"Name {n}", runtime=44)
            for n in (1, 2, 3, 4)
        ]
        return SimpleNamespace(episodes=episodes)


def job(**values: object) -> DiscJob:
    known: dict[str, object] = {"drive_id": "x", "tmdb_id": 1972, "tmdb_namespace": WorkNamespace.TV}
    return DiscJob(**(known | values))


def rosters(tmdb: TmdbStandIn, clock: list[float]) -> Rosters:
    return Rosters(cast(Sources, tmdb), CancelToken(), lambda: clock[0])


def test_a_roster_has_runtimes_in_the_season_of_the_disc_and_numbers_in_the_others() -> None:
    tmdb, clock = TmdbStandIn(), [0.0]
    found = rosters(tmdb, clock).of(job(detected_season=2))
    assert [(one.season, one.number) for one in found] == [
        (0, 1),
        (1, 1),
        (1, 2),
        *((2, n) for n in range(1, 5)),
    ]
    assert found[-1] == KnownEpisode(season=2, number=4, name="Name 4", minutes=44)
    assert found[1].minutes == 0


def test_tmdb_is_asked_once_and_again_when_it_was_away() -> None:
    tmdb, clock = TmdbStandIn(), [0.0]
    kept = rosters(tmdb, clock)
    tmdb.away = True
    assert kept.of(job()) == ()
    tmdb.away = False
    assert kept.of(job()) == (), "not again at once"
    clock[0] = 601.0
    assert len(kept.of(job())) == 6
    assert len(kept.of(job())) == 6
    assert tmdb.asked == [(1972,)]
    assert len(kept.known(job())) == 6
    tmdb.away, clock[0] = True, 1e6
    assert len(kept.of(job())) == 6, "what was known stays while it is away"


@pytest.mark.parametrize(
    "values", [{"tmdb_id": None}, {"tmdb_namespace": WorkNamespace.MOVIE}, {"tmdb_id": 5}], ids=str
)
def test_a_show_that_has_no_number_or_is_not_known_has_no_roster(values: dict[str, object]) -> None:
    assert rosters(TmdbStandIn(), [0.0]).of(job(**values)) == ()


def test_nothing_is_asked_that_may_not_be() -> None:
    tmdb = TmdbStandIn()
    tmdb.tmdb_online = False
    assert rosters(tmdb, [0.0]).of(job()) == ()
    assert tmdb.asked == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"tmdb_id": 1}, {"tmdb_id": 1, "detected_title": "Other"}, True),
        ({"tmdb_id": 1}, {"tmdb_id": 2}, False),
        ({}, {"detected_title": "HARBOR STATION"}, True),
        ({"year": 2003}, {"year": 2019}, False),
        ({"year": 2003}, {}, True),
        ({"detected_title": None}, {"detected_title": None}, False),
        ({}, {"content_type": "movie"}, False),
    ],
)
def test_discs_are_of_one_show(one: dict[str, object], other: dict[str, object], same: bool) -> None:
    plain: dict[str, object] = {"drive_id": "x", "detected_title": "Harbor Station"}
    assert same_show(DiscJob(**(plain | one)), DiscJob(**(plain | other))) is same


@pytest.fixture
def discs(sqlite_bench: Bench, tmp_path: Path) -> Answered:
    return Answered(sqlite_bench, tmp_path)


def test_what_other_discs_hold_is_what_is_filed_or_decided(discs: Answered) -> None:
    first, second = discs.disc(1, 4), discs.disc(2, 1)
    titles = discs.store.titles(first)
    discs.bench.lifecycle.move_title(titles[0], TitleState.MATCHED, "x", matched_episode="S01E01-E02")
    discs.bench.lifecycle.update_title(titles[1], matched_episode="S01E03", match_source="discdb")
    discs.bench.lifecycle.update_title(titles[2], matched_episode="S01E04", match_source="user")
    discs.bench.lifecycle.move_title(
        titles[3], TitleState.SKIPPED, "x", matched_episode="S01E05", match_source="user"
    )
    found = holdings(discs.store, discs.job(second))
    assert taken(found, 1) == ("S01E01", "S01E02", "S01E04")
    assert taken(found, 2) == ()
    assert holdings(discs.store, discs.job(first)) == []


def test_the_same_disc_again_is_no_other_disc(discs: Answered) -> None:
    first = discs.disc(1, 1, content_hash="A" * 32)
    again = discs.disc(1, 1, content_hash="A" * 32)
    discs.match(first)
    discs.answers.assign(first, 0, "S01E01", ACTOR)
    assert holdings(discs.store, discs.job(again)) == []
