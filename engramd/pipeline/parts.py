"""What the pipeline is built from; everything that touches the world is handed in here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from engramd.conditions import Conditions
from engramd.discs.model import Disc
from engramd.drives.ioctls import Tray
from engramd.events import EventHub
from engramd.lifecycle import Lifecycle
from engramd.notify.service import Delivery
from engramd.paths import Paths
from engramd.settings import Settings
from engramd.store import Store
from engramd.tools import CancelToken, Tools

if TYPE_CHECKING:
    from engramd.rip import ChosenBackend

#: Seconds after which something that waits is looked at again, if nothing woke it before: at first, and at
#: most, since what was not mended soon is mended some time.
LOOK_AGAIN = 2.0
LOOK_SELDOM = 30.0


class BackendSource(Protocol):
    """Gives the back end for the present settings."""

    def __call__(self) -> ChosenBackend:
        """Give it."""

    def look_again(self) -> None:
        """Look now for what the back ends lack, and ask MakeMKV whether it works."""


class Wakeups:
    """Wakes everything that waits for the world to change (a setting, a folder, a tool)."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._count = 0

    def wake(self) -> None:
        """Have all waiters look again now."""
        with self._changed:
            self._count += 1
            self._changed.notify_all()

    @property
    def count(self) -> int:
        """How often everything was woken so far; see `sleep`."""
        with self._changed:
            return self._count

    def sleep(self, cancel: CancelToken, seconds: float = LOOK_AGAIN, *, seen: int | None = None) -> None:
        """Return after a wake-up, after `seconds`, or raise Cancelled.

        `seen` is the `count` of before the world was looked at: a wake-up since then is not slept through.
        """
        forget = cancel.on_cancel(self.wake)
        try:
            with self._changed:
                seen = self._count if seen is None else seen
                cancel.raise_if_cancelled()
                self._changed.wait_for(lambda: self._count != seen, seconds)
        finally:
            forget()
        cancel.raise_if_cancelled()


@dataclass(frozen=True)
class Parts:
    """The rooms and edges that the pipeline works with."""

    store: Store
    hub: EventHub
    lifecycle: Lifecycle
    settings: Settings
    conditions: Conditions
    tools: Tools
    paths: Paths
    wakeups: Wakeups
    backend: BackendSource
    read_disc: Callable[[Path, CancelToken], Disc]
    tray: Callable[[str], Tray]
    #: Sends a test message, and gives for each address whether it arrived.
    test_notifications: Callable[[], list[Delivery]] = list
