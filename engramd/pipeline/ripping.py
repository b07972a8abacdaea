"""The second stage: rip the wanted titles; each is examined while the next one rips."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from engramd.discs.model import Disc, Protection, Title
from engramd.errors import (
    EngramError,
    FilingFailed,
    NoSpace,
    NotFound,
    ProtectedDisc,
    RipFailed,
    ToolMissing,
    UnreadableDisc,
    WrongState,
)
from engramd.models import DiscJob, DiscTitle, JobState, TitleState, TitleTrack
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.idle import Idle
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.meter import Meter
from engramd.pipeline.needs import Needs
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps, kept_file
from engramd.pipeline.space import Ledger, Room
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.stops import Stop
from engramd.pipeline.together import OnePass
from engramd.pipeline.tracks import TrackRules, track_rows, wanted_title
from engramd.rip import (
    MAKEMKV,
    PASS,
    Backend,
    Progress,
    RipResult,
    TitleDamaged,
    TitleStalled,
    TrackPolicy,
    Wanted,
)
from engramd.rip.files import medium_is_gone, no_medium
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: What stops a rip and is no fault of a title: it is waited for.
WAITED_FOR = (NoSpace, ToolMissing, ProtectedDisc, FilingFailed)


@dataclass
class _Work:
    """One job at its disc. `later` are titles whose first try went badly.

    `spent` are the seconds without new data that titles cost which went badly.
    """

    job_id: int
    disc: Disc
    source: Path
    folder: JobFolder
    meter: Meter
    cancel: CancelToken
    later: dict[int, EngramError] = field(default_factory=dict)
    spent: float = 0.0
    passed: bool = False


class Ripper:
    """Rips the pending titles of a job; `ripped` is called with each title that is complete."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        ledger: Ledger,
        ripped: Callable[[DiscJob, DiscTitle], None],
        *,
        libraries: Libraries | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts = parts
        self._clock = clock
        self._ledger = ledger
        self._needs = Needs(parts, ledger, libraries)
        self._rules = TrackRules(parts.store)
        self.damaged = DamagedTitles(parts, reviews)
        self.steps = TitleSteps(parts, ripped)

    def run(self, job_id: int, disc: Disc, source: Path, folder: JobFolder, cancel: CancelToken) -> None:
        """Rip all that is pending, after waiting for what is lacking. Raises Cancelled and NoMedium."""
        try:
            self._run(job_id, disc, source, folder, cancel)
        finally:
            self._needs.leave(job_id)

    def _run(self, job_id: int, disc: Disc, source: Path, folder: JobFolder, cancel: CancelToken) -> None:
        self._forget_leftovers(job_id, folder)
        self._wait_and_save(job_id, disc, folder, cancel)
        self._parts.lifecycle.update_job(job_id, staging_folder=str(folder.path))
        job = self._parts.store.need_job(job_id)
        if job.state is not JobState.RIPPING:
            self._parts.lifecycle.move_job(job_id, JobState.RIPPING, "ripping begins")
        found = disc.model_copy(update={"source": str(source)})
        meter = Meter(self._parts, job_id, self._pending(job_id))
        work = _Work(job_id, found, source, folder, meter, cancel)
        while titles := self._pending(job_id, work.later):
            cancel.raise_if_cancelled()
            self._next(work, titles)

    def _forget_leftovers(self, job_id: int, folder: JobFolder) -> None:
        """Remove what killed attempts left before room is asked for: it would count as taken."""
        shutil.rmtree((folder.path / PASS).with_suffix(".parts"), ignore_errors=True)
        for title in self._pending(job_id):
            folder.forget_attempts(title.title_index, keep=kept_file(title))

    def _wait_and_save(self, job_id: int, disc: Disc, folder: JobFolder, cancel: CancelToken) -> None:
        """Wait for what is lacking, until the scan is kept in the staging folder."""
        saved, failed = False, None
        while not saved:
            self._needs.wait(job_id, disc, folder, cancel, failed=failed)
            try:
                folder.save_disc(disc)
                saved = True
            except (NoSpace, FilingFailed) as error:
                failed = error

    def _pending(self, job_id: int, later: dict[int, EngramError] | None = None) -> list[DiscTitle]:
        """Give what is to be ripped: extras after the rest, and last what is tried again."""
        waiting = [t for t in self._parts.store.titles(job_id) if t.state is TitleState.PENDING]
        put_off = later or {}
        return sorted(
            waiting, key=lambda t: (t.title_index in put_off, t.is_extra, t.place or 0, t.title_index)
        )

    def _next(self, work: _Work, titles: list[DiscTitle]) -> None:
        title = titles[0]
        if work.spent > self._parts.settings.current.disc_budget_seconds:
            self._give_up(work, titles)
            return
        self._needs.wait(work.job_id, work.disc, work.folder, work.cancel, title=title)
        together = [t for t in titles if t.title_index not in work.later]
        if not work.passed and len(together) > 1:
            work.passed = True
            if self._rip_together(work, together):
                return
        if not work.cancel.cancelled:
            self._rip(work, title)

    def _give_up(self, work: _Work, titles: list[DiscTitle]) -> None:
        """Ask about what is left of a disc that took too long."""
        why = f"the disc gave nothing new for {work.spent / 60:.0f} minutes in all"
        for title in titles:
            error = work.later.get(title.title_index)
            with suppress(WrongState):  # somebody decided in this moment that it is not wanted
                self.damaged.ask(title, error or TitleStalled("the title was not read any more", why=why))

    def _rip(self, work: _Work, title: DiscTitle) -> None:
        if not self.steps.begin(title, self._parts.backend().name_for(work.disc)):
            return
        idle = Idle(self._clock)
        try:
            result = self._read(work, title, idle)
        except (RipFailed, NotFound, UnreadableDisc) as error:
            self._check_disc(work, title, error)
            self._went_badly(work, title, error, idle.end())
        except WAITED_FOR as error:
            # What it has written may be what leaves the database no room to note that.
            work.folder.forget_attempts(title.title_index, keep=kept_file(title))
            self.steps.interrupted(title, error)
            self._wait_for(work, error, [title])
        except EngramError as error:
            raise self.steps.interrupted(title, error) from None
        else:
            self._keep(work, title, result)

    def _check_disc(self, work: _Work, title: DiscTitle, error: EngramError) -> None:
        """Put a title back that failed since its disc is gone or the run ends. Raises NoMedium, Cancelled."""
        if work.cancel.cancelled:
            self.steps.interrupted(title, error)
            work.cancel.raise_if_cancelled()
        if medium_is_gone(work.source):
            raise self.steps.interrupted(title, no_medium(work.source)) from error

    def _went_badly(self, work: _Work, title: DiscTitle, error: EngramError, seconds: float) -> None:
        """Try a title again after the others, once; then it is a question, or failed."""
        work.spent += seconds
        self._needs.read_on(work.job_id)
        if not isinstance(error, TitleDamaged | TitleStalled):
            self.steps.failed(title, error)
        elif title.title_index not in work.later:
            work.later[title.title_index] = error
            self.steps.put_off(title, error)
        else:
            self.damaged.ask(title, error)
        work.folder.forget_attempts(title.title_index, keep=kept_file(title))

    def _wait_for(self, work: _Work, error: EngramError, titles: Sequence[DiscTitle] = ()) -> None:
        """Wait for what stopped a rip and is no fault of its titles: it does not count as a try of theirs."""
        for title in titles:
            self._parts.lifecycle.update_title(title, rip_attempts=max(0, title.rip_attempts - 1))
        if isinstance(error, ProtectedDisc):
            found = {"protection": Protection.UNKNOWN, "protection_reason": error.why or error.what}
            work.disc = work.disc.model_copy(update=found)
        self._needs.wait(work.job_id, work.disc, work.folder, work.cancel, failed=error)
        work.meter.pause()

    def _read(self, work: _Work, title: DiscTitle, idle: Idle) -> RipResult:
        """Have the back end write the title, after removing what earlier attempts left."""
        work.folder.forget_attempts(title.title_index, keep=kept_file(title))
        policy = self._policy(work)
        target = work.folder.rip_target(title.title_index, title.rip_attempts)
        chosen = self._chosen(work, title, policy)
        image, more = work.folder.rescue_image, self._needs.image_bytes(work.disc, work.folder, [chosen])
        with self._ledger.writing(target, title.file_size_bytes), self._ledger.growing(image, more):
            return self._parts.backend().rip_title(
                work.disc,
                chosen,
                target,
                on_progress=lambda progress: self._show(work, title, progress, idle),
                cancel=work.cancel,
                tracks=policy,
                rescue_folder=work.folder.rescue,
            )

    def _rip_together(self, work: _Work, titles: list[DiscTitle]) -> bool:
        """Rip titles in one pass where that is quicker; false if there was none."""
        backend, policy = self._parts.backend(), self._policy(work)
        try:
            wanted = [self._chosen(work, title, policy) for title in titles]
            batch = backend.together(work.disc, wanted, work.cancel)
            size = backend.size_together(work.disc, work.cancel)
            if len(batch) < 2 or not self._has_room(work, size):
                return False
        except WAITED_FOR as error:
            work.passed = False
            self._wait_for(work, error)
            return True
        except (RipFailed, NotFound, UnreadableDisc):
            return False  # it is told of each title
        targets = [work.folder.rip_target(t.title_index, t.rip_attempts + 1) for t in titles]
        listener = OnePass(
            self.steps,
            lambda title, progress: self._show(work, title, progress),
            dict(zip(targets, titles, strict=True)),
            backend.name_for(work.disc),
            lambda title, result: self._keep_of_pass(work, title, result),
        )
        in_pass = [Wanted(w, target) for w, target in zip(wanted, targets, strict=True)]
        self._run_pass(work, backend, listener, in_pass, policy, size)
        return True

    def _run_pass(
        self,
        work: _Work,
        backend: Backend,
        listener: OnePass,
        wanted: list[Wanted],
        policy: TrackPolicy,
        size: int,
    ) -> None:
        log.info("titles are ripped in one pass", titles=len(wanted), phase="rip")
        try:
            with self._ledger.writing(work.folder.path / PASS, size):
                backend.rip_together(work.disc, wanted, listener, work.cancel, tracks=policy)
        except WAITED_FOR as error:
            self._wait_for(work, error, listener.put_back(error))
        except (RipFailed, NotFound, UnreadableDisc) as error:
            listener.put_back(error)  # they are ripped one by one, and judged then
            log.warning("a pass over the disc failed", phase="rip", why=str(error))
        except EngramError as error:
            listener.put_back(error)
            raise
        else:
            listener.put_back()

    def _has_room(self, work: _Work, size: int) -> bool:
        """Whether a pass fits that also writes titles which nobody wants."""
        try:
            self._ledger.need([Room(work.folder.path, size)], self._parts.settings.current.min_free_bytes)
        except NoSpace:
            return False
        return True

    def _show(self, work: _Work, title: DiscTitle, progress: Progress, idle: Idle | None = None) -> None:
        if idle is not None:
            idle.look(progress)
        if progress.bytes:
            self._needs.reads(work.job_id)
        work.meter.show(title, progress)

    def _keep_of_pass(self, work: _Work, title: DiscTitle, result: RipResult) -> None:
        """Keep a title that is complete; it was moved out of what the pass still writes."""
        self._ledger.moved_out(work.folder.path / PASS, result.size)
        self._keep(work, title, result)

    def _keep(self, work: _Work, title: DiscTitle, result: RipResult) -> None:
        self._needs.read_on(work.job_id)
        work.meter.finish(title)
        self.steps.keep(work.job_id, title, result, work.folder)

    def _policy(self, work: _Work) -> TrackPolicy:
        job = self._parts.store.need_job(work.job_id)
        return self._rules.policy(self._parts.settings.current, job)

    def _chosen(self, work: _Work, title: DiscTitle, policy: TrackPolicy) -> Title:
        """Give a title with the tracks to keep, by what is known now, and record which these are."""
        whole = work.disc.titles[title.title_index]
        makemkv = self._parts.backend().name_for(work.disc) == MAKEMKV
        chosen = wanted_title(work.disc, whole, policy, makemkv=makemkv)
        work.folder.save_streams(title.title_index, chosen.streams)
        rows = track_rows(work.disc, whole, policy, makemkv=makemkv)
        for row in rows:
            row.title_id = title.id or 0
        self._parts.store.replace_of_title(TitleTrack, title.id or 0, rows)
        return chosen


def stopped_by(cancel: CancelToken) -> Stop:
    """Say who stopped a rip."""
    return Stop(cancel.reason) if cancel.reason in list(Stop) else Stop.CANCELLED
