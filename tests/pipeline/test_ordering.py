"""In which order a season is named: decided once, kept, and never mixed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import pytest

from engramd.errors import Cancelled, InvalidArgument, NotFound
from engramd.events import EventHub
from engramd.models import DiscJob, DiscTitle, EpisodeOrder, TitleState, WorkNamespace
from engramd.pipeline.ordering import Ordering
from engramd.pipeline.parts import Parts
from engramd.pipeline.sources import Sources
from engramd.sources.problems import SourceUnreachable
from engramd.sources.tmdb import Tmdb
from engramd.sources.tmdb_model import EpisodeGroups, GroupSummary, TvDetails
from engramd.store.orders import ShowOrders
from engramd.tools import CancelToken
from tests.support.databases import Bench

SHOW = 1396
#: The DVDs of the made-up show begin with its second episode, and season 2 with the third.
GROUP = {
    "id": "5acf93e60e0a26346d0000ce", "name": "DVD order", "type": 3,
    "groups": [
        {"name": "Season 1", "order": 1, "episodes": [
            {"season_number": 1, "episode_number": 2, "order": 0},
            {"season_number": 1, "episode_number": 1, "order": 1},
        ]},
        {"name": "Season 2", "order": 2, "episodes": [
            {"season_number": 1, "episode_number": 3, "order": 0},
            {"season_number": 2, "episode_number": 1, "order": 1},
        ]},
    ],
}  # fmt: skip
SERIES = {
    "id": SHOW, "name": "Harbor Station",
    "seasons": [{"season_number": 1, "episode_count": 3}, {"season_number": 2, "episode_count": 1}],
}  # fmt: skip


class StandInTmdb:
    """TMDB with one show that has a DVD order; counts how often it is asked."""

    def __init__(self) -> None:
        self.tmdb_online = True
        self.asked = 0
        self.error: Exception | None = None
        self.series = SERIES

    @contextmanager
    def tmdb(self) -> Iterator[Tmdb]:
        self.asked += 1
        if self.error is not None:
            raise self.error
        yield cast(Tmdb, self)

    def episode_groups(self, tv: int, _cancel: CancelToken) -> tuple[GroupSummary, ...]:
        assert tv == SHOW
        return (GroupSummary.model_validate({**GROUP, "episode_count": 4}),)

    def episode_group(self, number: str, _cancel: CancelToken) -> EpisodeGroups:
        assert number == GROUP["id"]
        return EpisodeGroups.model_validate(GROUP)

    def tv(self, _number: int, _cancel: CancelToken) -> TvDetails:
        return TvDetails.model_validate(self.series)


class PartsOf:
    """The parts that ordering uses."""

    def __init__(self, bench: Bench, preference: EpisodeOrder) -> None:
        self.store, self.lifecycle, self.settings, self.hub = bench.store, bench.lifecycle, self, EventHub()
        self.current = bench.store.load_config()
        self.current.episode_ordering_preference = preference


class Shelf:
    """A show whose titles are named."""

    def __init__(self, bench: Bench, preference: EpisodeOrder = EpisodeOrder.DVD) -> None:
        self.bench, self.sources, self.stop = bench, StandInTmdb(), CancelToken()
        self.parts = PartsOf(bench, preference)
        self.ordering = Ordering(cast(Parts, self.parts), cast(Sources, self.sources), self.stop)
        self.job = self.disc()

    def disc(self, **values: Any) -> DiscJob:
        job = self.bench.job()
        known = {"detected_title": "Harbor Station", "tmdb_id": SHOW, "tmdb_namespace": WorkNamespace.TV}
        self.bench.lifecycle.update_job(job.id or 0, **known | values)
        return self.bench.store.need_job(job.id or 0)

    def named(self, code: str, job: DiscJob | None = None) -> str:
        job = job or self.job
        title = DiscTitle(job_id=job.id or 0, title_index=0, matched_episode=code)
        return str(self.ordering.file_code(job, title))

    def file(self, code: str, job: DiscJob | None = None) -> None:
        (title,) = self.bench.titles(job or self.job)
        self.bench.lifecycle.update_title(title, matched_episode=code)
        for state in (TitleState.RIPPING, TitleState.MATCHED, TitleState.COMPLETED):
            self.bench.lifecycle.move_title(title, state, "for the test")

    def said(self) -> list[str]:
        events = self.bench.store.events(self.job.id or 0)
        return [event.sentence for event in events if event.kind == "order"]


@pytest.fixture
def shelf(sqlite_bench: Bench) -> Shelf:
    return Shelf(sqlite_bench)


def test_a_season_is_named_by_the_dvds_and_that_is_said_once(shelf: Shelf) -> None:
    assert [shelf.named(f"S01E0{n}") for n in (1, 2, 3)] == ["S01E02", "S01E01", "S02E01"]
    assert shelf.said() == ["season 1 is named in the dvd order: TMDB's order DVD order"]
    assert shelf.sources.asked == 1


def test_what_was_decided_holds_without_tmdb_and_whatever_is_preferred_later(shelf: Shelf) -> None:
    shelf.named("S01E01")
    shelf.sources.error = SourceUnreachable("TMDB is away", source="TMDB")
    shelf.parts.current.episode_ordering_preference = EpisodeOrder.AIRED
    assert shelf.named("S01E02", shelf.disc()) == "S01E01"


@pytest.mark.parametrize("away", [True, False])
def test_without_tmdb_the_whole_season_is_named_as_aired(shelf: Shelf, away: bool) -> None:
    shelf.sources.tmdb_online = away
    shelf.sources.error = SourceUnreachable("TMDB is away", source="TMDB")
    assert shelf.named("S01E01") == "S01E01"
    shelf.sources.tmdb_online, shelf.sources.error = True, None
    assert shelf.named("S01E02") == "S01E02", "one season, two orders"
    (sentence,) = shelf.said()
    assert sentence.startswith("season 1 is named in the aired order: TMDB")
    (row,) = ShowOrders(shelf.bench.store).all_of(SHOW)
    assert (row.ordering, row.season) == (EpisodeOrder.AIRED, 1)
    assert row.reason in sentence


def test_a_shut_down_decides_nothing(shelf: Shelf) -> None:
    shelf.stop.cancel("shutdown")
    shelf.sources.error = Cancelled("stopped")
    with pytest.raises(Cancelled):
        shelf.named("S01E01")
    assert ShowOrders(shelf.bench.store).all_of(SHOW) == []


def test_a_season_that_the_order_lacks_in_part_is_named_as_aired(shelf: Shelf) -> None:
    shelf.sources.series = {**SERIES, "seasons": [{"season_number": 1, "episode_count": 4}]}
    assert [shelf.named(f"S01E0{n}") for n in (1, 4)] == ["S01E01", "S01E04"]
    assert "does not have the season as a whole" in shelf.said()[0]


def test_a_season_does_not_take_the_places_of_another(shelf: Shelf) -> None:
    shelf.parts.current.episode_ordering_preference = EpisodeOrder.AIRED
    season_2 = shelf.disc()
    assert shelf.named("S02E01", season_2) == "S02E01"
    shelf.file("S02E01", season_2)
    shelf.parts.current.episode_ordering_preference = EpisodeOrder.DVD
    assert shelf.named("S01E03") == "S01E03", "S02E01 has its file already"


def test_files_of_an_earlier_time_keep_their_season_as_it_is(shelf: Shelf) -> None:
    nameless = shelf.disc(tmdb_id=None, tmdb_namespace=None)
    shelf.file("S01E03", nameless)
    assert shelf.named("S01E01") == "S01E01"
    assert shelf.sources.asked == 0


def test_a_show_without_a_number_is_named_as_aired(shelf: Shelf) -> None:
    for known in ({"tmdb_id": None}, {"tmdb_namespace": WorkNamespace.MOVIE}):
        assert shelf.named("S01E01", shelf.disc(**known)) == "S01E01"
    assert shelf.sources.asked == 0


def test_a_double_episode_that_the_order_takes_apart_is_asked_about(shelf: Shelf) -> None:
    assert shelf.named("S01E01-E02") == "S01E01-E02"
    with pytest.raises(InvalidArgument, match="aired"):
        shelf.named("S01E02-E03")
    with pytest.raises(InvalidArgument, match="S01E09"):
        shelf.named("S01E09")


def test_a_persons_choice_for_a_show_beats_the_preference(sqlite_bench: Bench) -> None:
    shelf = Shelf(sqlite_bench, EpisodeOrder.AIRED)
    assert "dvd" in shelf.ordering.choose("harbor  station", "DVD", "root")
    assert shelf.named("S01E01") == "S01E02"
    (row,) = ShowOrders(sqlite_bench.store).all_of(SHOW)
    assert row.actor == "root"


def test_a_choice_counts_for_seasons_of_which_nothing_is_filed(sqlite_bench: Bench) -> None:
    shelf = Shelf(sqlite_bench, EpisodeOrder.AIRED)
    shelf.named("S01E01")
    shelf.named("S02E01")
    shelf.file("S01E01")
    said = shelf.ordering.choose(str(SHOW), "dvd", "root")
    assert "season 1 (aired)" in said
    assert shelf.named("S01E02") == "S01E02"
    assert shelf.named("S02E01") == "S02E02"


def test_renaming_a_season_decides_its_order_anew(sqlite_bench: Bench) -> None:
    shelf = Shelf(sqlite_bench, EpisodeOrder.AIRED)
    shelf.named("S01E01")
    shelf.file("S01E01")
    shelf.ordering.choose("Harbor Station", "dvd", "root")
    assert shelf.ordering.redecide(shelf.job, 1) is EpisodeOrder.DVD
    assert shelf.named("S01E01") == "S01E02"
    assert shelf.ordering.redecide(shelf.disc(tmdb_id=None), 1) is None


def test_a_choice_that_cannot_be_understood_is_refused(shelf: Shelf) -> None:
    with pytest.raises(InvalidArgument, match="aired, dvd, absolute"):
        shelf.ordering.choose("Harbor Station", "backwards", "root")
    with pytest.raises(NotFound, match="identify"):
        shelf.ordering.choose("Harbour Station", "dvd", "root")
    shelf.disc(tmdb_id=7)
    with pytest.raises(InvalidArgument, match="1396"):
        shelf.ordering.choose("Harbor Station", "dvd", "root")


def test_a_season_does_not_take_the_places_of_one_that_is_only_begun(shelf: Shelf) -> None:
    shelf.parts.current.episode_ordering_preference = EpisodeOrder.AIRED
    assert shelf.named("S02E01") == "S02E01"
    shelf.parts.current.episode_ordering_preference = EpisodeOrder.DVD
    assert shelf.named("S01E03") == "S01E03", "S02E01 is about to be filed"


def test_no_episode_gets_the_name_that_another_seasons_has_in_its_order(shelf: Shelf) -> None:
    assert shelf.named("S01E03") == "S02E01"
    shelf.sources.error = SourceUnreachable("TMDB is away", source="TMDB")
    with pytest.raises(InvalidArgument, match="another episode is called in the dvd order"):
        shelf.named("S02E01")
    shelf.sources.error = None
    shelf.ordering.choose(str(SHOW), "dvd", "root")
    assert shelf.named("S02E01") == "S02E02"


def test_what_is_to_be_typed_holds_no_name_of_a_disc(shelf: Shelf) -> None:
    job = shelf.disc(detected_title="Grey's; rm -rf ~;'")
    with pytest.raises(InvalidArgument, match="aired") as raised:
        shelf.named("S01E02-E03", job)
    assert raised.value.remedy.startswith(f"engramctl order {SHOW} aired")


def test_an_order_that_is_chosen_while_the_first_file_moves_counts_for_no_other_of_its_season(
    shelf: Shelf,
) -> None:
    assert shelf.named("S01E01") == "S01E02"
    (title,) = shelf.bench.titles(shelf.job)
    for state in (TitleState.RIPPING, TitleState.MATCHED):
        shelf.bench.lifecycle.move_title(title, state, "for the test")
    shelf.bench.lifecycle.update_title(title, matched_episode="S01E01", filing_target="/tv/S01E02.mkv")

    assert "season 1 (dvd)" in shelf.ordering.choose(str(SHOW), "aired", "root")
    assert shelf.named("S01E02") == "S01E01", "one season, two orders"
