"""From stale to fresh: reads the rows that a batch names, and gives the operations on the tree.

It remembers what is shown, and runs on the projector's thread only, as long as there is one.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from engramd.bus import names, views
from engramd.bus.batch import Batch
from engramd.bus.job_objects import JobObjects, Object, Shown, Stale
from engramd.bus.properties import pack_values
from engramd.bus.roster import MOST_BYTES, MOST_JOBS, Roster
from engramd.bus.tree import ObjectTree
from engramd.bus.variants import microseconds
from engramd.bus.views import Rip
from engramd.models import JobState
from engramd.models.base import utcnow
from engramd.pipeline import Station
from engramd.settings import Settings
from engramd.store import Store
from engramd.store.overview import Overview

Operation = Callable[[], None]

#: Jobs of the history that were asked for are objects too, the latest of them.
PINNED = 16
#: Expectations that differ by less are the same to a person.
_MOMENT = timedelta(seconds=10)


@dataclass
class Operations:
    """What to publish, and what to take away after the signals."""

    puts: list[Operation] = field(default_factory=list)
    drops: list[Operation] = field(default_factory=list)


class Reader:
    """Reads what is stale, and makes operations on the tree of it."""

    def __init__(self, store: Store, station: Station, settings: Settings, tree: ObjectTree) -> None:
        self._store = store
        self._overview = Overview(store)
        self._objects = JobObjects(store, station.pictures.of)
        self._station = station
        self._settings = settings
        self._tree = tree
        self._roster = Roster()
        self._jobs: dict[int, Shown] = {}
        self._drives: set[str] = set()
        self._drive_of: dict[int, str] = {}
        self._told_free: dict[str, datetime] = {}
        self._pinned: OrderedDict[int, None] = OrderedDict()
        self._rips: dict[int, Rip] = {}
        self.free_space: Mapping[str, int] = {}
        #: When the first of the hints ends by itself; None: there is none.
        self.next_expiry: datetime | None = None

    def refresh(self, batch: Batch, work: Operations) -> None:
        """Add what there is to do; what was added before an exception is valid."""
        if batch.drives or batch.resync:
            self._refresh_drives(work)
        touches_jobs = batch.touches_jobs or self._lacks(batch.wanted)
        if touches_jobs:
            self._refresh_jobs(batch, work)
        if batch.settings or batch.resync:
            settings = self._settings.values()
            values = {"Values": {name: "" if value is None else value for name, value in settings.items()}}
            self._change(work, names.SETTINGS, values)
        if touches_jobs or batch.manager or batch.resync:
            self._change(work, names.MANAGER, self._manager())

    def progress(self, job_id: int, rip: Rip) -> Iterator[Operation]:
        """Publish how far a rip is: of the job, and of the title in work; the one before it has none."""
        shown = self._jobs.get(job_id)
        if shown is None or shown.state != JobState.RIPPING:
            return
        before, self._rips[job_id] = self._rips.get(job_id, rip), rip
        values = pack_values(names.JOB, views.job_progress(shown.state, rip))
        yield partial(self._tree.change, names.job_path(job_id), names.JOB, values)
        for index in sorted({before.title_index, rip.title_index} & shown.titles.keys()):
            told = views.title_progress(shown.titles[index], index, rip)
            path = names.title_path(job_id, index)
            yield partial(self._tree.change, path, names.TITLE, pack_values(names.TITLE, told))
        yield from self._free_at(job_id, rip)

    def _free_at(self, job_id: int, rip: Rip) -> Iterator[Operation]:
        """Publish when the drive of a rip is expected to be free, where that moved by more than a moment."""
        drive = self._drive_of.get(job_id)
        if drive is None or rip.end is None:
            return
        told = self._told_free.get(drive)
        if told is None or abs(rip.end - told) > _MOMENT:
            self._told_free[drive] = rip.end
            values = pack_values(names.DRIVE, {"FreeAt": microseconds(rip.end)})
            yield partial(self._tree.change, names.drive_path(drive), names.DRIVE, values)

    def _change(self, work: Operations, interface: str, values: views.Values) -> None:
        work.puts.append(partial(self._tree.change, names.ROOT, interface, pack_values(interface, values)))

    def _put(self, work: Operations, one: Object) -> None:
        work.puts.append(partial(self._tree.put, one.path, {one.interface: one.values}, one.key))

    def _manager(self) -> views.Values:
        hints = self._station.hints()
        self.next_expiry = min((hint.expires_at for hint in hints), default=None)
        drives = self._station.drives() if hints else []
        jobs, asked = self._roster.jobs(), self._roster.questions()
        left_out = len(jobs) - sum(job_id in self._roster for job_id in self._jobs)
        if self._store.is_shared:
            jobs = [job for job in jobs if job.station == self._store.station]
        conditions = self._station.conditions()
        return views.manager_values(
            views.World(jobs, asked, conditions, self.free_space, hints, drives, left_out)
        )

    def _refresh_drives(self, work: Operations) -> None:
        drives = {drive.id: drive for drive in self._station.drives()}
        for drive in drives.values():
            values = pack_values(names.DRIVE, views.drive_values(drive))
            self._put(work, Object(names.drive_path(drive.id), names.DRIVE, values, drive.id))
        for gone in self._drives - drives.keys():
            work.drops.append(partial(self._tree.drop, names.drive_path(gone)))
        self._drives = set(drives)
        self._drive_of = {drive.job_id: drive.id for drive in drives.values() if drive.job_id}
        self._told_free.clear()

    def _refresh_jobs(self, batch: Batch, work: Operations) -> None:
        stale = _stale_jobs(batch)
        ids = None if batch.resync else stale.keys()
        self._roster.renew(self._overview.jobs(ids), self._overview.questions(ids), ids)
        self._roster.expire(utcnow())
        room = MOST_BYTES
        kept = set()
        for job_id in self._wanted_jobs(batch):
            if job_id in self._jobs and job_id not in stale and not batch.resync:
                size: int | None = self._jobs[job_id].size
            else:
                size = self._refresh_job(job_id, stale.get(job_id, Stale()), room, work)
            if size is None:
                continue
            room -= size
            if room < 0:
                break
            kept.add(job_id)
        for gone in self._jobs.keys() - kept:
            self._forget(gone, work)

    def _lacks(self, wanted: set[int]) -> bool:
        """Whether one of these jobs is no object; those that are only pinned stay a while longer."""
        for job_id in wanted & self._pinned.keys():
            self._pinned.move_to_end(job_id)
        return not wanted <= self._jobs.keys()

    def _wanted_jobs(self, batch: Batch) -> list[int]:
        """Give the jobs that are to be objects, most important first."""
        first = self._roster.first(MOST_JOBS)
        for job_id in batch.cleared:
            self._pinned.pop(job_id, None)
        for job_id in batch.wanted - self._safe(first):
            self._pinned[job_id] = None
            self._pinned.move_to_end(job_id)
        while len(self._pinned) > PINNED:
            self._pinned.popitem(last=False)
        return list(dict.fromkeys([*self._pinned, *first]))

    def _safe(self, first: list[int]) -> set[int]:
        """Give the jobs that need no pin: the last that changed, and those that are shown without one."""
        return set(first[:PINNED]) | (self._jobs.keys() - self._pinned.keys())

    def _refresh_job(self, job_id: int, stale: Stale, room: int, work: Operations) -> int | None:
        """Read a job, and publish it if there is room; give its size, None if there is no such job."""
        job = self._store.job(job_id)
        before = self._jobs.get(job_id)
        if job is None:
            return None
        if job.state != JobState.RIPPING:
            self._rips.pop(job_id, None)
        now, objects = self._objects.read(
            job, Stale() if before is None else stale, before, self._rips.get(job_id)
        )
        if now.size <= room:
            self._jobs[job_id] = now
            for one in objects:
                self._put(work, one)
            gone = set(before.paths(job_id)) - set(now.paths(job_id)) if before else ()
            work.drops += [partial(self._tree.drop, path) for path in sorted(gone)]
        return now.size

    def _forget(self, job_id: int, work: Operations) -> None:
        self._rips.pop(job_id, None)
        paths = self._jobs.pop(job_id).paths(job_id)
        work.drops += [partial(self._tree.drop, path) for path in paths]


def _stale_jobs(batch: Batch) -> dict[int, Stale]:
    """Say what of which jobs must be read again."""
    titles = defaultdict(set)
    for job_id, index in batch.titles:
        titles[job_id].add(index)
    return {
        job_id: Stale(batch.resync or job_id in batch.all_titles_of, titles.get(job_id, ()))
        for job_id in batch.jobs | titles.keys()
    }
