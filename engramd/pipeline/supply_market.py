"""Asks the providers of subtitles that can be asked now, and knows until when each of the others cannot."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from engramd.conditions import Condition, Conditions
from engramd.pipeline.supply_plan import Episode
from engramd.pipeline.supply_shelf import Series
from engramd.sources.problems import SourceError, SourceUnreachable
from engramd.sources.subtitles import (
    BadSubtitle,
    Offer,
    OutOfQuota,
    Served,
    SubtitleProvider,
    Wanted,
)
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: The first pause after a failure; each further one in a row is twice as long, up to the longest.
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
#: A quota lasts a day; a provider that says otherwise is asked again sooner.
LONGEST_QUOTA, SHORTEST_QUOTA = timedelta(days=2), timedelta(minutes=1)
#: How long the list of what a provider has counts.
LIST_COUNTS = timedelta(hours=24)

#: So many episodes that nobody has mean that a season is over.
NOWHERE = 8

ProviderSource = Callable[[], Sequence[SubtitleProvider]]


@dataclass(frozen=True)
class Away:
    """A provider that cannot serve before a time, and why; `failures` in a row, 0: its quota is used up."""

    until: datetime
    why: str
    failures: int = 0


class NotNow(Exception):
    """Nothing can be had now; who is away says until when."""


class Market:
    """All providers together. `find` and `fetch` are for one thread, the rest for any.

    A provider's fault is a condition with its remedy, which is cleared when it serves again. Out of quota is
    no fault.
    """

    def __init__(
        self,
        providers: ProviderSource,
        languages: Callable[[], tuple[str, ...]],
        conditions: Conditions,
        now: Callable[[], datetime],
    ) -> None:
        self._providers = providers
        self._languages = languages
        self._conditions = conditions
        self._now = now
        self._lock = threading.Lock()
        self._away: dict[str, Away] = {}
        self._lists: dict[tuple[str, str, Episode], tuple[datetime, tuple[Offer, ...]]] = {}

    def is_open(self) -> bool:
        """Whether any provider is turned on."""
        return bool(self._providers())

    def present(self) -> list[SubtitleProvider]:
        """Give the providers that can be asked now."""
        return [provider for provider in self._providers() if self._absence(provider.name) is None]

    def back_at(self) -> datetime | None:
        """Give when the next of those that are away can be asked again."""
        return min((away.until for away in self._absences()), default=None)

    def why_away(self) -> str:
        """Say in words why those that are away cannot be asked."""
        return "; ".join(dict.fromkeys(away.why for away in self._absences()))

    def forget(self) -> None:
        """Ask everybody again, and for everything: a person changed something."""
        with self._lock:
            names, self._away = list(self._away), {}
            self._lists.clear()
        for name in names:
            self._conditions.clear(condition_of(name))

    def known_episodes(self, series: Series, season: int) -> tuple[Episode, ...] | None:
        """Give the episodes of a season that providers have, in order; None while nobody can know that.

        Providers that list no seasons are asked on until so many episodes in a row are nowhere.
        """
        with self._lock:
            lists = [
                (what, offers) for (show, _, what), (_, offers) in self._lists.items() if show == series.name
            ]
        offered = {offer.episode for (s, _), offers in lists if s == season for offer in offers}
        if any(offers for what, offers in lists if what == (season, 0)):
            return tuple((season, number) for number in sorted(offered))
        empty = {number for (s, number), _ in lists if s == season and number} - offered
        last = max(offered, default=0)
        if sum(number > last for number in empty) < NOWHERE:
            return None
        return tuple((season, number) for number in range(1, last + 1))

    def find(
        self, series: Series, episode: Episode, tried: Collection[tuple[str, str]], cancel: CancelToken
    ) -> tuple[list[Offer], bool]:
        """Give the offers for an episode, best first, and whether all providers were asked.

        Those `tried` before (provider and number of the file) are left out. Raises Cancelled.
        """
        found: list[Offer] = []
        providers = self._providers()
        present = [provider for provider in providers if self._absence(provider.name) is None]
        complete = len(present) == len(providers)
        for provider in present:
            try:
                offers = self._offers(provider, series, episode, tried, cancel)
                found += _untried(offers, tried)
            except SourceError as error:
                self._fails(provider.name, error)
                complete = False
        return sorted(found, key=self._rank), complete

    def fetch(self, offer: Offer, cancel: CancelToken) -> Served:
        """Have a file served. Raises BadSubtitle for a useless one, NotNow, Cancelled."""
        provider = next((p for p in self.present() if p.name == offer.provider), None)
        if provider is None:
            raise NotNow
        try:
            served = provider.download(offer, cancel)
        except OutOfQuota as error:
            self._used_up(provider.name, error.resets_at, str(error.what))
            raise NotNow from error
        except BadSubtitle:
            self._serves(provider.name)
            raise
        except SourceError as error:
            self._fails(provider.name, error)
            raise NotNow from error
        self._serves(provider.name)
        if served.left == 0 and served.resets_at is not None:
            self._used_up(provider.name, served.resets_at, f"the quota of {provider.name} is used up")
        return served

    def _offers(
        self,
        provider: SubtitleProvider,
        series: Series,
        episode: Episode,
        tried: Collection[tuple[str, str]],
        cancel: CancelToken,
    ) -> tuple[Offer, ...]:
        """Give what the season's list has for an episode; where nothing of it is new, ask for the episode."""
        season, number = episode
        wanted = Wanted(
            series.show, season, number, self._languages(), series.also, series.year, series.tmdb_id
        )
        listed = self._listed(provider, series, (season, 0), lambda: provider.search_season(wanted, cancel))
        mine = tuple(offer for offer in listed if offer.episode == number and offer.season == season)
        return (
            mine
            if _untried(mine, tried)
            else self._listed(provider, series, episode, lambda: provider.search(wanted, cancel))
        )

    def _listed(
        self,
        provider: SubtitleProvider,
        series: Series,
        what: Episode,
        ask: Callable[[], tuple[Offer, ...]],
    ) -> tuple[Offer, ...]:
        """Give what a provider has, as it said lately; number 0 stands for the whole season."""
        key = (series.name, provider.name, what)
        with self._lock:
            known = self._lists.get(key)
        if known is not None and abs(self._now() - known[0]) < LIST_COUNTS:
            return known[1]
        offers = ask()
        self._serves(provider.name)
        with self._lock:
            self._lists[key] = (self._now(), offers)
        return offers

    def _rank(self, offer: Offer) -> tuple[bool, int]:
        """Order by language; what a provider put first stays first."""
        languages = self._languages()
        place = languages.index(offer.language) if offer.language in languages else len(languages)
        return offer.machine_translated, place

    def _serves(self, name: str) -> None:
        with self._lock:
            self._away.pop(name, None)
        self._conditions.clear(condition_of(name))

    def _used_up(self, name: str, resets_at: datetime, why: str) -> None:
        now = self._now()
        until = min(max(resets_at, now + SHORTEST_QUOTA), now + LONGEST_QUOTA)
        with self._lock:
            self._away[name] = Away(until, why)
        self._conditions.clear(condition_of(name))
        log.info("a quota is used up", provider=name, until=until.isoformat())

    def _fails(self, name: str, error: SourceError) -> None:
        with self._lock:
            failures = self._away[name].failures + 1 if name in self._away else 1
            pause = min(FIRST_PAUSE * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
            until = self._now() + pause
            if isinstance(error, SourceUnreachable) and error.retry_at is not None:
                until = min(max(until, error.retry_at), self._now() + LONGEST_QUOTA)
            self._away[name] = Away(until, str(error.what), failures)
        log.warning("a provider of subtitles failed", provider=name, why=str(error))
        self._conditions.set(Condition(condition_of(name), str(error), error.remedy or "it is tried again"))

    def _absence(self, name: str) -> Away | None:
        with self._lock:
            away = self._away.get(name)
        now = self._now()
        # A clock that was set back must not keep anybody away for longer than a quota lasts.
        return away if away is not None and now < away.until <= now + LONGEST_QUOTA else None

    def _absences(self) -> list[Away]:
        found = (self._absence(provider.name) for provider in self._providers())
        return [away for away in found if away is not None]


def _untried(offers: Iterable[Offer], tried: Collection[tuple[str, str]]) -> list[Offer]:
    return [offer for offer in offers if (offer.provider, offer.provider_id) not in tried]


def condition_of(provider: str) -> str:
    """Give the name of the condition that a provider's fault is."""
    return f"subtitles-{provider}"
