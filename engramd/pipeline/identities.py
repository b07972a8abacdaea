"""What a job's disc is by all that is known: judged when it is read, and again when more is known."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

import structlog

from engramd.discs.model import Disc
from engramd.errors import EngramError, UnreadableDisc
from engramd.models import ClassificationSource, ContentType, DiscJob, JobEvidence, ReviewKind, WorkNamespace
from engramd.pipeline.hints import is_from_hint
from engramd.pipeline.parts import Parts
from engramd.pipeline.rejudging import Rejudge
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.sources import Sources
from engramd.pipeline.staging import JobFolder
from engramd.store.store import ENDED

if TYPE_CHECKING:
    from engramd.identify import Hint, LabelFacts
    from engramd.identify.together import Judgement
    from engramd.sources.discdb import Found

log = structlog.get_logger(__name__)


class Identities:
    """Judges discs, and keeps what was judged of them."""

    def __init__(self, parts: Parts, sources: Sources, reviews: Reviews) -> None:
        self._parts = parts
        self._sources = sources
        self._reviews = reviews
        self._rejudge = Rejudge(parts, reviews)
        self._lock = threading.Lock()
        self._changing: dict[int, threading.RLock] = {}
        # Scans of jobs that wait at their drive: they are kept with the staging folder only when it rips.
        self._scans: WeakValueDictionary[int, Disc] = WeakValueDictionary()

    def changing(self, job_id: int) -> threading.RLock:
        """Give the lock that whoever changes what a job's disc is holds meanwhile, never across a wait."""
        with self._lock:
            return self._changing.setdefault(job_id, threading.RLock())

    def first(self, job: DiscJob, disc: Disc, hint: Hint | None) -> Judgement:
        """Judge a disc that was just read, with the local index; nothing leaves the machine."""
        from engramd.identify import parse_label
        from engramd.identify.together import judge

        with self._lock:
            self._scans[job.id or 0] = disc
        label = parse_label(disc.disc_name or disc.label)
        found = self._sources.local(disc, label.title or "", label.year)
        return self._kept(job.id or 0, disc, judge(disc, hint, found), told=hint is not None)

    def again(
        self,
        job_id: int,
        why: str,
        *,
        disc: Disc | None = None,
        found: Found | None = None,
        by_person: bool = False,
    ) -> None:
        """Judge a job's disc anew, since a person or a source (`found`) said more; change what follows.

        Nothing changes in a job that has ended.
        """
        from engramd.identify.together import judge

        with self.changing(job_id):
            job = self._parts.store.need_job(job_id)
            disc = disc or self.scan(job)
            if disc is None or job.state in ENDED:
                return
            found = _nothing() if job.is_other else found or _recorded(job)
            said = hint_of(job)
            judgement = judge(disc, said or (_type_of_work(job) if not found.mappings else None), found)
            self._kept(job_id, disc, judgement, told=said is not None)
            if judgement.titles:
                self._follow(job, judgement)
            self._rejudge.apply(job_id, disc, judgement, why=why, by_person=by_person)
            self._settle_question(job, judgement, why)

    def _settle_question(self, job: DiscJob, judgement: Judgement, why: str) -> None:
        """Close the question what a disc is, or leave it, or ask where a record contradicts a hint."""
        from engramd.identify.together import all_extras

        told = job.classification_source is ClassificationSource.USER
        if judgement.refusal and is_from_hint(job.identity_reason):
            self._reviews.ask_once(
                ReviewKind.IDENTITY, job.id or 0, refusal_question(judgement), why=judgement.refusal
            )
        elif not (
            judgement.verdict.needs_review
            or all_extras(judgement.verdict)
            or (job.hint_id is not None and not told)
        ):
            self._reviews.close(job.id or 0, kind=ReviewKind.IDENTITY, answer=why)

    def _follow(self, job: DiscJob, judgement: Judgement) -> None:
        """Let the job be what a record says; the reason of what a person said stays."""
        verdict = judgement.verdict
        told = job.classification_source is ClassificationSource.USER
        self._parts.lifecycle.update_job(
            job.id or 0,
            content_type=verdict.content_type,
            detected_title=verdict.title,
            detected_season=verdict.season,
            year=verdict.year,
            disc_number=verdict.disc_number,
            classification_source=verdict.source,
            classification_confidence=verdict.confidence,
            identity_reason=job.identity_reason if told else verdict.reason,
            **recorded_number(judgement),
        )
        self._parts.lifecycle.note(job.id or 0, "identified", verdict.reason)

    def scan(self, job: DiscJob) -> Disc | None:
        """Give the scan of a job's disc; None if it was not read yet, or went with the staging folder."""
        with self._lock:
            known = self._scans.get(job.id or 0)
        if known is not None or not job.staging_folder:
            return known
        try:
            return JobFolder(Path(job.staging_folder)).load_disc()
        except UnreadableDisc:
            return None

    def _kept(self, job_id: int, disc: Disc, judgement: Judgement, *, told: bool) -> Judgement:
        """Keep the evidence, and the mappings that are followed, with the job."""
        self._parts.store.replace_evidence(job_id, list(evidence(job_id, disc, judgement, told=told)))
        from engramd.sources.discdb import mappings_json

        mappings = mappings_json(judgement.found) if judgement.titles else None
        self._parts.lifecycle.update_job(job_id, discdb_mappings_json=mappings)
        return judgement


def recorded_number(judgement: Judgement) -> dict[str, Any]:
    """Give TMDB's number of the work that a record names, unless a person names the work."""
    work = judgement.found.work
    told = judgement.verdict.source is ClassificationSource.USER
    if told or not judgement.titles or work is None or work.tmdb_id is None:
        return {}
    return {"tmdb_id": work.tmdb_id, "tmdb_namespace": WorkNamespace(work.namespace)}


def evidence(job_id: int, disc: Disc, judgement: Judgement, *, told: bool) -> Iterator[JobEvidence]:
    """Say what each source said of a disc; `told` if a person said something of it."""
    from engramd.identify import parse_label

    own, verdict, found = judgement.own, judgement.verdict, judgement.found
    if told and own.source is ClassificationSource.USER:
        yield JobEvidence(
            job_id=job_id,
            source="user",
            claim=_work(verdict.title, verdict.year, verdict.season),
            confidence=1.0,
            sentence="A person said so.",
        )
    yield JobEvidence(
        job_id=job_id,
        source="structure",
        claim=own.content_type.value,
        confidence=own.confidence,
        followed=own.content_type is verdict.content_type,
        sentence=own.reason,
    )
    for source, text in (("label", disc.label), ("disc name", disc.disc_name)):
        facts = parse_label(text)
        if claim := _label_claim(facts):
            yield JobEvidence(
                job_id=job_id,
                source=source,
                claim=claim,
                confidence=0.8,
                followed=facts.season in (None, verdict.season),
                sentence=text[:200],
            )
    if found.status == "confirmed":
        sentence = judgement.refusal and f"{found.reason} Not followed: {judgement.refusal}."
        yield JobEvidence(
            job_id=job_id,
            source="discdb",
            claim=found.label,
            confidence=found.confidence,
            followed=not judgement.refusal,
            sentence=sentence or found.reason,
        )
    for other in [*(c.label for c in found.candidates), *found.rejections][:8]:
        yield JobEvidence(
            job_id=job_id, source="discdb", claim=found.status, followed=False, sentence=other or found.reason
        )


def _label_claim(facts: LabelFacts) -> str:
    disc = f"disc {facts.disc_number}" if facts.disc_number is not None else ""
    return ", ".join(filter(None, (_work(facts.title, facts.year, facts.season), disc)))


def _work(title: str | None, year: int | None, season: int | None) -> str:
    name = f"{title} ({year})" if title and year else title or ""
    return ", ".join(filter(None, (name, f"season {season}" if season is not None else "")))


def _nothing() -> Found:
    """Give the record of a disc that is neither show nor film: whatever is recorded does not count."""
    from engramd.sources.discdb import Found

    return Found()


def _recorded(job: DiscJob) -> Found:
    from engramd.sources.discdb import Found, found_from_json

    try:
        return found_from_json(job.discdb_mappings_json) if job.discdb_mappings_json else Found()
    except EngramError as error:
        log.warning("mappings could not be read", job=job.id, why=str(error))
        return Found()


def refusal_question(judgement: Judgement) -> str:
    """Ask what a disc is, where a person's hint contradicts the record of it."""
    return f"TheDiscDB has this disc as {judgement.found.label}, but {judgement.refusal}. Which is it?"


def hint_of(job: DiscJob) -> Hint | None:
    """Give what a person said about a job's disc."""
    from engramd.identify import Hint

    if job.classification_source is not ClassificationSource.USER:
        return None
    return Hint(
        content_type=None if job.content_type is ContentType.UNKNOWN else job.content_type,
        show=job.detected_title,
        year=job.year,
        season=job.detected_season,
        disc_number=job.disc_number,
        edition=job.edition,
    )


def _type_of_work(job: DiscJob) -> Hint | None:
    """Give the type that TMDB knows of a job's work, where the disc itself did not tell."""
    from engramd.identify import Hint

    if job.classification_source is not ClassificationSource.TMDB:
        return None
    return Hint(content_type=job.content_type)
