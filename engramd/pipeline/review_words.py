"""What questions say besides what they ask: what happens unanswered, what speaks for an answer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engramd.models import DiscJob, ReviewKind, ReviewTask

if TYPE_CHECKING:
    from engramd.match import Candidate

#: Who does what nobody asked for.
ENGRAMD = "engramd"
_WAITS = "Its file waits in the staging folder; the other titles of the disc are filed."
_THEY_WAIT = "Their files wait in the staging folder; the other titles of the disc are filed."
_DISC_WAITS = "The disc is ripped, and its files wait in the staging folder; none of them is filed."
_OF_TITLE = {
    ReviewKind.CONFLICT: "The library's file stays as it is, and the new one waits in the staging folder.",
    ReviewKind.DAMAGED: (
        "What could be read waits in the staging folder, and the rest is read when the disc is back; the"
        " other titles are filed."
    ),
}
_OF_DISC = {
    ReviewKind.IDENTITY: _DISC_WAITS,
    ReviewKind.TYPE: (
        "The disc is ripped, and its files wait in the staging folder, but for episodes that their subtitles"
        " tell."
    ),
    ReviewKind.EXTRA: "The extras wait in the staging folder; the other titles of the disc are filed.",
    ReviewKind.REFERENCES: (
        "References are looked for on, and the files wait in the staging folder; other titles are filed."
    ),
}
#: Scores that are shares: in tenths for people.
_TENTHS = 10
_KINDS_OF_WORDS = {
    "whole": "its words",
    "sample": "the words of its pictures",
    "speech": "what is said in it",
}


def name_of(job: DiscJob) -> str:
    """Name a disc for a question."""
    return job.detected_title or job.volume_label or "the disc"


def unanswered_words(kind: ReviewKind, *, of_title: bool) -> str:
    """Say what happens if nobody answers a question about a title, or about a disc."""
    return _OF_TITLE.get(kind, _WAITS) if of_title else _OF_DISC.get(kind, _THEY_WAIT)


def closed_words(task: ReviewTask) -> str:
    """Say how a question was closed, and by whom."""
    about = f"question {task.id} ({task.summary or task.question})"
    actor = task.answered_by or ENGRAMD
    if actor == ENGRAMD:
        return f"{about}: {task.answer or 'needs no answer any more'}"
    if task.answer is None:
        return f"{about} dismissed by {actor}"
    return f"{about} answered by {actor}: {task.answer}"


def evidence_words(candidates: Sequence[Candidate]) -> dict[str, str]:
    """Say of each episode that a title was compared with what speaks for it, by the scores; by its name.

    Nothing is said of one that has no scores.
    """
    told = {
        one.episode: _words(one, [other for other in candidates if other is not one]) for one in candidates
    }
    return {episode: sentence for episode, sentence in told.items() if sentence}


def _words(one: Candidate, others: Sequence[Candidate]) -> str:
    parts = [_by_times(one, others), _by_words(one, others)]
    if (agreeing := _number(one.evidence, "references") or 0) > 1:
        parts.append(f"{agreeing:.0f} independent references agree")
    return "; ".join(filter(None, parts))


def _by_times(one: Candidate, others: Iterable[Candidate]) -> str:
    """Say how many of its subtitles come when those of an episode do: `seg` is their share, above chance."""
    own = _number(one.evidence, "seg")
    if own is None:
        return ""
    tenths, rival = _tenths(own), _best(others, "seg")
    said = f"{tenths} of {_TENTHS} captions are in {one.episode} by their times"
    return said if rival is None else f"{said}, {_rival(own, rival)} has {_tenths(rival)}"


def _by_words(one: Candidate, others: Iterable[Candidate]) -> str:
    own = _number(one.evidence, "cosine")
    if own is None:
        return ""
    words = _KINDS_OF_WORDS.get(str(one.evidence.get("words", "whole")), "its words")
    verb = "is" if words.startswith("what") else "are"
    rival = _best(others, "cosine")
    said = f"{words} {verb} {own:.0%} like those of {one.episode}"
    return said if rival is None else f"{said}, {_rival(own, rival)} has {rival:.0%}"


def _rival(own: float, rival: float) -> str:
    return "the next best" if own >= rival else "the best"


def _best(others: Iterable[Candidate], name: str) -> float | None:
    return max((v for other in others if (v := _number(other.evidence, name)) is not None), default=None)


def _number(evidence: Mapping[str, float | str], name: str) -> float | None:
    value = evidence.get(name)
    return float(value) if isinstance(value, int | float) else None


def _tenths(share: float) -> int:
    return min(_TENTHS, max(0, round(share * _TENTHS)))
