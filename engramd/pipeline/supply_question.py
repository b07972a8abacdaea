"""The one question about a season whose references do not come, for all its discs that wait for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from engramd.errors import InvalidArgument
from engramd.models import DiscJob, ReviewKind, ReviewTask, TitleState, WaitingFor
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.supply_demand import Demand, series_of
from engramd.store.references import FetchedSubtitles

#: Answers: go on waiting, take the order on the discs, answer title by title.
WAIT, ORDER, TITLES = "wait", "order", "titles"
#: The answers as a person reads them.
OPTIONS = (
    (WAIT, "Go on waiting for reference subtitles"),
    (ORDER, "Take the titles in the order on their discs, where that is known"),
    (TITLES, "Say of each title which episode it is"),
)
#: What the summary of this question ends with.
ENDING = "wait on for reference subtitles?"
_NOTE, _GIVEN_UP, _WANTED = "references", "given_up", "wanted"

#: Accepts what the order on a disc says of its open titles: job, actor; false: it says nothing.
TakeOrder = Callable[[int, str], bool]


def is_about_waiting(task: ReviewTask) -> bool:
    """Whether a question is the one of this module."""
    return task.kind is ReviewKind.REFERENCES


class SeasonQuestion:
    """Asks it, closes it, and carries out its answer. For any thread."""

    def __init__(
        self, parts: Parts, reviews: Reviews, rows: FetchedSubtitles, now: Callable[[], datetime]
    ) -> None:
        self._parts = parts
        self._reviews = reviews
        self._rows = rows
        self._now = now
        self._take_order: TakeOrder = lambda _job_id, _actor: False

    def take_order_with(self, take_order: TakeOrder) -> None:
        """Say who accepts the order on a disc."""
        self._take_order = take_order

    def since(self, demands: Sequence[Demand]) -> datetime | None:
        """Give from when on the wait of a season counts.

        That is its beginning, the last answer to wait on, or the last file that came for anybody: as long as
        files come, those behind wait their turn, and nobody need say so. What a clock noted that was set back
        since does not count; None where nothing does.
        """
        came = self._rows.last_useful()
        asked = self._rows.asked(ReviewKind.REFERENCES, [demand.job_id for demand in demands])
        answered = [
            t.closed_at for t in asked if is_about_waiting(t) and t.closed_at and t.answer in (None, WAIT)
        ]
        now = self._now()
        known = [min(d.since for d in demands), *answered, *([came] if came else [])]
        return max((moment for moment in known if moment <= now), default=None)

    def ask(self, demands: Sequence[Demand], why: str) -> None:
        """Ask about all discs of a season, unless that is asked already."""
        jobs = {demand.job_id for demand in demands}
        if any(is_about_waiting(task) and task.job_id in jobs for task in self._parts.store.open_reviews()):
            return
        first = min(demands, key=lambda demand: demand.job_id)
        season = f", season {first.season}" if first.season is not None else ""
        titles, discs = sum(d.undecided for d in demands), len(demands)
        whose = f"{titles} title{_s(titles)} of {discs} disc{_s(discs)} of {first.series.name}{season}"
        question = f"Are {whose} to go on waiting for reference subtitles?"
        name = f"{first.series.name}{season}"[: 118 - len(ENDING)]
        self._reviews.ask(
            ReviewKind.REFERENCES,
            first.job_id,
            question,
            summary=f"{name}: {ENDING}",
            why=why or "nothing came for a while",
        )

    def close_settled(self) -> bool:
        """Close the questions whose discs have no title left that waits; true if others stay open."""
        asked = [task for task in self._parts.store.open_reviews() if is_about_waiting(task)]
        settled = [task for task in asked if not self._still_waits(task.job_id)]
        for task in settled:
            self._reviews.close_task(task, "its references came, or a person decided", "engramd")
        return len(settled) < len(asked)

    def answer(self, task: ReviewTask, answer: str, actor: str) -> list[int]:
        """Carry out an answer for all waiting discs of the season; give the jobs that go on by it."""
        if answer not in (WAIT, ORDER, TITLES):
            raise InvalidArgument(f"answer with {WAIT}, {ORDER} or {TITLES}", where=answer)
        self._reviews.close_task(task, answer, actor)
        task.closed_at = self._now()
        self._parts.store.save(task)
        jobs = [] if answer == WAIT else self._waiting_jobs(task.job_id)
        for job_id in jobs:
            if answer == TITLES or not self._take_order(job_id, actor):
                self.give_up(job_id, actor)
        return jobs

    def give_up(self, job_id: int, actor: str) -> None:
        """Remember that nothing more is fetched for a job, until a person has it matched again."""
        sentence = f"reference subtitles are no longer waited for, says {actor}"
        self._parts.lifecycle.note(job_id, _NOTE, sentence, actor=actor, new=_GIVEN_UP)

    def want_again(self, job_id: int, actor: str) -> None:
        """Forget that nothing more is fetched for a job."""
        if self.is_given_up(job_id):
            sentence = f"reference subtitles are fetched again, says {actor}"
            self._parts.lifecycle.note(job_id, _NOTE, sentence, actor=actor, new=_WANTED)

    def is_given_up(self, job_id: int) -> bool:
        """Whether nothing more is fetched for a job."""
        notes = [e.new for e in self._parts.store.events(job_id) if e.kind == _NOTE and e.new]
        return notes[-1:] == [_GIVEN_UP]

    def _waiting_jobs(self, job_id: int) -> list[int]:
        """Give the jobs of a job's season that have titles waiting."""
        mine = _season_of(self._parts.store.need_job(job_id))
        jobs = [job for job in self._parts.store.unfinished_jobs() if _season_of(job) == mine]
        return [job.id or 0 for job in jobs if self._still_waits(job.id or 0)]

    def _still_waits(self, job_id: int) -> bool:
        waits = (WaitingFor.REFERENCES, None)
        titles = self._parts.store.titles(job_id)
        return any(t.state is TitleState.MATCHING and t.waiting_for in waits for t in titles)


def _season_of(job: DiscJob) -> tuple[str, int | None] | None:
    series = series_of(job)
    return (series.name, job.detected_season) if series is not None else None


def _s(number: int) -> str:
    return "" if number == 1 else "s"
