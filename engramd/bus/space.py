"""Free space of the folders that the program writes to, each on a thread: a share may hang."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from engramd.models import AppConfig

#: Seconds between two looks, and the steps in which the number changes (bytes).
INTERVAL = 60.0
STEP = 100_000_000
#: Seconds that a folder has for its answer; one that hangs is not told, and not asked again until it answers.
PATIENCE = 5.0


class FreeSpaceWatch:
    """Tells the free bytes of each folder when they differ from before."""

    def __init__(
        self,
        folders: Callable[[], Iterable[str]],
        tell: Callable[[dict[str, int]], None],
        interval: float = INTERVAL,
        patience: float = PATIENCE,
    ) -> None:
        self._folders = folders
        self._tell = tell
        self._interval, self._patience = interval, patience
        self._wake = threading.Event()
        self._ended = False
        self._looks: dict[str, _Look] = {}

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="free-space", daemon=True).start()

    def look(self) -> None:
        """Look again now."""
        self._wake.set()

    def stop(self) -> None:
        """Look no more."""
        self._ended = True
        self._wake.set()

    def _run(self) -> None:
        told: dict[str, int] | None = None
        while not self._ended:
            found = self._measured()
            if found != told and not self._ended:
                self._tell(found)
                told = found
            self._wake.wait(self._interval)
            self._wake.clear()

    def _measured(self) -> dict[str, int]:
        folders = list(self._folders())
        for folder in folders:
            if folder not in self._looks or self._looks[folder].is_over():
                self._looks[folder] = _Look(folder)
        end = time.monotonic() + self._patience
        free = {folder: self._looks[folder].free(end) for folder in folders}
        return {folder: size for folder, size in free.items() if size is not None}


class _Look:
    """One look at a folder, which may never end."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._free: int | None = None
        self._thread = threading.Thread(target=self._run, name="free-space-of-a-folder", daemon=True)
        self._thread.start()

    def is_over(self) -> bool:
        """Whether it has ended."""
        return not self._thread.is_alive()

    def free(self, end: float) -> int | None:
        """Give the free bytes; None where the folder is not there, or does not answer until `end`."""
        self._thread.join(max(0.0, end - time.monotonic()))
        return self._free if self.is_over() else None

    def _run(self) -> None:
        self._free = measure([self._folder]).get(self._folder)


def measure(folders: Iterable[str]) -> dict[str, int]:
    """Give the free bytes of each folder that is set and there, rounded down to `STEP`."""
    found = {}
    for folder in folders:
        try:
            status = os.statvfs(folder)
        except OSError:
            continue
        found[folder] = status.f_bavail * status.f_frsize // STEP * STEP
    return found


def written_folders(config: AppConfig, default_staging: Path | None = None) -> list[str]:
    """Give the folders that the program writes to."""
    staging = config.staging_path or str(default_staging or "")
    libraries = (config.library_tv_path, config.library_movies_path, config.library_other_path)
    paths = (staging, *libraries)
    return [str(Path(path)) for path in dict.fromkeys(paths) if path]
