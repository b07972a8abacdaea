"""What a crash left between a title and its question: titles that nothing asks about, and questions about
titles that are settled."""

from __future__ import annotations

from datetime import datetime

from engramd.models import DiscJob, DiscTitle, ReviewTask, TitleState
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.halves import LATER
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposals import PROPOSED
from engramd.pipeline.reviews import (
    PARTS,
    Reviews,
    is_about_extras,
    is_about_identity,
    is_about_parts,
    is_proposal,
)

_SETTLED = (TitleState.SKIPPED, TitleState.FAILED, TitleState.COMPLETED)
_DECIDED = ("user", "subtitles", "earlier")


class Unasked:
    """Mends that at a start, while no other thread is at a title."""

    def __init__(self, parts: Parts, damaged: DamagedTitles) -> None:
        self._parts, self._damaged = parts, damaged
        self._reviews = Reviews(parts.store, parts.hub)

    def mend(self, job: DiscJob) -> None:
        """Close what is answered, and send the titles of a job on that nothing and nobody holds back."""
        job_id = job.id or 0
        titles = {title.id: title for title in self._parts.store.titles(job_id)}
        for task in self._parts.store.open_reviews(job_id):
            title = titles.get(task.title_id)
            if title is not None and title.state in _SETTLED:
                self._reviews.close_task(task, f"the title is {title.state}", "engramd")
        if any(map(is_about_identity, self._parts.store.open_reviews(job_id))):
            return  # whoever closes that question lets them go
        for title in self._unasked(job_id):
            decided = title.match_source in _DECIDED or title.is_extra
            state = TitleState.MATCHED if decided else TitleState.MATCHING
            sentence = "interrupted by a restart before it was asked"
            self._parts.lifecycle.move_title(title, state, sentence)

    def _unasked(self, job_id: int) -> list[DiscTitle]:
        unsettled = {damaged.id for damaged in self._damaged.unsettled(job_id)}
        return [
            title
            for title in self._parts.store.titles(job_id)
            if title.state is TitleState.REVIEW
            and title.staging_file
            and title.id not in unsettled
            and title.match_source != SPLITTING
            and not self._reviews.kinds_about(title)
            and not self._is_left(title)
        ]

    def _is_left(self, title: DiscTitle) -> bool:
        """Whether a person closed the question about a title without an answer since it waits."""
        since = self._waits_since(title)
        return any(
            task.closed_at is not None
            and task.closed_at >= since
            and task.answered_by not in (None, "engramd")
            and task.answer in (None, LATER)
            and _is_about(task, title)
            for task in self._parts.store.reviews(title.job_id)
        )

    def _waits_since(self, title: DiscTitle) -> datetime:
        events = self._parts.store.events(title.job_id)
        moves = [e.at for e in events if e.title_index == title.title_index and e.new == TitleState.REVIEW]
        return max(moves, default=title.waiting_since or self._parts.store.need_job(title.job_id).created_at)


def _is_about(task: ReviewTask, title: DiscTitle) -> bool:
    if task.title_id is not None:
        return task.title_id == title.id
    return (
        (is_about_extras(task) and title.is_extra)
        or (is_proposal(task) and title.match_source == PROPOSED)
        or (is_about_parts(task) and title.match_source == PARTS)
    )
