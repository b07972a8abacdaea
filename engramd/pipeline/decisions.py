"""What a person says of titles: decisions as moves of their rows, and as answers to questions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engramd.lifecycle import TitleMove
from engramd.models import DiscTitle, TitleState
from engramd.organize import write_part


@dataclass(frozen=True)
class Decision:
    """What a person says of one title: a sentence, and the fields that it sets."""

    title: DiscTitle
    sentence: str
    values: Mapping[str, Any]


def move_for(decision: Decision) -> TitleMove:
    """Give the move that a decision is: a title with a file is matched by it."""
    title, sentence = decision.title, decision.sentence
    told = {"match_confidence": 1.0, "match_source": "user", "match_reason": sentence}
    told |= {"filing_choice": None}  # what was answered of the library's file was about another title
    ripped = title.state in (TitleState.REVIEW, TitleState.MATCHING)
    unread = is_unread(title)
    reason = f"{sentence}; it is not read yet" if unread else sentence
    return TitleMove(
        title, TitleState.MATCHED if ripped and not unread else None, reason, {**decision.values, **told}
    )


def sentence_of(decisions: Sequence[Decision], actor: str) -> str:
    """Say several decisions in one sentence."""
    if len(decisions) == 1:
        return decisions[0].sentence
    told = ", ".join(f"{one.title.title_index + 1} is {answer_in(one.values)}" for one in decisions)
    return f"titles of job {decisions[0].title.job_id}: {told}, says {actor}"


def is_unread(title: DiscTitle) -> bool:
    """Whether a damaged disc has not given a title that is asked about."""
    return title.state in (TitleState.REVIEW, TitleState.MATCHING) and not title.staging_file


def answer_in(values: Mapping[str, Any]) -> str:
    """Give a decision about a title as the answer to its question: episode, film, edition, or `extra`."""
    if episode := values.get("matched_episode"):
        return write_part(str(episode), values.get("episode_part"))
    said = (values.get(name) for name in ("own_title", "edition"))
    return next((str(value) for value in said if value), "extra")
