"""What people answer and decide: every answer comes through here. No disc is needed for that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

import structlog

from engramd.errors import EngramError, InvalidArgument, NotFound
from engramd.models import DiscTitle, ReviewKind, ReviewTask, StandingAnswer, WorkCandidate
from engramd.organize import split_part
from engramd.pipeline.amending import Amender
from engramd.pipeline.change_plans import concerned
from engramd.pipeline.changes import Changes
from engramd.pipeline.extras import ExtrasAnswers
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.identities import Identities
from engramd.pipeline.identity_answers import IdentityAnswers
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposal_answers import ProposalAnswers
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import Reviews, is_about_extras, is_about_identity, is_about_parts, is_proposal
from engramd.pipeline.ripping import Ripper
from engramd.pipeline.said import identity_in, named_film
from engramd.pipeline.standing import DISC, Standing, scopes_of
from engramd.pipeline.supply import Supply
from engramd.pipeline.supply_question import is_about_waiting
from engramd.pipeline.threads import guarded
from engramd.pipeline.title_answers import RESOLUTIONS, TitleAnswers

log = structlog.get_logger(__name__)

#: The answer that a cut of a film has no edition: it is the film itself.
THE_FILM = "film"


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
        self._parts, self._reviews, self._finisher, self._supply = parts, reviews, finisher, supply
        self._damaged, self._steps = ripper.damaged, ripper.steps
        self._proposer = proposer
        self._titles = TitleAnswers(parts, reviews, finisher, proposer)
        self._discs = IdentityAnswers(parts, reviews, finisher, identities, look_up, ripper.damaged, supply)
        self._proposals = ProposalAnswers(parts, reviews, proposer, self.assign_all)
        self._extras = ExtrasAnswers(parts, reviews, self._titles.decide_all, self.skip)
        self._standing = Standing(parts)
        self._changes: Changes | None = None
        self._split: Callable[[int, int, str, str], None] = lambda _job, _title, _episodes, _actor: None
        self._read_again: Callable[[int, int, str], None] = lambda _job, _title, _actor: None

    def amend_with(self, amender: Amender, changes: Changes) -> None:
        """Say who corrects what is filed, and who keeps what is answered, so that it can be undone."""
        self._changes = changes
        self._titles.amend_with(amender, changes)
        self._discs.amend_with(amender)

    def read_with(self, read_again: Callable[[int, int, str], None]) -> None:
        """Say who has a title read again: job, title index, actor."""
        self._read_again = read_again

    def split_with(self, split: Callable[[int, int, str, str], None]) -> None:
        """Say who splits a title into its episodes: job, title index, episodes, actor."""
        self._split = split

    # -- without a question ----------------------------------------------------------------------------

    def take_order(self, job_id: int, actor: str) -> bool:
        """Accept what the order on a disc says of its titles, where that follows from other discs."""
        return self._proposals.take_order(job_id, actor)

    def assign(self, job_id: int, title_index: int, episode: str, actor: str) -> None:
        """Say which episode a title is, or which film (`Name (1999)`); it is filed as that."""
        self.assign_all(job_id, {title_index: episode}, actor)

    def assign_all(self, job_id: int, episodes: Mapping[int, str], actor: str) -> None:
        """Say which episodes or films several titles are, by title index: all of it counts, or nothing."""
        self._titles.assign_all(job_id, episodes, actor)

    def mark_extra(self, job_id: int, title_index: int, kind: str, actor: str) -> None:
        """Say that a title is an extra."""
        self._titles.mark_extra(job_id, title_index, kind, actor)

    def set_edition(self, job_id: int, title_index: int, edition: str, actor: str) -> None:
        """Name the edition of a title that is not filed yet; that answers the question for it."""
        self._titles.set_edition(job_id, title_index, edition, actor)

    def skip(self, job_id: int, title_index: int, actor: str) -> None:
        """Say that a title is not wanted; its staging copy stays until the job's folder is cleaned."""
        self._titles.skip(job_id, title_index, actor)

    def resolve_conflict(self, job_id: int, title_index: int, choice: str, actor: str) -> None:
        """Answer a conflict with a file in the library: `keep_both` (or `rename`), `replace` or `skip`."""
        self._titles.resolve_conflict(job_id, title_index, choice, actor)

    def identify(self, job_id: int, hint: Mapping[str, object], actor: str) -> None:
        """Say what a disc is; its titles are judged anew, and what is not filed yet is matched anew."""
        self._discs.identify(job_id, hint, actor)

    def rematch(self, job_id: int, actor: str) -> None:
        """Compare with the references again, for example after adding some."""
        self._discs.match_again(job_id, actor)

    def compare_again(self, job_id: int) -> None:
        """Compare what waits for an episode with references that have changed."""
        self._discs.compare_again(job_id)

    # -- questions -------------------------------------------------------------------------------------

    def answer(self, review_id: int, answer: str, actor: str, scope: str = "") -> None:
        """Answer a question with the value of an option, or with one of one's own, as its kind allows.

        Where `scopes_of` its task allows it, the answer is for the whole `disc`, `season` or `set` too: it
        answers the same question about what is there and what follows. Raises NotFound, InvalidArgument,
        WrongState.
        """
        task = self._open_review(review_id)
        if scope not in ("", DISC, *scopes_of(task)):
            allowed = " or ".join(scopes_of(task)) or "nothing else"
            raise InvalidArgument(f"the answer to this question is for {allowed}", where=scope)
        self._carry_out(task, answer, actor, scope, self._parts.store.works(task.job_id))
        row = self._standing.remember(task, answer, scope, actor)
        if row is not None:
            for other in self._standing.open_tasks(row):
                self._answer_by(row, other)

    def is_answered(self, task: ReviewTask) -> bool:
        """Whether a person's answer to another question holds for this one."""
        return self._standing.answer_to(task) is not None

    def answer_alike(self, review_id: int) -> None:
        """Answer a question as a person answered the same one before; it is told of if that cannot be."""
        task = self._parts.store.review(review_id)
        if task is None or task.closed_at is not None:
            return
        row = self._standing.answer_to(task)
        if row is None or not self._answer_by(row, task):
            self._reviews.announce_late(task)

    def answer_all_alike(self) -> None:
        """Answer what was about to be answered when the daemon ended."""
        for task in self._parts.store.open_reviews():
            if (row := self._standing.answer_to(task)) is not None:
                self._answer_by(row, task)

    def follow(self, job_ids: Iterable[int] | None) -> None:
        """Take over what other stations decided: answers for more than one disc, episodes of these jobs.

        None: of any that may have been decided since something was proposed here. What fails with one job
        costs no other.
        """
        guarded(self.answer_all_alike)
        if job_ids is None:
            guarded(self._proposals.catch_up)
        for job_id in job_ids or ():
            guarded(partial(self._proposer.renew_others, job_id))
            guarded(partial(self._proposals.follow, job_id))

    def dismiss(self, review_id: int, actor: str) -> None:
        """Close a question without an answer: its title stays as it is, a disc is what it was taken for."""
        task = self._open_review(review_id)
        self._reviews.close_task(task, None, actor)
        if is_about_identity(task):
            self._discs.release(task.job_id, actor)

    def _answer_by(self, row: StandingAnswer, task: ReviewTask) -> bool:
        try:
            sentence = f"“{task.summary}” is answered as for job {row.job_id}: {row.answer}"
            self._parts.lifecycle.note(task.job_id, "decided", sentence, actor=row.actor)
            self._carry_out(task, row.answer, row.actor, "", self._parts.store.works(row.job_id))
        except EngramError as error:
            log.warning("an earlier answer does not fit", job=task.job_id, review=task.id, why=str(error))
            return False
        return True

    def _carry_out(
        self, task: ReviewTask, answer: str, actor: str, scope: str, works: Sequence[WorkCandidate]
    ) -> None:
        """Do what an answer says; `works` are those that it may name by their numbers."""
        if self._changes is None:
            self._do(task, answer, actor, scope, works)
            return
        sentence = f"“{task.summary}” is answered with {answer}, by {actor}"
        about = concerned(self._parts.store, task, scope)
        with self._changes.noting(
            about,
            sentence,
            actor,
            job_id=task.job_id,
            review_id=task.id,
            with_job=is_about_identity(task),
        ):
            self._do(task, answer, actor, scope, works)

    def _do(
        self, task: ReviewTask, answer: str, actor: str, scope: str, works: Sequence[WorkCandidate]
    ) -> None:
        title = self._title_of(task)
        if title is not None:
            self._answer_of_title(task, title, answer, actor)
        elif is_about_waiting(task):
            self._supply.answer(task, answer, actor)
        elif is_about_parts(task) or is_proposal(task):
            self._proposals.answer(task, answer, actor, scope)
        elif is_about_extras(task):
            self._extras.answer(task, answer, actor)
        else:
            self.identify(task.job_id, identity_in(answer, works), actor)

    def _answer_of_title(self, task: ReviewTask, title: DiscTitle, answer: str, actor: str) -> None:
        job_id, index = task.job_id, title.title_index
        if answer == "split":
            self._split(job_id, index, "", actor)
        elif task.kind is ReviewKind.DAMAGED and answer in ("keep", "retry"):
            self._answer_damaged(title, answer, actor)
        elif answer == "skip" or (task.kind is ReviewKind.CONFLICT and answer in RESOLUTIONS):
            self.resolve_conflict(job_id, index, answer, actor)
        elif answer == "extra":
            self.mark_extra(job_id, index, (title.extra_kind or "") if title.is_extra else "", actor)
        elif task.kind is ReviewKind.EDITION and named_film(split_part(answer)[0]) is None:
            self.set_edition(job_id, index, "" if answer == THE_FILM else answer, actor)
        else:
            self.assign(job_id, index, answer, actor)

    def _answer_damaged(self, title: DiscTitle, answer: str, actor: str) -> None:
        """Have a damaged title read again, or file what could be read of it, as what it is."""
        if answer == "retry":
            self._read_again(title.job_id, title.title_index, actor)
            return
        self._damaged.keep(self._steps, self._parts.store.need_job(title.job_id), title, actor)
        self._finisher.submit(title.job_id)

    def _open_review(self, review_id: int) -> ReviewTask:
        task = self._parts.store.review(review_id)
        if task is None or task.closed_at is not None:
            raise NotFound("there is no such open question", where=f"review {review_id}")
        return task

    def _title_of(self, task: ReviewTask) -> DiscTitle | None:
        titles = self._parts.store.titles(task.job_id)
        return next((t for t in titles if t.id == task.title_id), None)
