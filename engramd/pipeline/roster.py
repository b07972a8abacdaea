"""The episodes of a show: which there are, by TMDB, and which disc of which job holds them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from engramd.errors import EngramError, InvalidArgument
from engramd.models import ContentType, DiscJob, DiscTitle, TitleState, WorkNamespace
from engramd.organize import EpisodeCode
from engramd.pipeline.proposals import Held
from engramd.pipeline.sources import Sources
from engramd.store import Store
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

log = structlog.get_logger(__name__)

#: Seconds for which a roster is kept, and after which TMDB is asked again that could not be asked.
KEPT, ASK_AGAIN = 24 * 3600.0, 600.0
#: States of a title whose episode no other disc needs.
_HOLDING = (TitleState.MATCHED, TitleState.COMPLETED)
_GONE = (TitleState.SKIPPED, TitleState.FAILED)


class Rosters:
    """What TMDB lists of shows. Safe for any thread."""

    def __init__(
        self, sources: Sources, stop: CancelToken, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sources, self._stop, self._clock = sources, stop, clock
        self._lock = threading.Lock()
        self._kept: dict[tuple[int, int | None], tuple[float, tuple[KnownEpisode, ...]]] = {}

    def of(self, job: DiscJob) -> tuple[KnownEpisode, ...]:
        """Give the episodes of a job's show, with runtimes in its season; empty where TMDB does not tell.

        Asks TMDB where that may be done: two questions of at most a minute each. Raises Cancelled.
        """
        key = _key(job)
        if key is None or not self._sources.tmdb_online:
            return ()
        with self._lock:
            until, known = self._kept.get(key, (0.0, ()))
        if self._clock() < until:
            return known
        try:
            found, kept = self._ask(*key), KEPT
        except EngramError as error:
            self._stop.raise_if_cancelled()
            log.warning("the list of episodes is not known", job=job.id, why=str(error))
            found, kept = known, ASK_AGAIN
        with self._lock:
            self._kept[key] = (self._clock() + kept, found)
        return found

    def known(self, job: DiscJob) -> tuple[KnownEpisode, ...]:
        """Give what was asked before, without asking anybody."""
        key = _key(job)
        with self._lock:
            return self._kept[key][1] if key in self._kept else ()

    def listed(self, jobs: Sequence[DiscJob], season: int | None) -> tuple[KnownEpisode, ...]:
        """Give the episodes of the show that jobs are of, of a season or of all; asks as `of` does."""
        numbered = next((job for job in jobs if job.tmdb_id is not None), None)
        if numbered is None:
            return ()
        asked = DiscJob(
            drive_id="",
            tmdb_id=numbered.tmdb_id,
            tmdb_namespace=numbered.tmdb_namespace,
            detected_season=season,
        )
        return tuple(one for one in self.of(asked) if season in (None, one.season))

    def _ask(self, number: int, season: int | None) -> tuple[KnownEpisode, ...]:
        from engramd.match.model import KnownEpisode

        with self._sources.tmdb() as tmdb:
            series = tmdb.tv(number, self._stop)
            if series is None:
                return ()
            details = None if season is None else tmdb.season(number, season, self._stop)
        listed = {(one.season_number, n) for one in series.seasons for n in range(1, one.episode_count + 1)}
        named = [] if details is None else details.episodes
        listed = {place for place in listed if details is None or place[0] != season}
        known = [KnownEpisode(season=s, number=n) for s, n in listed] + [
            KnownEpisode(season=e.season_number, number=e.episode_number, name=e.name, minutes=e.runtime)
            for e in named
        ]
        return tuple(sorted(known, key=lambda one: (one.season, one.number)))


def _key(job: DiscJob) -> tuple[int, int | None] | None:
    if job.tmdb_id is None or job.tmdb_namespace is WorkNamespace.MOVIE:
        return None
    return job.tmdb_id, job.detected_season


@dataclass(frozen=True)
class Holding:
    """A title that is an episode, and the job of its disc."""

    job: DiscJob
    title: DiscTitle
    code: EpisodeCode


def holdings(store: Store, job: DiscJob) -> list[Holding]:
    """Give what other discs of a job's show hold: matched, filed, or decided by a person.

    A disc that is here again (its content hash says so) is no other disc.
    """
    rows = store.episodes_of(job.detected_title or "", job.tmdb_id)
    found = []
    for other, title in rows:
        same_disc = other.id == job.id or (job.content_hash and job.content_hash == other.content_hash)
        if not same_disc and same_show(job, other) and _holds(title):
            found += _held(other, title)
    return found


def holdings_of(store: Store, job: DiscJob) -> list[Holding]:
    """Give what a job's own disc holds: matched, filed, or decided by a person."""
    return [one for title in store.titles(job.id or 0) if _holds(title) for one in _held(job, title)]


def same_show(job: DiscJob, other: DiscJob) -> bool:
    """Whether two discs are of one series, by number or else by name and year."""
    if ContentType.MOVIE in (job.content_type, other.content_type):
        return False
    if job.tmdb_id is not None and other.tmdb_id is not None:
        return job.tmdb_id == other.tmdb_id
    named = (job.detected_title or "").casefold() == (other.detected_title or "").casefold() != ""
    return named and (job.year == other.year or None in (job.year, other.year))


def as_held(found: Iterable[Holding]) -> tuple[Held, ...]:
    """Give holdings as plans are made of them."""
    return tuple(
        Held(one.code, one.job.disc_number if one.job.detected_season == one.code.season else None)
        for one in found
    )


def taken(found: Iterable[Holding], season: int | None) -> tuple[str, ...]:
    """Give the episodes that are held, one by one, of a season or of all."""
    codes = {
        f"S{one.code.season:02d}E{number:02d}"
        for one in found
        if season in (None, one.code.season)
        for number in range(one.code.first, one.code.last + 1)
    }
    return tuple(sorted(codes))


def _holds(title: DiscTitle) -> bool:
    decided = title.match_source in ("user", "earlier") and title.state not in _GONE
    return title.state in _HOLDING or decided


def _held(job: DiscJob, title: DiscTitle) -> list[Holding]:
    if not title.matched_episode or title.own_title:
        return []
    try:
        return [Holding(job, title, EpisodeCode.parse(title.matched_episode))]
    except InvalidArgument:
        return []
