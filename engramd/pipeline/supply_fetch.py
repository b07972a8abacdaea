"""Fetches one reference of an episode: the best offer that was not tried, until one is of use."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import Enum, auto

import structlog

from engramd.models import SubtitleFile
from engramd.pipeline.supply_market import LIST_COUNTS, Market, NotNow
from engramd.pipeline.supply_plan import Episode, Fetch
from engramd.pipeline.supply_shelf import Series, Shelf
from engramd.sources.subtitles import BadSubtitle, Offer, Served
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: So many files that are of no use are fetched for one reference.
MOST_REFUSED = 3


class Outcome(Enum):
    """What came of it: a file, nothing that any provider has, or nothing now."""

    CAME = auto()
    BARREN = auto()
    LATER = auto()


class Fetcher:
    """For one thread, but for `barren` and `forget`."""

    def __init__(
        self, market: Market, shelf: Shelf, cancel: CancelToken, now: Callable[[], datetime]
    ) -> None:
        self._market = market
        self._shelf = shelf
        self._cancel = cancel
        self._now = now
        self._lock = threading.Lock()
        self._barren: dict[tuple[str, Fetch], datetime] = {}
        #: Files that were paid for and could not be kept yet.
        self._unkept: dict[tuple[str, str, Episode], tuple[Series, Served]] = {}

    def barren(self, series: Series) -> frozenset[Fetch]:
        """Give what no provider had for a show when it was last asked."""
        now = self._now()
        with self._lock:
            known = self._barren.items()
            return frozenset(
                f for (name, f), at in known if name == series.name and abs(now - at) < LIST_COUNTS
            )

    def forget(self) -> None:
        """Ask for everything again."""
        with self._lock:
            self._barren.clear()

    def fetch(self, series: Series, fetch: Fetch, local: int = 0) -> Outcome:
        """Bring one reference to the shelf; `local` counts those of its episode that lie elsewhere.

        Raises NoSpace and FilingFailed where it cannot be kept, Cancelled.
        """
        self._keep_rest()
        usable = self._shelf.usable(series).get(fetch.episode, ())
        if len(usable) + local >= fetch.place:
            return Outcome.CAME
        tried = self._shelf.tried(series, fetch.episode)
        offers, complete = self._market.find(series, fetch.episode, tried, self._cancel)
        for offer in _unlike(offers, usable)[:MOST_REFUSED]:
            row = self._one(series, fetch.episode, offer)
            if row is None:
                return Outcome.LATER
            if not row.refused:
                return Outcome.CAME
        return self._nothing(series, fetch) if complete else Outcome.LATER

    def _nothing(self, series: Series, fetch: Fetch) -> Outcome:
        with self._lock:
            self._barren[series.name, fetch] = self._now()
        return Outcome.BARREN

    def _one(self, series: Series, episode: Episode, offer: Offer) -> SubtitleFile | None:
        """Fetch and keep one file; None if it cannot be had now."""
        if (known := self._shelf.take_in(series, episode, offer)) is not None:
            return known
        self._shelf.check_room(series, offer)
        try:
            served = self._market.fetch(offer, self._cancel)
        except NotNow:
            return None
        except BadSubtitle as error:
            return self._told(self._shelf.refuse(series, episode, offer, error.why or error.what))
        key = (offer.provider, offer.provider_id, episode)
        self._unkept[key] = (series, served)
        row = self._shelf.keep(series, episode, served)
        del self._unkept[key]
        return self._told(row)

    def _keep_rest(self) -> None:
        """Keep what was fetched when there was no room for it."""
        for key, (series, served) in list(self._unkept.items()):
            self._told(self._shelf.keep(series, key[2], served))
            del self._unkept[key]

    @staticmethod
    def _told(row: SubtitleFile) -> SubtitleFile:
        where = f"{row.show} S{row.season:02d}E{row.episode:02d}"
        what = f"refused: it {row.refused}" if row.refused else f"{row.cues} cues"
        log.info(
            "a reference was fetched", episode=where, provider=row.provider, file=row.provider_id, what=what
        )
        return row


def _unlike(offers: Sequence[Offer], usable: Sequence[SubtitleFile]) -> list[Offer]:
    """Put offers first that are of another source and release than what is at hand."""
    releases = {row.release.casefold() for row in usable if row.release}
    providers = {row.provider for row in usable}
    return sorted(offers, key=lambda o: (o.release.casefold() in releases, o.provider in providers))
