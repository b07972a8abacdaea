"""What the answer to a question may be, read from the database."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.bus.questions import Choices
from engramd.models import ReviewKind, ReviewTask, WorkCandidate
from engramd.pipeline.proposing import offered_plans
from engramd.pipeline.supply_question import is_about_waiting
from engramd.store import Store


def choices_of(store: Store, review: ReviewTask, works: Sequence[WorkCandidate] | None = None) -> Choices:
    """Give the choices of a question; `works` are those of its job, if they were read already."""
    if works is None:
        works = store.works(review.job_id)
    if review.title_id is None:
        is_proposal = review.kind is ReviewKind.EPISODE
        plans = offered_plans(store, review.job_id) if is_proposal else ()
        return Choices(works=works, plans=plans, waiting=is_about_waiting(review))
    candidates = store.candidates(review.title_id)
    return Choices(candidates, works, split=len(store.parts(review.title_id)) > 1)
