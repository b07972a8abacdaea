"""From stale to fresh: reads the rows that a batch names, and gives the operations on the tree.

It remembers what is shown, and runs on the projector's thread only.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from engramd.bus import names, questions, views
from engramd.bus.batch import Batch
from engramd.bus.choices import choices_of
from engramd.bus.tree import ObjectTree
from engramd.bus.views import Rip
from engramd.models import DiscJob, DiscTitle, JobState, ReviewTask, TitleState
from engramd.pipeline import Station
from engramd.settings import Settings
from engramd.store import Store

Operation = Callable[[], None]

#: Jobs of the history that were asked for are objects too, the latest of them.
PINNED = 16


@dataclass
class _Shown:
    """A job that is an object."""

    state: JobState
    titles: dict[int, TitleState] = field(default_factory=dict)


@dataclass
class Operations:
    """What to publish, and what to take away after the signals."""

    puts: list[Operation] = field(default_factory=list)
    drops: list[Operation] = field(default_factory=list)


class Reader:
    """Reads what is stale, and makes operations on the tree of it."""

    def __init__(self, store: Store, station: Station, settings: Settings, tree: ObjectTree) -> None:
        self._store = store
        self._station = station
        self._settings = settings
        self._tree = tree
        self._jobs: dict[int, _Shown] = {}
        self._reviews: set[int] = set()
        self._drives: set[str] = set()
        self._pinned: OrderedDict[int, None] = OrderedDict()
        self._rips: dict[int, Rip] = {}
        self.free_space: Mapping[str, int] = {}
        #: When the first of the hints ends by itself; None: there is none.
        self.next_expiry: datetime | None = None

    def refresh(self, batch: Batch, work: Operations) -> None:
        """Add what there is to do; what was added before an exception is valid."""
        if batch.drives or batch.resync:
            self._refresh_drives(work)
        if batch.touches_jobs:
            self._refresh_jobs(batch, work)
        if batch.settings or batch.resync:
            settings = self._settings.values()
            values = {"Values": {name: "" if value is None else value for name, value in settings.items()}}
            work.puts.append(partial(self._tree.change, names.ROOT, names.SETTINGS, values))
        if batch.touches_jobs or batch.manager or batch.resync:
            work.puts.append(partial(self._tree.change, names.ROOT, names.MANAGER, self._manager()))

    def progress(self, job_id: int, rip: Rip) -> Iterator[Operation]:
        """Publish how far a rip is."""
        shown = self._jobs.get(job_id)
        if shown is None or shown.state != JobState.RIPPING:
            return
        self._rips[job_id] = rip
        values = views.job_progress(shown.state, rip)
        yield partial(self._tree.change, names.job_path(job_id), names.JOB, values)
        for index, state in shown.titles.items():
            path = names.title_path(job_id, index)
            yield partial(self._tree.change, path, names.TITLE, views.title_progress(state, index, rip))

    def _manager(self) -> views.Values:
        jobs, reviews = self._store.visible_jobs(), self._store.open_reviews()
        hints = self._station.hints()
        self.next_expiry = min((hint.expires_at for hint in hints), default=None)
        drives = self._station.drives() if hints else []
        return views.manager_values(
            views.World(jobs, reviews, self._station.conditions(), self.free_space, hints, drives)
        )

    def _refresh_drives(self, work: Operations) -> None:
        drives = {drive.id: drive for drive in self._station.drives()}
        for drive in drives.values():
            values = {names.DRIVE: views.drive_values(drive)}
            work.puts.append(partial(self._tree.put, names.drive_path(drive.id), values, drive.id))
        for gone in self._drives - drives.keys():
            work.drops.append(partial(self._tree.drop, names.drive_path(gone)))
        self._drives = set(drives)

    def _refresh_jobs(self, batch: Batch, work: Operations) -> None:
        jobs = self._wanted_jobs(batch)
        reviews: dict[int, list[ReviewTask]] = defaultdict(list)
        for review in self._store.open_reviews():
            reviews[review.job_id].append(review)
        for job_id, job in jobs.items():
            if batch.resync or job_id in batch.jobs or job_id not in self._jobs:
                self._refresh_job(job, reviews[job_id], batch, work)
        still_open = {review.id or 0 for asked in reviews.values() for review in asked}
        for gone in self._reviews - still_open:
            work.drops.append(partial(self._tree.drop, names.review_path(gone)))
        self._reviews &= still_open
        for gone in self._jobs.keys() - jobs.keys():
            del self._jobs[gone]
            self._rips.pop(gone, None)
            work.drops.append(partial(self._tree.drop, names.job_path(gone)))

    def _wanted_jobs(self, batch: Batch) -> dict[int, DiscJob]:
        jobs = {job.id or 0: job for job in self._store.visible_jobs()}
        for job_id in batch.cleared:
            self._pinned.pop(job_id, None)
        for job_id in batch.wanted - jobs.keys():
            self._pinned[job_id] = None
            self._pinned.move_to_end(job_id)
        while len(self._pinned) > PINNED:
            self._pinned.popitem(last=False)
        for job_id in self._pinned:
            if job_id not in jobs and (job := self._store.job(job_id)) is not None:
                jobs[job_id] = job
        return jobs

    def _refresh_job(
        self,
        job: DiscJob,
        reviews: list[ReviewTask],
        batch: Batch,
        work: Operations,
    ) -> None:
        """Titles and questions come first, so that what the job points to is there."""
        job_id = job.id or 0
        titles = self._store.titles(job_id)
        identity = views.Identity(self._store.evidence(job_id), self._store.works(job_id))
        shown = self._jobs.get(job_id) or _Shown(job.state)
        whole = batch.resync or job_id in batch.all_titles_of
        if job.state != JobState.RIPPING:
            self._rips.pop(job_id, None)
        rip = self._rips.get(job_id)
        for title in titles:
            index = title.title_index
            if whole or index not in shown.titles or (job_id, index) in batch.titles:
                work.puts.append(self._put_title(title, rip))
        for review in reviews:
            if whole or review.id in batch.reviews or review.id not in self._reviews or job_id in batch.jobs:
                work.puts.append(self._put_review(review, titles, identity))
        values = {names.JOB: views.job_values(job, titles, reviews, rip, identity)}
        work.puts.append(partial(self._tree.put, names.job_path(job_id), values, job_id))
        present = {title.title_index: title.state for title in titles}
        for gone in shown.titles.keys() - present.keys():
            work.drops.append(partial(self._tree.drop, names.title_path(job_id, gone)))
        self._jobs[job_id] = _Shown(job.state, present)

    def _put_title(self, title: DiscTitle, rip: Rip | None) -> Operation:
        title_id = title.id or 0
        candidates, tracks = self._store.candidates(title_id), self._store.tracks(title_id)
        parts = self._store.parts(title_id)
        values = {names.TITLE: views.title_values(title, candidates, tracks, rip, parts)}
        path = names.title_path(title.job_id, title.title_index)
        return partial(self._tree.put, path, values, (title.job_id, title.title_index))

    def _put_review(self, review: ReviewTask, titles: list[DiscTitle], identity: views.Identity) -> Operation:
        title = next((item for item in titles if item.id == review.title_id), None)
        choices = choices_of(self._store, review, identity.works, titles)
        values = {names.REVIEW: questions.review_values(review, title, choices)}
        review_id = review.id or 0
        self._reviews.add(review_id)
        return partial(self._tree.put, names.review_path(review_id), values, review_id)
