"""The second stage: rip the wanted titles one by one; each is examined while the next one rips."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog

from engramd.discs.model import Disc, Protection
from engramd.errors import (
    EngramError,
    NoMedium,
    NoSpace,
    ProtectedDisc,
    RipFailed,
    ToolMissing,
    WrongState,
)
from engramd.events import RipProgress
from engramd.models import ContentType, DiscJob, DiscTitle, JobState, TitleRole, TitleState
from engramd.pipeline.needs import Needs
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.stops import Stop
from engramd.rip import Progress, RipResult
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

#: `match_source` of a title whose episode TheDiscDB names.
FROM_DISCDB = "discdb"
#: Seconds between two announcements of progress.
PROGRESS_EVERY = 0.5


@dataclass
class _Work:
    """One job at its disc."""

    job_id: int
    disc: Disc
    source: Path
    folder: JobFolder
    meter: _Meter
    cancel: CancelToken


class Ripper:
    """Rips the pending titles of a job; `ripped` is called with each title that is complete."""

    def __init__(self, parts: Parts, ripped: Callable[[DiscJob, DiscTitle], None]) -> None:
        self._parts = parts
        self._needs = Needs(parts)
        self._ripped = ripped

    def run(self, job_id: int, disc: Disc, source: Path, folder: JobFolder, cancel: CancelToken) -> None:
        """Rip all that is pending, after waiting for what is lacking. Raises Cancelled and NoMedium."""
        self._needs.wait(job_id, disc, folder, cancel)
        folder.save_disc(disc)
        self._parts.lifecycle.update_job(job_id, staging_folder=str(folder.path))
        job = self._parts.store.need_job(job_id)
        if job.state is not JobState.RIPPING:
            self._parts.lifecycle.move_job(job_id, JobState.RIPPING, "ripping begins")
        meter = _Meter(self._parts, job_id, self._pending(job_id))
        work = _Work(job_id, disc, source, folder, meter, cancel)
        while (title := next(iter(self._pending(job_id)), None)) is not None:
            cancel.raise_if_cancelled()
            self._rip(work, title)

    def _pending(self, job_id: int) -> list[DiscTitle]:
        waiting = [t for t in self._parts.store.titles(job_id) if t.state is TitleState.PENDING]
        return sorted(waiting, key=lambda t: (t.is_extra, t.place or 0, t.title_index))

    def _rip(self, work: _Work, title: DiscTitle) -> None:
        number = f"title {title.title_index + 1}"
        attempt = title.rip_attempts + 1
        try:
            self._parts.lifecycle.move_title(
                title, TitleState.RIPPING, f"{number} begins to rip", rip_attempts=attempt, error_message=None
            )
        except WrongState:
            return  # somebody decided in this moment that it is not wanted
        try:
            result = self._read(work, title, attempt)
        except RipFailed as error:
            if not os.path.lexists(work.source):
                raise self._interrupted(title, NoMedium("the drive is gone", where=work.source)) from error
            log.warning("a title failed", title=number, phase="rip", why=str(error))
            self._parts.lifecycle.move_title(title, TitleState.FAILED, str(error), error_message=str(error))
        except (NoSpace, ToolMissing, ProtectedDisc) as error:
            self._interrupted(title, error)
            if isinstance(error, ProtectedDisc):
                found = {"protection": Protection.UNKNOWN, "protection_reason": error.why or error.what}
                work.disc = work.disc.model_copy(update=found)
            self._needs.wait(work.job_id, work.disc, work.folder, work.cancel, failed=error)
        except EngramError as error:
            raise self._interrupted(title, error) from None
        else:
            work.meter.finish(title)
            self._keep(work, title, result)

    def _read(self, work: _Work, title: DiscTitle, attempt: int) -> RipResult:
        """Have the back end write the title, after removing what earlier attempts left."""
        kept = Path(title.staging_file) if title.staging_file else None
        work.folder.forget_attempts(title.title_index, keep=kept)
        return self._parts.backend().rip_title(
            work.disc.model_copy(update={"source": str(work.source)}),
            work.disc.titles[title.title_index],
            work.folder.rip_target(title.title_index, attempt),
            on_progress=lambda progress: work.meter.show(title, progress),
            cancel=work.cancel,
        )

    def _interrupted(self, title: DiscTitle, error: EngramError) -> EngramError:
        """Put the title back to pending: it begins again when the disc does."""
        self._parts.lifecycle.move_title(
            title, TitleState.PENDING, str(error), rip_attempts=title.rip_attempts
        )
        return error

    def _keep(self, work: _Work, ripped: DiscTitle, result: RipResult) -> None:
        """Hand a ripped title on, as what a person may have said of it in the meantime."""
        work.folder.forget_attempts(ripped.title_index, keep=result.path)
        job = self._parts.store.need_job(work.job_id)
        title = self._parts.store.need_title(work.job_id, ripped.title_index)
        values: dict[str, Any] = {"staging_file": str(result.path), "file_size_bytes": result.size}
        sentence = f"title {title.title_index + 1} is ripped: {result.duration:.0f} s, {result.size} bytes"
        if needs_episode(job, title):
            self._parts.lifecycle.move_title(title, TitleState.MATCHING, sentence, **values)
        else:
            why = title.match_reason or title.role_reason or "as its place on the disc says"
            self._parts.lifecycle.move_title(
                title,
                TitleState.MATCHED,
                sentence,
                match_confidence=title.match_confidence or 1.0,
                match_reason=why,
                **values,
            )
        self._ripped(job, title)


def needs_episode(job: DiscJob, title: DiscTitle) -> bool:
    """Tell whether a title must be matched before it can be filed."""
    if title.match_source == FROM_DISCDB and title.role is TitleRole.EPISODE:
        return True  # the disc's own subtitles may know better
    if title.matched_episode or title.is_extra or title.own_content_type is ContentType.MOVIE:
        return False
    return job.content_type is not ContentType.MOVIE or title.role is TitleRole.EPISODE


def stopped_by(cancel: CancelToken) -> Stop:
    """Say who stopped a rip."""
    return Stop(cancel.reason) if cancel.reason in list(Stop) else Stop.CANCELLED


class _Meter:
    """Adds up the progress of a job's titles and announces it now and then."""

    def __init__(self, parts: Parts, job_id: int, titles: list[DiscTitle]) -> None:
        self._publish = parts.hub.publish
        self._job_id = job_id
        self._sizes = {t.title_index: max(1, t.file_size_bytes) for t in titles}
        self._total = sum(self._sizes.values())
        self._done = 0
        self._started = time.monotonic()
        self._last = 0.0

    def show(self, title: DiscTitle, progress: Progress) -> None:
        now = time.monotonic()
        if now - self._last < PROGRESS_EVERY:
            return
        self._last = now
        size = self._sizes.get(title.title_index, 1)
        fraction = (self._done + max(0.0, progress.fraction) * size) / max(self._total, size)
        rate = fraction * self._total / max(0.1, now - self._started)
        left = (1 - fraction) * self._total / rate if rate > 0 else None
        self._publish(RipProgress(self._job_id, title.title_index, fraction, progress.fraction, rate, left))

    def finish(self, title: DiscTitle) -> None:
        self._done += self._sizes.get(title.title_index, 1)
