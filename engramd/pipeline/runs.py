"""One job's way through its drive: wait for the disc, identify, rip, eject. Runs on the drive's thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from engramd.conditions import Condition
from engramd.discs.model import Disc
from engramd.drives.ioctls import Tray
from engramd.drives.model import DriveState
from engramd.drives.ready import eject_disc, wait_until_ready
from engramd.errors import Cancelled, EngramError, NoMedium, NotFound, UnreadableDisc, WrongState
from engramd.models import DiscJob, EjectPolicy, JobState, Outcome, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identifying import Identifier
from engramd.pipeline.needs import drive_scope
from engramd.pipeline.parts import Parts
from engramd.pipeline.rejudging import wait_for_disc
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import kept_file
from engramd.pipeline.ripping import Ripper, stopped_by
from engramd.pipeline.scans import as_listed
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.stops import Stop
from engramd.pipeline.threads import guarded
from engramd.store.outages import cut_off
from engramd.tools import CancelToken, ChildStuck

log = structlog.get_logger(__name__)

#: Seconds that a request to the drive may take before the drive counts as stuck.
STUCK_AFTER = 180.0
#: Seconds between looks whether the daemon stops, while a drive is stuck.
STUCK_POLL = 1.0
#: The condition of a drive whose tray did not open.
EJECT = "eject"
DONE = (JobState.COMPLETED, JobState.FAILED)
#: States in which a job needs its disc.
AT_DISC = (JobState.IDLE, JobState.IDENTIFYING, JobState.RIPPING)


@dataclass(frozen=True)
class Place:
    """Where a job's disc is: a drive (with a tray), or an image or folder.

    `show` is told what the drive is doing, where that is not just `busy`. `identify_only` and `eject` are
    the drive's policy. `take_over` is asked before the run works for another job, and refuses if that one is
    at a drive itself. `gave_back` is told the content hash of a disc whose tray was opened, and `came_back`
    asked whether that was done with this disc a short time ago. `prepare` is called when the drive can read
    its disc.
    """

    source: Path
    tray: Tray | None = None
    show: Callable[[DriveState], None] = lambda _state: None
    identify_only: bool = False
    take_over: Callable[[int], bool] = lambda _job_id: True
    eject: Callable[[], EjectPolicy] = lambda: EjectPolicy.AFTER_RIP
    gave_back: Callable[[str | None], None] = lambda _hash: None
    came_back: Callable[[str | None], bool] = lambda _hash: False
    prepare: Callable[[Tray], None] = lambda _tray: None


@dataclass
class _Way:
    """A run under way; `job_id` changes when the disc turns out to be an earlier job's."""

    job_id: int
    place: Place
    cancel: CancelToken


class DiscRun:
    """Runs jobs at drives."""

    def __init__(
        self, parts: Parts, identifier: Identifier, ripper: Ripper, finisher: Finisher, reviews: Reviews
    ) -> None:
        self._parts = parts
        self._identifier = identifier
        self._ripper = ripper
        self._finisher = finisher
        self._reviews = reviews

    def run(self, job_id: int, place: Place, cancel: CancelToken) -> None:
        """Take a job as far as it needs its disc. Every end is recorded in the job; nothing is raised."""
        structlog.contextvars.bind_contextvars(job=job_id, drive=str(place.source))
        way = _Way(job_id, place, cancel)
        try:
            self._run(way)
            cancel.raise_if_cancelled()
        except Cancelled:
            self._stopped(way.job_id, stopped_by(cancel))
        except ChildStuck as error:
            self._hangs(way, error)
        except (NoMedium, NotFound) as error:
            self._stopped(way.job_id, Stop.REMOVED, str(error))
        except EngramError as error:
            if cancel.cancelled:  # what fails while a disc is taken out is no fault of the disc
                self._stopped(way.job_id, stopped_by(cancel))
            else:
                self._fail(way.job_id, str(error))
                self._give_back(way.job_id, place, failed=True)
            if isinstance(error, UnreadableDisc):
                place.show(DriveState.UNREADABLE)
        except Exception as error:
            if cut_off(error):
                self._again(way)
                return
            log.exception("a job failed in a way that was not foreseen")
            self._fail(way.job_id, f"an internal error ({type(error).__name__}: {error}); please report it")
            guarded(lambda: self._give_back(way.job_id, place, failed=True))
        else:
            self._leave(way.job_id, place)
        finally:
            structlog.contextvars.clear_contextvars()

    def _run(self, way: _Way) -> None:
        job = self._parts.store.need_job(way.job_id)
        if job.state not in AT_DISC:
            return
        way.cancel.raise_if_cancelled()
        if way.place.tray is not None:
            self._wait_for_disc(way.place.tray, way.place, way.cancel)
        begins = job.state is JobState.IDENTIFYING
        disc = self._identified(job, way) if begins else self._same_disc(job, way)
        if disc is None:
            return
        if way.place.identify_only and begins:
            sentence = "identified only, as the drive's policy says"
            self._reviews.close(way.job_id, answer=sentence)
            self._parts.lifecycle.move_job(
                way.job_id, JobState.COMPLETED, sentence, outcome=Outcome.NOTHING_TO_DO
            )
            return
        self._mark_present(way.job_id)
        self._ripper.run(way.job_id, disc, way.place.source, self._folder(way.job_id), way.cancel)

    def _identified(self, job: DiscJob, way: _Way) -> Disc | None:
        """Identify the disc; None if that ended the job."""
        found = self._identifier.run(job, way.place.source, way.cancel)
        if found is None:
            return None
        if found.continues is not None and not way.place.identify_only:
            job = self._parts.store.need_job(way.job_id)
            if not way.place.take_over(found.continues):
                sentence = f"the same disc is at work as job {found.continues}"
                self._parts.lifecycle.move_job(
                    way.job_id,
                    JobState.COMPLETED,
                    sentence,
                    outcome=Outcome.DUPLICATE,
                    continued_as=found.continues,
                    error_message=sentence,
                )
                return None
            self._continue(job, found.continues)
            way.job_id = found.continues
            return self._scan_of(way.job_id, found.disc)
        return as_listed(found.disc, self._parts.store.titles(way.job_id))

    def _folder(self, job_id: int) -> JobFolder:
        """Give the job's folder; the one that it had, if the setting changed since."""
        job = self._parts.store.need_job(job_id)
        if job.staging_folder:
            return JobFolder(Path(job.staging_folder))
        return JobFolder.of(self.staging_root(), job_id)

    def staging_root(self) -> Path:
        """Give the staging folder: the set one, or one in the state folder."""
        configured = self._parts.settings.current.staging_path
        return Path(configured) if configured else self._parts.paths.state / "staging"

    def _wait_for_disc(self, tray: Tray, place: Place, cancel: CancelToken) -> None:
        place.show(DriveState.LOADING)
        with _watched(place):
            tray.clear_auto_close()
            wait_until_ready(tray, cancel)
            place.prepare(tray)
        place.show(DriveState.BUSY)

    def _same_disc(self, job: DiscJob, way: _Way) -> Disc:
        """Give the job's scan, after making sure that its disc is what the drive holds."""
        disc = self._parts.read_disc(way.place.source, way.cancel)
        if job.content_hash and disc.content_hash != job.content_hash:
            label = disc.label or "another disc"
            raise NoMedium("the drive holds another disc", where=way.place.source, why=f"it is {label}")
        return self._scan_of(way.job_id, disc)

    def _scan_of(self, job_id: int, disc: Disc) -> Disc:
        """Give the scan by which a job's titles are numbered, from its folder or from its disc read anew.

        Raises UnreadableDisc if a title is not found any more.
        """
        try:
            scan = self._folder(job_id).load_disc()
        except UnreadableDisc:
            return as_listed(disc, self._parts.store.titles(job_id))
        now = {"protection": disc.protection, "protection_reason": disc.protection_reason}
        return scan.model_copy(update=now)

    def _continue(self, job: DiscJob, earlier_id: int) -> None:
        """Let the unfinished earlier job of this disc take the insertion over."""
        job_id = job.id or 0
        key = {"boot_id": job.boot_id, "drive_identity": job.drive_identity, "diskseq": job.diskseq}
        gone: dict[str, Any] = dict.fromkeys(key)
        sentence = f"the disc continues job {earlier_id}"
        self._parts.lifecycle.move_job(
            job_id,
            JobState.COMPLETED,
            sentence,
            outcome=Outcome.DUPLICATE,
            continued_as=earlier_id,
            error_message=sentence,
            **gone,
        )
        self._parts.lifecycle.update_job(earlier_id, drive_id=job.drive_id, **key)
        self._parts.lifecycle.note(earlier_id, "continued", "the disc is back; the rest is ripped")
        self._is_ripping(earlier_id)
        for title in self._ripper.damaged.come_back(earlier_id):
            self._ripper.damaged.again(title, "the disc is back: what is missing is read")

    def _is_ripping(self, job_id: int) -> None:
        """Have a job be ripping before its titles are to be: a restart knows by it that it needs its disc."""
        if self._parts.store.need_job(job_id).state is not JobState.RIPPING:
            with suppress(WrongState):  # it moves in this moment, and is ripping when its rip begins
                self._parts.lifecycle.move_job(job_id, JobState.RIPPING, "its disc is back")

    def _mark_present(self, job_id: int) -> None:
        for title in self._parts.store.titles(job_id):
            if title.state is TitleState.PENDING and title.waiting_for is not None:
                self._parts.lifecycle.update_title(title, waiting_for=None, waiting_since=None)

    def _leave(self, job_id: int, place: Place) -> None:
        """Hand the job on and give the disc back."""
        job = self._parts.store.need_job(job_id)
        if job.state not in DONE:
            wait_for_disc(
                self._parts, job_id, "it was found to be wanted after the rip; insert the disc again"
            )
            self._finisher.submit(job_id)
        if job.outcome is not Outcome.NOTHING_TO_DO:
            titles = self._parts.store.titles(job_id)
            failed = any(title.state is TitleState.FAILED for title in titles)
            self._give_back(job_id, place, failed=failed and not any(title.staging_file for title in titles))

    def _give_back(self, job_id: int, place: Place, *, failed: bool = False) -> None:
        """Open the tray, if that is the policy; a disc that came back by itself stays where it is."""
        job, settings = self._parts.store.need_job(job_id), self._parts.settings.current
        policy = place.eject()
        wanted = settings.auto_eject_enabled and job.eject_after and policy is not EjectPolicy.NEVER
        if failed and not (settings.eject_on_failure or policy is EjectPolicy.ALWAYS):
            wanted = False
        if place.tray is None or not wanted:
            return
        if job.outcome is Outcome.DUPLICATE and place.came_back(job.content_hash):
            sentence = "the disc was given back a short time ago and came back: it stays in the drive"
            self._parts.lifecycle.note(job_id, "eject", sentence)
            return
        self._eject(job, place.tray, place)

    def _eject(self, job: DiscJob, tray: Tray, place: Place) -> None:
        job_id = job.id or 0
        place.gave_back(job.content_hash)
        try:
            with _watched(place):
                eject_disc(tray)
        except EngramError as error:
            self._parts.conditions.set(Condition(EJECT, error.what, error.remedy, scope=drive_scope(job)))
            self._parts.lifecycle.note(job_id, "eject_failed", str(error))
        else:
            self._parts.conditions.clear(EJECT, drive_scope(job))

    def _hangs(self, way: _Way, error: ChildStuck) -> None:
        """Wait until a program that hangs in the kernel has ended; the job's finished titles go on meanwhile.

        Nothing else begins at this drive until then.
        """
        way.place.show(DriveState.STUCK)
        job = self._parts.store.need_job(way.job_id)
        drive = drive_scope(job)
        self._parts.conditions.set(Condition("stuck", str(error), error.remedy, "error", drive))
        if job.state is JobState.IDENTIFYING:
            self._parts.lifecycle.wait(way.job_id, WaitingFor.DISC, str(error))
        else:
            self._stopped(way.job_id, Stop.STUCK, str(error))
        while not error.ended.wait(STUCK_POLL):
            if way.cancel.cancelled and stopped_by(way.cancel) is Stop.SHUTDOWN:
                return
        self._parts.conditions.clear("stuck", drive)
        way.place.show(DriveState.BUSY)
        self._parts.lifecycle.go_on(way.job_id)
        self.run(way.job_id, way.place, way.cancel)

    def _again(self, way: _Way) -> None:
        """Go on as after a restart: the database was away, or its disk full, in the middle of a step.

        What a title has written so far goes first: it may be what leaves no room to note anything.
        """
        why = EngramError("nothing could be noted in the database; it rips again")
        log.warning("a job goes on with its disc", why=why.what)
        for title in self._parts.store.titles(way.job_id):
            if title.state is TitleState.RIPPING:
                self._folder(way.job_id).forget_attempts(title.title_index, keep=kept_file(title))
                self._ripper.steps.interrupted(title, why)
        self.run(way.job_id, way.place, way.cancel)

    def _stopped(self, job_id: int, stop: Stop, why: str = "") -> None:
        """Keep what is ripped; decide what becomes of the rest by who stopped it."""
        if stop is Stop.SHUTDOWN:
            return
        job = self._parts.store.need_job(job_id)
        if job.state in DONE:
            return
        if stop is Stop.CANCELLED:
            self._skip_the_rest(job)
        else:
            self._wait_for_disc_again(job, why or stop.value)
        if job.state is JobState.IDENTIFYING:
            again = "" if stop is Stop.CANCELLED else "; insert it again"
            sentence = why or f"{stop.value} before it could be ripped{again}"
            self._reviews.close(job_id, answer=sentence)
            self._parts.lifecycle.move_job(
                job_id, JobState.FAILED, sentence, outcome=Outcome.CANCELLED, error_message=sentence
            )
        else:
            self._finisher.submit(job_id)

    def _skip_the_rest(self, job: DiscJob) -> None:
        job_id = job.id or 0
        self._parts.lifecycle.update_job(job_id, cancelled=True)
        self._reviews.close(job_id, answer="cancelled")
        why = Stop.CANCELLED.value
        pending = [t for t in self._parts.store.titles(job_id) if t.state is TitleState.PENDING]
        for title in [*pending, *self._ripper.damaged.unsettled(job_id)]:
            with suppress(WrongState):  # it was ruled out in this moment
                self._parts.lifecycle.move_title(title, TitleState.SKIPPED, why, match_reason=why)
                self._reviews.close(job_id, title=title, answer="cancelled")

    def _wait_for_disc_again(self, job: DiscJob, why: str) -> None:
        waits = {"waiting_for": WaitingFor.DISC, "waiting_since": utcnow(), "error_message": why}
        for title in self._parts.store.titles(job.id or 0):
            if title.state is TitleState.PENDING:
                self._parts.lifecycle.update_title(title, **waits)

    def _fail(self, job_id: int, sentence: str) -> None:
        job = self._parts.store.need_job(job_id)
        log.warning("a job failed", why=sentence)
        for title in self._parts.store.titles(job_id):
            if title.state in (TitleState.PENDING, TitleState.RIPPING):
                with suppress(WrongState):
                    self._parts.lifecycle.move_title(
                        title, TitleState.FAILED, sentence, error_message=sentence
                    )
        if job.state is JobState.IDENTIFYING:
            self._parts.lifecycle.move_job(
                job_id, JobState.FAILED, sentence, outcome=Outcome.FAILED, error_message=sentence
            )
        elif job.state not in DONE:
            self._finisher.submit(job_id)


@contextmanager
def _watched(place: Place) -> Iterator[None]:
    """Tell when a request to the drive hangs: its thread is lost, no other one is."""
    hangs = threading.Event()

    def tell() -> None:
        hangs.set()
        place.show(DriveState.STUCK)

    timer = threading.Timer(STUCK_AFTER, tell)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        if hangs.is_set():
            place.show(DriveState.BUSY)
