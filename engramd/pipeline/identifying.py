"""The first stage: read the disc, say what it is, and list its titles."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from engramd.discs.model import Disc, Media
from engramd.errors import NoMedium, UnreadableDisc
from engramd.models import (
    ClassificationSource,
    ContentType,
    DiscJob,
    JobState,
    Outcome,
    ReviewKind,
)
from engramd.pipeline.editions import name_editions
from engramd.pipeline.hints import Said, said_by_hint
from engramd.pipeline.identities import Identities, hint_of, recorded_number, refusal_question
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.seen import Before, HasFile, look
from engramd.pipeline.sets import LOOK_BACK, SetOf, find_set
from engramd.pipeline.titles import Wishes, title_row
from engramd.pipeline.tracks import TrackRules, track_rows
from engramd.tools import CancelToken

if TYPE_CHECKING:
    from engramd.identify.together import Judgement

log = structlog.get_logger(__name__)

#: Why it is asked what a disc is of which a person said something.
_DOUBTED = "What a person said of the next disc, and what the disc says of itself, differ."
#: What is said of media that hold no video of a kind that this program files.
NOT_VIDEO = {
    Media.AUDIO: "an audio CD: engramd files video discs only; another program can rip it",
    Media.BLANK: "a blank disc: there is nothing to rip",
    Media.UNCLOSED: (
        "a disc that was not closed, with no video that can be read: close it where it was written, and"
        " insert it again"
    ),
    Media.DATA: "a data disc without DVD or Blu-ray video: there is nothing to rip",
    Media.NONE: "there is no disc",
}


@dataclass(frozen=True)
class Identified:
    """A disc that was read; `continues` names an unfinished job of the same disc."""

    disc: Disc
    continues: int | None = None


class Identifier:
    """Reads and identifies the disc of a job; `look_up` begins what asks the network, and returns at once."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        identities: Identities,
        look_up: Callable[[int, Disc], None],
        has_file: HasFile = os.path.lexists,
    ) -> None:
        self._parts = parts
        self._look_up = look_up
        self._has_file = has_file
        self._reviews = reviews
        self._identities = identities

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
        before = look(self._parts.store, job, disc, self._has_file)
        if before.continues is not None:
            return Identified(disc, continues=before.continues)
        if sentence := before.duplicate(job):
            self._end_as_duplicate(job_id, sentence)
            return None
        if not any(title.match_source == "user" for title in self._parts.store.titles(job_id)):
            with self._identities.changing(job_id):  # so that what a person says meanwhile comes after it
                self._record(self._parts.store.need_job(job_id), disc, before)
        if sentence := before.nothing_left(self._parts.store.titles(job_id)):
            self._end_as_duplicate(job_id, sentence)
            return None
        self._look_up(job_id, disc)
        return Identified(disc)

    def files(self, job_id: int, disc: Disc, recorded: Callable[[], None]) -> None:
        """Say what files are that were ripped elsewhere; then the network is asked.

        `recorded` is called when their titles are listed, before anybody can judge them anew.
        """
        with self._identities.changing(job_id):
            self._record(self._parts.store.need_job(job_id), disc, Before())
            recorded()
        self._look_up(job_id, disc)

    def _read(self, job: DiscJob, source: Path, cancel: CancelToken) -> Disc:
        """Read the disc; one that udev knows to hold no file system is not even opened."""
        if job.drive_identity and job.media in (Media.AUDIO, Media.BLANK):
            return Disc(source=str(source), media=Media(job.media), label=job.volume_label)
        if not job.drive_identity or job.media != Media.UNCLOSED:
            return self._parts.read_disc(source, cancel)
        try:
            disc = self._parts.read_disc(source, cancel)
        except UnreadableDisc as error:
            disc = Disc(source=str(source), media=Media.UNCLOSED, problems=(str(error),))
        return disc if disc.titles else disc.model_copy(update={"media": Media.UNCLOSED})

    def _end_as_duplicate(self, job_id: int, sentence: str) -> None:
        self._reviews.close(job_id, answer=sentence)
        self._parts.lifecycle.move_job(
            job_id, JobState.COMPLETED, sentence, outcome=Outcome.DUPLICATE, error_message=sentence
        )

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
        job = self._parts.store.need_job(job_id)
        if job.drive_identity:
            sentence += f"; it stays in the drive: engramctl eject {job.drive_id}"
        self._parts.lifecycle.move_job(
            job_id, JobState.COMPLETED, sentence, outcome=Outcome.NOTHING_TO_DO, error_message=sentence
        )

    def _said(self, job: DiscJob, disc: Disc, before: Before) -> Said:
        """Give what a person says of the disc: with this rip, about this very disc before, or of a stack."""
        hint = self._parts.store.hint(job.hint_id) if job.hint_id is not None else None
        if (said := before.said(job, hint)) is not None:
            return said
        if job.classification_source == ClassificationSource.USER:
            return Said(hint_of(job), reason=job.identity_reason)
        return Said() if hint is None else said_by_hint(hint, job, disc)

    def _record(self, job: DiscJob, disc: Disc, before: Before) -> None:
        job_id, said = job.id or 0, self._said(job, disc, before)
        judgement = self._identities.first(job, disc, said.hint)
        verdict = judgement.verdict
        settings = self._parts.settings.current
        roles = {role.title_index: role for role in verdict.roles}
        wishes = Wishes.of(
            job,
            verdict.content_type,
            settings.extras_policy.value,
            settings.extras_min_seconds,
            settings.editions_policy,
        )
        policy = TrackRules(self._parts.store).policy(settings, job)
        rows = []
        for title in disc.titles:
            settled = before.settled(title, job, reuse=said.settled)
            row = title_row(
                job_id, title, roles[title.index], wishes, settled, judgement.titles.get(title.index)
            )
            rows.append((row, track_rows(disc, title, policy)))
        self._parts.lifecycle.list_titles(job_id, rows)
        reason = said.reason or verdict.reason
        is_other = job.is_other or bool(said.values.get("is_other"))
        found = {
            "content_type": verdict.content_type,
            "detected_title": verdict.title,
            "detected_season": verdict.season,
            "year": verdict.year,
            "disc_number": verdict.disc_number,
            "edition": verdict.edition,
            "classification_source": verdict.source,
            "classification_confidence": verdict.confidence,
            "identity_reason": reason,
            **recorded_number(judgement),
        }
        belongs = None if is_other else self._set_of(job, disc, judgement)
        if is_other:
            found |= _neither(job, disc, found)
        elif belongs is not None and belongs.values and not said.doubt:
            reason = f"{reason} {belongs.reason[0].upper()}{belongs.reason[1:]}."
            found |= belongs.values | {"identity_reason": reason}
        else:
            self._ask(job, disc, judgement, said, belongs)
        self._parts.lifecycle.update_job(job_id, **found | dict(said.values))
        name_editions(self._parts, job_id)
        seen = before.summary([row for row, _ in rows])
        for kind, sentence in (("identified", reason), ("seen", seen)):
            if sentence:
                self._parts.lifecycle.note(job_id, kind, sentence)
        log.info("identified", job=job_id, phase="identify", what=reason)

    def _set_of(self, job: DiscJob, disc: Disc, judgement: Judgement) -> SetOf | None:
        """Look for the work of a disc of extras, where nobody and nothing names it; None for other discs."""
        from engramd.identify import label_of
        from engramd.identify.together import all_extras

        if judgement.titles or judgement.own.source is ClassificationSource.USER:
            return None
        if not all_extras(judgement.verdict):
            return None
        former = self._parts.store.history(None, LOOK_BACK, None)
        return find_set(job, label_of(disc), former)

    def _ask(self, job: DiscJob, disc: Disc, judgement: Judgement, said: Said, belongs: SetOf | None) -> None:
        """Ask what the disc is, where a person's word and the disc differ, or the disc says too little."""
        from engramd.identify.together import several_films

        job_id, verdict = job.id or 0, judgement.verdict
        doubt = said.doubt
        if judgement.refusal and job.hint_id is not None and not doubt:
            doubt = refusal_question(judgement)
        if doubt:
            question = doubt if doubt.endswith("?") else f"{doubt} Which is it?"
            why = f"{_DOUBTED} {said.answers}".rstrip()
            self._reviews.ask(ReviewKind.IDENTITY, job_id, question, summary=doubt, why=why)
        elif belongs is not None:
            name = disc.label or disc.source
            self._parts.store.replace_works(job_id, belongs.offered)
            self._reviews.ask(
                ReviewKind.IDENTITY,
                job_id,
                f"Which series or film do the extras on “{name}” belong to?",
                why=belongs.reason,
            )
        elif verdict.needs_review and not said.settled and not several_films(verdict):
            self._reviews.ask(
                ReviewKind.TYPE if verdict.content_type is ContentType.UNKNOWN else ReviewKind.IDENTITY,
                job_id,
                f"What is on “{disc.label or disc.source}”?",
                why=verdict.reason,
            )


def _neither(job: DiscJob, disc: Disc, found: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of a disc that is neither show nor film: a person names it, or its label does."""
    from engramd.identify import label_of

    name = job.detected_title or label_of(disc).title or disc.label or found["detected_title"]
    return {"content_type": ContentType.UNKNOWN, "is_other": True, "detected_title": name or None}
