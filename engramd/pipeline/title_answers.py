"""What people say of titles: which episode or film they are, extras, editions, or not wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from engramd.errors import InvalidArgument, WrongState
from engramd.models import (
    ConflictResolution,
    ContentType,
    DiscTitle,
    ReviewKind,
    TitleRole,
    TitleState,
)
from engramd.organize import read_part, split_part, write_part
from engramd.pipeline.amending import Amender
from engramd.pipeline.changes import Changes
from engramd.pipeline.decisions import Decision, answer_in, is_unread, move_for, sentence_of
from engramd.pipeline.extras import ExtrasQuestion
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.said import named_film
from engramd.pipeline.titles import NOT_ITS_OWN

#: What a person answers about a file that the library has already; `rename` is an old word.
RESOLUTIONS = {
    "keep_both": ConflictResolution.KEEP_BOTH,
    "rename": ConflictResolution.KEEP_BOTH,
    "replace": ConflictResolution.REPLACE,
}
#: States of a title that a person may still decide about; ripped or not.
OPEN = (TitleState.PENDING, TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW)


class TitleAnswers:
    """Records what is said of titles, closes what that answers, and has their jobs go on."""

    def __init__(self, parts: Parts, reviews: Reviews, finisher: Finisher, proposer: Proposer) -> None:
        self._parts, self._reviews, self._finisher, self._proposer = parts, reviews, finisher, proposer
        self._extras = ExtrasQuestion(parts, reviews)
        self._amender: Amender | None = None
        self._changes: Changes | None = None

    def amend_with(self, amender: Amender, changes: Changes) -> None:
        """Say who corrects what is filed, and who keeps what is decided, so that it can be undone."""
        self._amender, self._changes = amender, changes

    def assign_all(self, job_id: int, episodes: Mapping[int, str], actor: str) -> None:
        """Say which episodes or films several titles are, by title index: all of it counts, or nothing."""
        decisions = [self._said(job_id, index, episode, actor) for index, episode in sorted(episodes.items())]
        self.decide_all(decisions, actor)

    def _said(self, job_id: int, title_index: int, episode: str, actor: str) -> Decision:
        """Read what a person says a title is."""
        title = self.open_title(job_id, title_index)
        name, part_of_film = split_part(episode)
        film = named_film(name)
        if film is not None:
            return _film(title, film, part_of_film, actor)
        found, part = read_part(episode)
        code = str(found)
        values: dict[str, Any] = {
            "matched_episode": code,
            "episode_part": part,
            "item_name": title.item_name if title.matched_episode == code else None,
            "is_extra": False,
            "role": TitleRole.EPISODE,
            **NOT_ITS_OWN,
        }
        told = write_part(code, part)
        return Decision(title, f"title {title_index + 1} is {told}, says {actor}", values)

    def mark_extra(self, job_id: int, title_index: int, kind: str, actor: str) -> None:
        """Say that a title is an extra."""
        title = self.open_title(job_id, title_index)
        values = {
            "matched_episode": None,
            "episode_part": None,
            "is_extra": True,
            "role": TitleRole.EXTRA,
            "extra_kind": kind or None,
        }
        self.decide_all(
            [Decision(title, f"title {title_index + 1} is an extra, says {actor}", values)], actor
        )

    def set_edition(self, job_id: int, title_index: int, edition: str, actor: str) -> None:
        """Name the edition of a title; that answers the question for it. One that is filed is named anew."""
        title = self.open_title(job_id, title_index)
        what = f"the edition {edition}" if edition else "the film itself"
        sentence = f"title {title_index + 1} is {what}, says {actor}"
        is_asked = title.state is TitleState.REVIEW
        if _is_filed(title) or (is_asked and self._reviews.kinds_about(title) == {ReviewKind.EDITION}):
            self.decide_all([Decision(title, sentence, {"edition": edition or None})], actor)
            return
        values: dict[str, Any] = {"edition": edition or None, "filing_choice": None}
        if title.role is TitleRole.MAIN_FEATURE:  # no record changes it any more
            values |= {"match_source": "user", "match_reason": sentence}
        with self._noting([title], sentence, actor):
            self._parts.lifecycle.update_title(title, **values)
            self._parts.lifecycle.note(job_id, "edition", sentence, actor=actor)

    def skip(self, job_id: int, title_index: int, actor: str) -> None:
        """Say that a title is not wanted; its staging copy stays until the job's folder is cleaned.

        The file of one that is filed goes to the trash of its library.
        """
        title = self.open_title(job_id, title_index)
        if _is_filed(title) and self._amender is not None:
            self._amender.skip(title, actor)
            return
        if title.state is TitleState.RIPPING:
            raise WrongState("the title is being ripped", remedy="wait for its end, or cancel the job")
        sentence = f"title {title_index + 1} is skipped, says {actor}"
        with self._noting([title], sentence, actor):
            self._parts.lifecycle.move_title(
                title, TitleState.SKIPPED, sentence, actor=actor, match_source="user", match_reason=sentence
            )
            self._reviews.close(job_id, title=title, answer="skip", actor=actor)
        self._proposer.renew(job_id)
        self._extras.settle(job_id)
        self._finisher.submit(job_id)

    def resolve_conflict(self, job_id: int, title_index: int, choice: str, actor: str) -> None:
        """Answer a conflict with a file in the library: `keep_both` (or `rename`), `replace` or `skip`."""
        if choice == "skip":
            self.skip(job_id, title_index, actor)
            return
        policy = RESOLUTIONS.get(choice)
        if policy is None:
            raise InvalidArgument("a conflict is resolved by keep_both, replace or skip", where=choice)
        title = self.open_title(job_id, title_index)
        tasks = self._parts.store.open_reviews(job_id)
        task = next((t for t in tasks if t.title_id == title.id and t.kind is ReviewKind.CONFLICT), None)
        if task is None:
            raise WrongState(f"title {title_index + 1} of job {job_id} has no conflict")
        how = "in the place of" if policy is ConflictResolution.REPLACE else "beside"
        sentence = f"title {title_index + 1} is filed {how} the library's file, says {actor}"
        with self._noting([title], sentence, actor):
            self._parts.lifecycle.move_title(
                title, TitleState.MATCHED, sentence, actor=actor, filing_choice=policy
            )
            self._reviews.close_task(task, choice, actor)
        self._finisher.submit(job_id)

    def decide_all(self, decisions: Sequence[Decision], actor: str) -> None:
        """Record decisions in one step; what has no file yet is filed by them when it is ripped.

        Where some of the titles are filed, their files get other names by it; all of it counts, or nothing.
        """
        if self._amender is not None and any(_is_filed(decision.title) for decision in decisions):
            self._amender.decide(decisions, actor)
            self._close_questions(decisions, actor)
        else:
            titles = [decision.title for decision in decisions]
            with self._noting(titles, sentence_of(decisions, actor), actor):
                moves = [move_for(decision) for decision in decisions]
                self._parts.lifecycle.move_titles(moves, actor=actor)
                self._close_questions(decisions, actor)
        for job_id in {decision.title.job_id for decision in decisions}:
            self._proposer.renew(job_id)
            self._proposer.renew_others(job_id)
            self._extras.settle(job_id)
            self._finisher.submit(job_id)

    def open_title(self, job_id: int, title_index: int) -> DiscTitle:
        """Give a title that a person may decide about. Raises NotFound, WrongState."""
        title = self._parts.store.need_title(job_id, title_index)
        amends = self._amender is not None and _is_filed(title)
        if title.state not in OPEN and not amends:
            raise WrongState(
                f"title {title_index + 1} of job {job_id} is {title.state}",
                remedy=f"rip it again with engramctl retry {job_id}",
            )
        return title

    def _close_questions(self, decisions: Sequence[Decision], actor: str) -> None:
        for decision in decisions:
            title = decision.title
            if not is_unread(title):  # else how a damaged disc is to give it is asked still
                answer = answer_in(decision.values)
                self._reviews.close(title.job_id, title=title, answer=answer, actor=actor)

    def _noting(self, titles: Sequence[DiscTitle], sentence: str, actor: str) -> AbstractContextManager[None]:
        if self._changes is None or not titles:
            return nullcontext()
        return self._changes.noting(titles, sentence, actor, job_id=titles[0].job_id)


def _is_filed(title: DiscTitle) -> bool:
    return title.state is TitleState.COMPLETED and title.organized_to is not None


def _film(title: DiscTitle, film: tuple[str, int], part: int | None, actor: str) -> Decision:
    name, year = film
    values = {
        "matched_episode": None,
        "episode_part": part,
        "is_extra": False,
        "role": TitleRole.MAIN_FEATURE,
        **NOT_ITS_OWN,
        "own_content_type": ContentType.MOVIE,
        "own_title": name,
        "own_year": year,
    }
    told = write_part(f"{name} ({year})", part)
    return Decision(title, f"title {title.title_index + 1} is the film {told}, says {actor}", values)
