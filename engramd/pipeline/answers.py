"""What people decide about titles and jobs: assign, skip, mark, identify. No disc is needed for that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
from engramd.pipeline.deciding import SPLITTING
from engramd.pipeline.decisions import Decision, answer_in, is_unread, move_for
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposal_answers import ProposalAnswers
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.said import hint_values, identity_in, named_film, whose_number
from engramd.pipeline.supply import Supply
from engramd.pipeline.supply_question import is_about_waiting
from engramd.pipeline.titles import NOT_ITS_OWN

#: The answer that a cut of a film has no edition: it is the film itself.
THE_FILM = "film"
ENDED = (JobState.COMPLETED, JobState.FAILED)
#: States of a title that a person may still decide about; ripped or not.
OPEN = (TitleState.PENDING, TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED, TitleState.REVIEW)


class Answers:
    """Carries out decisions and has the job go on."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        finisher: Finisher,
        identities: Identities,
        look_up: Callable[[int], None],
        ripper: Ripper,
        supply: Supply,
        proposer: Proposer,
    ) -> None:
        self._parts = parts
        self._proposer = proposer
        self._proposals = ProposalAnswers(parts, reviews, proposer, self.assign_all)
        self._split: Callable[[int, int, str, str], None] = lambda _job, _title, _episodes, _actor: None
        self._damaged, self._steps = ripper.damaged, ripper.steps
        self._read_again: Callable[[int, int, str], None] = lambda _job, _title, _actor: None
        self._reviews = reviews
        self._finisher = finisher
        self._identities = identities
        self._look_up = look_up
        self._supply = supply

    def read_with(self, read_again: Callable[[int, int, str], None]) -> None:
        """Say who has a title read again: job, title index, actor."""
        self._read_again = read_again

    def split_with(self, split: Callable[[int, int, str, str], None]) -> None:
        """Say who splits a title into its episodes: job, title index, episodes, actor."""
        self._split = split

    def take_order(self, job_id: int, actor: str) -> bool:
        """Accept what the order on a disc says of its titles, where that follows from other discs."""
        return self._proposals.take_order(job_id, actor)

    def assign(self, job_id: int, title_index: int, episode: str, actor: str) -> None:
        """Say which episode a title is, or which film (`Name (1999)`); it is filed as that."""
        self.assign_all(job_id, {title_index: episode}, actor)

    def assign_all(self, job_id: int, episodes: Mapping[int, str], actor: str) -> None:
        """Say which episodes or films several titles are, by title index: all of it counts, or nothing."""
        decisions = [self._said(job_id, index, episode, actor) for index, episode in sorted(episodes.items())]
        self._decide_all(decisions, actor)

    def _said(self, job_id: int, title_index: int, episode: str, actor: str) -> Decision:
        """Read what a person says a title is."""
        title = self._open_title(job_id, title_index)
        film = named_film(episode)
        if film is not None:
            return self._film(title, film, actor)
        code = str(EpisodeCode.parse(episode))
        values: dict[str, Any] = {
            "matched_episode": code,
            "item_name": title.item_name if title.matched_episode == code else None,
            "is_extra": False,
            "role": TitleRole.EPISODE,
            **NOT_ITS_OWN,
        }
        return Decision(title, f"title {title_index + 1} is {code}, says {actor}", values)

    @staticmethod
    def _film(title: DiscTitle, film: tuple[str, int], actor: str) -> Decision:
        name, year = film
        own = {"own_content_type": ContentType.MOVIE, "own_title": name, "own_year": year}
        values = {
            "matched_episode": None,
            "is_extra": False,
            "role": TitleRole.MAIN_FEATURE,
            **NOT_ITS_OWN,
            **own,
        }
        return Decision(
            title, f"title {title.title_index + 1} is the film {name} ({year}), says {actor}", values
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
        what = f"the edition {edition}" if edition else "the film itself"
        sentence = f"title {title_index + 1} is {what}, says {actor}"
        if title.state is TitleState.REVIEW and self._asked(title) == {ReviewKind.EDITION}:
            self._decide(title, sentence, actor, edition=edition or None)
            return
        values: dict[str, Any] = {"edition": edition or None}
        if title.role is TitleRole.MAIN_FEATURE:  # no record changes it any more
            values |= {"match_source": "user", "match_reason": sentence}
        self._parts.lifecycle.update_title(title, **values)
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
        self._proposer.renew(job_id)
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
        """Say what a disc is; its titles are judged anew, and what is not filed yet is matched anew."""
        values = DiscJob.validated(hint_values(hint))
        with self._identities.changing(job_id):
            self._identify(job_id, hint, values, actor)
            self._match_again(job_id, actor)
        self._parts.wakeups.wake()  # the library of this type may be set

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
        self._parts.lifecycle.update_job(
            job_id,
            classification_source=ClassificationSource.USER,
            classification_confidence=1.0,
            identity_reason=f"{actor} said so",
            **values,
        )
        told = ", ".join(f"{name} {value}" for name, value in hint.items())
        self._parts.lifecycle.note(job_id, "identified", told, actor=actor)
        self._look_up(job_id)  # from now on nothing is filed until the work's name is known
        self._reviews.close(job_id, kind=ReviewKind.IDENTITY, answer=told, actor=actor)
        self._identities.again(job_id, f"{actor} said what the disc is", by_person=True)

    def rematch(self, job_id: int, actor: str) -> None:
        """Compare with the references again, for example after adding some."""
        self._match_again(job_id, actor)

    def compare_again(self, job_id: int) -> None:
        """Compare what waits for an episode with references that have changed."""
        for title in self._settled_titles(job_id):
            if title.state is TitleState.REVIEW and self._asked(title) <= {ReviewKind.EPISODE}:
                self._back_to_matching(title, "the references have changed", "engramd")
        self._supply.compare_again(job_id)
        self._finisher.submit(job_id)

    def answer(self, review_id: int, answer: str, actor: str, scope: str = "") -> None:
        """Answer a review task: an episode, `extra`, `skip`, `rename`, `keep` or `retry`, by its kind.

        What is proposed for a whole disc may be answered for the other discs of its `season` or `set` too.
        """
        task = self._open_review(review_id)
        title = self._title_of(task)
        proposed = task.title_id is None and task.kind is ReviewKind.EPISODE
        if scope not in ("", "disc") and not (proposed or is_about_waiting(task)):
            raise InvalidArgument("only what is proposed for a disc is answered for others too", where=scope)
        if is_about_waiting(task):
            self._supply.answer(task, answer, actor)
        elif proposed:
            self._proposals.answer(task, answer, actor, scope)
        elif title is not None and answer == "split":
            self._split(task.job_id, title.title_index, "", actor)
        elif title is None:
            self.identify(task.job_id, identity_in(answer, self._parts.store.works(task.job_id)), actor)
        elif task.kind is ReviewKind.DAMAGED and answer == "keep":
            self._keep_damaged(title, actor)
        elif task.kind is ReviewKind.DAMAGED and answer == "retry":
            self._read_again(task.job_id, title.title_index, actor)
        elif answer in ("skip", "rename"):
            self.resolve_conflict(task.job_id, title.title_index, answer, actor)
        elif answer == "extra":
            self.mark_extra(task.job_id, title.title_index, "", actor)
        elif task.kind is ReviewKind.EDITION and named_film(answer) is None:
            edition = "" if answer == THE_FILM else answer
            self.set_edition(task.job_id, title.title_index, edition, actor)
        else:
            self.assign(task.job_id, title.title_index, answer, actor)

    def _keep_damaged(self, title: DiscTitle, actor: str) -> None:
        """File what could be read of a damaged title, as what it is."""
        self._damaged.keep(self._steps, self._parts.store.need_job(title.job_id), title, actor)
        self._finisher.submit(title.job_id)

    def dismiss(self, review_id: int, actor: str) -> None:
        """Close a question without an answer: its title stays as it is, a disc is what it was taken for."""
        task = self._open_review(review_id)
        self._reviews.close_task(task, None, actor)
        if task.title_id is None and task.kind is not ReviewKind.EPISODE:
            with self._identities.changing(task.job_id):
                self._release(task.job_id, actor)

    def _release(self, job_id: int, actor: str) -> None:
        """Let titles go on that were held back only until it is known what the disc is."""
        for title in self._settled_titles(job_id):
            if title.state is not TitleState.REVIEW or self._asked(title):
                continue
            if title.matched_episode or title.match_source == "user" or title.is_extra:
                self._parts.lifecycle.move_title(title, TitleState.MATCHED, "named anew", actor=actor)
            else:
                self._back_to_matching(title, "matched again", actor)
        self._finisher.submit(job_id)

    def _match_again(self, job_id: int, actor: str) -> None:
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
        gone = {"matched_episode": None} | ({} if title.is_extra else {"item_name": None})
        self._parts.lifecycle.move_title(title, TitleState.MATCHING, why, actor=actor, **gone)
        self._reviews.close(title.job_id, title=title, answer=why, actor=actor)

    def _asked(self, title: DiscTitle) -> set[ReviewKind]:
        return self._reviews.kinds_about(title)

    def _decide(self, title: DiscTitle, sentence: str, actor: str, **values: Any) -> None:
        """Record one decision."""
        self._decide_all([Decision(title, sentence, values)], actor)

    def _decide_all(self, decisions: Sequence[Decision], actor: str) -> None:
        """Record decisions in one step; what has no file yet is filed by them when it is ripped."""
        self._parts.lifecycle.move_titles([move_for(decision) for decision in decisions], actor=actor)
        for decision in decisions:
            title = decision.title
            if not is_unread(title):  # else how a damaged disc is to give it is asked still
                answer = answer_in(decision.values)
                self._reviews.close(title.job_id, title=title, answer=answer, actor=actor)
        for job_id in {decision.title.job_id for decision in decisions}:
            self._proposer.renew(job_id)
            self._proposer.renew_others(job_id)
            self._finisher.submit(job_id)

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
