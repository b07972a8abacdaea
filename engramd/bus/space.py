"""Free space of the folders that the program writes to, measured on a thread of its own: a share may hang."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from engramd.models import AppConfig

#: Seconds between two looks, and the steps in which the number changes (bytes).
INTERVAL = 60.0
STEP = 100_000_000


class FreeSpaceWatch:
    """Tells the free bytes of each folder when they differ from before."""

    def __init__(
        self,
        folders: Callable[[], Iterable[str]],
        tell: Callable[[dict[str, int]], None],
        interval: float = INTERVAL,
    ) -> None:
        self._folders = folders
        self._tell = tell
        self._interval = interval
        self._wake = threading.Event()
        self._ended = False

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
            found = measure(self._folders())
            if found != told and not self._ended:
                self._tell(found)
                told = found
            self._wake.wait(self._interval)
            self._wake.clear()


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
    paths = (staging, config.library_tv_path, config.library_movies_path)
    return [str(Path(path)) for path in dict.fromkeys(paths) if path]
