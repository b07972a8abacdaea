"""What people decide about titles and jobs: assign, skip, mark, identify. No disc is needed for that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engramd.errors import InvalidArgument, NotFound, WrongState
from engramd.models import (
    ClassificationSource,
    ConflictResolution,
    ContentType,
    DiscJob,
    DiscTitle,
    JobState,
    ReviewKind,
    ReviewTask,
    TitleRole,
    TitleState,
)
from engramd.organize import EpisodeCode
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews

#: Values of a hint, by the names that the bus uses, and the fields that they set.
HINT_FIELDS = {
    "content_type": "content_type",
    "title": "detected_title",
    "year": "year",
    "season": "detected_season",
    "disc": "disc_number",
    "tmdb_id": "tmdb_id",
}
ENDED = (JobState.COMPLETED, JobState.FAILED)
#: States of a title that a person may still decide about; ripped or not.
OPEN = (TitleState.PENDING, TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW)


class Answers:
    """Carries out decisions and has the job go on."""

    def __init__(self, parts: Parts, reviews: Reviews, finisher: Finisher) -> None:
        self._parts = parts
        self._reviews = reviews
        self._finisher = finisher

    def assign(self, job_id: int, title_index: int, episode: str, actor: str) -> None:
        """Say which episode a title is; it is filed as that when it is ripped."""
        code = str(EpisodeCode.parse(episode))
        title = self._open_title(job_id, title_index)
        self._decide(
            title,
            f"title {title_index + 1} is {code}, says {actor}",
            actor,
            matched_episode=code,
            is_extra=False,
            role=TitleRole.EPISODE,
        )

    def mark_extra(self, job_id: int, title_index: int, kind: str, actor: str) -> None:
        """Say that a title is an extra."""
        title = self._open_title(job_id, title_index)
        self._decide(
            title,
            f"title {title_index + 1} is an extra, says {actor}",
            actor,
            matched_episode=None,
            is_extra=True,
            role=TitleRole.EXTRA,
            extra_kind=kind or None,
        )

    def set_edition(self, job_id: int, title_index: int, edition: str, actor: str) -> None:
        """Name the edition of a title that is not filed yet; that answers the question for it."""
        title = self._open_title(job_id, title_index)
        sentence = f"title {title_index + 1} is the edition {edition}, says {actor}"
        if title.state is TitleState.REVIEW and self._asked(title) == {ReviewKind.EDITION}:
            self._decide(title, sentence, actor, edition=edition or None)
            return
        self._parts.lifecycle.update_title(title, edition=edition or None)
        self._parts.lifecycle.note(job_id, "edition", sentence, actor=actor)

    def skip(self, job_id: int, title_index: int, actor: str) -> None:
        """Say that a title is not wanted; its staging copy stays until the job's folder is cleaned."""
        title = self._open_title(job_id, title_index)
        if title.state is TitleState.RIPPING:
            raise WrongState("the title is being ripped", remedy="wait for its end, or cancel the job")
        sentence = f"title {title_index + 1} is skipped, says {actor}"
        self._parts.lifecycle.move_title(
            title, TitleState.SKIPPED, sentence, actor=actor, match_source="user", match_reason=sentence
        )
        self._reviews.close(job_id, title=title, answer="skip", actor=actor)
        self._finisher.submit(job_id)

    def resolve_conflict(self, job_id: int, title_index: int, choice: str, actor: str) -> None:
        """Answer a conflict with a file in the library: keep both (`rename`) or `skip`."""
        if choice == "skip":
            self.skip(job_id, title_index, actor)
            return
        if choice != ConflictResolution.RENAME:
            raise InvalidArgument("a conflict is resolved by rename or skip", where=choice)
        title = self._open_title(job_id, title_index)
        tasks = self._parts.store.open_reviews(job_id)
        if not any(t.title_id == title.id and t.kind is ReviewKind.CONFLICT for t in tasks):
            raise WrongState(f"title {title_index + 1} of job {job_id} has no conflict")
        self._finisher.submit_beside(job_id, title_index, actor)

    def identify(self, job_id: int, hint: Mapping[str, object], actor: str) -> None:
        """Say what a disc is; what is not filed yet is matched anew."""
        values = DiscJob.validated(_hint_values(hint))
        if self._parts.store.need_job(job_id).state in ENDED:
            raise WrongState(
                f"job {job_id} has ended, and its files have their names",
                remedy="rip the disc again with --again, and say with it what it is",
            )
        self._parts.lifecycle.update_job(
            job_id,
            classification_source=ClassificationSource.USER,
            classification_confidence=1.0,
            identity_reason=f"{actor} said so",
            **values,
        )
        told = ", ".join(f"{name} {value}" for name, value in hint.items())
        self._parts.lifecycle.note(job_id, "identified", told, actor=actor)
        self._reviews.close(job_id, kind=ReviewKind.IDENTITY, answer=told, actor=actor)
        self._match_again(job_id, actor)
        self._parts.wakeups.wake()  # the library of this type may be set

    def rematch(self, job_id: int, actor: str) -> None:
        """Compare with the references again, for example after adding some."""
        self._match_again(job_id, actor)

    def compare_again(self, job_id: int) -> None:
        """Compare what waits for an episode with references that have changed."""
        for title in self._parts.store.titles(job_id):
            if title.state is TitleState.REVIEW and self._asked(title) <= {ReviewKind.EPISODE}:
                self._back_to_matching(title, "the references have changed", "engramd")
        self._finisher.submit(job_id)

    def answer(self, review_id: int, answer: str, actor: str) -> None:
        """Answer a review task: an episode, `extra`, `skip` or `rename`, as its kind has it."""
        task = self._open_review(review_id)
        title = self._title_of(task)
        if title is None:
            self.identify(task.job_id, _identity_answer(answer), actor)
        elif answer in ("skip", "rename"):
            self.resolve_conflict(task.job_id, title.title_index, answer, actor)
        elif answer == "extra":
            self.mark_extra(task.job_id, title.title_index, "", actor)
        elif task.kind is ReviewKind.EDITION:
            self.set_edition(task.job_id, title.title_index, answer, actor)
        else:
            self.assign(task.job_id, title.title_index, answer, actor)

    def dismiss(self, review_id: int, actor: str) -> None:
        """Close a question without an answer; its title stays as it is."""
        self._reviews.close_task(self._open_review(review_id), None, actor)

    def _match_again(self, job_id: int, actor: str) -> None:
        """Match anew what is not filed, but for what a person decided, which is named anew."""
        for title in self._parts.store.titles(job_id):
            decided = title.match_source == "user" or title.is_extra
            if decided and title.state is TitleState.REVIEW:
                self._parts.lifecycle.move_title(title, TitleState.MATCHED, "named anew", actor=actor)
                self._reviews.close(job_id, title=title, answer="named anew", actor=actor)
            elif not decided and (title.state is TitleState.REVIEW or _is_guessed(title)):
                self._back_to_matching(title, "matched again", actor)
        self._finisher.submit(job_id)

    def _back_to_matching(self, title: DiscTitle, why: str, actor: str) -> None:
        if not title.staging_file:
            return
        self._parts.lifecycle.move_title(title, TitleState.MATCHING, why, actor=actor, matched_episode=None)
        self._reviews.close(title.job_id, title=title, answer=why, actor=actor)

    def _asked(self, title: DiscTitle) -> set[ReviewKind]:
        tasks = self._parts.store.open_reviews(title.job_id)
        return {task.kind for task in tasks if task.title_id == title.id}

    def _decide(self, title: DiscTitle, sentence: str, actor: str, **values: Any) -> None:
        values |= {"match_confidence": 1.0, "match_source": "user", "match_reason": sentence}
        ripped = title.state in (TitleState.REVIEW, TitleState.MATCHING)
        if ripped:
            self._parts.lifecycle.move_title(title, TitleState.MATCHED, sentence, actor=actor, **values)
        else:
            self._parts.lifecycle.update_title(title, **values)
            self._parts.lifecycle.note(title.job_id, "decided", sentence, actor=actor)
        answer = str(values.get("matched_episode") or "extra")
        self._reviews.close(title.job_id, title=title, answer=answer, actor=actor)
        self._finisher.submit(title.job_id)

    def _open_title(self, job_id: int, title_index: int) -> DiscTitle:
        title = self._parts.store.need_title(job_id, title_index)
        if title.state not in OPEN:
            raise WrongState(
                f"title {title_index + 1} of job {job_id} is {title.state}",
                remedy=f"rip it again with engramctl retry {job_id}",
            )
        return title

    def _open_review(self, review_id: int) -> ReviewTask:
        task = self._parts.store.review(review_id)
        if task is None or task.closed_at is not None:
            raise NotFound("there is no such open question", where=f"review {review_id}")
        return task

    def _title_of(self, task: ReviewTask) -> DiscTitle | None:
        titles = self._parts.store.titles(task.job_id)
        return next((t for t in titles if t.id == task.title_id), None)


def _is_guessed(title: DiscTitle) -> bool:
    """Whether a title's episode was found by comparing, and may still change."""
    return title.state is TitleState.MATCHED and title.match_source == "subtitles"


def _hint_values(hint: Mapping[str, object]) -> dict[str, object]:
    unknown = sorted(hint.keys() - HINT_FIELDS.keys())
    if unknown or not hint:
        raise InvalidArgument(
            "an identity is made of " + ", ".join(HINT_FIELDS), where=", ".join(unknown) or "nothing given"
        )
    return {HINT_FIELDS[name]: value for name, value in hint.items()}


def _identity_answer(answer: str) -> dict[str, object]:
    if answer not in (ContentType.TV, ContentType.MOVIE):
        raise InvalidArgument("answer with tv or movie, or say more with engramctl identify", where=answer)
    return {"content_type": answer}
