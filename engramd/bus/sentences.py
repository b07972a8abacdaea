"""What people read first: one sentence of a job, and one of the daemon. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from engramd.models import DiscJob, DiscTitle, JobState, Outcome, TitleState, WaitingFor

_WAITS_FOR = {
    WaitingFor.LIBRARY: "the library folder",
    WaitingFor.SPACE: "free space",
    WaitingFor.KEY: "a key",
    WaitingFor.TOOL: "a tool that is missing",
    WaitingFor.DISC: "the disc",
    WaitingFor.REFERENCES: "reference subtitles",
    WaitingFor.SLOT: "its turn",
    WaitingFor.ANSWER: "an answer",
}
_WORK = {
    JobState.IDLE: "about to begin",
    JobState.IDENTIFYING: "being identified",
    JobState.RIPPING: "ripping",
    JobState.MATCHING: "matching",
    JobState.ORGANIZING: "filing",
}
_ENDS = {
    Outcome.DUPLICATE: "was filed before",
    Outcome.CANCELLED: "cancelled",
    Outcome.NOTHING_TO_DO: "nothing to do",
}
_RIPPED = frozenset({TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW, TitleState.COMPLETED})
_KNOWN = frozenset({TitleState.MATCHED, TitleState.COMPLETED})
_DONE = {
    JobState.RIPPING: _RIPPED,
    JobState.MATCHING: _KNOWN,
    JobState.ORGANIZING: frozenset({TitleState.COMPLETED}),
}


def name_of(job: DiscJob) -> str:
    """Give what a job's disc is, as far as known: `Firefly, season 1, disc 2`."""
    name = job.detected_title or job.volume_label or job.drive_id.rpartition("/")[2] or "Disc"
    if job.detected_title and job.year:
        name += f" ({job.year})"
    if job.detected_season is not None:
        name += f", season {job.detected_season}" if job.detected_season else ", specials"
    return name + (f", disc {job.disc_number}" if job.disc_number else "")


def headline(job: DiscJob, titles: Sequence[DiscTitle], questions: int) -> str:
    """Give one sentence: what it is, how far, and what it waits for."""
    return headline_of(job, Counter(title.state for title in titles), questions)


def headline_of(job: DiscJob, titles: Mapping[TitleState, int], questions: int) -> str:
    """Give the same, where only the numbers of titles in each state are known."""
    return f"{name_of(job)}: {_progress(job, titles, questions)}"


def _progress(job: DiscJob, titles: Mapping[TitleState, int], questions: int) -> str:
    if job.state in (JobState.COMPLETED, JobState.FAILED):
        return _end(job, titles)
    if job.state == JobState.REVIEW_NEEDED:
        return "waits for " + ("an answer" if questions <= 1 else f"{questions} answers")
    text = _WORK[job.state]
    wanted = sum(count for state, count in titles.items() if state != TitleState.SKIPPED)
    if wanted and job.state in _DONE:
        done = sum(titles.get(state, 0) for state in _DONE[job.state])
        text += f", {done} of {_count(wanted, 'title')} done"
    if job.waiting_for:
        text += f", waits for {_WAITS_FOR[job.waiting_for]}"
    if questions:
        text += f", {_count(questions, 'open question')}"
    return text


def _end(job: DiscJob, titles: Mapping[TitleState, int]) -> str:
    if job.state == JobState.FAILED:
        return f"failed: {job.error_message}" if job.error_message else "failed"
    if job.continued_as:
        return f"goes on as job {job.continued_as}"
    if job.outcome in _ENDS:
        return _ENDS[job.outcome]
    filed = _count(titles.get(TitleState.COMPLETED, 0), "title")
    failed = titles.get(TitleState.FAILED, 0)
    return f"done, {filed} filed" + (f", {failed} failed" if failed else "")


def summary(active: int, waiting: int, questions: int, lacking: int) -> str:
    """Give one sentence on the whole daemon."""
    parts = [
        _verb(active, "job", "works", "work"),
        _verb(waiting, "job", "waits", "wait"),
        _verb(questions, "question", "is open", "are open"),
        _verb(lacking, "condition", "needs a look", "need a look"),
    ]
    return ", ".join(filter(None, parts)) or "ready, nothing to do"


def _verb(number: int, noun: str, one: str, many: str) -> str:
    return f"{_count(number, noun)} {one if number == 1 else many}" if number else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
