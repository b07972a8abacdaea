"""Titles that a damaged disc does not give: asked about, read again with the disc, or kept with gaps."""

from __future__ import annotations

from pathlib import Path

from engramd.errors import EngramError, WrongState
from engramd.models import DiscJob, DiscTitle, JobEvent, ReviewKind, RipOutcome, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripped import TitleSteps, found_of
from engramd.pipeline.staging import gigabytes
from engramd.rip import TitleDamaged
from engramd.rip.model import is_partial

#: A disc that comes back is read again by itself, but not for ever: after so many tries a person asks for it.
MOST_TRIES = 10
_AT_THE_DRIVE = (TitleState.PENDING, TitleState.RIPPING)


class DamagedTitles:
    """Opens and answers the questions about damaged titles."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts = parts
        self._reviews = reviews

    def ask(self, title: DiscTitle, error: EngramError) -> None:
        """Ask what is to become of a title; the disc is in the drive, or the answer needs it again."""
        number, job_id = title.title_index + 1, title.job_id
        self._parts.lifecycle.move_title(
            title,
            TitleState.REVIEW,
            f"title {number} needs an answer: {error}",
            waiting_for=WaitingFor.ANSWER,
            waiting_since=utcnow(),
            error_message=str(error),
            **found_of(title, error),
        )
        self._put(title, self._parts.store.need_job(job_id), _how(error))

    def mend(self, job: DiscJob) -> None:
        """Ask what was about to be asked when the daemon was killed; close what was about to be closed."""
        job_id = job.id or 0
        self._close_answered(job_id)
        moves = self._last_moves(job_id)
        tasks = [task for task in self._parts.store.reviews(job_id) if task.kind is ReviewKind.DAMAGED]
        for title in self.unsettled(job_id):
            since = moves[title.title_index].at
            if not any(task.title_id == title.id and task.created_at >= since for task in tasks):
                self._put(title, job, title.error_message or "the disc is damaged")

    def _close_answered(self, job_id: int) -> None:
        titles = {title.id: title for title in self._parts.store.titles(job_id)}
        for task in self._parts.store.open_reviews(job_id):
            title = titles.get(task.title_id)
            if task.kind is ReviewKind.DAMAGED and title and title.state is not TitleState.REVIEW:
                self._reviews.close_task(task, f"the title is {title.state}", "engramd")

    def _put(self, title: DiscTitle, job: DiscJob, how: str) -> None:
        name = job.detected_title or job.volume_label or "the disc"
        length = f"{title.duration_seconds / 60:.0f} min"
        image = job.drive_identity is None
        mend = "Make the image again" if image else "Clean the disc and insert it in any drive"
        keep = f", keep {_what_there_is(title.staging_file)}" if title.staging_file else ""
        number = title.title_index + 1
        question = (
            f"{mend} to read what is missing of title {number} ({length}) of {name}{keep}, or leave it out?"
        )
        summary = f"{name}, title {number}: damaged; clean the disc{', keep' if keep else ''} or skip?"
        self._reviews.ask(
            ReviewKind.DAMAGED,
            job.id or 0,
            question,
            title=title,
            summary=summary,
            why=f"title {number} could not be read: {how}",
            needs_disc=True,
        )

    def of(self, job_id: int) -> list[DiscTitle]:
        """Give the titles of a job that are asked about as damaged."""
        asked = {t.title_id for t in self._parts.store.open_reviews(job_id) if t.kind is ReviewKind.DAMAGED}
        titles = self._parts.store.titles(job_id)
        return [t for t in titles if t.id in asked and t.state is TitleState.REVIEW]

    def unsettled(self, job_id: int) -> list[DiscTitle]:
        """Give the titles that the disc did not give, and of which nobody said yet what becomes of them.

        Those are in review straight from the drive. It may be that nobody is asked: a person can dismiss a
        question.
        """
        moves = self._last_moves(job_id)
        in_review = [t for t in self._parts.store.titles(job_id) if t.state is TitleState.REVIEW]
        return [t for t in in_review if t.title_index in moves and moves[t.title_index].old in _AT_THE_DRIVE]

    def _last_moves(self, job_id: int) -> dict[int, JobEvent]:
        """Give the last move of each title, by its index."""
        events = (event for event in self._parts.store.events(job_id) if event.kind == "title")
        return {event.title_index: event for event in events if event.title_index is not None}

    def come_back(self, job_id: int) -> list[DiscTitle]:
        """Give those that are read again by themselves when their disc is back."""
        return [title for title in self.of(job_id) if title.rip_attempts < MOST_TRIES]

    def again(self, title: DiscTitle, why: str, actor: str = "engramd") -> None:
        """Have a title read again; its file with gaps stays until there is a better one."""
        try:
            self._parts.lifecycle.move_title(title, TitleState.PENDING, why, actor=actor)
        except WrongState:
            return  # somebody else decided about it in this moment
        self._reviews.close(title.job_id, title=title, kind=ReviewKind.DAMAGED, answer=why, actor=actor)

    def keep(self, steps: TitleSteps, job: DiscJob, title: DiscTitle, actor: str) -> None:
        """File what could be read of a title. Raises WrongState if nothing could, or if it is read again."""
        which = f"title {title.title_index + 1} of job {job.id}"
        if not title.staging_file:
            raise WrongState(f"nothing could be read of {which}", remedy="answer retry or skip")
        if title.state is not TitleState.REVIEW:
            raise WrongState(f"{which} is {title.state}", remedy=f"see engramctl show {job.id}")
        if is_partial(Path(title.staging_file)):
            sentence = f"title {title.title_index + 1} is kept with gaps, says {actor}"
            steps.hand_on(job, title, sentence, error_message=sentence)
        else:
            sentence = f"title {title.title_index + 1} is kept as it was read before, says {actor}"
            steps.hand_on(job, title, sentence, error_message=None, rip_outcome=RipOutcome.SAVED)
        self._reviews.close(job.id or 0, title=title, kind=ReviewKind.DAMAGED, answer="keep", actor=actor)


def _what_there_is(file: str) -> str:
    return "what could be read" if is_partial(Path(file)) else "the file of an earlier rip"


def _how(error: EngramError) -> str:
    if not isinstance(error, TitleDamaged):
        return error.why or error.what
    places = f"{error.read_errors} place{'' if error.read_errors == 1 else 's'}"
    lost = f", {gigabytes(error.missing_bytes)} are missing" if error.missing_bytes else ""
    return f"read errors at {places}{lost}" if error.read_errors else (error.why or error.what)
