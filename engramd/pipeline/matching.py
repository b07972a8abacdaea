"""The third stage: all titles of a disc are assigned to episodes together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd.errors import EngramError
from engramd.identify import parse_label
from engramd.models import (
    ContentType,
    DiscJob,
    DiscTitle,
    ReviewKind,
    TitleCandidate,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.pipeline.evidence import EvidenceCollector
from engramd.pipeline.parts import Parts
from engramd.pipeline.references import ReferencesWatch
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import FROM_DISCDB
from engramd.pipeline.staging import JobFolder
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.match import MatchRequest, MatchResult, TitleMatch

log = structlog.get_logger(__name__)

#: States in which a title's episode is decided and taken.
DECIDED = (TitleState.MATCHED, TitleState.COMPLETED)


class Matcher:
    """Assigns the titles of a job that are `matching`."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        evidence: EvidenceCollector,
        references: ReferencesWatch,
        stop: CancelToken,
    ) -> None:
        self._parts = parts
        self._reviews = reviews
        self._evidence = evidence
        self._references = references
        self._stop = stop

    def run(self, job: DiscJob, titles: Sequence[DiscTitle], folder: JobFolder) -> bool:
        """Decide every title that is `matching`: matched, or a question.

        True if references were lacking: it is worth trying again when there are some.
        """
        open_titles = [t for t in titles if t.state is TitleState.MATCHING]
        if job.content_type is ContentType.MOVIE:
            open_titles = self._films(open_titles)
        if not open_titles:
            return False
        self._references.note(job.id or 0)
        if not self._parts.settings.current.references_path:
            open_titles = [title for title in open_titles if not self._as_recorded(title)]
            if not open_titles:
                return False
            self._ask_all(job, open_titles, "no folder of reference subtitles is set (references_path)")
            return True
        from engramd.match import assign_disc

        try:
            result = assign_disc(
                self._parts.tools, self._request(job, titles, open_titles, folder), cancel=self._stop
            )
        except EngramError as error:
            self._stop.raise_if_cancelled()
            self._ask_all(job, [t for t in open_titles if not self._as_recorded(t)], str(error))
            return False
        self._apply(job, open_titles, result)
        return result.lacking == "references"

    def _films(self, titles: list[DiscTitle]) -> list[DiscTitle]:
        """A film's titles need no episode."""
        for title in titles:
            self._parts.lifecycle.move_title(
                title, TitleState.MATCHED, title.role_reason or "a title of a film", match_confidence=1.0
            )
        return []

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
        taken = [
            TitleToMatch(title_index=t.title_index, evidence=None, pinned=t.matched_episode)
            for t in titles
            if t.state in DECIDED and t.matched_episode
        ]
        return MatchRequest(
            references=Path(settings.references_path),
            show=job.detected_title,
            also=_other_names(job),
            year=job.year,
            season=job.detected_season,
            titles=(*wanted, *taken),
            threshold=settings.matcher_min_confidence,
            cache=self._parts.paths.cache / "references",
        )

    def _apply(self, job: DiscJob, open_titles: list[DiscTitle], result: MatchResult) -> None:
        job_id = job.id or 0
        for problem in result.problems[:20]:
            self._parts.lifecycle.note(job_id, "references", problem)
        if result.show and not job.detected_title:
            name, year = named_with_year(result.show)
            self._parts.lifecycle.update_job(job_id, detected_title=name, year=job.year or year)
        found = {match.title_index: match for match in result.titles}
        for title in open_titles:
            self._decide(job, title, found.get(title.title_index))

    def _decide(self, job: DiscJob, title: DiscTitle, match: TitleMatch | None) -> None:
        if match is None:
            if not self._as_recorded(title):
                self._ask(job, title, "the matcher said nothing about it")
            return
        rows = [
            TitleCandidate(
                title_id=title.id or 0, episode=c.episode, confidence=c.confidence, reason=c.reason
            )
            for c in match.candidates[:10]
        ]
        self._parts.store.replace_of_title(TitleCandidate, title.id or 0, rows)
        log.info(match.reason, job=job.id, title=title.title_index + 1, phase="match")
        if match.play_all:
            self._parts.lifecycle.move_title(
                title, TitleState.SKIPPED, match.reason, match_reason=match.reason
            )
            return
        if match.verdict != "matched" or not match.episode:
            if not self._as_recorded(title):
                self._ask(job, title, match.reason, confidence=match.confidence)
            return
        if title.matched_episode not in (None, match.episode):
            why = f"TheDiscDB says {title.matched_episode}, the subtitles say {match.episode}"
            self._ask(job, title, why, confidence=match.confidence)
            return
        self._parts.lifecycle.move_title(
            title,
            TitleState.MATCHED,
            f"title {title.title_index + 1} is {match.episode}: {match.reason}",
            matched_episode=match.episode,
            match_confidence=match.confidence,
            match_source="subtitles",
            match_reason=match.reason,
        )
        self._reviews.close(job.id or 0, title=title, kind=ReviewKind.EPISODE)

    def _as_recorded(self, title: DiscTitle) -> bool:
        """Take the episode that TheDiscDB names, where the subtitles do not say another."""
        if title.match_source != FROM_DISCDB or not title.matched_episode:
            return False
        sentence = f"title {title.title_index + 1} is {title.matched_episode}: {title.match_reason}"
        self._parts.lifecycle.move_title(title, TitleState.MATCHED, sentence)
        self._reviews.close(title.job_id, title=title, kind=ReviewKind.EPISODE)
        return True

    def _ask_all(self, job: DiscJob, titles: list[DiscTitle], why: str) -> None:
        for title in titles:
            self._ask(job, title, why)

    def _ask(self, job: DiscJob, title: DiscTitle, why: str, *, confidence: float = 0.0) -> None:
        number = title.title_index + 1
        self._parts.lifecycle.move_title(
            title,
            TitleState.REVIEW,
            f"title {number} needs an answer: {why}",
            match_reason=why,
            match_confidence=confidence,
            waiting_for=WaitingFor.ANSWER,
            waiting_since=utcnow(),
        )
        show = job.detected_title or job.volume_label or "the disc"
        self._reviews.ask(
            ReviewKind.EPISODE,
            job.id or 0,
            f"Which episode of {show} is title {number} ({title.duration_seconds / 60:.0f} min)? {why}."
            f" Answer with: engramctl assign {job.id} {number} S01E01",
            title=title,
            summary=f"{show}, title {number}: which episode?",
        )


def _other_names(job: DiscJob) -> tuple[str, ...]:
    """Give the names that a show's references may lie under besides that of its library folder."""
    if not job.detected_title:
        return ()
    names = (job.original_title, parse_label(job.volume_label).title)
    return tuple(dict.fromkeys(name for name in names if name and name != job.detected_title))


def named_with_year(folder: str) -> tuple[str, int | None]:
    """Take a show's folder apart: `Harbor Station (2003)`."""
    found = re.fullmatch(r"(.+?) \(((?:19|20)\d\d)\)", folder)
    return (found[1], int(found[2])) if found else (folder, None)
