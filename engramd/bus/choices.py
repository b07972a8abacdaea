"""What the answer to a question may be, read from the database."""

from __future__ import annotations

from collections.abc import Sequence

from engramd.bus.review_options import Choices
from engramd.models import DiscTitle, ReviewTask, WorkCandidate
from engramd.pipeline.halves import parts_plan
from engramd.pipeline.proposing import offered_plans
from engramd.pipeline.reviews import is_about_parts, is_proposal
from engramd.store import Store


def choices_of(
    store: Store,
    review: ReviewTask,
    works: Sequence[WorkCandidate] | None = None,
    titles: Sequence[DiscTitle] | None = None,
) -> Choices:
    """Give the choices of a question; `works` and `titles` are its job's, if they were read already."""
    if works is None:
        works = store.works(review.job_id)
    if review.title_id is None:
        plans = offered_plans(store, review.job_id) if is_proposal(review) else ()
        parts = parts_plan(store, review.job_id) if is_about_parts(review) else None
        return Choices(works=works, plans=plans, parts=parts)
    rows = store.titles(review.job_id) if titles is None else titles
    has_file = any(row.id == review.title_id and bool(row.staging_file) for row in rows)
    candidates = store.candidates(review.title_id)
    return Choices(candidates, works, split=len(store.parts(review.title_id)) > 1, has_file=has_file)
