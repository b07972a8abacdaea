"""What people answer to what is proposed for a whole disc."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from engramd.errors import InvalidArgument, WrongState
from engramd.models import ReviewTask
from engramd.organize import read_part
from engramd.organize.assignments import read_assignments
from engramd.pipeline.changes import UNDONE
from engramd.pipeline.halves import LATER
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposals import ACCEPT, ONE_BY_ONE
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.reviews import PARTS, Reviews, is_about_parts, is_proposal
from engramd.pipeline.threads import guarded

#: What the history of a job says to other stations: an answer for its season or set went on to it.
_GOES_ON = "goes on"


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
        if is_about_parts(task):
            self._answer_parts(task, answer, actor, scope or "season")
            return
        job_id = task.job_id
        if answer == ONE_BY_ONE:
            self._ask_one_by_one(task, actor)
            return
        proposed = self._proposed(job_id, answer)
        if scope in ("season", "set") and self._parts.store.is_shared:
            said = f"the answer goes on to the discs of this {scope} that follow on any station"
            self._parts.lifecycle.note(job_id, "decided", said, actor=actor, old=scope, new=_GOES_ON)
        self._assign(job_id, proposed, actor)
        if not self._proposer.covered(job_id):  # else it is asked about the rest
            self._reviews.close_if_open(task, answer, actor)
        if scope in ("season", "set"):
            self._carry_on(job_id, scope, actor)

    def follow(self, job_id: int) -> None:
        """Go on to the discs that follow a job of another station, if what was answered there is for them.

        It is not if it was taken back since.
        """
        for event in reversed(self._parts.store.events(job_id)):
            if event.kind == UNDONE:
                return
            if event.new == _GOES_ON:
                self._carry_on(job_id, event.old, event.actor)
                return

    def catch_up(self) -> None:
        """Take over all that was decided on other stations since something was proposed here."""
        store = self._parts.store
        asked = [task for task in store.open_reviews() if is_proposal(task)]
        for task in asked:
            guarded(partial(self._proposer.renew, task.job_id))
        if asked:
            since = min(task.created_at for task in asked)
            said = {job_id for job_id, _, new in store.happened_since(since) if new == _GOES_ON}
            for job_id in sorted(said):
                if not store.is_own(store.need_job(job_id)):
                    guarded(partial(self.follow, job_id))

    def _proposed(self, job_id: int, answer: str) -> Mapping[int, str]:
        """Give what an answer makes of the titles that a proposal is about."""
        plans = self._proposer.offered(job_id)
        if not plans:
            raise WrongState("nothing is proposed any more", where=f"job {job_id}")
        if answer == ACCEPT:
            return plans[0].episodes
        if "=" not in answer:
            start, part = read_part(answer)
            return self._proposer.from_start(job_id, start, in_parts=part == 1)
        return _named(answer, plans[0].episodes, job_id)

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
            said = f"accepted with the answer for job {job_id}"
            marks = (scope, _GOES_ON) if self._parts.store.is_shared else ("", "")
            self._parts.lifecycle.note(other_id, "decided", said, actor=actor, old=marks[0], new=marks[1])
            self._assign(other_id, plans[0].episodes, actor)
            self._reviews.close_if_open(task, ACCEPT, actor)

    # -- titles that are parts of episodes --

    def _answer_parts(self, task: ReviewTask, answer: str, actor: str, scope: str) -> None:
        """Carry out what is said of such titles, and keep it for the discs of its scope."""
        if answer == LATER:
            self._reviews.close_task(task, LATER, actor)
            return
        said = ONE_BY_ONE if answer == ONE_BY_ONE else self._file_parts(task, answer, actor)
        if said:
            self._proposer.halves.remember(task.job_id, said, scope, actor)
            self._do_likewise(task, said, actor, scope)
        if answer == ONE_BY_ONE:
            self._ask_parts_alone(task, actor)

    def _file_parts(self, task: ReviewTask, answer: str, actor: str) -> str:
        """File the titles as they are named; `parts` if that is as it was proposed, which is then a rule."""
        plan = self._proposer.halves.plan(task.job_id)
        if plan is None:
            raise WrongState("nothing is asked about parts any more", where=f"job {task.job_id}")
        known = plan.episodes
        episodes = known if answer == PARTS else _named(answer, known, task.job_id)
        self._assign(task.job_id, episodes, actor)
        if not self._proposer.halves.covered(task.job_id):
            self._reviews.close_if_open(task, answer, actor)
        as_proposed = all(read_part(known[title]) == read_part(said) for title, said in episodes.items())
        return PARTS if as_proposed else ""

    def _ask_parts_alone(self, task: ReviewTask, actor: str) -> None:
        job = self._parts.store.need_job(task.job_id)
        self._proposer.ask_alone(job, self._proposer.halves.covered(task.job_id), actor)
        self._reviews.close_task(task, ONE_BY_ONE, actor)

    def _do_likewise(self, task: ReviewTask, said: str, actor: str, scope: str) -> None:
        """Do the same with the other discs that wait; what is not clear there stays a question."""
        halves = self._proposer.halves
        for other in halves.waiting_discs(self._parts.store.need_job(task.job_id), scope):
            other_id = other.id or 0
            asked, plan = halves.task(other_id), halves.plan(other_id)
            if asked is None or plan is None or (said == PARTS and not halves.is_clear(plan)):
                continue
            sentence = f"decided with the answer for job {task.job_id}"
            self._parts.lifecycle.note(other_id, "decided", sentence, actor=actor)
            if said == PARTS:
                self._assign(other_id, plan.episodes, actor)
                self._reviews.close_if_open(asked, PARTS, actor)
            else:
                self._ask_parts_alone(asked, actor)


def _named(answer: str, known: Mapping[int, str], job_id: int) -> Mapping[int, str]:
    """Read titles with their episodes. Raises InvalidArgument for a title that is not asked about."""
    said = {number - 1: episode for number, episode in read_assignments(answer.split()).items()}
    if strange := sorted(said.keys() - known.keys()):
        where = f"title {strange[0] + 1} of job {job_id}"
        raise InvalidArgument("the question is not about this title", where=where)
    return said
