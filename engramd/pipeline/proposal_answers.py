"""What people answer to what is proposed for a whole disc."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from engramd.errors import InvalidArgument, WrongState
from engramd.models import ReviewTask
from engramd.organize import EpisodeCode
from engramd.organize.assignments import read_assignments
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import Reviews

#: Answers to what is proposed for a disc: it is so, or each title is to be asked about.
ACCEPT, ONE_BY_ONE = "accept", "one_by_one"


class ProposalAnswers:
    """Carries such answers out; `assign` says of several titles of a job which episodes they are."""

    def __init__(
        self,
        parts: Parts,
        reviews: Reviews,
        proposer: Proposer,
        assign: Callable[[int, Mapping[int, str], str], None],
    ) -> None:
        self._parts, self._reviews, self._proposer, self._assign = parts, reviews, proposer, assign

    def take_order(self, job_id: int, actor: str) -> bool:
        """Accept what the order on a disc says of its open titles, where that follows from other discs.

        False where it does not: then it is no more than a guess, and proposed.
        """
        episodes = self._proposer.order_of(job_id)
        if not episodes:
            return False
        self._assign(job_id, episodes, actor)
        return True

    def answer(self, task: ReviewTask, answer: str, actor: str, scope: str) -> None:
        """Accept what is proposed for a disc, or say better: a start, or titles with their episodes."""
        job_id = task.job_id
        if answer == ONE_BY_ONE:
            self._ask_one_by_one(task, actor)
            return
        self._assign(job_id, self._proposed(job_id, answer), actor)
        if not self._proposer.covered(job_id):  # else it is asked about the rest
            self._reviews.close_if_open(task, answer, actor)
        if scope in ("season", "set"):
            self._carry_on(job_id, scope, actor)

    def _proposed(self, job_id: int, answer: str) -> Mapping[int, str]:
        """Give what an answer makes of the titles that a proposal is about."""
        plans = self._proposer.offered(job_id)
        if not plans:
            raise WrongState("nothing is proposed any more", where=f"job {job_id}")
        if answer == ACCEPT:
            return plans[0].episodes
        if "=" not in answer:
            return self._proposer.from_start(job_id, EpisodeCode.parse(answer))
        said = {number - 1: episode for number, episode in read_assignments(answer.split()).items()}
        if strange := sorted(said.keys() - plans[0].episodes.keys()):
            where = f"title {strange[0] + 1} of job {job_id}"
            raise InvalidArgument("the question is not about this title", where=where)
        return said

    def _ask_one_by_one(self, task: ReviewTask, actor: str) -> None:
        """Ask about each title of a proposal by itself; what was proposed are its candidates."""
        job = self._parts.store.need_job(task.job_id)
        self._proposer.ask_alone(job, self._proposer.covered(task.job_id), actor)
        self._reviews.close_task(task, ONE_BY_ONE, actor)

    def _carry_on(self, job_id: int, scope: str, actor: str) -> None:
        """Accept what is proposed for the next discs of a season or set, while it follows from the last."""
        job = self._parts.store.need_job(job_id)
        for other in self._proposer.next_discs(job):
            other_id = other.id or 0
            if scope == "season" and other.detected_season != job.detected_season:
                continue
            self._proposer.renew(other_id)
            task, plans = self._proposer.task(other_id), self._proposer.offered(other_id)
            if task is None or not plans or not plans[0].follows:
                return
            self._parts.lifecycle.note(
                other_id, "decided", f"accepted with the answer for job {job_id}", actor=actor
            )
            self._assign(other_id, plans[0].episodes, actor)
            self._reviews.close_if_open(task, ACCEPT, actor)
