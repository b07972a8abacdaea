"""A sentence of the plot of an episode, from TMDB, where a person wants that and TMDB may be asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable

import structlog

from engramd.errors import EngramError
from engramd.models import AppConfig, DiscJob, WorkNamespace
from engramd.pipeline.sources import Sources
from engramd.pipeline.threads import start
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Seconds that a question waits for what TMDB's cache on the disk has.
PATIENCE = 0.3
#: Characters of a sentence.
LONGEST = 200
_Season = tuple[int, int]


class Plots:
    """Keeps what TMDB says of seasons, and asks it in the background. Safe for any thread."""

    def __init__(self, settings: Callable[[], AppConfig], sources: Sources, stop: CancelToken) -> None:
        self._settings, self._sources, self._stop = settings, sources, stop
        self._lock = threading.Lock()
        self._kept: dict[_Season, dict[int, str]] = {}
        self._asked: dict[_Season, threading.Event] = {}

    def of(self, job: DiscJob, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """Give the plots of episodes (season, number) that are at hand; the rest is fetched meanwhile."""
        wanted = list(places)
        is_series = job.tmdb_id is not None and job.tmdb_namespace is not WorkNamespace.MOVIE
        if not (is_series and self._settings().review_plot_enabled and self._sources.tmdb_online):
            return {}
        found: dict[tuple[int, int], str] = {}
        for season in {season for season, _ in wanted}:
            plots = self._season((job.tmdb_id or 0, season))
            found |= {(season, n): plots[n] for s, n in wanted if s == season and n in plots}
        return found

    def _season(self, key: _Season) -> dict[int, str]:
        with self._lock:
            if key in self._kept:
                return self._kept[key]
            done = self._asked.get(key)
            if done is None:
                done = self._asked[key] = threading.Event()
                start("plots", lambda: self._fetch(key, done))
        done.wait(PATIENCE)
        with self._lock:
            return self._kept.get(key, {})

    def _fetch(self, key: _Season, done: threading.Event) -> None:
        try:
            with self._sources.tmdb() as tmdb:
                season = tmdb.season(*key, self._stop)
        except EngramError as error:
            log.info("the plots of a season are not known", tmdb_id=key[0], season=key[1], why=str(error))
        else:
            rows = season.episodes if season is not None else ()
            plots = {row.episode_number: first_sentence(row.overview) for row in rows if row.overview}
            with self._lock:
                self._kept[key] = plots
        finally:
            with self._lock:
                self._asked.pop(key, None)
            done.set()


def first_sentence(text: str) -> str:
    """Give the first sentence of a text, cut where it is long."""
    plain = " ".join(text.split())
    found = re.match(r".{20,}?[.!?](?=\s|$)", plain)
    sentence = found[0] if found else plain
    return sentence if len(sentence) <= LONGEST else f"{sentence[: LONGEST - 1].rsplit(' ', 1)[0]}…"
