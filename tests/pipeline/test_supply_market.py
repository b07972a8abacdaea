"""Several providers together: who is asked, who is left alone until when, and what a person is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from engramd.conditions import Conditions
from engramd.events import EventHub
from engramd.pipeline.supply_market import LONGEST_PAUSE, LONGEST_QUOTA, NOWHERE, Market, NotNow
from engramd.pipeline.supply_shelf import Series
from engramd.sources.problems import SourceError, SourceRefused, SourceUnreachable
from engramd.sources.subtitles import BadSubtitle, Offer, OutOfQuota, Quota, Served, SubtitleProvider, Wanted
from engramd.tools import CancelToken
from tests.pipeline.supplied import Clock

SERIES, FIRST = Series("Harbor Station", year=2003), (1, 1)
NEVER = CancelToken()


class ProviderStandIn:
    """Stands in for a client: it has what it is given, and raises `fault` instead of any answer."""

    def __init__(self, name: str, *episodes: int, lists_seasons: bool = True) -> None:
        self.name, self.episodes, self.lists_seasons = name, list(episodes), lists_seasons
        self.fault: SourceError | None = None
        self.left: int | None = None
        self.resets_at: datetime | None = None
        self.asked: list[str] = []

    def _offer(self, episode: int, language: str = "eng") -> Offer:
        return Offer(self.name, f"{self.name}-{episode}", language, 1, episode)

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.fault is not None:
            raise self.fault

    def search(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        self._ask(f"E{wanted.episode:02d}")
        return (self._offer(wanted.episode),) if wanted.episode in self.episodes else ()

    def search_season(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        if not self.lists_seasons:
            return ()
        self._ask(f"S{wanted.season:02d}")
        return tuple(self._offer(episode) for episode in self.episodes)

    def download(self, offer: Offer, cancel: CancelToken | None = None) -> Served:
        self._ask(offer.provider_id)
        return Served(offer, b"", left=self.left, resets_at=self.resets_at)

    def quota(self) -> Quota:
        return Quota()

    def close(self) -> None: ...


class Bazaar:
    """A market with providers, a clock and conditions."""

    def __init__(self, *providers: ProviderStandIn) -> None:
        self.clock, self.conditions = Clock(), Conditions(EventHub())
        found: Sequence[SubtitleProvider] = providers
        self.market = Market(lambda: found, lambda: ("eng", "fre"), self.conditions, self.clock)

    def find(self, episode: int = 1, *tried: tuple[str, str]) -> tuple[list[str], bool]:
        offers, complete = self.market.find(SERIES, (1, episode), tried, NEVER)
        return [offer.provider_id for offer in offers], complete


def unreachable(retry_at: datetime | None = None) -> SourceUnreachable:
    return SourceUnreachable("it is down", source="one", remedy="wait", retry_at=retry_at)


def test_a_season_is_asked_for_once() -> None:
    one = ProviderStandIn("one", 1, 2)
    bazaar = Bazaar(one)
    assert bazaar.find(1) == (["one-1"], True)
    assert bazaar.find(2) == (["one-2"], True)
    assert one.asked == ["S01"]
    assert bazaar.find(3) == ([], True)
    assert one.asked == ["S01", "E03"], "what a long list was cut short of may still be there"
    bazaar.clock.sleep(25 * 3600)
    bazaar.find(1)
    assert one.asked[-1] == "S01", "a day later there may be more"


def test_when_one_has_nothing_left_another_serves() -> None:
    one, two = ProviderStandIn("one", 1), ProviderStandIn("two", 1)
    bazaar = Bazaar(one, two)
    offer = bazaar.market.find(SERIES, FIRST, (), NEVER)[0][0]
    reset = bazaar.clock.at + timedelta(hours=5)
    one.fault = OutOfQuota("nothing is left", source="one", resets_at=reset)
    with pytest.raises(NotNow):
        bazaar.market.fetch(offer, NEVER)
    assert bazaar.find() == (["two-1"], False)
    assert bazaar.market.back_at() == reset
    assert bazaar.market.why_away() == "nothing is left"
    assert not bazaar.conditions.all()
    bazaar.clock.at = reset
    assert bazaar.find() == (["one-1", "two-1"], True)


def test_the_last_download_of_a_day_says_so_itself() -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    one.left, one.resets_at = 0, bazaar.clock.at + timedelta(hours=3)
    bazaar.market.fetch(bazaar.market.find(SERIES, FIRST, (), NEVER)[0][0], NEVER)
    assert not bazaar.market.present()
    assert bazaar.market.back_at() == one.resets_at


@pytest.mark.parametrize("far", [timedelta(days=400), timedelta(days=-400)])
def test_a_provider_that_says_nonsense_of_its_quota_is_asked_again(far: timedelta) -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    offer = bazaar.market.find(SERIES, FIRST, (), NEVER)[0][0]
    one.fault = OutOfQuota("nothing is left", source="one", resets_at=bazaar.clock.at + far)
    with pytest.raises(NotNow):
        bazaar.market.fetch(offer, NEVER)
    back = bazaar.market.back_at()
    assert back is not None
    assert bazaar.clock.at < back <= bazaar.clock.at + LONGEST_QUOTA


def test_failures_in_a_row_are_asked_again_ever_more_seldom() -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    one.fault = unreachable()
    pauses = []
    for _ in range(9):
        assert bazaar.find() == ([], False)
        back = bazaar.market.back_at()
        assert back is not None
        pauses.append(back - bazaar.clock.at)
        bazaar.clock.at = back
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert pauses[-1] == LONGEST_PAUSE
    (condition,) = bazaar.conditions.all()
    assert (condition.id, condition.remedy) == ("subtitles-one", "wait")
    one.fault = None
    assert bazaar.find() == (["one-1"], True)
    assert not bazaar.conditions.all()
    one.fault = unreachable()
    bazaar.market.forget()
    bazaar.find()
    assert bazaar.market.back_at() == bazaar.clock.at + timedelta(minutes=1), "the row has ended"


def test_a_provider_that_says_when_is_left_alone_until_then() -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    one.fault = unreachable(bazaar.clock.at + timedelta(hours=2))
    bazaar.find()
    assert bazaar.market.back_at() == bazaar.clock.at + timedelta(hours=2)


def test_a_key_that_is_refused_is_a_condition_until_a_person_changes_it() -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    one.fault = SourceRefused("the key is refused", source="one", remedy="enter it again")
    bazaar.find()
    assert [condition.remedy for condition in bazaar.conditions.all()] == ["enter it again"]
    bazaar.market.forget()
    assert not bazaar.conditions.all()
    assert bazaar.market.present()


def test_a_useless_file_is_no_fault_of_the_provider() -> None:
    one = ProviderStandIn("one", 1)
    bazaar = Bazaar(one)
    offer = bazaar.market.find(SERIES, FIRST, (), NEVER)[0][0]
    one.fault = BadSubtitle("it is a web page", source="one")
    with pytest.raises(BadSubtitle):
        bazaar.market.fetch(offer, NEVER)
    assert bazaar.market.present()
    assert not bazaar.conditions.all()


def test_which_episodes_there_are() -> None:
    one = ProviderStandIn("one", 2, 1, 5)
    bazaar = Bazaar(one)
    assert bazaar.market.known_episodes(SERIES, 1) is None
    bazaar.find()
    assert bazaar.market.known_episodes(SERIES, 1) == ((1, 1), (1, 2), (1, 5))


def test_where_nobody_lists_seasons_a_row_of_episodes_that_nobody_has_is_the_end() -> None:
    one = ProviderStandIn("one", 1, 2, lists_seasons=False)
    bazaar = Bazaar(one)
    for number in range(1, 2 + NOWHERE):
        bazaar.find(number)
        assert bazaar.market.known_episodes(SERIES, 1) is None
    bazaar.find(2 + NOWHERE)
    assert bazaar.market.known_episodes(SERIES, 1) == ((1, 1), (1, 2))


def test_what_was_tried_is_not_offered_again() -> None:
    bazaar = Bazaar(ProviderStandIn("one", 1), ProviderStandIn("two", 1))
    assert bazaar.find(1, ("one", "one-1")) == (["two-1"], True)
