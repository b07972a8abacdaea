"""Questions as a person is asked them: their properties. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engramd.bus import names
from engramd.bus.review_options import Choices, default_of, other_answers, review_options
from engramd.bus.variants import microseconds
from engramd.models import DiscTitle, ReviewKind, ReviewTask
from engramd.pipeline.review_words import unanswered_words
from engramd.pipeline.standing import scopes_of

__all__ = ["Choices", "review_options", "review_values"]


def review_values(
    review: ReviewTask, title: DiscTitle | None, choices: Choices, images: Sequence[str] = ()
) -> dict[str, Any]:
    """Give all properties of a question; `title` is what it is about, unless it is about the disc."""
    about_title = title is not None
    job_id = review.job_id
    return {
        "Id": review.id or 0,
        "Kind": review.kind,
        "Question": review.question,
        "Summary": (review.summary or review.question)[:120],
        "Why": review.why or (title.match_reason if title else ""),
        "Unanswered": review.unanswered or unanswered_words(review.kind, of_title=about_title),
        "Options": review_options(review.kind, choices, about_title=about_title),
        "Default": default_of(review.kind, choices, about_title=about_title),
        "OtherAnswers": other_answers(review.kind, about_title=about_title),
        "Subject": names.title_path(job_id, title.title_index) if title else names.job_path(job_id),
        "Scope": _scope(review, about_title=about_title),
        "Scopes": list(scopes_of(review)),
        "NeedsDisc": review.needs_disc,
        "Created": microseconds(review.created_at),
        "Images": list(images),
    }


def _scope(review: ReviewTask, *, about_title: bool) -> str:
    if about_title:
        return "title"
    return "season" if review.kind in (ReviewKind.SEASON, ReviewKind.REFERENCES) else "disc"
