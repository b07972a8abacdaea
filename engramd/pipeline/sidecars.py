"""Writes what the settings want beside filed titles, and never holds a job.

What is to be written is what the rows lack: filed titles without a row of the kind. So it goes on after a
restart, and where a setting is new, with all that was filed before. What a machine must read is read only
while no job is at work.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from engramd import events
from engramd.errors import Cancelled, EngramError
from engramd.events import Event
from engramd.models import DiscJob, DiscTitle, JobState, SubtitleSidecars, TitleState
from engramd.notify.worker import Worker
from engramd.pipeline.filing_items import FileCode
from engramd.pipeline.libraries import Libraries
from engramd.pipeline.parts import LOOK_SELDOM, Parts
from engramd.pipeline.sources import Sources
from engramd.sources.problems import SourceRefused, SourceUnreachable
from engramd.store.sidecars import CAPTIONS, NFO, OCR, POSTER, SidecarRows
from engramd.tools import CancelToken

# What writes is imported where it is used: a daemon that writes nothing does not hold it.
if TYPE_CHECKING:
    from engramd.pipeline.sidecar_writing import SidecarWriter

log = structlog.get_logger(__name__)

#: Seconds until what could not be written is tried again, and until a source is asked again.
RETRY, ASK_AGAIN = 3600.0, 600.0
#: How often the first of these doubles, each time that it failed again.
MOST_DOUBLED = 6
#: Settings that say what is written.
SETTINGS = ("nfo_enabled", "poster_enabled", "subtitle_sidecars", "tesseract_path", "tmdb_api_key")
_AT_WORK = (JobState.IDLE, JobState.IDENTIFYING, JobState.RIPPING, JobState.MATCHING, JobState.ORGANIZING)


class Sidecars:
    """Two threads, started when a setting first wants them: one for now, one for when no job is at work."""

    def __init__(
        self,
        parts: Parts,
        libraries: Libraries,
        sources: Sources,
        file_code: FileCode,
        stop: CancelToken,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._parts, self._sources, self._stop, self._clock = parts, sources, stop, clock
        self._libraries, self._file_code = libraries, file_code
        self.rows = SidecarRows(parts.store)
        self._lock = threading.Lock()
        self._heard: list[Event] = []
        self._later: dict[tuple[int, str], float] = {}
        self._failed: dict[tuple[int, str], int] = {}
        self._jobs_changed = threading.Event()
        self._now = Worker("sidecars", self._write_what_lacks)
        self._idle = Worker("sidecars-ocr", self._read_when_idle)
        self._is_started = False

    def start(self) -> None:
        """Follow events, and go on with what an earlier run left."""
        hub = self._parts.hub
        for kind in (events.TitleFiled, events.TitleChanged, events.FileDiscarded):
            hub.subscribe(kind, self._hear)
        hub.subscribe(events.JobChanged, lambda _event: self._note_jobs())
        hub.subscribe(events.SettingsChanged, lambda event: self._note_settings(event.names))
        self._stop.on_cancel(self._end)
        if self._kinds():
            self._begin()

    # -- events ----------------------------------------------------------------------------------------

    def _hear(self, event: Event) -> None:
        """Keep an event for the thread; nothing is asked of the database here."""
        if not self._kinds() and not isinstance(event, events.FileDiscarded):
            return
        with self._lock:
            if event not in self._heard:
                self._heard.append(event)
        self._begin()
        self._now.wake()

    def _note_jobs(self) -> None:
        self._jobs_changed.set()
        if OCR in self._kinds():
            self._idle.wake()

    def _note_settings(self, names: tuple[str, ...]) -> None:
        if not set(names).isdisjoint(SETTINGS) and self._kinds():
            self._later.clear()
            self._begin()
            self._now.wake()
            self._idle.wake()

    def _begin(self) -> None:
        with self._lock:
            if self._is_started:
                return
            self._is_started = True
        self._now.start()
        self._idle.start()

    def _end(self) -> None:
        self._jobs_changed.set()
        self._now.stop()
        self._idle.stop()

    def _kinds(self) -> list[str]:
        settings = self._parts.settings.current
        wanted = {
            NFO: settings.nfo_enabled,
            CAPTIONS: settings.subtitle_sidecars is not SubtitleSidecars.OFF,
            POSTER: settings.poster_enabled and self._sources.tmdb_online,
            OCR: settings.subtitle_sidecars is SubtitleSidecars.OCR,
        }
        return [kind for kind, is_wanted in wanted.items() if is_wanted]

    @cached_property
    def _writer(self) -> SidecarWriter:
        from engramd.pipeline.sidecar_writing import SidecarWriter

        return SidecarWriter(self._parts, self._libraries, self._sources, self._file_code, self._stop)

    # -- the threads -----------------------------------------------------------------------------------

    def _write_what_lacks(self) -> float | None:
        """Write all that lacks but what a machine must read; give the seconds until it is tried again."""
        try:
            self._follow_events()
            pause = self._write_kinds([kind for kind in self._kinds() if kind != OCR])
            self._quietly(self._writer.discard_outlived)
            return pause
        except Cancelled:
            return None

    def _read_when_idle(self) -> float | None:
        if OCR not in self._kinds() or not self._is_idle():
            return None
        if not self._parts.settings.current.tesseract_path and self._parts.tools.find("tesseract") is None:
            return RETRY  # the checks say that it is missing
        try:
            return self._write_kinds([OCR])
        except Cancelled:
            return None

    def _write_kinds(self, kinds: list[str]) -> float | None:
        self._writer.look_again()
        pauses: list[float] = []
        for kind in kinds:
            for job, title in self.rows.lacking(kind):
                self._stop.raise_if_cancelled()
                pause = self._attempt(kind, job, title)
                pauses += [] if pause is None else [pause]
        return min(pauses, default=None)

    def _attempt(self, kind: str, job: DiscJob, title: DiscTitle) -> float | None:
        """Try to write what a title lacks; give the seconds until that is tried again, None: it is done."""
        from engramd.pipeline.sidecar_writing import Away, Moved

        key, of_kind = (title.id or 0, kind), (0, kind)
        left = max(self._later.get(key, 0.0), self._later.get(of_kind, 0.0)) - self._clock()
        if left > 0:
            return left
        try:
            self._writer.write(kind, job, title, self._wait_until_idle)
        except Cancelled:
            raise
        except Away:
            return LOOK_SELDOM
        except Moved:
            return 1.0
        except (SourceUnreachable, SourceRefused) as error:
            log.warning("a source was not asked for what is beside a title", kind=kind, why=str(error))
            self._later[of_kind] = self._clock() + ASK_AGAIN
            return ASK_AGAIN
        except (EngramError, OSError) as error:
            log.warning("nothing was written beside a title", kind=kind, job=job.id, why=str(error))
            return self._put_off(key)
        return None

    def _put_off(self, key: tuple[int, str]) -> float:
        """Try again later, and each time later than before: a try may read a whole film."""
        tries = self._failed[key] = self._failed.get(key, 0) + 1
        pause = RETRY * (1 << min(tries - 1, MOST_DOUBLED))
        self._later[key] = self._clock() + pause
        return pause

    def _is_idle(self) -> bool:
        jobs = self._parts.store.unfinished_jobs()
        return not any(job.state in _AT_WORK and job.waiting_for is None for job in jobs)

    def _wait_until_idle(self) -> None:
        """Return when no job is at work. Raises Cancelled."""
        while True:
            self._jobs_changed.clear()
            self._stop.raise_if_cancelled()
            if self._is_idle():
                return
            self._jobs_changed.wait(LOOK_SELDOM)

    # -- what happened meanwhile -----------------------------------------------------------------------

    def _follow_events(self) -> None:
        with self._lock:
            heard, self._heard = self._heard, []
        self._writer.look_again()
        for event in heard:
            if isinstance(event, events.FileDiscarded):
                self._quietly(partial(self._discard, event))
            elif isinstance(event, events.TitleFiled):
                self._forget_strangers(event)
            elif isinstance(event, events.TitleChanged) and NFO in self._kinds():
                self._quietly(partial(self._rewrite, event))

    def _quietly(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Cancelled:
            raise
        except (EngramError, OSError) as error:
            log.warning("what is beside a title could not follow it", why=str(error))

    def _discard(self, event: events.FileDiscarded) -> None:
        """Put into the trash what lies beside a file that went there."""
        by = self._parts.store.title(event.job_id, event.title_index)
        gone = [row for row in self.rows.of_video(event.path) if by is None or row.title_id != by.id]
        self._writer.discard(Path(event.root), gone, f"beside {Path(event.path).name}, which was replaced")

    def _forget_strangers(self, event: events.TitleFiled) -> None:
        """Forget what is recorded of an earlier file of a title."""
        from engramd.organize.sidecars import is_beside

        title = self._parts.store.title(event.job_id, event.title_index)
        if title is not None and title.id is not None:
            files, lacks = self.rows.of_title(title.id), self.rows.lacks_of(title.id)
            video = Path(event.path)
            self.rows.forget(row for row in files if not is_beside(Path(row.path), video))
            self.rows.forget(row for row in lacks if not is_beside(Path(row.path), video))

    def _rewrite(self, event: events.TitleChanged) -> None:
        """Write an `.nfo` anew of which something changed; not while its title is being moved."""
        from engramd.organize.sidecars import is_beside

        title = self._parts.store.title(event.job_id, event.title_index)
        if title is None or title.state is not TitleState.COMPLETED or not title.organized_to:
            return
        rows, lacks = self.rows.of_title(title.id or 0), self.rows.lacks_of(title.id or 0)
        is_written = NFO in {row.kind for row in rows} | {lack.kind for lack in lacks}
        if is_written and all(is_beside(Path(row.path), Path(title.organized_to)) for row in rows):
            self._writer.write(NFO, self._parts.store.need_job(title.job_id), title, self._wait_until_idle)
