"""One question about the titles of a disc that are parts of episodes; the answer is kept for the season."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engramd.errors import WrongState
from engramd.events import JobChanged
from engramd.models import DiscJob, DiscTitle, ReviewKind, ReviewTask, TitleCandidate, TitleState, WaitingFor
from engramd.models.base import utcnow
from engramd.organize import EpisodeCode, read_part, write_part
from engramd.pipeline.parts import Parts
from engramd.pipeline.plan_words import in_words
from engramd.pipeline.proposals import ONE_BY_ONE, Plan
from engramd.pipeline.records import in_order
from engramd.pipeline.reviews import PARTS, PARTS_ENDING, Reviews, is_about_parts
from engramd.pipeline.roster import same_show
from engramd.store import Store

if TYPE_CHECKING:
    from engramd.match import TitleMatch
    from engramd.match.model import PartOf

#: The answer that such titles are left as they are for now.
LATER = "later"
#: The kind of the events that keep what a person said, and how far it holds.
_NOTE = "parts"
_DECIDED = (TitleState.MATCHED, TitleState.COMPLETED)
_REASON = "the times of their subtitles say which part each is"


@dataclass(frozen=True)
class Taken:
    """What became of parts: `filed` as a person said of their season, `alone` asked one by one, or `asked`.

    By title index.
    """

    filed: Mapping[int, PartOf] = field(default_factory=dict)
    alone: frozenset[int] = frozenset()
    asked: frozenset[int] = frozenset()

    @property
    def all(self) -> frozenset[int]:
        """All of them: none is in want of more references."""
        return self.alone | self.asked | self.filed.keys()


class Halves:
    """Decides about titles that are parts of episodes as a person said of their season, or asks."""

    def __init__(self, parts: Parts, reviews: Reviews) -> None:
        self._parts, self._reviews = parts, reviews

    def take(self, job: DiscJob, titles: Sequence[DiscTitle], matches: Mapping[int, TitleMatch]) -> Taken:
        """Ask about those of the titles that make up episodes, unless a person said what is to be done.

        Only what is clear is filed without a question. Raises Cancelled.
        """
        groups = _groups(titles, matches)
        said = self.said(job) if groups else ""
        if said == ONE_BY_ONE:
            return Taken(alone=frozenset(t.title_index for group in groups for t, _ in group))
        clear = [g for g in groups if said == PARTS and all(part.is_clear for _, part in g)]
        asked = [one for group in groups if group not in clear for one in group]
        for title, part in asked:
            self._keep(title, part)
            self._hold(title, part, matches[title.title_index].reason)
        if asked:
            self._put(job)
        filed = {title.title_index: part for group in clear for title, part in group}
        return Taken(filed, asked=frozenset(title.title_index for title, _ in asked))

    def renew(self, job_id: int) -> list[DiscTitle]:
        """Ask what is still to be asked; give the titles whose other parts are something else by now."""
        task, covered = self.task(job_id), self.covered(job_id)
        if task is None:
            return []
        rest = self._without_others(job_id, covered)
        if len(rest) < len(covered):
            self._put(self._parts.store.need_job(job_id))
        else:
            why = "nothing fits any more; asked title by title" if rest else "decided title by title"
            self._reviews.close_task(task, why, "engramd")
        return rest

    def task(self, job_id: int) -> ReviewTask | None:
        """Give the open question about the parts on a job's disc."""
        return next((t for t in self._parts.store.open_reviews(job_id) if is_about_parts(t)), None)

    def covered(self, job_id: int) -> list[DiscTitle]:
        """Give the titles that wait for its answer, in the order of the disc."""
        return _covered(self._parts.store, job_id)

    def plan(self, job_id: int) -> Plan | None:
        """Give what is asked about: the titles as parts of their episodes."""
        return parts_plan(self._parts.store, job_id)

    def is_clear(self, plan: Plan) -> bool:
        """Whether nothing speaks against any part of a plan."""
        return plan.confidence >= self._parts.settings.current.matcher_min_confidence

    def waiting_discs(self, job: DiscJob, scope: str) -> list[DiscJob]:
        """Give the other discs of a job's season, or of its show, about whose parts is asked."""
        tasks = [task for task in self._parts.store.open_reviews() if is_about_parts(task)]
        others = [self._parts.store.need_job(task.job_id) for task in tasks if task.job_id != job.id]
        return [other for other in others if _holds_for(other, job, scope)]

    def remember(self, job_id: int, answer: str, scope: str, actor: str) -> None:
        """Keep what a person said: for a disc, its season or its whole set."""
        what = "filed as parts of episodes" if answer == PARTS else "asked about one by one"
        sentence = f"titles that are parts of episodes are {what} in this {scope}, says {actor}"
        self._parts.lifecycle.note(job_id, _NOTE, sentence, actor=actor, old=scope, new=answer)

    def said(self, job: DiscJob) -> str:
        """Give what a person said last of such titles of a job's season; empty if nobody did."""
        for event in reversed(self._parts.store.events_of_kind(_NOTE)):
            if _holds_for(job, self._parts.store.need_job(event.job_id), event.old):
                return event.new
        return ""

    def _without_others(self, job_id: int, covered: Sequence[DiscTitle]) -> list[DiscTitle]:
        """Give those of the titles that are the only part of their episode by now."""
        asked = {title.title_index: _asked_part(self._parts.store, title) for title in covered}
        known = {*_decided_parts(self._parts.store.titles(job_id)), *filter(None, asked.values())}
        count = Counter(code for code, _ in known)
        parts = [(title, asked[title.title_index]) for title in covered]
        return [title for title, part in parts if part is None or count[part[0]] < 2]

    def _keep(self, title: DiscTitle, part: PartOf) -> None:
        """Keep the part as the first candidate of its title; the whole episode is none."""
        said = write_part(part.episode, part.number)
        reason = f"part {part.number} of {part.count}, minutes {part.begin / 60:.0f} to {part.end / 60:.0f}"
        title_id = title.id or 0
        rows = [TitleCandidate(title_id=title_id, episode=said, confidence=part.confidence, reason=reason)]
        rows += [
            TitleCandidate(title_id=title_id, episode=c.episode, confidence=c.confidence, reason=c.reason)
            for c in self._parts.store.candidates(title_id)
            if c.confidence < part.confidence and c.episode not in (part.episode, said)
        ]
        self._parts.store.replace_of_title(TitleCandidate, title_id, rows)

    def _hold(self, title: DiscTitle, part: PartOf, why: str) -> None:
        try:
            self._parts.lifecycle.move_title(
                title,
                TitleState.REVIEW,
                f"title {title.title_index + 1} waits for an answer: {why}",
                matched_episode=None,
                episode_part=None,
                match_source=PARTS,
                match_reason=why,
                match_confidence=part.confidence,
                waiting_for=WaitingFor.ANSWER,
                waiting_since=utcnow(),
            )
        except WrongState:
            return  # somebody decided it in this moment

    def _put(self, job: DiscJob) -> None:
        """Ask, or let the question that is open say what is asked by now."""
        plan, show = self.plan(job.id or 0), job.detected_title or job.volume_label or "the disc"
        if plan is None:
            return
        told = f"{show}: {in_words(plan.episodes)}"
        summary = f"{told[: 118 - len(PARTS_ENDING)]}: {PARTS_ENDING}"
        question = f"Are they to be filed so, each as a part of its episode: {told}?"
        why = "the references count several titles of the disc as one episode; the answer is for the season"
        task = self.task(job.id or 0)
        if task is None:
            self._reviews.ask(
                ReviewKind.SEASON, job.id or 0, question, summary=summary, why=why, ending=PARTS_ENDING
            )
        elif task.question != question:
            self._reviews.reword(task, question, summary)
        self._parts.hub.publish(JobChanged(job.id or 0))


def take_back(parts: Parts, task: ReviewTask, actor: str) -> None:
    """Let what a person said in answer to a question count no longer; nothing for one of another kind."""
    said = [one for one in parts.store.events(task.job_id) if one.kind == _NOTE and one.at >= task.created_at]
    if is_about_parts(task) and said and said[-1].new:
        sentence = f"what was said of parts of episodes in this {said[-1].old} is taken back by {actor}"
        parts.lifecycle.note(task.job_id, _NOTE, sentence, actor=actor, old=said[-1].old)


def parts_plan(store: Store, job_id: int) -> Plan | None:
    """Give what the question about the parts on a job's disc proposes; None where nothing is asked."""
    first = {title.title_index: store.candidates(title.id or 0)[:1] for title in _covered(store, job_id)}
    known = {index: rows[0] for index, rows in first.items() if rows}
    if not known:
        return None
    confidence = min(row.confidence for row in known.values())
    return Plan({index: row.episode for index, row in known.items()}, confidence, _REASON)


def _covered(store: Store, job_id: int) -> list[DiscTitle]:
    titles = in_order(store.titles(job_id))
    return [t for t in titles if t.state is TitleState.REVIEW and t.match_source == PARTS]


def _groups(
    titles: Iterable[DiscTitle], matches: Mapping[int, TitleMatch]
) -> list[list[tuple[DiscTitle, PartOf]]]:
    """Give the titles of each episode that is whole on the disc, with their parts."""
    found: dict[str, list[tuple[DiscTitle, PartOf]]] = defaultdict(list)
    for title in titles:
        match = matches.get(title.title_index)
        if match is not None and match.part_of is not None:
            found[match.part_of.episode].append((title, match.part_of))
    return [group for group in found.values() if len(group) == group[0][1].count]


def _asked_part(store: Store, title: DiscTitle) -> tuple[EpisodeCode, int] | None:
    rows = store.candidates(title.id or 0)
    code, part = read_part(rows[0].episode) if rows else (None, None)
    return (code, part) if code is not None and part else None


def _decided_parts(titles: Iterable[DiscTitle]) -> Iterator[tuple[EpisodeCode, int]]:
    for title in titles:
        if title.state in _DECIDED and title.matched_episode and title.episode_part:
            yield EpisodeCode.parse(title.matched_episode), title.episode_part


def _holds_for(job: DiscJob, said_of: DiscJob, scope: str) -> bool:
    """Whether what was said of one disc, for a scope, holds for a job's."""
    if job.id == said_of.id:
        return True
    if scope == "disc" or not same_show(job, said_of):
        return False
    return scope == "set" or job.detected_season == said_of.detected_season
