"""Questions as a person is asked them: their properties, and the answers to choose from. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engramd.bus import names
from engramd.bus.variants import microseconds
from engramd.bus.works import work_options
from engramd.models import DiscTitle, ReviewKind, ReviewTask, TitleCandidate, WorkCandidate
from engramd.organize.assignments import write_assignments
from engramd.pipeline.proposal_answers import ACCEPT, ONE_BY_ONE
from engramd.pipeline.proposals import Plan
from engramd.pipeline.proposing import in_words
from engramd.pipeline.supply_question import OPTIONS

_SKIP = ("skip", "Do not file it")
_SPLIT = {"id": "split", "text": "Split it into its episodes", "value": "split"}
_ABOUT_EPISODES = (ReviewKind.EPISODE, ReviewKind.EXTRA)
_ABOUT_WORKS = (ReviewKind.IDENTITY, ReviewKind.SEASON)
_FIXED_OPTIONS = {
    ReviewKind.IDENTITY: (("tv", "It is a series"), ("movie", "It is a film")),
    ReviewKind.EPISODE: (("extra", "It is an extra"), _SKIP),
    ReviewKind.EXTRA: (("extra", "It is an extra"), _SKIP),
    ReviewKind.CONFLICT: (("rename", "Keep both"), ("skip", "Keep the one in the library")),
    ReviewKind.DAMAGED: (
        ("retry", "The disc was cleaned: read what is missing"),
        ("keep", "File what could be read"),
        _SKIP,
    ),
}


@dataclass(frozen=True)
class Choices:
    """What the answer to a question may be.

    Episodes of a title, what is proposed for a disc, works that a disc may be; `split` if a title can be, and
    `waiting` if the question is whether to go on waiting for references.
    """

    episodes: Sequence[TitleCandidate] = ()
    works: Sequence[WorkCandidate] = ()
    plans: Sequence[Plan] = ()
    split: bool = False
    waiting: bool = False


def review_values(review: ReviewTask, title: DiscTitle | None, choices: Choices) -> dict[str, Any]:
    """Give all properties of a question; `title` is what it is about, unless it is about the disc."""
    options = review_options(review.kind, choices, about_title=title is not None)
    return {
        "Id": review.id or 0,
        "Kind": review.kind,
        "Question": review.question,
        "Summary": (review.summary or review.question)[:120],
        "Options": options,
        "Default": options[0]["id"] if _has_favourite(review.kind, options) else "",
        "Subject": names.title_path(review.job_id, title.title_index)
        if title
        else names.job_path(review.job_id),
        "Scope": "title" if title else "disc",
        "NeedsDisc": review.needs_disc,
        "Created": microseconds(review.created_at),
    }


def review_options(kind: ReviewKind, choices: Choices, *, about_title: bool = False) -> list[dict[str, str]]:
    """Give the answers to choose from, likeliest first; none where only a person can name one."""
    if about_title and kind is ReviewKind.IDENTITY:
        kind, choices = ReviewKind.EXTRA, Choices()
    if choices.waiting:
        return [{"id": value, "text": text, "value": value} for value, text in OPTIONS]
    if kind is ReviewKind.EPISODE and not about_title:
        return plan_options(choices.plans)
    fixed = [{"id": value, "text": text, "value": value} for value, text in _FIXED_OPTIONS.get(kind, ())]
    if kind in _ABOUT_EPISODES:
        parts = [_SPLIT] if choices.split and kind is ReviewKind.EPISODE else []
        return _episode_options(choices.episodes) + parts + fixed
    if kind in _ABOUT_WORKS:
        return work_options(choices.works, numbered=kind is ReviewKind.IDENTITY) + fixed
    return fixed


def _episode_options(episodes: Sequence[TitleCandidate]) -> list[dict[str, str]]:
    return [
        {
            "id": item.episode,
            "text": f"{item.episode} ({item.confidence:.0%})" + (f": {item.reason}" if item.reason else ""),
            "value": item.episode,
        }
        for item in episodes
        if "+" not in item.episode  # no file can be named after that
    ]


def plan_options(plans: Sequence[Plan]) -> list[dict[str, str]]:
    """Give the answers to what is proposed for a disc: accept it, begin elsewhere, or ask for each title.

    Their values name every title, so that what is accepted is what was read.
    """
    options: dict[str, dict[str, str]] = {}
    for plan in plans:
        first = next(iter(plan.episodes.values()))
        name = first if options else ACCEPT
        text = f"{in_words(plan)} ({plan.confidence:.0%}): {plan.reason}"
        value = write_assignments({index + 1: episode for index, episode in plan.episodes.items()})
        options.setdefault(name, {"id": name, "text": text, "value": value})
    return [*options.values(), {"id": ONE_BY_ONE, "text": "Ask for each title", "value": ONE_BY_ONE}]


def _has_favourite(kind: ReviewKind, options: Sequence[Mapping[str, str]]) -> bool:
    """Whether the first option is a likely answer; nothing is one where nothing speaks for it.

    Episodes and works come first, best first; the other options are the same for every question of a kind.
    """
    if kind in _ABOUT_EPISODES:
        fixed = {value for value, _ in _FIXED_OPTIONS[kind]} | {ONE_BY_ONE, _SPLIT["id"]}
        return bool(options) and options[0]["id"] not in fixed
    if kind is ReviewKind.IDENTITY:
        return bool(options) and options[0]["id"] == "1"
    return kind is ReviewKind.CONFLICT
