"""Collects the evidence of ripped titles in the background, each once."""

from __future__ import annotations

import os
import threading
from concurrent.futures import Future
from pathlib import Path

import structlog

from engramd.errors import EngramError
from engramd.models import DiscTitle
from engramd.pipeline.parts import Parts
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import Pool
from engramd.tools import CancelToken

log = structlog.get_logger(__name__)


class EvidenceCollector:
    """Runs at most `max_concurrent_matches` examinations at a time."""

    def __init__(self, parts: Parts, stop: CancelToken) -> None:
        self._parts = parts
        self._stop = stop
        self._pool = Pool("evidence", lambda: parts.settings.current.max_concurrent_matches)
        self._lock = threading.Lock()
        self._running: dict[Path, Future[Path | None]] = {}

    def begin(self, folder: JobFolder, title: DiscTitle) -> Future[Path | None]:
        """Start the examination of a ripped title, unless it is done or under way."""
        target = folder.evidence(title.title_index)
        with self._lock:
            if target in self._running:
                return self._running[target]
            future: Future[Path | None] = Future()
            if _is_done(target, title.staging_file):
                future.set_result(target)
                return future
            self._running[target] = future
        self._pool.submit(lambda: self._collect(future, target, title))
        return future

    def _collect(self, future: Future[Path | None], target: Path, title: DiscTitle) -> None:
        from engramd.match import collect_evidence

        found: Path | None = None
        try:
            collect_evidence(self._parts.tools, Path(title.staging_file or ""), target, cancel=self._stop)
            found = target
        except EngramError as error:
            log.warning("no evidence", job=title.job_id, title=title.title_index + 1, why=str(error))
        finally:
            with self._lock:
                self._running.pop(target, None)
            future.set_result(found)


def _is_done(target: Path, video: str | None) -> bool:
    """Whether the evidence is newer than its file, and whole: an empty one cannot even be sought in."""
    try:
        if target.stat().st_mtime < Path(video or "").stat().st_mtime:
            return False
        with target.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() == b"}"
    except OSError:
        return False
