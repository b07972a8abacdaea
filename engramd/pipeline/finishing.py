"""The last steps of a job: match what is ripped, file what is matched, and settle what the job then is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from engramd.errors import Cancelled, EngramError
from engramd.models import (
    CleanupPolicy,
    ConflictResolution,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.pipeline.filing import Filer
from engramd.pipeline.labelling import Labeller
from engramd.pipeline.matching import Matcher
from engramd.pipeline.parts import Parts
from engramd.pipeline.splitting import forget_wholes
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import Pool

log = structlog.get_logger(__name__)

#: States of a job in which its drive's worker, and nobody else, moves it.
AT_THE_DRIVE = (JobState.IDLE, JobState.IDENTIFYING)
FINISHERS = 2


class Finisher:
    """Takes jobs from ripped to filed. Safe to call at any time, for any job, as often as one likes.

    A job that is `held` (its disc is being looked up) stays where it is; who holds it submits it again.
    """

    def __init__(
        self,
        parts: Parts,
        matcher: Matcher,
        labeller: Labeller,
        filer: Filer,
        held: Callable[[int], bool] = lambda _job_id: False,
    ) -> None:
        self._parts = parts
        self._held = held
        self._matcher = matcher
        self._labeller = labeller
        self._filer = filer
        self._pool = Pool("finisher", lambda: FINISHERS)
        self._lock = threading.Lock()
        self._locks: dict[int, threading.Lock] = {}

    def submit(self, job_id: int) -> None:
        """Do soon what can be done for a job now."""
        self._pool.submit(lambda: self.advance(job_id))

    def submit_beside(self, job_id: int, title_index: int, actor: str) -> None:
        """File soon one title in review beside the library's file of its name, then what can be done."""
        self._pool.submit(lambda: self.advance(job_id, beside=(title_index, actor)))

    def advance(self, job_id: int, *, beside: tuple[int, str] | None = None) -> None:
        """Do what can be done for a job now; see `submit_beside`."""
        with self._lock_of(job_id):
            try:
                if beside is not None:
                    self._file_beside(job_id, *beside)
                self._advance(job_id)
            except Cancelled:
                return
            except EngramError as error:
                log.error("a job could not go on", job=job_id, why=str(error))
                self._parts.lifecycle.update_job(job_id, error_message=str(error))
            except Exception as error:
                log.exception("a job could not go on, which was not foreseen", job=job_id)
                sentence = f"an internal error ({type(error).__name__}: {error}); retry, and please report it"
                self._parts.lifecycle.update_job(job_id, error_message=sentence)

    def _lock_of(self, job_id: int) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(job_id, threading.Lock())

    def _file_beside(self, job_id: int, title_index: int, actor: str) -> None:
        title = self._parts.store.need_title(job_id, title_index)
        if title.state is TitleState.REVIEW:
            sentence = f"title {title_index + 1} is filed beside the other file, says {actor}"
            self._parts.lifecycle.move_title(title, TitleState.MATCHED, sentence, actor=actor)
        if title.state is TitleState.MATCHED:
            job = self._parts.store.need_job(job_id)
            for sound in self._labeller.run(job, [title]):
                self._filer.file_as(job, sound, ConflictResolution.RENAME)

    def _advance(self, job_id: int) -> None:
        job, titles = self._load(job_id)
        if job.state in AT_THE_DRIVE or any(_at_the_drive(t) for t in titles) or self._held(job_id):
            return
        lacks_references = False
        if any(_is_to_match(t) for t in titles):
            job = self._enter(job, JobState.MATCHING, "the titles are compared with the references")
            lacks_references = self._matcher.run(job, titles, JobFolder(Path(job.staging_folder or "")))
            if self._held(job_id):
                return
            job, titles = self._load(job_id)
        if any(t.state is TitleState.MATCHED for t in titles):
            job = self._enter(job, JobState.ORGANIZING, "the titles are filed")
            self._filer.run(job, self._labeller.run(job, titles))
            job, titles = self._load(job_id)
        self._settle(job, titles, lacks_references=lacks_references)

    def _load(self, job_id: int) -> tuple[DiscJob, list[DiscTitle]]:
        return self._parts.store.need_job(job_id), self._parts.store.titles(job_id)

    def _enter(self, job: DiscJob, state: JobState, reason: str) -> DiscJob:
        """Move a job unless it is there already; give it as it is then."""
        if job.state is state:
            return job
        self._parts.lifecycle.move_job(job.id or 0, state, reason)
        return self._parts.store.need_job(job.id or 0)

    def _settle(self, job: DiscJob, titles: Sequence[DiscTitle], *, lacks_references: bool) -> None:
        job_id = job.id or 0
        if any(_at_the_drive(t) or _was_just_decided(t) for t in titles):
            return  # its disc came back meanwhile, or a person decided: who did that has the job go on
        waiting = next((t.waiting_for for t in titles if t.state is TitleState.MATCHED), None)
        if waiting is not None:
            self._parts.lifecycle.wait(job_id, waiting, _first_reason(titles, TitleState.MATCHED))
        elif any(t.state is TitleState.PENDING for t in titles):
            self._enter(job, JobState.RIPPING, "the rest is ripped when the disc is back")
            self._parts.lifecycle.wait(job_id, WaitingFor.DISC, "insert the disc again to rip the rest")
        elif awaiting := [t for t in titles if t.state is TitleState.MATCHING]:
            self._enter(job, JobState.MATCHING, "the rest is compared when there are references of it")
            self._matcher.rest(job_id, len(awaiting))
        elif open_titles := [t for t in titles if t.state is TitleState.REVIEW]:
            self._ask(job, len(open_titles), lacks_references=lacks_references)
        else:
            self._end(job, titles)

    def _ask(self, job: DiscJob, count: int, *, lacks_references: bool) -> None:
        still = job.waiting_for is WaitingFor.REFERENCES
        waiting = WaitingFor.REFERENCES if lacks_references or still else WaitingFor.ANSWER
        sentence = f"{count} title{' waits' if count == 1 else 's wait'} for an answer"
        if job.state is JobState.REVIEW_NEEDED:
            self._parts.lifecycle.wait(job.id or 0, waiting, sentence)
            return
        self._parts.lifecycle.move_job(
            job.id or 0, JobState.REVIEW_NEEDED, sentence, waiting_for=waiting, waiting_since=utcnow()
        )

    def _end(self, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        if job.state in (JobState.COMPLETED, JobState.FAILED):
            return
        state, outcome, sentence = verdict(job, titles)
        self._parts.lifecycle.move_job(
            job.id or 0,
            state,
            sentence,
            outcome=outcome,
            error_message=None if outcome is Outcome.COMPLETE else sentence,
        )
        log.info(sentence, job=job.id, phase="end")
        if state is JobState.COMPLETED:
            self.clean(job, titles)
        elif outcome is Outcome.CANCELLED:
            self._forget_damage(job, titles)

    def _forget_damage(self, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        """Remove what was read of damaged titles that nobody wants, and the image of the disc.

        That of a job that failed stays: who tries it again needs it.
        """
        policy = self._parts.settings.current.staging_cleanup_policy
        if not job.staging_folder or policy is CleanupPolicy.MANUAL:
            return
        folder = JobFolder(Path(job.staging_folder))
        for title in titles:
            if title.state is TitleState.SKIPPED and folder.is_partial(title.staging_file):
                partial = title.staging_file
                self._parts.lifecycle.update_title(title, staging_file=None)
                folder.forget_partial(partial)
        folder.forget_rescue()

    def clean(self, job: DiscJob, titles: Sequence[DiscTitle]) -> None:
        """Remove a completed job's staging folder, as the policy says; videos that are not filed stay."""
        self._forget_damage(job, titles)
        settings = self._parts.settings.current
        policy, days = settings.staging_cleanup_policy, settings.staging_cleanup_days
        if not job.staging_folder or not is_due(policy, days, job.completed_at):
            return
        folder = JobFolder(Path(job.staging_folder))
        forget_wholes(self._parts.lifecycle, folder, titles)
        for title in titles:
            if title.state is TitleState.COMPLETED:
                folder.forget_filed(title.staging_file, title.organized_to)
        try:
            folder.remove()
        except OSError as error:
            log.warning("a staging folder could not be removed", job=job.id, why=str(error))


def is_due(policy: CleanupPolicy, days: int, completed_at: datetime | None) -> bool:
    """Whether the staging folder of a job that was completed then may go now."""
    if policy is CleanupPolicy.AFTER_DAYS:
        return completed_at is not None and utcnow() - completed_at >= timedelta(days=days)
    return policy is CleanupPolicy.ON_SUCCESS


def verdict(job: DiscJob, titles: Sequence[DiscTitle]) -> tuple[JobState, Outcome, str]:
    """Say how a job with no open title ended."""
    filed = sum(t.state is TitleState.COMPLETED for t in titles)
    failed = [t for t in titles if t.state is TitleState.FAILED]
    whose = f"{filed} title{'' if filed == 1 else 's'} filed"
    if job.cancelled:
        state = JobState.COMPLETED if filed else JobState.FAILED
        return state, Outcome.CANCELLED, f"cancelled; {whose}"
    if failed:
        why = failed[0].error_message or failed[0].match_reason
        sentence = f"{whose}, {len(failed)} failed: {why}"
        if filed:
            return JobState.COMPLETED, Outcome.PARTIAL, sentence
        return JobState.FAILED, Outcome.FAILED, sentence
    if filed:
        return JobState.COMPLETED, Outcome.COMPLETE, whose
    return JobState.COMPLETED, Outcome.NOTHING_TO_DO, "no title of the disc was wanted"


def _at_the_drive(title: DiscTitle) -> bool:
    """Whether a title is on its way through the drive (one that waits for its disc is not)."""
    if title.state is TitleState.PENDING:
        return title.waiting_for is not WaitingFor.DISC
    return title.state is TitleState.RIPPING


def _is_to_match(title: DiscTitle) -> bool:
    """Whether a title is to be compared now (one that waits for references is compared when they came)."""
    return title.state is TitleState.MATCHING and title.waiting_for is not WaitingFor.REFERENCES


def _was_just_decided(title: DiscTitle) -> bool:
    """Whether a title came here after matching and filing had been gone through."""
    return title.state in (TitleState.MATCHING, TitleState.MATCHED) and title.waiting_for is None


def _first_reason(titles: Sequence[DiscTitle], state: TitleState) -> str:
    return next((t.error_message or t.match_reason for t in titles if t.state is state), "")
