"""Notices changes of the references folder since a job was last compared with it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

#: How deep below the references folder changes are noticed: show, season, files.
DEPTH = 3


class ReferencesWatch:
    """Remembers for each job what the folder looked like when its titles were compared. For any thread."""

    def __init__(self, folder: Callable[[], str]) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: dict[int, int] = {}

    def note(self, job_id: int) -> None:
        """Remember the present look; call it before comparing, so that nothing falls between."""
        now = self._look()
        with self._lock:
            self._seen[job_id] = now

    def changed(self, job_id: int) -> bool:
        """Whether the folder changed since it was noted for this job; the present look is then noted."""
        now = self._look()
        with self._lock:
            before, self._seen[job_id] = self._seen.get(job_id), now
        return before is not None and before != now

    def _look(self) -> int:
        configured = self._folder()
        return hash(tuple(_entries(Path(configured), DEPTH))) if configured else 0


def _entries(folder: Path, depth: int) -> list[tuple[str, int, int]]:
    """Give name, time and size of all below a folder; what cannot be read is not there."""
    found: list[tuple[str, int, int]] = []
    try:
        with os.scandir(folder) as entries:
            ordered = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return found
    for entry in ordered:
        try:
            status, is_folder = entry.stat(), entry.is_dir(follow_symlinks=False)
        except OSError:
            continue
        found.append((entry.path, status.st_mtime_ns, status.st_size))
        if is_folder and depth > 1:
            found += _entries(Path(entry.path), depth - 1)
    return found
