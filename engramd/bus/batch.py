"""What a bunch of events makes stale on the bus, and which signals they are. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engramd import events
from engramd.bus import names
from engramd.bus.variants import microseconds
from engramd.bus.views import Rip
from engramd.drives.ids import object_id
from engramd.models.base import utcnow


@dataclass(frozen=True)
class Signal:
    """A signal to send."""

    path: str
    interface: str
    member: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class After:
    """Something to run when all before it is on the bus; `job_id` is a job that must be an object by then."""

    then: Callable[[], None]
    job_id: int | None = None


@dataclass(frozen=True)
class SpaceMeasured:
    """Free bytes by folder."""

    free: Mapping[str, int]


@dataclass
class Batch:
    """Several events at once: what changes twice in it is read and sent once.

    `wanted` are jobs that must be objects even if they are only in the history; `resync` compares everything.
    """

    jobs: set[int] = field(default_factory=set)
    all_titles_of: set[int] = field(default_factory=set)
    titles: set[tuple[int, int]] = field(default_factory=set)
    reviews: set[int] = field(default_factory=set)
    wanted: set[int] = field(default_factory=set)
    cleared: set[int] = field(default_factory=set)
    resync: bool = False
    drives: bool = False
    manager: bool = False
    settings: bool = False
    noted: bool = False
    progress: dict[int, Rip] = field(default_factory=dict)
    signals: list[Signal] = field(default_factory=list)
    afters: list[After] = field(default_factory=list)

    @property
    def touches_jobs(self) -> bool:
        """Whether jobs, titles or reviews must be read."""
        return bool(self.jobs or self.titles or self.reviews or self.resync)

    def take(self, item: object) -> None:
        """Add an event, an After or a SpaceMeasured."""
        take = _TAKERS.get(type(item))
        if take is not None:
            take(self, item)


def _job(batch: Batch, event: Any) -> None:
    batch.jobs.add(event.job_id)


def _elsewhere(batch: Batch, event: events.ChangedElsewhere) -> None:
    batch.jobs.update(event.job_ids)
    batch.all_titles_of.update(event.job_ids)
    batch.resync = batch.resync or event.everything


def _cleared(batch: Batch, event: events.JobCleared) -> None:
    batch.jobs.add(event.job_id)
    batch.cleared.add(event.job_id)


def _state(batch: Batch, event: events.JobStateChanged) -> None:
    batch.jobs.add(event.job_id)
    batch.drives = True
    arguments = (event.old, event.new, event.reason)
    batch.signals.append(Signal(names.job_path(event.job_id), names.JOB, "StateChanged", arguments))


def _finished(batch: Batch, event: events.JobFinished) -> None:
    batch.jobs.add(event.job_id)
    arguments = (event.success, event.sentence)
    batch.signals.append(Signal(names.job_path(event.job_id), names.JOB, "Finished", arguments))


def _titles(batch: Batch, event: events.TitlesListed) -> None:
    batch.jobs.add(event.job_id)
    batch.all_titles_of.add(event.job_id)


def _title(batch: Batch, event: events.TitleChanged) -> None:
    batch.jobs.add(event.job_id)
    batch.titles.add((event.job_id, event.title_index))


def _progress(batch: Batch, event: events.RipProgress) -> None:
    batch.progress[event.job_id] = Rip.of(event)


def _drive(batch: Batch, _event: object) -> None:
    batch.drives = True


def _review(batch: Batch, event: Any) -> None:
    batch.jobs.add(event.job_id)
    batch.reviews.add(event.review_id)


def _manager(batch: Batch, _event: object) -> None:
    batch.manager = True


def _noted(batch: Batch, _event: object) -> None:
    batch.noted = True


def _settings(batch: Batch, _event: object) -> None:
    batch.settings = True


def _happened(batch: Batch, event: events.Happened) -> None:
    path = names.ROOT
    if event.job_id is not None:
        path = names.job_path(event.job_id)
    elif event.drive_id is not None:
        path = names.drive_path(object_id(event.drive_id))
    details = {key: _plain(value) for key, value in event.details.items() if value is not None}
    arguments = (microseconds(utcnow()), event.kind, path, event.sentence, details)
    batch.signals.append(Signal(names.ROOT, names.MANAGER, "Event", arguments))


def _after(batch: Batch, after: After) -> None:
    batch.afters.append(after)
    if after.job_id is not None:
        batch.wanted.add(after.job_id)


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int | float | str) else str(value)


_TAKERS: dict[type, Callable[[Batch, Any], None]] = {
    events.JobAdded: _job,
    events.JobChanged: _job,
    events.ChangedElsewhere: _elsewhere,
    events.JobCleared: _cleared,
    events.JobStateChanged: _state,
    events.JobFinished: _finished,
    events.TitlesListed: _titles,
    events.TitleChanged: _title,
    events.RipProgress: _progress,
    events.DriveAdded: _drive,
    events.DriveChanged: _drive,
    events.DriveRemoved: _drive,
    events.ReviewOpened: _review,
    events.ReviewClosed: _review,
    events.ConditionsChanged: _manager,
    events.HintsChanged: _manager,
    events.SettingsChanged: _settings,
    events.Happened: _happened,
    events.JobNoted: _noted,
    After: _after,
    SpaceMeasured: _manager,
}
