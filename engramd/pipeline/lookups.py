"""Asks the network what a disc is, while it is ripped: nothing waits for an answer but the names of files."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog

from engramd.discs.model import Disc
from engramd.errors import Cancelled, EngramError
from engramd.lifecycle import NOTHING_RIPPED
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.sources import Sources
from engramd.pipeline.threads import Pool
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)

AT_ONCE = 2


class Lookups:
    """Looks discs up in the background; `done` has a job go on."""

    def __init__(
        self,
        parts: Parts,
        sources: Sources,
        identities: Identities,
        reviews: Reviews,
        stop: CancelToken,
        *,
        done: Callable[[int], None],
    ) -> None:
        self._parts = parts
        self._sources = sources
        self._reviews = reviews
        self._stop = stop
        self._identities = identities
        self._done = done
        self._pool = Pool("lookup", lambda: AT_ONCE)
        self._lock = threading.Lock()
        self._pending: dict[int, int] = {}

    def pending(self, job_id: int) -> bool:
        """Whether a job's disc is being looked up: its files have no names yet."""
        with self._lock:
            return job_id in self._pending

    def begin(self, job_id: int, disc: Disc | None = None) -> None:
        """Look a job's disc up, if any source in the network is on; `disc` is its scan, else the kept one."""
        if not (self._sources.tmdb_online or self._sources.discdb_online):
            return
        with self._lock:
            self._pending[job_id] = self._pending.get(job_id, 0) + 1
        self._pool.submit(lambda: self._run(job_id, disc))

    def take_up(self) -> None:
        """After a restart, look up again what was not looked up to the end."""
        for job in self._parts.store.unfinished_jobs():
            asked = any(e.source == "tmdb" for e in self._parts.store.evidence(job.id or 0))
            # A disc that is identified again is looked up by that.
            if not asked and job.staging_folder and job.state not in NOTHING_RIPPED:
                self.begin(job.id or 0)

    def _run(self, job_id: int, disc: Disc | None) -> None:
        try:
            disc = disc or self._identities.scan(self._parts.store.need_job(job_id))
            if disc is not None:
                self._look_up(job_id, disc)
        except Cancelled:
            return
        except EngramError as error:
            self._parts.lifecycle.note(job_id, "lookup", f"could not be looked up: {error}")
        except Exception as error:
            log.exception("a lookup failed in a way that was not foreseen", job=job_id)
            sentence = f"could not be looked up: an internal error ({type(error).__name__}); please report it"
            self._parts.lifecycle.note(job_id, "lookup", sentence)
        finally:
            # At shut-down nothing gets the name that it has so far: the next start looks it up again.
            if not self._stop.cancelled:
                self._let_go(job_id)

    def _let_go(self, job_id: int) -> None:
        with self._lock:
            self._pending[job_id] -= 1
            if not self._pending[job_id]:
                del self._pending[job_id]
        self._done(job_id)

    def _look_up(self, job_id: int, disc: Disc) -> None:
        if self._sources.discdb_online and not self._is_recorded(job_id):
            try:
                found = self._sources.discdb(disc, self._stop)
            except EngramError as error:
                self._stop.raise_if_cancelled()
                self._parts.lifecycle.note(job_id, "lookup", f"TheDiscDB could not be asked: {error}")
            else:
                self._identities.again(job_id, "TheDiscDB was asked", disc=disc, found=found)
        if self._sources.tmdb_online:
            from engramd.pipeline.works import WorkFinder

            finder = WorkFinder(self._parts, self._sources, self._identities, self._reviews, self._stop)
            with self._sources.tmdb() as tmdb:
                finder.find(tmdb, job_id, disc)

    def _is_recorded(self, job_id: int) -> bool:
        return self._parts.store.need_job(job_id).discdb_mappings_json is not None
