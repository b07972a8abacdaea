"""The third stage: all titles of a disc are assigned to episodes together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engramd.errors import EngramError
from engramd.models import AppConfig, ContentType, DiscJob, DiscTitle, TitleState
from engramd.paths import Paths
from engramd.pipeline.deciding import DECIDED, Decider
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.references import ReferencesWatch
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.roster import Rosters, holdings, taken
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.supply import Supply
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match import MatchRequest, MatchResult
    from engramd.match.model import Reading


@dataclass(frozen=True)
class _Compared:
    """What comparing gave: a result, or why there is none; `lacks_references` if some would help."""

    result: MatchResult | None
    why: str = ""
    lacks_references: bool = False


class Matcher:
    """Assigns the titles of a job that are `matching`."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        evidence: EvidenceCollector,
        references: ReferencesWatch,
        rosters: Rosters,
        proposer: Proposer,
        supply: Supply,
        stop: CancelToken,
    ) -> None:
        self._parts = parts
        self._evidence = evidence
        self._references = references
        self._rosters = rosters
        self._supply = supply
        self._decider = Decider(parts, reviews, proposer, supply.hold)
        self._stop = stop

    def run(self, job: DiscJob, titles: Sequence[DiscTitle], folder: JobFolder) -> bool:
        """Decide every title that is `matching`: matched, or a question.

        True if references were lacking: it is worth trying again when there are some.
        """
        open_titles = [t for t in titles if t.state is TitleState.MATCHING]
        if job.content_type is ContentType.MOVIE or job.is_other:
            open_titles = self._without_episodes(job, open_titles)
        if not open_titles:
            return False
        self._references.note(job.id or 0)
        compared = self._compare(job, titles, open_titles, folder)
        now = self._parts.store.need_job(job.id or 0)
        if _work(now) != _work(job):  # what was compared is of another show: it says nothing of this one
            return self.run(now, self._parts.store.titles(job.id or 0), folder)
        if compared.result is not None:
            self._note_result(job, compared.result)
        roster = self._rosters.of(job)
        undecided = self._decider.decide(
            self._parts.store.need_job(job.id or 0), titles, compared.result, compared.why, roster
        )
        return compared.lacks_references and undecided

    def rest(self, job_id: int, count: int) -> None:
        """Record that a job waits for references of so many titles."""
        self._supply.rest(job_id, count)

    def _without_episodes(self, job: DiscJob, titles: list[DiscTitle]) -> list[DiscTitle]:
        """The titles of a film, and of what is neither film nor show, need no episode."""
        what = "its disc is neither show nor film" if job.is_other else "a title of a film"
        for title in titles:
            reason = what if job.is_other else title.role_reason or what
            self._parts.lifecycle.move_title(title, TitleState.MATCHED, reason, match_confidence=1.0)
        return []

    def _compare(
        self, job: DiscJob, titles: Sequence[DiscTitle], open_titles: list[DiscTitle], folder: JobFolder
    ) -> _Compared:
        if not self._supply.has_references(job):
            return _Compared(None, self._supply.lack(job), lacks_references=True)
        from engramd.match import assign_disc

        try:
            request = self._request(job, titles, open_titles, folder)
            result = assign_disc(self._parts.tools, request, cancel=self._stop)
        except EngramError as error:
            self._stop.raise_if_cancelled()
            return _Compared(None, str(error))
        return _Compared(result, lacks_references=result.lacking == "references")

    def _request(
        self, job: DiscJob, titles: Sequence[DiscTitle], open_titles: list[DiscTitle], folder: JobFolder
    ) -> MatchRequest:
        from engramd.match import MatchRequest, TitleToMatch

        settings = self._parts.settings.current
        examined = [(t, self._evidence.begin(folder, t)) for t in open_titles]
        wanted = [
            TitleToMatch(
                title_index=title.title_index,
                evidence=future.result(),
                duration=title.duration_seconds,
                order=title.place,
            )
            for title, future in examined
        ]
        pinned = [
            TitleToMatch(title_index=t.title_index, evidence=None, pinned=t.matched_episode)
            for t in titles
            if t.state in DECIDED and t.matched_episode
        ]
        references, folders = self._supply.places(job)
        return MatchRequest(
            references=references,
            folders=folders,
            show=job.detected_title,
            also=_other_names(job),
            year=job.year,
            season=job.detected_season,
            titles=(*wanted, *pinned),
            threshold=settings.matcher_min_confidence,
            cache=self._parts.paths.cache / "references",
            roster=self._rosters.of(job),
            taken=taken(holdings(self._parts.store, job), job.detected_season),
            reading=reading_of(settings, self._parts.paths),
        )

    def _note_result(self, job: DiscJob, result: MatchResult) -> None:
        job_id = job.id or 0
        for problem in result.problems[:20]:
            self._parts.lifecycle.note(job_id, "references", problem)
        if result.show and not job.detected_title:
            name, year = named_with_year(result.show)
            self._parts.lifecycle.update_job(job_id, detected_title=name, year=job.year or year)


def reading_of(settings: AppConfig, paths: Paths) -> Reading:
    """Give how words in pictures and in speech may be read."""
    from engramd.match.model import Reading
    from engramd.match.speech.models import speech_model

    tesseract = settings.tesseract_path
    return Reading(
        speech=settings.speech_enabled,
        tesseract=Path(tesseract) if tesseract else None,
        speech_model=speech_model(settings.speech_model_path, paths.state),
    )


def _work(job: DiscJob) -> tuple[object, ...]:
    """Give what decides with which references a disc is compared."""
    return job.content_type, job.detected_title, job.year, job.detected_season, job.tmdb_id


def _other_names(job: DiscJob) -> tuple[str, ...]:
    """Give the names that a show's references may lie under besides that of its library folder."""
    from engramd.identify import parse_label

    if not job.detected_title:
        return ()
    names = (job.original_title, parse_label(job.volume_label).title)
    return tuple(dict.fromkeys(name for name in names if name and name != job.detected_title))


def named_with_year(folder: str) -> tuple[str, int | None]:
    """Take a show's folder apart: `Harbor Station (2003)`."""
    found = re.fullmatch(r"(.+?) \(((?:19|20)\d\d)\)", folder)
    return (found[1], int(found[2])) if found else (folder, None)
