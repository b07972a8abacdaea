"""Who works at which drive: one thread a drive, a thread and a slot for each image; starts and stops runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog

from engramd.discs.model import Media
from engramd.drives.abilities import words_of
from engramd.drives.ioctls import Tray
from engramd.drives.model import Drive, DriveState, Insertion
from engramd.drives.ready import wait_until_ready
from engramd.drives.registry import DriveRegistry
from engramd.drives.virtual import VirtualDrives
from engramd.errors import Cancelled, EngramError, NoMedium, NotFound
from engramd.models import DiscJob, InsertPolicy, JobState, Outcome, WaitingFor
from engramd.pipeline.parts import Parts
from engramd.pipeline.runs import DiscRun, Place
from engramd.pipeline.speeds import Speeds
from engramd.pipeline.stops import Stop
from engramd.pipeline.threads import Slots, Worker, guarded, start
from engramd.pipeline.trays import Trays
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: Images and folders that are ripped at the same time.
IMAGE_SLOTS = 2


@dataclass(eq=False)
class _Run:
    """A job that waits for its drive's thread or is at work there, and the means to stop it."""

    job_id: int
    identity: str
    working: bool = False
    cancel: CancelToken = field(default_factory=CancelToken)


class AtDrives:
    """Runs jobs where their discs are."""

    def __init__(
        self,
        parts: Parts,
        run: DiscRun,
        registry: Callable[[], DriveRegistry],
        virtual: VirtualDrives,
        tell: Callable[[str, str, str], None] = lambda _identity, _event, _decision: None,
    ) -> None:
        """`tell` is told a drive, what happened there, and what was decided."""
        self._parts = parts
        self._run = run
        self._registry = registry
        self._virtual = virtual
        self._tell = tell
        self._lock = threading.Lock()
        self._workers: dict[str, Worker] = {}
        self._runs: list[_Run] = []
        self.trays = Trays(lambda: parts.settings.current.tray_pulled_in_seconds)
        self.speeds = Speeds()
        self._slots = Slots(IMAGE_SLOTS)
        self._stopping = False

    def put_disc(self, job_id: int, insertion: Insertion, policy: InsertPolicy = InsertPolicy.RIP) -> None:
        """Have a drive's thread take a job up; nothing happens if it has it already."""
        run = self._enter(job_id, insertion.identity)
        if run is None:
            return
        only = policy is InsertPolicy.IDENTIFY
        worker = self._worker(insertion.identity)
        worker.submit(partial(self._at_drive, run, insertion, identify_only=only))

    def look(self, identity: str) -> None:
        """Ask a drive that is new and empty whether its tray is open, which udev does not know.

        One that holds a disc is asked by its job, which notices when the drive hangs.
        """
        drive = next((d for d in self._registry().drives() if d.identity == identity), None)
        if drive is not None and drive.key is None:
            self._worker(identity).submit(partial(self._look, drive))

    def look_whether_new(
        self, insertion: Insertion, new: Callable[[], None], pulled_in: Callable[[], None]
    ) -> None:
        """Have a drive's thread see whether a disc is the one that the drive gave back a moment ago."""

        def look() -> None:
            tray = self._parts.tray(insertion.device)
            try:
                tray.clear_auto_close()
                wait_until_ready(tray, CancelToken())
                found = self._parts.read_disc(Path(insertion.device), CancelToken()).content_hash
            except EngramError as error:
                log.warning("a disc that came back cannot be read", drive=insertion.device, why=str(error))
                found = None
            same = self.trays.is_the_same(insertion.identity, found)
            pulled_in() if same else new()

        self._worker(insertion.identity).submit(look)

    def put_image(self, job: DiscJob) -> None:
        """Have an image or folder ripped on a thread of its own, when a slot is free."""
        job_id = job.id or 0
        run = self._enter(job_id, f"virtual_{job_id}")
        if run is None:
            return
        media = Media(job.media) if job.media else Media.DATA
        self._virtual.add(job_id, job.drive_id, media=media, label=job.volume_label)
        start(f"image-{job_id}", partial(self._at_image, run, job_id, Path(job.drive_id)))

    def has(self, job_id: int) -> bool:
        """Whether a job is at a drive, or is about to be."""
        with self._lock:
            return self._find(job_id) is not None

    def at_work(self) -> bool:
        """Whether any run is under way."""
        with self._lock:
            return any(run.working for run in self._runs)

    def job_at(self, identity: str) -> int | None:
        """Give the job that a drive has in hand or is about to have."""
        with self._lock:
            return next((run.job_id for run in self._runs if run.identity == identity), None)

    def stop_job(self, job_id: int, stop: Stop) -> bool:
        """Stop a job's run; false if it has none."""
        with self._lock:
            found = self._find(job_id)
        if found is None:
            return False
        found.cancel.cancel(stop)
        return True

    def stop_drive(self, identity: str, stop: Stop) -> None:
        """Stop all that runs at a drive, or waits for it to be free."""
        with self._lock:
            found = [run for run in self._runs if run.identity == identity]
        for run in found:
            run.cancel.cancel(stop)

    def stop_all(self) -> None:
        """Stop every run for shut-down; nothing starts any more."""
        with self._lock:
            self._stopping = True
            runs = list(self._runs)
        for run in runs:
            run.cancel.cancel(Stop.SHUTDOWN)

    def _worker(self, identity: str) -> Worker:
        with self._lock:
            if identity not in self._workers:
                self._workers[identity] = Worker(f"drive-{identity}")
            return self._workers[identity]

    def _look(self, drive: Drive) -> None:
        tray = self._parts.tray(drive.device)
        try:
            self._registry().set_abilities(drive.identity, words_of(tray.capabilities()))
            status = tray.status()
        except EngramError as error:
            log.warning("the drive does not answer", drive=drive.device, why=str(error))
        else:
            self._registry().note_status(drive.identity, status)

    def _prepare(self, run: _Run, insertion: Insertion, tray: Tray) -> None:
        """Ask a drive what it can do, and tell it how fast it is to read; one that refuses reads anyhow."""
        identity = insertion.identity
        try:
            self._registry().set_abilities(identity, words_of(tray.capabilities()))
            self.speeds.apply(tray, identity, self._parts.store.drive(identity).speed, insertion.media)
        except (NoMedium, NotFound):
            raise
        except EngramError as error:
            log.warning("the drive's speed is its own", drive=insertion.device, why=str(error))
            self._parts.lifecycle.note(run.job_id, "speed", f"the drive reads as it likes: {error}")

    def _enter(self, job_id: int, identity: str) -> _Run | None:
        with self._lock:
            if self._stopping or self._find(job_id) is not None:
                return None
            run = _Run(job_id, identity)
            self._runs.append(run)
            return run

    def _find(self, job_id: int) -> _Run | None:
        """Give a job's run; one that is being stopped is as good as gone."""
        return next((r for r in self._runs if r.job_id == job_id and not r.cancel.cancelled), None)

    def _take_over(self, run: _Run, job_id: int) -> bool:
        """Let a run work for another job from now on, unless that one is at a drive itself."""
        with self._lock:
            if self._find(job_id) is not None:
                return False
            run.job_id = job_id
            return True

    def _at_drive(self, run: _Run, insertion: Insertion, *, identify_only: bool) -> None:
        identity, registry = insertion.identity, self._registry()
        set_state = partial(registry.set_state, identity)
        place = Place(
            Path(insertion.device),
            self._parts.tray(insertion.device),
            set_state,
            identify_only,
            partial(self._take_over, run),
            lambda: self._parts.store.drive(identity).eject,
            partial(self.trays.gave_back, identity),
            partial(self.trays.is_the_same, identity),
            partial(self._prepare, run, insertion),
        )
        set_state(DriveState.BUSY)
        self._work(run, place)
        job = self._parts.store.job(run.job_id)
        if job is not None and job.media:
            registry.set_media(identity, insertion.key, Media(job.media), job.volume_label)
        now = next((d for d in registry.drives() if d.identity == identity), None)
        if now is not None and now.key is None:
            set_state(DriveState.OPEN)
        elif now is not None and now.state is not DriveState.UNREADABLE:
            set_state(DriveState.READY)
        if job is not None and now is not None and now.key == insertion.key and (why := why_left(job)):
            self._tell(identity, "disc is in the drive", why)

    def _at_image(self, run: _Run, job_id: int, source: Path) -> None:
        try:
            self._wait_for_slot(run)
        except Cancelled:
            self._work(run, Place(source))
        else:
            try:
                self._virtual.change(job_id, state=DriveState.BUSY)
                self._work(run, Place(source, take_over=partial(self._take_over, run)))
            finally:
                self._slots.give_back()
        finally:
            self._virtual.remove(job_id)

    def _wait_for_slot(self, run: _Run) -> None:
        if self._slots.take_at_once():
            return
        self._parts.lifecycle.wait(run.job_id, WaitingFor.SLOT, "other images are being ripped")
        self._slots.take(run.cancel)
        self._parts.lifecycle.go_on(run.job_id)

    def _work(self, run: _Run, place: Place) -> None:
        """Run a job to its end at this drive; one that was stopped before is only recorded as such."""
        with self._lock:
            run.working = True
        try:
            guarded(lambda: self._run.run(run.job_id, place, run.cancel))
        finally:
            with self._lock:
                self._runs.remove(run)


def why_left(job: DiscJob) -> str:
    """Say why nothing is made of a disc that stays in its drive; empty where something is."""
    unused = job.state is JobState.FAILED or job.outcome is Outcome.NOTHING_TO_DO
    return job.error_message or "" if unused else ""
