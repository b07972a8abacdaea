"""How fast drives read: what their policies say is told to them with each disc."""

from __future__ import annotations

import threading

import structlog

from engramd.discs.model import Media
from engramd.drives.abilities import kernel_speed
from engramd.drives.ioctls import Tray
from engramd.errors import WrongState

log = structlog.get_logger(__name__)


class Speeds:
    """Remembers which drives were told a speed: only those are told to be as fast as they can again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._told: set[str] = set()

    def had_limit(self, identity: str) -> None:
        """Hear that a drive may have been told a speed, perhaps by an earlier run of this program."""
        with self._lock:
            self._told.add(identity)

    def apply(self, tray: Tray, identity: str, times: int, media: Media) -> None:
        """Have a drive read its disc at so many times the single speed of the disc's kind; 0: no limit.

        Raises WrongState if its speed cannot be set, or an error of the tray.
        """
        with self._lock:
            if not times and identity not in self._told:
                return
        if not tray.set_speed(kernel_speed(times, media)) and times:
            raise WrongState("this drive does not let its speed be set", where=tray.device)
        with self._lock:
            self._told.add(identity) if times else self._told.discard(identity)
        log.info("the drive was told its speed", drive=tray.device, times=times)
