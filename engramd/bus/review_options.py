"""The answers to choose from, for each kind of question: how sure, and what speaks for them. Pure.

An id stays as long as its question is open: an episode, a word, or the number that a work was given when it
was first offered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engramd.bus.works import work_options
from engramd.models import ReviewKind, TitleCandidate, WorkCandidate
from engramd.organize.assignments import write_assignments
from engramd.pipeline import extras, supply_question
from engramd.pipeline.halves import LATER
from engramd.pipeline.plan_words import in_words
from engramd.pipeline.proposals import ACCEPT, ONE_BY_ONE, Plan
from engramd.pipeline.reviews import PARTS

Option = dict[str, Any]

_SKIP = ("skip", "Do not file it")
_TYPES = (
    ("tv", "It is a series"),
    ("movie", "It is a film"),
    ("other", "It is neither: a concert, a lecture, a home video"),
)
_KEEP = ("keep", "File what could be read")
_ABOUT_IDENTITY = (ReviewKind.IDENTITY, ReviewKind.TYPE)
#: Answers to questions about a title that are the same for all of a kind.
_OF_TITLE = {
    ReviewKind.IDENTITY: (("extra", "It is an extra"), _SKIP),
    ReviewKind.EPISODE: (("extra", "It is an extra"), _SKIP),
    ReviewKind.EXTRA: (("extra", "Keep it as an extra"), _SKIP),
    ReviewKind.EDITION: (("film", "It is the film itself"), ("extra", "It is an extra"), _SKIP),
    ReviewKind.CONFLICT: (
        ("keep_both", "Keep both"),
        ("replace", "Replace the library's, which goes to its trash"),
        ("skip", "Keep the one in the library"),
    ),
    ReviewKind.DAMAGED: (("retry", "The disc was cleaned: read what is missing"), _KEEP, _SKIP),
}
_OF_DISC = {
    ReviewKind.IDENTITY: _TYPES,
    ReviewKind.TYPE: _TYPES,
    ReviewKind.EXTRA: extras.OPTIONS,
    ReviewKind.REFERENCES: supply_question.OPTIONS,
}
#: What may be answered besides the options.
_OTHERS_OF_TITLE = {
    ReviewKind.IDENTITY: "Any film may be answered, as in Heat (1995), and any episode, as in S01E02.",
    ReviewKind.EPISODE: (
        "Any other episode may be answered, as in S01E02 or S01E02-E03, a part of one, as in S01E02-pt1, and"
        " a film, as in Heat (1995)."
    ),
    ReviewKind.EXTRA: "An episode may be answered, as in S01E02, and a film, as in Heat (1995).",
    ReviewKind.EDITION: "Any edition may be answered, as in Extended, and a film, as in Heat (1995).",
}
_OTHERS_OF_DISC = {
    ReviewKind.IDENTITY: (
        "Any other may be answered: tv or movie with its number at TMDB or its name, as in tv:1437 or"
        " movie:Heat (1995)."
    ),
    ReviewKind.EPISODE: (
        "The episode of the first title may be answered, as in S02E01, or those of some titles, as in"
        " 1-6=S02E07-E12."
    ),
    ReviewKind.SEASON: "The titles may be answered with their episodes, as in 1=S01E03-pt1.",
}


@dataclass(frozen=True)
class Choices:
    """What the answer to a question may be.

    Episodes of a title, what is proposed for a disc, works that a disc may be; `split` if a title can be,
    `has_file` if there is a file of it, `parts` if the question is how titles are filed that are parts of
    episodes.
    """

    episodes: Sequence[TitleCandidate] = ()
    works: Sequence[WorkCandidate] = ()
    plans: Sequence[Plan] = ()
    split: bool = False
    has_file: bool = True
    parts: Plan | None = None


def review_options(kind: ReviewKind, choices: Choices, *, about_title: bool = False) -> list[Option]:
    """Give the answers to choose from, likeliest first; none where only a person can name one."""
    if choices.parts is not None:
        return parts_options(choices.parts)
    if about_title:
        return _title_options(kind, choices)
    if kind is ReviewKind.EPISODE:
        return plan_options(choices.plans)
    if kind is ReviewKind.SEASON:  # a number is a season
        return work_options(choices.works, numbered=False)
    works = work_options(choices.works, numbered=True) if kind in _ABOUT_IDENTITY else []
    return [*works, *map(_option, _OF_DISC.get(kind, ()))]


def default_of(kind: ReviewKind, choices: Choices, *, about_title: bool = False) -> str:
    """Give the id of the likeliest answer; empty where nothing speaks for any.

    Episodes and works come first, best first; the other options are the same for every question of a kind.
    """
    options = review_options(kind, choices, about_title=about_title)
    if not options:
        return ""
    if choices.parts is not None or kind is ReviewKind.CONFLICT:
        return str(options[0]["id"])
    if not about_title and kind is ReviewKind.EXTRA:
        return extras.KEEP
    if not about_title and kind in _ABOUT_IDENTITY and choices.works:
        first = work_options(choices.works[:1], numbered=True)
        return str(first[0]["id"]) if first else ""
    is_ranked = choices.plans if not about_title else choices.episodes
    return str(options[0]["id"]) if is_ranked and options[0]["confidence"] > 0 else ""


def other_answers(kind: ReviewKind, *, about_title: bool) -> str:
    """Say what may be answered besides the options; empty: nothing."""
    return (_OTHERS_OF_TITLE if about_title else _OTHERS_OF_DISC).get(kind, "")


def _title_options(kind: ReviewKind, choices: Choices) -> list[Option]:
    fixed = [one for one in _OF_TITLE.get(kind, ()) if one is not _KEEP or choices.has_file]
    ranked = _episode_options(choices.episodes) if kind in (ReviewKind.EPISODE, ReviewKind.EXTRA) else []
    if choices.split and kind is ReviewKind.EPISODE:
        fixed.insert(0, ("split", "Split it into its episodes"))
    return [*ranked, *map(_option, fixed)]


def _option(told: tuple[str, str]) -> Option:
    value, text = told
    return {"id": value, "text": text, "value": value, "confidence": 0.0, "evidence": ""}


def _episode_options(episodes: Iterable[TitleCandidate]) -> list[Option]:
    return [
        {
            "id": item.episode,
            "text": item.episode,
            "value": item.episode,
            "confidence": item.confidence,
            "evidence": item.evidence or item.reason,
        }
        for item in episodes
        if "+" not in item.episode  # no file can be named after that
    ]


def plan_options(plans: Sequence[Plan]) -> list[Option]:
    """Give the answers to what is proposed for a disc: accept it, begin elsewhere, or ask for each title.

    Their values name every title, so that what is accepted is what was read.
    """
    options: dict[str, Option] = {}
    for plan in plans:
        first = next(iter(plan.episodes.values()))
        name = first if options else ACCEPT
        options.setdefault(name, _plan_option(name, in_words(plan.episodes), plan))
    return [*options.values(), _option((ONE_BY_ONE, "Ask for each title"))]


def parts_options(plan: Plan) -> list[Option]:
    """Give the answers to how titles are filed that are parts of episodes; the first names every title."""
    text = f"File each as a part of its episode: {in_words(plan.episodes)}"
    return [
        _plan_option(PARTS, text, plan),
        _option((ONE_BY_ONE, "Ask for each title")),
        _option((LATER, "Leave them as they are for now")),
    ]


def _plan_option(name: str, text: str, plan: Plan) -> Option:
    value = write_assignments({index + 1: episode for index, episode in plan.episodes.items()})
    return {
        "id": name,
        "text": text,
        "value": value,
        "confidence": plan.confidence,
        "evidence": plan.reason,
    }
