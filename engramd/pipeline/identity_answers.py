"""What people say of whole discs: what they are, and that they are to be compared anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engramd.errors import InvalidArgument, WrongState
from engramd.models import (
    ClassificationSource,
    DiscJob,
    DiscTitle,
    JobState,
    ReviewKind,
    TitleState,
)
from engramd.pipeline.amending import Amender
from engramd.pipeline.damaged import DamagedTitles
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.said import hint_values, whose_number
from engramd.pipeline.supply import Supply

ENDED = (JobState.COMPLETED, JobState.FAILED)


class IdentityAnswers:
    """Changes what a disc is taken for, and matches anew what depended on that."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        finisher: Finisher,
        identities: Identities,
        look_up: Callable[[int], None],
        damaged: DamagedTitles,
        supply: Supply,
    ) -> None:
        self._parts = parts
        self._reviews = reviews
        self._finisher = finisher
        self._identities = identities
        self._look_up = look_up
        self._damaged = damaged
        self._supply = supply
        self._amender: Amender | None = None

    def amend_with(self, amender: Amender) -> None:
        """Say who corrects what is filed of jobs that have ended."""
        self._amender = amender

    def identify(self, job_id: int, hint: Mapping[str, object], actor: str) -> None:
        """Say what a disc is; its titles are judged anew, and what is not filed yet is matched anew.

        What is filed of a job that has ended gets the names that follow from it.
        """
        values = DiscJob.validated(hint_values(hint))
        if self._amended(job_id, hint, values, actor):
            return
        with self._identities.changing(job_id):
            self._identify(job_id, hint, values, actor)
            self.match_again(job_id, actor)
        self._parts.wakeups.wake()  # the library of this type may be set

    def _amended(
        self, job_id: int, hint: Mapping[str, object], values: Mapping[str, Any], actor: str
    ) -> bool:
        """Correct what is filed of a job that has ended; tell whether it has."""
        job = self._parts.store.need_job(job_id)
        if job.state not in ENDED or self._amender is None:
            return False
        told = ", ".join(f"{name} {value}" for name, value in hint.items())
        self._amender.identify(job, whose_number(job, values), told, actor)
        return True

    def _identify(
        self, job_id: int, hint: Mapping[str, object], values: Mapping[str, Any], actor: str
    ) -> None:
        job = self._parts.store.need_job(job_id)
        if job.state in ENDED:
            raise WrongState(
                f"job {job_id} has ended, and its files have their names",
                remedy="rip the disc again with --again, and say with it what it is",
            )
        values = whose_number(job, values)
        if values.get("is_other") and not (values.get("detected_title") or job.detected_title):
            values["detected_title"] = _name_on(job)
        self._parts.lifecycle.update_job(
            job_id,
            classification_source=ClassificationSource.USER,
            classification_confidence=1.0,
            identity_reason=f"{actor} said so",
            **values,
        )
        told = ", ".join(f"{name} {value}" for name, value in hint.items())
        self._parts.lifecycle.note(job_id, "identified", told, actor=actor)
        for title in self._parts.store.titles(job_id):
            if title.filing_choice is not None:  # it was about what the library has of another work
                self._parts.lifecycle.update_title(title, filing_choice=None)
        if not self._parts.store.need_job(job_id).is_other:
            self._look_up(job_id)  # from now on nothing is filed until the work's name is known
        if values.get("is_other"):  # whatever is asked of the disc is about shows and films
            for task in self._parts.store.open_reviews(job_id):
                if task.title_id is None:
                    self._reviews.close_task(task, told, actor)
        self._reviews.close(job_id, kind=ReviewKind.IDENTITY, answer=told, actor=actor)
        self._identities.again(job_id, f"{actor} said what the disc is", by_person=True)

    def compare_again(self, job_id: int) -> None:
        """Compare what waits for an episode with references that have changed."""
        for title in self._settled_titles(job_id):
            if title.state is TitleState.REVIEW and self._asked(title) <= {ReviewKind.EPISODE}:
                self._back_to_matching(title, "the references have changed", "engramd")
        self._supply.compare_again(job_id)
        self._finisher.submit(job_id)

    def release(self, job_id: int, actor: str) -> None:
        """Let titles go on that were held back only until it is known what the disc is."""
        with self._identities.changing(job_id):
            for title in self._settled_titles(job_id):
                if title.state is not TitleState.REVIEW or self._asked(title):
                    continue
                if title.matched_episode or title.match_source == "user" or title.is_extra:
                    self._parts.lifecycle.move_title(title, TitleState.MATCHED, "named anew", actor=actor)
                else:
                    self._back_to_matching(title, "matched again", actor)
            self._finisher.submit(job_id)

    def match_again(self, job_id: int, actor: str) -> None:
        """Match anew what is not filed, but for what a person decided, which is named anew."""
        for title in self._settled_titles(job_id):
            decided = title.match_source == "user" or title.is_extra
            if decided and title.state is TitleState.REVIEW:
                self._parts.lifecycle.move_title(title, TitleState.MATCHED, "named anew", actor=actor)
                self._reviews.close(job_id, title=title, answer="named anew", actor=actor)
            elif not decided and (title.state is TitleState.REVIEW or _is_guessed(title)):
                self._back_to_matching(title, "matched again", actor)
        self._supply.compare_again(job_id, actor)
        self._finisher.submit(job_id)

    def _settled_titles(self, job_id: int) -> list[DiscTitle]:
        """Give the titles but those that are being split, or that a damaged disc did not give.

        Knowing what it is brings no bytes.
        """
        missing = {title.id for title in self._damaged.unsettled(job_id)}
        titles = [title for title in self._parts.store.titles(job_id) if title.id not in missing]
        return [t for t in titles if t.match_source != SPLITTING or t.state is not TitleState.REVIEW]

    def _back_to_matching(self, title: DiscTitle, why: str, actor: str) -> None:
        if not title.staging_file:
            return
        gone = {"matched_episode": None, "episode_part": None} | (
            {} if title.is_extra else {"item_name": None}
        )
        self._parts.lifecycle.move_title(title, TitleState.MATCHING, why, actor=actor, **gone)
        self._reviews.close(title.job_id, title=title, answer=why, actor=actor)

    def _asked(self, title: DiscTitle) -> set[ReviewKind]:
        return self._reviews.kinds_about(title)


def _name_on(job: DiscJob) -> str:
    """Give the name that a disc has which is neither show nor film, and that nobody names."""
    from engramd.identify import parse_label

    name = parse_label(job.volume_label).title or job.volume_label
    if not name:
        raise InvalidArgument("the disc has no name", remedy="say one with --title")
    return name


def _is_guessed(title: DiscTitle) -> bool:
    """Whether a title's episode was found by comparing, and may still change."""
    return title.state is TitleState.MATCHED and title.match_source == "subtitles"
