"""The last steps of a job: match what is ripped, file what is matched, and settle what the job then is."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import structlog

from engramd.errors import Busy, Cancelled, EngramError
from engramd.models import (
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.pipeline.cleaning import SETTLED, clean_up
from engramd.pipeline.filing import Filer
from engramd.pipeline.labelling import Labeller
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.matching import Matcher
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import Pool
from engramd.store.outages import cut_off

log = structlog.get_logger(__name__)

#: States of a job in which its drive's worker, and nobody else, moves it.
AT_THE_DRIVE = (JobState.IDLE, JobState.IDENTIFYING)
FINISHERS = 2
#: Seconds in which a job must be free for who changes what is filed of it.
HELD_WITHIN = 20.0


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
        libraries: Libraries | None = None,
    ) -> None:
        self._parts = parts
        self._held = held
        self._libraries = libraries or Libraries(parts)
        self._matcher = matcher
        self._labeller = labeller
        self._filer = filer
        self._pool = Pool("finisher", lambda: FINISHERS)
        self._lock = threading.Lock()
        self._locks: dict[int, threading.RLock] = {}

    def submit(self, job_id: int) -> None:
        """Do soon what can be done for a job now."""
        self._pool.submit(lambda: self.advance(job_id))

    def advance(self, job_id: int) -> None:
        """Do what can be done for a job now."""
        with self._lock_of(job_id):
            try:
                self._advance(job_id)
            except Cancelled:
                return
            except EngramError as error:
                log.error("a job could not go on", job=job_id, why=str(error))
                self._parts.lifecycle.update_job(job_id, error_message=str(error))
            except Exception as error:
                if cut_off(error):
                    log.warning("a job begins this step anew, when the database is back", job=job_id)
                    self.submit(job_id)
                    return
                log.exception("a job could not go on, which was not foreseen", job=job_id)
                sentence = f"an internal error ({type(error).__name__}: {error}); retry, and please report it"
                self._parts.lifecycle.update_job(job_id, error_message=sentence)

    @contextlib.contextmanager
    def holding(self, job_ids: Iterable[int]) -> Iterator[None]:
        """Have nobody match or file titles of jobs meanwhile. Raises Busy where that takes too long."""
        with contextlib.ExitStack() as held:
            for job_id in sorted(set(job_ids)):
                lock = self._lock_of(job_id)
                if not lock.acquire(timeout=HELD_WITHIN):
                    why, remedy = "its other titles are matched or filed", "try again when that is done"
                    raise Busy(f"job {job_id} is at work", why=why, remedy=remedy)
                held.callback(lock.release)
            yield

    def _lock_of(self, job_id: int) -> threading.RLock:
        with self._lock:
            return self._locks.setdefault(job_id, threading.RLock())

    def _advance(self, job_id: int) -> None:
        job, titles = self._load(job_id)
        if not self._parts.store.is_own(job):
            return  # its files are on another machine
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
        self.clean(job.id or 0)

    def clean(self, job_id: int) -> None:
        """Remove from staging what the policy lets go of an ended job; what is unfiled goes to the trash."""
        with self._lock_of(job_id):
            job, titles = self._load(job_id)
            if not job.staging_folder or self._is_open(job, titles):
                return
            try:
                clean_up(self._parts, self._libraries, job, titles)
            except (OSError, EngramError) as error:
                log.warning("a staging folder could not be cleaned", job=job.id, why=str(error))

    def _is_open(self, job: DiscJob, titles: Sequence[DiscTitle]) -> bool:
        """Whether somebody may still want what is in staging: an answer, a rip, a filing is outstanding."""
        ended = job.state in (JobState.COMPLETED, JobState.FAILED)
        settled = all(title.state in SETTLED for title in titles)
        return not ended or not settled or bool(self._parts.store.open_reviews(job.id))


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
