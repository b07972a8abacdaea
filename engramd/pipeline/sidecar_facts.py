"""What a title's `.nfo` says: what is recorded of it, and what TMDB adds where that may be asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import structlog

from engramd.errors import EngramError
from engramd.models import DiscJob, DiscTitle, NamingPreset, WorkNamespace
from engramd.organize import EpisodeCode
from engramd.organize.nfo import EpisodeFacts, WorkFacts
from engramd.pipeline.filing_items import FileCode
from engramd.pipeline.sources import Sources
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.sources.tmdb import Tmdb
    from engramd.sources.tmdb_model import Episode

log = structlog.get_logger(__name__)

T = TypeVar("T")


class SidecarFacts:
    """Collects facts; for any thread. What TMDB does not tell now is left out."""

    def __init__(self, sources: Sources, file_code: FileCode, stop: CancelToken) -> None:
        self._sources, self._file_code, self._stop = sources, file_code, stop

    def show(self, job: DiscJob, title: DiscTitle) -> WorkFacts:
        """Give what is known of the show that a title is of. Raises Cancelled."""
        number = tmdb_number(job, title, WorkNamespace.TV)
        details = self._ask(lambda tmdb: tmdb.tv(number, self._stop)) if number else None
        return replace(
            _own(job, title),
            tmdb_id=number,
            premiered=details.first_air_date if details else "",
            plot=details.overview if details else "",
        )

    def film(self, job: DiscJob, title: DiscTitle) -> WorkFacts:
        """Give what is known of the film that a title is. Raises Cancelled."""
        number = tmdb_number(job, title, WorkNamespace.MOVIE)
        details = self._ask(lambda tmdb: tmdb.movie(number, self._stop)) if number else None
        return replace(
            _own(job, title),
            tmdb_id=number,
            premiered=details.release_date if details else "",
            plot=details.overview if details else "",
            minutes=details.runtime if details else 0,
        )

    def episodes(self, job: DiscJob, title: DiscTitle, preset: NamingPreset) -> list[EpisodeFacts]:
        """Give the episodes of a title, by the numbers that its file is named by.

        An episode whose name is not known is called by its number, unless the files are for Jellyfin, which
        looks for a name itself then. Raises InvalidArgument for what is no episode; Cancelled.
        """
        aired = EpisodeCode.parse(title.matched_episode or "")
        code = self._file_code(job, title)
        told = self._told(job, title, aired)
        # The parts of a double episode may be in another order where they are numbered otherwise.
        in_order = code == aired or code.first == code.last
        shift = aired.first - code.first
        facts = []
        for number in range(code.first, code.last + 1):
            one = told.get(number + shift) if in_order else None
            name = (one.name if one else "") or (title.item_name if code.first == code.last else "") or ""
            if not name and preset is not NamingPreset.JELLYFIN:
                name = f"Episode {number}"
            facts.append(
                EpisodeFacts(
                    show=title.own_title or job.detected_title or "",
                    season=code.season,
                    number=number,
                    title=name,
                    aired=one.air_date if one else "",
                    plot=one.overview if one else "",
                    minutes=one.runtime if one else 0,
                    tmdb_id=one.id if one else 0,
                )
            )
        return facts

    def _told(self, job: DiscJob, title: DiscTitle, aired: EpisodeCode) -> dict[int, Episode]:
        number = tmdb_number(job, title, WorkNamespace.TV)
        season = self._ask(lambda tmdb: tmdb.season(number, aired.season, self._stop)) if number else None
        return {one.episode_number: one for one in season.episodes} if season else {}

    def _ask(self, question: Callable[[Tmdb], T]) -> T | None:
        if not self._sources.tmdb_online:
            return None
        try:
            with self._sources.tmdb() as tmdb:
                return question(tmdb)
        except EngramError as error:
            self._stop.raise_if_cancelled()
            log.warning("an .nfo is written without TMDB", why=str(error))
            return None


def tmdb_number(job: DiscJob, title: DiscTitle, namespace: WorkNamespace) -> int:
    """Give TMDB's number of a title's work in a namespace, or 0."""
    if title.own_title:
        return title.own_tmdb_id or 0
    return (job.tmdb_id or 0) if job.tmdb_namespace in (None, namespace) else 0


def _own(job: DiscJob, title: DiscTitle) -> WorkFacts:
    if title.own_title:
        return WorkFacts(title.own_title, year=title.own_year or 0)
    return WorkFacts(job.detected_title or "", job.original_title or "", job.year or 0)
