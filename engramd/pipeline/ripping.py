"""The second stage: rip the wanted titles; each is examined while the next one rips."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from engramd.discs.model import Disc, Protection, Title
from engramd.errors import EngramError, NoMedium, NoSpace, ProtectedDisc, RipFailed, ToolMissing, WrongState
from engramd.models import DiscJob, DiscTitle, JobState, TitleState, TitleTrack
from engramd.pipeline.damaged import DamagedTitles
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
from engramd.rip import MAKEMKV, PASS, RipResult, TitleDamaged, TitleStalled, TrackPolicy, Wanted
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)


@dataclass
class _Work:
    """One job at its disc. `later` are titles whose first try went badly, `spent` the seconds that took."""

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
        self, parts: Parts, reviews: Reviews, ledger: Ledger, ripped: Callable[[DiscJob, DiscTitle], None]
    ) -> None:
        self._parts = parts
        self._ledger = ledger
        self._needs = Needs(parts, ledger)
        self._rules = TrackRules(parts.store)
        self.damaged = DamagedTitles(parts, reviews)
        self.steps = TitleSteps(parts, ripped)

    def run(self, job_id: int, disc: Disc, source: Path, folder: JobFolder, cancel: CancelToken) -> None:
        """Rip all that is pending, after waiting for what is lacking. Raises Cancelled and NoMedium."""
        self._needs.wait(job_id, disc, folder, cancel)
        folder.save_disc(disc)
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
        why = f"the time for damaged titles of one disc is used up ({work.spent / 60:.0f} minutes)"
        for title in titles:
            error = work.later.get(title.title_index)
            with suppress(WrongState):  # somebody decided in this moment that it is not wanted
                self.damaged.ask(title, error or TitleStalled("the title was not read any more", why=why))

    def _rip(self, work: _Work, title: DiscTitle) -> None:
        if not self.steps.begin(title, self._parts.backend().name_for(work.disc)):
            return
        begun = time.monotonic()
        try:
            result = self._read(work, title)
        except RipFailed as error:
            if not os.path.lexists(work.source):
                gone = NoMedium("the drive is gone", where=work.source)
                raise self.steps.interrupted(title, gone) from error
            self._went_badly(work, title, error, time.monotonic() - begun)
        except (NoSpace, ToolMissing, ProtectedDisc) as error:
            self.steps.interrupted(title, error)
            self._wait_for(work, error)
        except EngramError as error:
            raise self.steps.interrupted(title, error) from None
        else:
            self._keep(work, title, result)

    def _went_badly(self, work: _Work, title: DiscTitle, error: RipFailed, seconds: float) -> None:
        """Try a title again after the others, once; then it is a question, or failed."""
        work.spent += seconds
        if not isinstance(error, TitleDamaged | TitleStalled):
            self.steps.failed(title, error)
        elif title.title_index not in work.later:
            work.later[title.title_index] = error
            self.steps.put_off(title, error)
        else:
            self.damaged.ask(title, error)
        work.folder.forget_attempts(title.title_index, keep=kept_file(title))

    def _wait_for(self, work: _Work, error: EngramError) -> None:
        """Wait for what stopped a rip and is no fault of the title."""
        if isinstance(error, ProtectedDisc):
            found = {"protection": Protection.UNKNOWN, "protection_reason": error.why or error.what}
            work.disc = work.disc.model_copy(update=found)
        self._needs.wait(work.job_id, work.disc, work.folder, work.cancel, failed=error)
        work.meter.pause()

    def _read(self, work: _Work, title: DiscTitle) -> RipResult:
        """Have the back end write the title, after removing what earlier attempts left."""
        work.folder.forget_attempts(title.title_index, keep=kept_file(title))
        policy = self._policy(work)
        target = work.folder.rip_target(title.title_index, title.rip_attempts)
        with self._ledger.writing(target, title.file_size_bytes):
            return self._parts.backend().rip_title(
                work.disc,
                self._chosen(work, title, policy),
                target,
                on_progress=lambda progress: work.meter.show(title, progress),
                cancel=work.cancel,
                tracks=policy,
                rescue_folder=work.folder.rescue,
            )

    def _rip_together(self, work: _Work, titles: list[DiscTitle]) -> bool:
        """Rip titles in one pass where that is quicker; false if there was none."""
        backend, policy = self._parts.backend(), self._policy(work)
        wanted = [self._chosen(work, title, policy) for title in titles]
        try:
            batch = backend.together(work.disc, wanted, work.cancel)
            size = backend.size_together(work.disc, work.cancel)
            if len(batch) < 2 or not self._has_room(work, size):
                return False
        except (NoSpace, ToolMissing, ProtectedDisc) as error:
            work.passed = False
            self._wait_for(work, error)
            return True
        except RipFailed:
            return False  # it is told of each title
        targets = [work.folder.rip_target(t.title_index, t.rip_attempts + 1) for t in titles]
        listener = OnePass(
            self.steps,
            work.meter,
            dict(zip(targets, titles, strict=True)),
            backend.name_for(work.disc),
            lambda title, result: self._keep(work, title, result),
        )
        in_pass = [Wanted(w, target) for w, target in zip(wanted, targets, strict=True)]
        self._run_pass(work, listener, in_pass, policy, size)
        return True

    def _run_pass(
        self, work: _Work, listener: OnePass, wanted: list[Wanted], policy: TrackPolicy, size: int
    ) -> None:
        backend = self._parts.backend()
        log.info("titles are ripped in one pass", titles=len(wanted), phase="rip")
        try:
            with self._ledger.writing(wanted[0].target.with_name(PASS), size):
                backend.rip_together(work.disc, wanted, listener, work.cancel, tracks=policy)
        except (NoSpace, ToolMissing, ProtectedDisc) as error:
            listener.put_back(error)
            self._wait_for(work, error)
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

    def _keep(self, work: _Work, title: DiscTitle, result: RipResult) -> None:
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
