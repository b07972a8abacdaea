"""Typed events: lower rooms publish, upper rooms subscribe, nobody calls up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Event:
    """Base of all events; each is published after what it tells of is committed."""


@dataclass(frozen=True)
class JobAdded(Event):
    """A job's row exists."""

    job_id: int


@dataclass(frozen=True)
class JobChanged(Event):
    """Some field of a job, or of what belongs to it, has a new value."""

    job_id: int


@dataclass(frozen=True)
class JobStateChanged(Event):
    """A job moved in its transition table."""

    job_id: int
    old: str
    new: str
    reason: str


@dataclass(frozen=True)
class JobFinished(Event):
    """A job is completed or failed."""

    job_id: int
    success: bool
    sentence: str


@dataclass(frozen=True)
class ChangedElsewhere(Event):
    """Another daemon that shares the database changed jobs, or (`everything`) may have changed any."""

    job_ids: tuple[int, ...] = ()
    everything: bool = False


@dataclass(frozen=True)
class JobCleared(Event):
    """A person took a finished job off the list."""

    job_id: int


@dataclass(frozen=True)
class JobNoted(Event):
    """A line was written into the history of a job."""

    job_id: int


@dataclass(frozen=True)
class TitlesListed(Event):
    """The titles of a job are known (again)."""

    job_id: int


@dataclass(frozen=True)
class TitleChanged(Event):
    """Some field of a title has a new value."""

    job_id: int
    title_index: int


@dataclass(frozen=True)
class TitleFiled(Event):
    """A title is complete in the library, at `path` (absolute) below the library folder `root`."""

    job_id: int
    title_index: int
    path: str
    root: str


@dataclass(frozen=True)
class LibraryChanged(Event):
    """Files of a folder (absolute) below the library folder `root` came, moved or went."""

    root: str
    folder: str


@dataclass(frozen=True)
class FileDiscarded(Event):
    """A library file (absolute `path` below `root`) went to the trash for the title that took its place."""

    root: str
    path: str
    job_id: int
    title_index: int


@dataclass(frozen=True)
class RipProgress(Event):
    """How far a rip is: fraction of all wanted bytes (0 to 1, -1 unknown), bytes a second, seconds left.

    `title_fraction` and `title_seconds_left` are the same for the title in work.
    """

    job_id: int
    title_index: int
    fraction: float
    title_fraction: float
    rate: float
    seconds_left: float | None
    title_seconds_left: float | None = None


@dataclass(frozen=True)
class DriveAdded(Event):
    """A drive is there."""

    drive_id: str


@dataclass(frozen=True)
class DriveChanged(Event):
    """A drive's state, medium or name changed."""

    drive_id: str


@dataclass(frozen=True)
class DriveRemoved(Event):
    """A drive is gone."""

    drive_id: str


@dataclass(frozen=True)
class ReviewOpened(Event):
    """There is a new question."""

    review_id: int
    job_id: int


@dataclass(frozen=True)
class ReviewClosed(Event):
    """A question was answered or dismissed, or answered itself."""

    review_id: int
    job_id: int


@dataclass(frozen=True)
class ConditionsChanged(Event):
    """The daemon or a drive lacks something else than before."""


@dataclass(frozen=True)
class HintsChanged(Event):
    """What people said the next discs are has changed: a hint is new, was taken, given back, or has ended."""


@dataclass(frozen=True)
class SettingsChanged(Event):
    """A setting has a new value."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Happened(Event):
    """Something worth a line in a log, for people: the bus passes it on as `Event`."""

    kind: str
    sentence: str
    job_id: int | None = None
    drive_id: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


E = TypeVar("E", bound=Event)


class EventHub:
    """Hands events to subscribers on the publisher's thread, in order of subscription.

    Subscribers return at once (they put the event into a queue of their own); one that raises is logged and
    harms no other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: list[tuple[type[Event], Callable[[Any], None]]] = []

    def subscribe(self, kind: type[E], callback: Callable[[E], None]) -> Callable[[], None]:
        """Call `callback` with each event of `kind` (and its subclasses); the result ends it."""
        entry = (kind, callback)
        with self._lock:
            self._subscribers.append(entry)

        def unsubscribe() -> None:
            with self._lock:
                if entry in self._subscribers:
                    self._subscribers.remove(entry)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Hand an event to all who want it."""
        with self._lock:
            wanted = [callback for kind, callback in self._subscribers if isinstance(event, kind)]
        for callback in wanted:
            try:
                callback(event)
            except Exception:
                log.exception("a listener failed on %s", type(event).__name__)
