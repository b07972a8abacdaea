"""The first stage: read the disc, say what it is, and list its titles."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import structlog

from engramd.discs.model import Disc, Media, Title
from engramd.errors import NoMedium, UnreadableDisc
from engramd.identify import Hint, RoleVerdict, identify
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    ReviewKind,
    TitleRole,
    TitleState,
    TitleTrack,
)
from engramd.pipeline.options import parse_titles
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: What is said of media that hold no video of a kind that this program files.
NOT_VIDEO = {
    Media.AUDIO: "an audio CD: engramd files video discs only",
    Media.BLANK: "a blank disc: there is nothing to rip",
    Media.DATA: "a data disc without DVD or Blu-ray video: there is nothing to rip",
    Media.NONE: "there is no disc",
}


@dataclass(frozen=True)
class Identified:
    """A disc that was read; `continues` names an unfinished job of the same disc."""

    disc: Disc
    continues: int | None = None


class Identifier:
    """Reads and identifies the disc of a job."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts = parts
        self._reviews = reviews

    def run(self, job: DiscJob, source: Path, cancel: CancelToken) -> Identified | None:
        """Identify; None if that ended the job (nothing to do, or the job of this disc is another one).

        Raises NoMedium if the job's disc is known and the drive holds another one.
        """
        disc = self._read(job, source, cancel)
        job_id = job.id or 0
        if job.content_hash and disc.content_hash != job.content_hash:
            raise NoMedium("the drive holds another disc", where=source, why=disc.label)
        self._parts.lifecycle.update_job(
            job_id,
            volume_label=disc.label or job.volume_label,
            media=disc.media.value,
            content_hash=disc.content_hash,
        )
        if not disc.titles:
            self._end_without_titles(job_id, disc)
            return None
        earlier = self._earlier(job, disc)
        if (waiting := self._waiting_job(earlier)) is not None:
            return Identified(disc, continues=waiting)
        if sentence := self._known(earlier):
            self._parts.lifecycle.move_job(
                job_id, JobState.COMPLETED, sentence, outcome=Outcome.DUPLICATE, error_message=sentence
            )
            return None
        if not any(title.match_source == "user" for title in self._parts.store.titles(job_id)):
            self._record(self._parts.store.need_job(job_id), disc)
        return Identified(disc)

    def _read(self, job: DiscJob, source: Path, cancel: CancelToken) -> Disc:
        """Read the disc; one that udev knows to hold no file system is not even opened."""
        if job.drive_identity and job.media in (Media.AUDIO, Media.BLANK):
            return Disc(source=str(source), media=Media(job.media), label=job.volume_label)
        return self._parts.read_disc(source, cancel)

    def _earlier(self, job: DiscJob, disc: Disc) -> list[DiscJob]:
        """Give the earlier jobs of this disc, newest first; none where that does not matter."""
        if job.again or not disc.content_hash:
            return []
        same = self._parts.store.jobs_of_disc(disc.content_hash)
        return [other for other in same if (other.id or 0) < (job.id or 0)]

    def _known(self, earlier: list[DiscJob]) -> str:
        """Say why this disc needs no rip: it is filed, or another job has it in hand; else empty."""
        for other in earlier:
            if self._is_filed(other):
                return f"this disc is already in the library (job {other.id}); rip it again with --again"
            if other.state not in (JobState.COMPLETED, JobState.FAILED):
                return f"job {other.id} has this disc in hand already ({other.state})"
        return ""

    def _end_without_titles(self, job_id: int, disc: Disc) -> None:
        sentence = NOT_VIDEO.get(disc.media, "")
        if not sentence:
            why = "; ".join(disc.problems[:3]) or "it lists no titles"
            raise UnreadableDisc(
                "no title of the disc can be read",
                where=disc.source,
                why=why,
                remedy="clean the disc and retry",
            )
        if disc.problems and disc.media is Media.DATA:
            sentence = f"{sentence} ({'; '.join(disc.problems[:2])})"
        self._parts.lifecycle.move_job(
            job_id, JobState.COMPLETED, sentence, outcome=Outcome.NOTHING_TO_DO, error_message=sentence
        )

    def _is_filed(self, job: DiscJob) -> bool:
        if job.state != JobState.COMPLETED or job.outcome != Outcome.COMPLETE:
            return False
        filed = [t for t in self._parts.store.titles(job.id or 0) if t.organized_to]
        return bool(filed) and all(os.path.lexists(str(t.organized_to)) for t in filed)

    def _waiting_job(self, earlier: list[DiscJob]) -> int | None:
        for job in earlier:
            if job.state in (JobState.COMPLETED, JobState.FAILED):
                continue
            if any(t.state == TitleState.PENDING for t in self._parts.store.titles(job.id or 0)):
                return job.id
        return None

    def _record(self, job: DiscJob, disc: Disc) -> None:
        job_id, verdict = job.id or 0, identify(disc, hint_of(job))
        settings = self._parts.settings.current
        roles = {role.title_index: role for role in verdict.roles}
        wishes = Wishes.of(
            job, verdict.content_type, settings.extras_policy.value, settings.extras_min_seconds
        )
        rows = [
            (title_row(job_id, title, roles[title.index], wishes), track_rows(title)) for title in disc.titles
        ]
        self._parts.lifecycle.list_titles(job_id, rows)
        self._parts.lifecycle.update_job(
            job_id,
            content_type=verdict.content_type,
            detected_title=verdict.title,
            detected_season=verdict.season,
            year=verdict.year,
            disc_number=verdict.disc_number,
            edition=verdict.edition,
            classification_source=verdict.source,
            classification_confidence=verdict.confidence,
            identity_reason=verdict.reason,
        )
        self._parts.lifecycle.note(job_id, "identified", verdict.reason)
        log.info("identified", job=job_id, phase="identify", what=verdict.reason)
        if verdict.needs_review:
            self._reviews.ask(
                ReviewKind.IDENTITY,
                job_id,
                f"What is on “{disc.label or disc.source}”? {verdict.reason}"
                f" Answer with: engramctl identify {job_id} --type tv|movie --title NAME",
            )


def hint_of(job: DiscJob) -> Hint | None:
    """Give what a person said about a job's disc."""
    if job.classification_source != ClassificationSource.USER:
        return None
    return Hint(
        content_type=None if job.content_type == ContentType.UNKNOWN else job.content_type,
        show=job.detected_title,
        year=job.year,
        season=job.detected_season,
        disc_number=job.disc_number,
        edition=job.edition,
    )


@dataclass(frozen=True)
class Wishes:
    """Which titles are wanted: what a person said, else what type and policy say."""

    numbers: frozenset[int]
    main_only: bool
    keep_extras: bool
    least_seconds: float

    @classmethod
    def of(cls, job: DiscJob, kind: ContentType, policy: str, least_seconds: float) -> Wishes:
        """Join a job's options with the settings."""
        keep = (job.extras_policy or policy) == "keep" and not job.main_only
        return cls(parse_titles(job.wanted_titles), job.main_only, keep, least_seconds)

    def refusal(self, title: Title, role: RoleVerdict) -> str:
        """Say why a title is not wanted; empty if it is."""
        if self.numbers:
            return "" if title.index in self.numbers else "not among the titles that were asked for"
        if role.role in (TitleRole.PLAY_ALL, TitleRole.DUPLICATE):
            return role.reason
        if role.role is TitleRole.EXTRA and title.duration < self.least_seconds:
            return f"shorter than {self.least_seconds:.0f} s (extras_min_seconds)"
        if role.role is TitleRole.EXTRA and not self.keep_extras:
            return "extras are not kept (extras_policy)"
        return ""


def title_row(job_id: int, title: Title, role: RoleVerdict, wishes: Wishes) -> DiscTitle:
    """Give the row of a title: wanted ones are pending, others skipped with the reason."""
    refusal = wishes.refusal(title, role)
    return DiscTitle(
        job_id=job_id,
        title_index=title.index,
        duration_seconds=title.duration,
        file_size_bytes=title.size,
        state=TitleState.SKIPPED if refusal else TitleState.PENDING,
        video_resolution=title.resolution,
        source_file=title.source_file,
        segment_map=title.segment_map,
        chapter_count=len(title.chapters),
        role=role.role,
        role_reason=role.reason,
        place=role.place,
        is_extra=role.role is TitleRole.EXTRA,
        match_reason=f"skipped: {refusal}" if refusal else "",
    )


def track_rows(title: Title) -> list[TitleTrack]:
    """Give a row for each stream that the disc declares."""
    return [
        TitleTrack(
            title_id=0,
            place=place,
            kind=stream.kind,
            codec=stream.codec,
            language=stream.language,
            channels=stream.channels,
            forced=stream.forced,
            commentary=stream.commentary,
            why="every stream of the disc is kept",
        )
        for place, stream in enumerate(title.streams)
    ]
