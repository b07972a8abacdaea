"""What people do with jobs as a whole: rip, cancel, retry, eject, clear."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engramd.drives.model import Insertion
from engramd.errors import Busy, InvalidArgument, NoMedium, NotFound, WrongState
from engramd.events import JobCleared
from engramd.models import (
    ClassificationSource,
    DiscJob,
    DiscTitle,
    JobState,
    Outcome,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.pipeline.answers import Answers
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.desk import DriveDesk
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.options import RipOptions, type_values
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.runs import AT_DISC, DONE
from engramd.pipeline.splitting import is_piece
from engramd.pipeline.stops import Stop

#: States of a title that a cancelled job leaves undone.
UNFINISHED = (TitleState.PENDING, TitleState.REVIEW, TitleState.MATCHING)


class JobCommands:
    """Carries commands out, or refuses them with WrongState, NotFound, InvalidArgument, NoMedium or Busy."""

    def __init__(
        self,
        parts: Parts,
        desk: DriveDesk,
        answers: Answers,
        reviews: Reviews,
        finisher: Finisher,
        damaged: DamagedTitles,
    ) -> None:
        self._parts = parts
        self._damaged = damaged
        self._desk = desk
        self._answers = answers
        self._reviews = reviews
        self._finisher = finisher
        self._take_up: Callable[[DiscJob], None] = self._put_image

    def take_up_with(self, take_up: Callable[[DiscJob], None]) -> None:
        """Say who goes on with a job whose disc is no disc in a drive."""
        self._take_up = take_up

    def rip(self, path: Path, options: RipOptions, actor: str) -> int:
        """Begin a job for an image, a folder or a drive; give its number when its row is committed."""
        if not path.is_absolute():
            raise InvalidArgument("a path must be absolute", where=path)
        drive = self._desk.registry.by_device(str(path.resolve()))
        if drive is None and not path.exists():
            raise NotFound("there is no such image, folder or drive", where=path)
        job = _job_for(path, options)
        insertion = None
        if drive is not None:
            insertion = self._desk.insertion_in(drive.identity)
            if insertion is None:
                raise NoMedium("there is no disc in the drive", where=path, remedy="insert the disc")
            if (busy := self._desk.at_drives.job_at(drive.identity)) is not None:
                raise WrongState("the drive is at work", where=path, why=f"job {busy}", remedy="wait for it")
            self._desk.refuse_while_held(drive.identity, drive.device)
            job.drive_id, job.drive_identity = drive.device, drive.identity
        told = job.classification_source is ClassificationSource.USER
        job_id = self._parts.lifecycle.create_job(
            job, reason=f"{actor} asked for {path}", actor=actor, takes_hint=not told
        )
        if job_id is None:
            raise WrongState("the job exists already", where=path)
        self._dispatch(job_id, insertion)
        return job_id

    def cancel(self, job_id: int, actor: str) -> None:
        """File what is finished, skip the rest."""
        job = self._parts.store.need_job(job_id)
        if job.state in DONE:
            raise WrongState(f"job {job_id} has ended ({job.state})")
        self._parts.lifecycle.note(job_id, "cancel", f"cancelled by {actor}", actor=actor)
        if self._desk.at_drives.stop_job(job_id, Stop.CANCELLED):
            return
        self._parts.lifecycle.update_job(job_id, cancelled=True)
        for title in self._parts.store.titles(job_id):
            if title.state in UNFINISHED:
                self._skip(title, actor)
        self._reviews.close(job_id, answer="cancelled", actor=actor)
        if job.state in (JobState.IDLE, JobState.IDENTIFYING):
            sentence = f"cancelled by {actor}"
            self._parts.lifecycle.move_job(
                job_id, JobState.FAILED, sentence, actor=actor, outcome=Outcome.CANCELLED
            )
        self._finisher.submit(job_id)

    def eject(self, job_id: int, actor: str) -> None:
        """Give the disc back; a rip stops in order, and goes on when the disc is back."""
        job = self._parts.store.need_job(job_id)
        drive = self._desk.registry.by_device(job.drive_id) if job.drive_identity else None
        if drive is None:
            raise WrongState("the job has no disc in a drive", where=f"job {job_id}")
        self._desk.eject(drive.id, actor)

    def retry(self, job_id: int, actor: str) -> None:
        """Do again what failed, identification or titles; or look again at what a job waits for."""
        job = self._parts.store.need_job(job_id)
        if self._desk.at_drives.has(job_id):
            self._parts.wakeups.wake()
            return
        titles = self._parts.store.titles(job_id)
        if job.state in DONE and not titles:
            insertion = self._insertion_of(job)
            reason = f"{actor} asked to try again"
            self._parts.lifecycle.move_job(
                job_id, JobState.IDENTIFYING, reason, actor=actor, error_message=None, cancelled=False
            )
            if job.classification_source is not ClassificationSource.USER:
                self._parts.lifecycle.take_hint(job_id)
            self._dispatch(job_id, insertion)
            return
        for title in self._damaged.of(job_id):
            self._damaged.again(title, f"{actor} asked to read it again", actor)
        titles = self._parts.store.titles(job_id)
        failed = [t for t in titles if t.state is TitleState.FAILED and not self._file_again(job, t, actor)]
        if not failed and not any(t.state is TitleState.PENDING for t in titles):
            self._answers.rematch(job_id, actor)
            return
        for title in failed:
            self._parts.lifecycle.move_title(
                title, TitleState.PENDING, f"{actor} asked to try again", actor=actor
            )
        self._rip_again(job, actor)

    def rip_title(self, job_id: int, title_index: int, actor: str) -> None:
        """Rip one title (again)."""
        title = self._parts.store.need_title(job_id, title_index)
        job = self._parts.store.need_job(job_id)
        if job.is_import:
            raise WrongState(
                f"title {title_index + 1} of job {job_id} was not ripped here",
                remedy="import its file again with --again",
            )
        if is_piece(title):
            raise WrongState(
                f"title {title_index + 1} of job {job_id} was cut out of another one",
                remedy="rip the whole disc again with --again",
            )
        if title.state not in (TitleState.PENDING, TitleState.RIPPING):
            why = f"{actor} asked to rip it"
            self._parts.lifecycle.move_title(title, TitleState.PENDING, why, actor=actor)
            self._reviews.close(job_id, title=title, answer=why, actor=actor)
        if not self._desk.at_drives.has(job_id):
            self._rip_again(job, actor)

    def clear(self, job_id: int) -> None:
        """Take an ended job off the list; its history stays."""
        if self._parts.store.need_job(job_id).state not in DONE:
            raise WrongState("the job has not ended", where=f"job {job_id}", remedy="cancel it first")
        self._parts.lifecycle.update_job(job_id, cleared_at=utcnow())
        self._parts.hub.publish(JobCleared(job_id))

    def _file_again(self, job: DiscJob, title: DiscTitle, actor: str) -> bool:
        """Match a title again that failed and has a file: a piece of a title, or a file that is imported.

        False for others: they are ripped again. A file that could not be read when it was imported stays as
        it is.
        """
        if not (is_piece(title) or job.is_import) or not title.staging_file:
            return False
        if not title.duration_seconds:
            return True
        why = f"{actor} asked to try again"
        self._parts.lifecycle.move_title(title, TitleState.PENDING, why, actor=actor)
        self._parts.lifecycle.move_title(title, TitleState.MATCHING, why, actor=actor)
        return True

    def _skip(self, title: DiscTitle, actor: str) -> None:
        try:
            self._parts.lifecycle.move_title(
                title, TitleState.SKIPPED, f"cancelled by {actor}", actor=actor, match_reason="cancelled"
            )
        except WrongState:
            # It was matched or filed in this moment: then it is finished, and stays so.
            return
        self._reviews.close(title.job_id, title=title, answer="cancelled", actor=actor)

    def _dispatch(self, job_id: int, insertion: Insertion | None) -> None:
        if insertion is None:
            self._take_up(self._parts.store.need_job(job_id))
        else:
            self._desk.at_drives.put_disc(job_id, insertion)

    def _put_image(self, job: DiscJob) -> None:
        self._desk.at_drives.put_image(job)

    def _rip_again(self, job: DiscJob, actor: str) -> None:
        job_id = job.id or 0
        self._parts.lifecycle.update_job(job_id, cancelled=False, error_message=None)
        if job.state not in AT_DISC:
            reason = f"{actor} asked to rip again"
            self._parts.lifecycle.move_job(job_id, JobState.RIPPING, reason, actor=actor)
        try:
            self._dispatch(job_id, self._insertion_of(job))
        except NoMedium:
            self._wait_for_disc(job_id)
        except Busy as error:
            self._parts.lifecycle.note(job_id, "held", str(error))
            self._wait_for_disc(job_id)
            self._desk.put_off(job.drive_identity or "")

    def _wait_for_disc(self, job_id: int) -> None:
        for title in self._parts.store.titles(job_id):
            if title.state is TitleState.PENDING:
                self._parts.lifecycle.update_title(title, waiting_for=WaitingFor.DISC, waiting_since=utcnow())
        self._finisher.submit(job_id)

    def _insertion_of(self, job: DiscJob) -> Insertion | None:
        """Give the drive's disc for a drive's job, None for an image that is there; else raise NoMedium.

        Raises Busy while somebody holds the drive.
        """
        if job.drive_identity is None:
            if Path(job.drive_id).exists():
                return None
            raise NoMedium("the image is gone", where=job.drive_id, remedy="put it back and retry")
        insertion = self._desk.insertion_in(job.drive_identity)
        if insertion is None:
            raise NoMedium("the disc is not in the drive", where=job.drive_id, remedy="insert it and retry")
        self._desk.refuse_while_held(insertion.identity, insertion.device)
        return insertion


def _job_for(path: Path, options: RipOptions) -> DiscJob:
    numbers = (options.year, options.season, options.disc)
    words = options.content_type or options.show or options.edition
    told = words or any(number is not None for number in numbers)
    return DiscJob(
        drive_id=str(path),
        detected_title=options.show or None,
        year=options.year,
        detected_season=options.season,
        disc_number=options.disc,
        edition=options.edition or None,
        classification_source=ClassificationSource.USER if told else ClassificationSource.HEURISTIC,
        wanted_titles=options.titles,
        main_only=options.main_only,
        extras_policy=options.extras,
        again=options.again,
        eject_after=options.eject,
        **type_values(options.content_type),
    )
