"""After a start: every job that was under way goes on where it was, or says why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import structlog

from engramd.errors import EngramError
from engramd.models import DiscJob, DiscTitle, JobState, Outcome, RipOutcome, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.runs import AT_DISC
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.unasked import Unasked

log = structlog.get_logger(__name__)


class Recovery:
    """Takes up unfinished jobs in steps: alone, then before the drives are known, and after."""

    def __init__(self, parts: Parts, finisher: Finisher, answers: Answers, damaged: DamagedTitles) -> None:
        self._parts = parts
        self._finisher = finisher
        self._answers = answers
        self._damaged = damaged
        self._unasked = Unasked(parts, damaged)

    def undo_halves(self) -> None:
        """Undo half-done steps, while no other thread is at a title."""
        for job in self._parts.store.unfinished_jobs():
            self._damaged.mend(job)
            for title in self._parts.store.titles(job.id or 0):
                self._undo_half(job, title)
            self._unasked.mend(job)
            self._back_to_its_disc(job)

    def before_drives(self, put_image: Callable[[DiscJob], None]) -> None:
        """Start what needs no drive."""
        for job in self._parts.store.unfinished_jobs():
            if job.drive_identity is None and job.state in AT_DISC:
                self._take_up_image(job, put_image)
            elif job.state not in AT_DISC:
                self._take_up_files(job)

    def clean_staging(self, root: Path) -> None:
        """Clean up after ended jobs: what an interruption left, and what its time has come for."""
        for job_id, folder in JobFolder.all_below(root):
            job = self._parts.store.job(job_id)
            if job is None or not self._parts.store.is_own(job):
                continue
            ended = job.state in (JobState.COMPLETED, JobState.FAILED)
            if ended and job.staging_folder == str(folder.path):
                self._finisher.clean(job_id)

    def after_drives(self, has_run: Callable[[int], bool], put_back: Callable[[DiscJob], bool]) -> None:
        """Settle jobs whose discs are no longer in a drive; `put_back` takes up those that are."""
        for job in self._parts.store.unfinished_jobs():
            if job.drive_identity is None or job.state not in AT_DISC or has_run(job.id or 0):
                continue
            if not put_back(job):
                self._disc_is_gone(job)

    def _undo_half(self, job: DiscJob, title: DiscTitle) -> None:
        if not _is_original(job, title):
            self._undo_edit(title)
        if title.state is TitleState.RIPPING:
            sentence = "interrupted by a restart; it rips again"
            self._parts.lifecycle.move_title(
                title, TitleState.PENDING, sentence, rip_outcome=RipOutcome.INTERRUPTED
            )

    def _back_to_its_disc(self, job: DiscJob) -> None:
        """Have a job be ripping that was about to rip titles (again) and was somewhere else yet."""
        if job.state in AT_DISC:
            return
        pending = [t for t in self._parts.store.titles(job.id or 0) if t.state is TitleState.PENDING]
        if job.is_import:
            for title in pending:
                sentence = "interrupted by a restart before it was matched again"
                self._parts.lifecycle.move_title(title, TitleState.MATCHING, sentence)
            return
        if any(title.waiting_for is not WaitingFor.DISC for title in pending):
            sentence = "interrupted by a restart before the rest was ripped"
            self._parts.lifecycle.move_job(job.id or 0, JobState.RIPPING, sentence)

    def _undo_edit(self, title: DiscTitle) -> None:
        """Put a file back whose header was being edited."""
        if not title.staging_file:
            return
        from engramd.rip.head_copy import restore_interrupted

        try:
            restore_interrupted(Path(title.staging_file))
        except EngramError as error:
            log.error("a half-edited file could not be put back", title=title.id, why=str(error))
            self._parts.lifecycle.note(title.job_id, "tracks", str(error))

    def _take_up_image(self, job: DiscJob, put_image: Callable[[DiscJob], None]) -> None:
        if _may_be_there(Path(job.drive_id)):
            log.info("taken up after a restart", job=job.id)
            put_image(job)
        else:
            self._disc_is_gone(job)

    def _take_up_files(self, job: DiscJob) -> None:
        if job.waiting_for is WaitingFor.REFERENCES:
            self._answers.compare_again(job.id or 0)
        else:
            self._finisher.submit(job.id or 0)

    def _disc_is_gone(self, job: DiscJob) -> None:
        job_id = job.id or 0
        if job.state is not JobState.RIPPING:
            sentence = "engramd was restarted and the disc is no longer there; insert it again"
            self._parts.lifecycle.move_job(
                job_id, JobState.FAILED, sentence, outcome=Outcome.CANCELLED, error_message=sentence
            )
            return
        for title in self._parts.store.titles(job_id):
            if title.state is TitleState.PENDING and title.waiting_for is None:
                self._parts.lifecycle.update_title(title, waiting_for=WaitingFor.DISC, waiting_since=utcnow())
        self._finisher.submit(job_id)


def _is_original(job: DiscJob, title: DiscTitle) -> bool:
    """Whether a title's file is not of engramd's making: an import leaves it as it is."""
    return job.is_import and Path(title.staging_file or "").parent != Path(job.staging_folder or "")


def _may_be_there(image: Path) -> bool:
    """Whether an image is there, or hides behind a file system that does not answer: its rip will tell."""
    try:
        return image.exists()
    except OSError:
        return True
