"""One question for all titles of a disc that nothing but their order tells: asked, renewed, withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from engramd.errors import InvalidArgument, WrongState
from engramd.events import JobChanged
from engramd.lifecycle import TitleMove
from engramd.models import (
    DiscJob,
    DiscTitle,
    ReviewKind,
    ReviewTask,
    TitleCandidate,
    TitleRole,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.organize import EpisodeCode
from engramd.pipeline.halves import Halves
from engramd.pipeline.parts import Parts
from engramd.pipeline.plan_words import in_words
from engramd.pipeline.proposals import FOLLOWS, PROPOSED, Facts, Place, Plan, from_start, offered, propose
from engramd.pipeline.proposals_in_parts import (
    count_by_length,
    joined,
    start_in_parts,
    with_parts,
)
from engramd.pipeline.records import in_order, recorded_episodes
from engramd.pipeline.reviews import PARTS, Reviews, is_proposal
from engramd.pipeline.roster import Rosters, as_held, holdings, same_show
from engramd.store import Store

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

_GONE = (TitleState.SKIPPED, TitleState.FAILED)
_NO_EPISODES = (TitleRole.EXTRA, TitleRole.PLAY_ALL, TitleRole.DUPLICATE, TitleRole.MAIN_FEATURE)
_DECIDED = (TitleState.MATCHED, TitleState.COMPLETED)
#: How sure a record is that is proposed: with the order of the titles, and without.
RECORD_AGREES, RECORD_ALONE = 0.69, FOLLOWS - 0.01


class Proposer:
    """Proposes episodes for whole discs; what it proposes is never filed before a person accepts it.

    `halves` asks about titles that are parts of episodes.
    """

    def __init__(self, parts: Parts, reviews: Reviews, rosters: Rosters) -> None:
        self._parts, self._reviews, self._rosters = parts, reviews, rosters
        self.halves = Halves(parts, reviews)

    def ask(self, job: DiscJob, titles: Sequence[DiscTitle], why: str) -> list[DiscTitle]:
        """Put one question for titles that are `matching` and that nothing tells, for the reason `why`.

        Gives those that are to be asked about one by one: nothing can be proposed for them, or there is only
        one of them, which then has its candidates. Raises Cancelled.
        """
        waiting = [*self.covered(job.id or 0), *titles]
        plans = self._plans(job, waiting, self._rosters.of(job))
        plans, planned = _covering(plans, waiting)
        self._keep(planned, plans)
        if len(planned) < 2:
            self.withdraw(job.id or 0, "asked for each title")
            return list(titles)
        for title in planned:
            if title.state is TitleState.MATCHING:
                self._hold(title, plans[0], why)
        self._put(job, plans, why)
        return [title for title in titles if title not in planned]

    def renew(self, job_id: int) -> None:
        """Propose anew what fits what is decided by now; the question closes when nothing is left of it.

        Titles for which nothing fits any more are asked about one by one.
        """
        if lost := self.halves.renew(job_id):
            self.ask_alone(self._parts.store.need_job(job_id), lost)
        task, covered = self.task(job_id), self.covered(job_id)
        if task is None:
            return
        if not covered:
            self._reviews.close_task(task, "decided title by title", "engramd")
            return
        job = self._parts.store.need_job(job_id)
        plans, planned = _covering(self._plans(job, covered, self._rosters.known(job)), covered)
        rest = [title for title in covered if title not in planned]
        self._keep(planned, plans)
        self._keep(rest, [])
        self.ask_alone(job, rest)
        if planned:
            self._put(job, plans, planned[0].match_reason)
        else:
            self._reviews.close_task(task, "nothing fits any more; asked title by title", "engramd")

    def ask_alone(self, job: DiscJob, titles: Sequence[DiscTitle], actor: str = "engramd") -> None:
        """Ask about titles of a proposal one by one, each with the candidates that it has."""
        for title in titles:
            sentence = f"title {title.title_index + 1} is asked about by itself"
            move = TitleMove(title, None, sentence, {"match_source": ""})
            try:
                self._parts.lifecycle.move_titles([move], actor=actor)
            except WrongState:
                continue  # somebody decided it in this moment
            self._reviews.ask_episode(job, title, title.match_reason)

    def renew_others(self, job_id: int) -> None:
        """Renew the proposals for other discs of the same show: what this one holds is taken."""
        job = self._parts.store.need_job(job_id)
        for other in self.waiting_discs(job):
            self.renew(other.id or 0)

    def waiting_discs(self, job: DiscJob) -> list[DiscJob]:
        """Give the other discs of a job's show that wait with a proposal, in the order of their set."""
        tasks = [task for task in self._parts.store.open_reviews() if is_proposal(task)]
        others = [self._parts.store.need_job(task.job_id) for task in tasks if task.job_id != job.id]
        found = [other for other in others if same_show(job, other)]
        return sorted(found, key=lambda other: (other.detected_season or 0, other.disc_number or 0, other.id))

    def next_discs(self, job: DiscJob) -> list[DiscJob]:
        """Give those of the waiting discs that come after a job's in the order of their set.

        Where a number is missing, the order in which they came is all that is known.
        """
        return [other for other in self.waiting_discs(job) if _comes_after(job, other)]

    def withdraw(self, job_id: int, why: str) -> None:
        """Close the question for a disc, if it is asked; its titles are somebody else's matter."""
        if (task := self.task(job_id)) is not None:
            self._reviews.close_task(task, why, "engramd")

    def task(self, job_id: int) -> ReviewTask | None:
        """Give the open question for the whole disc of a job."""
        return next((t for t in self._parts.store.open_reviews(job_id) if is_proposal(t)), None)

    def covered(self, job_id: int) -> list[DiscTitle]:
        """Give the titles that the question for a job's disc is about, in the order of the disc."""
        return _covered(self._parts.store, job_id)

    def offered(self, job_id: int) -> list[Plan]:
        """Give the plans that the question for a job's disc offers now, best first."""
        return offered_plans(self._parts.store, job_id)

    def order_of(self, job_id: int) -> Mapping[int, str]:
        """Give what a disc's titles that wait for references are by their order, where that follows from
        other discs or titles; nothing where it would be a guess."""
        job = self._parts.store.need_job(job_id)
        waiting = [t for t in self._parts.store.titles(job_id) if t.state is TitleState.MATCHING]
        plans, planned = _covering(self._plans(job, waiting, self._rosters.known(job)), waiting)
        sure = bool(plans) and plans[0].follows and len(planned) == len(waiting)
        return plans[0].episodes if sure else {}

    def from_start(self, job_id: int, start: EpisodeCode, *, in_parts: bool = False) -> Mapping[int, str]:
        """Give what the titles are if the first one is an episode, or `in_parts` the first part of one.

        Raises InvalidArgument where the season has not that many episodes.
        """
        job, covered = self._parts.store.need_job(job_id), self.covered(job_id)
        roster = self._rosters.known(job)
        places = [Place(title.title_index, title.duration_seconds) for title in covered]
        facts = Facts(season=start.season, roster=roster)
        count = self._count_of_parts(job, self._parts.store.titles(job_id))
        count = count or (count_by_length(places, facts) if in_parts else 0)
        plan = start_in_parts(places, facts, start, count) if count else from_start(places, facts, start)
        if plan is None:
            raise InvalidArgument(f"season {start.season} has not so many episodes", where=str(start))
        return plan.episodes

    def _plans(
        self, job: DiscJob, waiting: Sequence[DiscTitle], roster: Sequence[KnownEpisode]
    ) -> list[Plan]:
        titles = self._parts.store.titles(job.id or 0)
        places = [_place(title) for title in in_order(titles) if _counts(title, waiting)]
        facts = Facts(
            season=job.detected_season,
            disc=job.disc_number,
            held=as_held(holdings(self._parts.store, job)),
            roster=tuple(roster),
        )
        open_titles = {title.title_index for title in waiting}
        recorded = {
            one.title_index: one.code
            for one in recorded_episodes(job, titles)
            if one.title_index in open_titles
        }
        plans = with_parts(places, facts, self._count_of_parts(job, titles))
        return [*_as_recorded(places, facts, recorded, plans), *plans] if recorded else plans

    def _count_of_parts(self, job: DiscJob, titles: Sequence[DiscTitle]) -> int:
        """Say in how many parts the episodes of a job's season are, as a person said; 0 where nobody did."""
        if self.halves.said(job) != PARTS:
            return 0
        others = [one.title for one in holdings(self._parts.store, job)]
        return max((title.episode_part or 0 for title in (*titles, *others)), default=0)

    def _keep(self, titles: Sequence[DiscTitle], plans: Sequence[Plan]) -> None:
        """Keep the plans as the candidates of each title: the first candidates of all make the first plan."""
        for title in titles:
            rows = [
                TitleCandidate(
                    title_id=title.id or 0,
                    episode=plan.episodes[title.title_index],
                    confidence=plan.confidence,
                    reason=plan.reason,
                )
                for plan in plans
            ]
            self._parts.store.replace_of_title(TitleCandidate, title.id or 0, rows)

    def _hold(self, title: DiscTitle, plan: Plan, why: str) -> None:
        episode = plan.episodes[title.title_index]
        try:
            self._parts.lifecycle.move_title(
                title,
                TitleState.REVIEW,
                f"title {title.title_index + 1} may be {episode} by its place: {why}",
                matched_episode=None,
                episode_part=None,
                match_source=PROPOSED,
                match_reason=why,
                match_confidence=plan.confidence,
                waiting_for=WaitingFor.ANSWER,
                waiting_since=utcnow(),
            )
        except WrongState:
            return  # somebody decided it in this moment

    def _put(self, job: DiscJob, plans: Sequence[Plan], why: str) -> None:
        """Ask, or let the question that is open say what is proposed now."""
        show = job.detected_title or job.volume_label or "the disc"
        best = plans[0]
        told = in_words(best.episodes)
        summary = f"{show}: {told}?"
        question = f"{show}: {told}?"
        why = f"{_sentence(best.reason)} That is no more than their order and lengths say: {why}."
        task = self.task(job.id or 0)
        if task is None:
            self._reviews.ask(ReviewKind.EPISODE, job.id or 0, question, summary=summary, why=why)
        elif (task.question, task.why) != (question, why):
            self._reviews.reword(task, question, summary, why)
        self._parts.hub.publish(JobChanged(job.id or 0))


def offered_plans(store: Store, job_id: int) -> list[Plan]:
    """Give the plans that the question for a job's disc offers now, best first."""
    covered = _covered(store, job_id)
    return offered(covered, {title.id or 0: store.candidates(title.id or 0) for title in covered})


def _covered(store: Store, job_id: int) -> list[DiscTitle]:
    titles = in_order(store.titles(job_id))
    return [t for t in titles if t.state is TitleState.REVIEW and t.match_source == PROPOSED]


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _comes_after(job: DiscJob, other: DiscJob) -> bool:
    seasons = (job.detected_season, other.detected_season)
    if None not in seasons and seasons[0] != seasons[1]:
        return (seasons[1] or 0) > (seasons[0] or 0)
    if job.disc_number is not None and other.disc_number is not None:
        return other.disc_number > job.disc_number
    return (other.id or 0) > (job.id or 0)


def _counts(title: DiscTitle, waiting: Iterable[DiscTitle]) -> bool:
    """Whether a title has a place among the episodes of its disc."""
    if any(title.id == one.id for one in waiting):
        return True
    if title.state in _GONE or title.is_extra or title.role in _NO_EPISODES or title.own_title:
        return False
    return bool(title.matched_episode) or title.role is TitleRole.EPISODE


def _place(title: DiscTitle) -> Place:
    decided = title.state in _DECIDED or title.match_source in ("user", "earlier")
    code = _code(title.matched_episode) if decided and title.matched_episode else None
    return Place(title.title_index, title.duration_seconds, code, title.episode_part if code else None)


def _code(episode: str) -> EpisodeCode | None:
    try:
        return EpisodeCode.parse(episode)
    except InvalidArgument:
        return None


def _as_recorded(
    places: Sequence[Place], facts: Facts, recorded: Mapping[int, EpisodeCode], ordered: Sequence[Plan]
) -> list[Plan]:
    """Give the plan that follows a record as far as it goes, and the order of titles for the rest.

    A record that is proposed is in doubt, or not whole: it follows from what is known only where the
    likeliest of the plans that the order alone makes (`ordered`) says the same.
    """
    known = [replace(p, episode=p.episode or recorded.get(p.title_index)) for p in joined(places)]
    episodes = {index: str(code) for index, code in recorded.items()}
    reason = "TheDiscDB says so"
    if not all(place.episode for place in known):
        rest = propose(known, facts)
        if not rest:
            return []
        episodes, reason = {**rest[0].episodes, **episodes}, f"{reason} of some; {rest[0].reason}"
    agree = bool(ordered) and ordered[0].follows and dict(ordered[0].episodes) == episodes
    return [Plan(episodes, RECORD_AGREES if agree else RECORD_ALONE, reason)]


def _covering(plans: Sequence[Plan], waiting: Sequence[DiscTitle]) -> tuple[list[Plan], list[DiscTitle]]:
    """Reduce plans to what waits, each less sure than the one before, and give the titles that they cover."""
    if not plans:
        return [], []
    covered = [t for t in waiting if all(t.title_index in plan.episodes for plan in plans)]
    indexes = {title.title_index for title in covered}
    reduced: list[Plan] = []
    for plan in plans:
        episodes = {index: episode for index, episode in plan.episodes.items() if index in indexes}
        if any(episodes == other.episodes for other in reduced) or len({*episodes.values()}) < len(episodes):
            continue
        ceiling = reduced[-1].confidence - 0.01 if reduced else 1.0
        reduced.append(replace(plan, episodes=episodes, confidence=max(0.0, min(plan.confidence, ceiling))))
    return (reduced, covered) if reduced else ([], [])
