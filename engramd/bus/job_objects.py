"""A job, its titles and its open questions as objects of the bus, read from their rows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from engramd.bus import names, questions, views
from engramd.bus.choices import choices_of
from engramd.bus.properties import Packed, pack_values
from engramd.bus.views import Rip
from engramd.models import DiscJob, DiscTitle, JobState, ReviewTask, TitleState
from engramd.store import Store
from engramd.store.overview import Overview


@dataclass(frozen=True)
class Object:
    """What is to be published at a path; `key` is what the object stands for."""

    path: str
    interface: str
    values: Packed
    key: Any


@dataclass
class Shown:
    """A job that is on the bus, with what is there of it; sizes are bytes by path."""

    state: JobState
    titles: dict[int, TitleState] = field(default_factory=dict)
    reviews: set[int] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all its objects."""
        return sum(self.sizes.values())

    def paths(self, job_id: int) -> list[str]:
        """Give all objects, those below others before them."""
        titles = [names.title_path(job_id, index) for index in self.titles]
        return [*titles, *map(names.review_path, self.reviews), names.job_path(job_id)]


@dataclass(frozen=True)
class Stale:
    """What of a job must be read anew: all of it, or its row and questions with some titles (by index)."""

    whole: bool = True
    titles: Collection[int] = ()


class JobObjects:
    """Reads jobs; on any thread."""

    def __init__(self, store: Store, images: Callable[[int], Sequence[str]] = lambda _review: ()) -> None:
        """`images` gives the pictures that there are for a question."""
        self._store = store
        self._images = images
        self._overview = Overview(store)

    def read(
        self, job: DiscJob, stale: Stale, before: Shown | None, rip: Rip | None
    ) -> tuple[Shown, list[Object]]:
        """Give what is there of a job, and the objects that are new or stale.

        Titles and questions come first, so that what the job points to is there.
        """
        job_id = job.id or 0
        titles, reviews = self._store.titles(job_id), self._store.open_reviews(job_id)
        identity = views.Identity(self._store.evidence(job_id), self._store.works(job_id))
        known = before or Shown(job.state)
        found = self._titles([title for title in titles if _is_stale(title, stale, known)], rip)
        found += [self._review(review, titles, identity) for review in reviews]
        values = pack_values(names.JOB, views.job_values(job, titles, reviews, rip, identity))
        found.append(Object(names.job_path(job_id), names.JOB, values, job_id))
        now = Shown(job.state, {t.title_index: t.state for t in titles}, {r.id or 0 for r in reviews})
        sizes = known.sizes | {one.path: one.values.get_size() + len(one.path) for one in found}
        now.sizes = {path: sizes[path] for path in now.paths(job_id)}
        return now, found

    def _titles(self, titles: Sequence[DiscTitle], rip: Rip | None) -> list[Object]:
        ids = [title.id or 0 for title in titles]
        if not ids:
            return []
        candidates, tracks = self._overview.candidates(ids), self._overview.tracks(ids)
        parts = self._overview.parts(ids)
        found = []
        for title, number in zip(titles, ids, strict=True):
            told = views.title_values(title, candidates[number], tracks[number], rip, parts[number])
            path = names.title_path(title.job_id, title.title_index)
            key = (title.job_id, title.title_index)
            found.append(Object(path, names.TITLE, pack_values(names.TITLE, told), key))
        return found

    def _review(self, review: ReviewTask, titles: list[DiscTitle], identity: views.Identity) -> Object:
        title = next((item for item in titles if item.id == review.title_id), None)
        choices = choices_of(self._store, review, identity.works, titles)
        told = questions.review_values(review, title, choices, self._images(review.id or 0))
        values = pack_values(names.REVIEW, told)
        return Object(names.review_path(review.id or 0), names.REVIEW, values, review.id or 0)


def _is_stale(title: DiscTitle, stale: Stale, known: Shown) -> bool:
    return stale.whole or title.title_index not in known.titles or title.title_index in stale.titles
