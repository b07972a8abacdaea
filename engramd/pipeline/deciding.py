"""What becomes of titles that were compared: matched, skipped, taken as recorded, or asked about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from engramd.errors import WrongState
from engramd.models import (
    DiscJob,
    DiscTitle,
    ReviewKind,
    TitleCandidate,
    TitlePart,
    TitleRole,
    TitleState,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.organize import write_part
from engramd.pipeline.contradictions import Recorded, find
from engramd.pipeline.halves import Taken
from engramd.pipeline.parts import Parts
from engramd.pipeline.proposals import PROPOSED
from engramd.pipeline.proposing import Proposer
from engramd.pipeline.records import is_whole, note_agreement, recorded_episodes
from engramd.pipeline.review_words import evidence_words
from engramd.pipeline.reviews import PARTS, Reviews

if TYPE_CHECKING:
    from engramd.match import MatchResult, TitleMatch
    from engramd.match.model import KnownEpisode, PartOf

log = structlog.get_logger(__name__)

#: States in which a title's episode is decided and taken.
DECIDED = (TitleState.MATCHED, TitleState.COMPLETED)
#: `match_source` of what the subtitles said, and of a title that was cut out of another one.
FROM_SUBTITLES, FROM_SPLIT = "subtitles", "split"
#: `match_source` of a title that is to be split.
SPLITTING = "splitting"
#: A title whose best candidate is less likely has no candidates worth a question of its own.
WORTH_ASKING = 0.2
#: A title of so many episodes, the only one of its disc, is asked about before it is filed as one file.
PLAY_ALL = 3
MOST_CANDIDATES = 10

#: Has references fetched for what is undecided; gives the title indexes that wait for them.
Hold = Callable[
    [DiscJob, Sequence[DiscTitle], Sequence[DiscTitle], "MatchResult | None", Sequence["KnownEpisode"]],
    frozenset[int],
]


class Decider:
    """Applies a match to the titles of one disc; what it is not sure of waits for references, or is asked."""

    def __init__(self, parts: Parts, reviews: Reviews, proposer: Proposer, hold: Hold) -> None:
        self._parts, self._reviews, self._proposer, self._hold = parts, reviews, proposer, hold

    def decide(
        self,
        job: DiscJob,
        titles: Sequence[DiscTitle],
        result: MatchResult | None,
        why: str,
        roster: Sequence[KnownEpisode],
    ) -> bool:
        """Decide every title that is `matching`; without a result `why` says why there is none.

        True if a title needs an answer. Raises Cancelled.
        """
        open_titles = [title for title in titles if title.state is TitleState.MATCHING]
        matches = {match.title_index: match for match in result.titles} if result is not None else {}
        record = _Record(job, titles, matches, roster)
        unsure = {
            title.title_index: reason
            for title in open_titles
            if (reason := self._outcome(job, title, titles, matches.get(title.title_index), record, why))
        }
        left = [title for title in open_titles if title.title_index in unsure]
        shared = self._share(job, left, matches, record)
        undecided = [title for title in left if title.title_index not in shared.filed]
        left = [title for title in left if title.title_index not in shared.all]
        held = self._hold(job, titles, left, result, roster) if left else frozenset()
        left = [title for title in left if title.title_index not in held]
        alone = [title for title in left if self._has_candidates(title) or title.title_index in record.doubts]
        rest = [title for title in left if title not in alone]
        alone += [title for title in undecided if title.title_index in shared.alone]
        if rest:
            reason = record.of_disc or Counter(unsure[t.title_index] for t in rest).most_common(1)[0][0]
            alone += self._proposer.ask(job, rest, reason)
        for title in alone:
            match = matches.get(title.title_index)
            self._ask(job, title, unsure[title.title_index], confidence=match.confidence if match else 0.0)
        self._proposer.renew(job.id or 0)
        self._proposer.renew_others(job.id or 0)
        return any(title.title_index not in held for title in undecided)

    def _share(
        self,
        job: DiscJob,
        left: Sequence[DiscTitle],
        matches: Mapping[int, TitleMatch],
        record: _Record,
    ) -> Taken:
        """Decide about titles that are parts of episodes, or have it asked once how such are filed."""
        parts = {index: match.part_of for index, match in matches.items() if match.part_of is not None}
        own = [t for t in left if (part := parts.get(t.title_index)) and record.allows(t, part.episode)]
        taken = self._proposer.halves.take(job, own, matches)
        for title in own:
            if part := taken.filed.get(title.title_index):
                self._file_part(title, part, matches[title.title_index].reason)
        return taken

    def _file_part(self, title: DiscTitle, part: PartOf, why: str) -> None:
        told = write_part(part.episode, part.number)
        try:
            self._move(
                title,
                TitleState.MATCHED,
                f"title {title.title_index + 1} is {told}: {why}",
                matched_episode=part.episode,
                episode_part=part.number,
                match_confidence=part.confidence,
                match_source=FROM_SUBTITLES,
                match_reason=why,
            )
        except WrongState:
            return  # a person decided it in this moment
        self._reviews.close(title.job_id, title=title, kind=ReviewKind.EPISODE)

    def _outcome(
        self,
        job: DiscJob,
        title: DiscTitle,
        titles: Sequence[DiscTitle],
        match: TitleMatch | None,
        record: _Record,
        why: str,
    ) -> str:
        """Decide a title and give nothing, or give why it needs an answer."""
        recorded = record.episodes.get(title.title_index)
        self._keep(title, match, recorded)
        try:
            if match is not None:
                log.info(match.reason, job=job.id, title=title.title_index + 1, phase="match")
                said = self._by_subtitles(title, titles, match, recorded)
                if said is not None:
                    return said
            if record.is_trusted and recorded is not None:
                self._as_recorded(title, recorded)
                return ""
        except WrongState:
            return ""  # a person decided it in this moment
        doubt = record.doubts.get(title.title_index) or (record.of_disc if recorded else "")
        return doubt or why or (match.reason if match is not None else "the matcher said nothing about it")

    def _by_subtitles(
        self, title: DiscTitle, titles: Sequence[DiscTitle], match: TitleMatch, recorded: str | None
    ) -> str | None:
        """Do what the subtitles say; give what is to be asked, nothing, or None where they do not tell."""
        if match.play_all:
            self._move(title, TitleState.SKIPPED, match.reason, match_reason=match.reason)
            return ""
        if match.verdict != "matched" or not match.episode:
            return None
        note_agreement(self._parts.store, self._parts.lifecycle, title, recorded, match.episode)
        if recorded not in (None, match.episode):
            return f"TheDiscDB says {recorded}, the subtitles say {match.episode}"
        if doubt := _needs_a_word(title, titles, match):
            return doubt
        self._move(
            title,
            TitleState.MATCHED,
            f"title {title.title_index + 1} is {match.episode}: {match.reason}",
            matched_episode=match.episode,
            episode_part=None,
            match_confidence=match.confidence,
            match_source=FROM_SUBTITLES,
            match_reason=match.reason,
        )
        self._reviews.close(title.job_id, title=title, kind=ReviewKind.EPISODE)
        return ""

    def _as_recorded(self, title: DiscTitle, recorded: str) -> None:
        """Take the episode that TheDiscDB names: its record holds for the whole disc."""
        reason = title.match_reason or "TheDiscDB says so"
        sentence = f"title {title.title_index + 1} is {recorded}: {reason}"
        self._move(title, TitleState.MATCHED, sentence, matched_episode=recorded, episode_part=None)
        self._reviews.close(title.job_id, title=title, kind=ReviewKind.EPISODE)

    def _move(self, title: DiscTitle, new: TitleState, sentence: str, **values: Any) -> None:
        self._parts.lifecycle.move_title(title, new, sentence, **values)

    def _keep(self, title: DiscTitle, match: TitleMatch | None, recorded: str | None) -> None:
        """Keep candidates and parts of a title; those of a piece stay where comparing gives none."""
        found = [] if match is None else match.candidates[:MOST_CANDIDATES]
        if not found and title.match_source == FROM_SPLIT:
            return
        title_id = title.id or 0
        told = evidence_words(found)
        rows = [
            TitleCandidate(
                title_id=title_id,
                episode=c.episode,
                confidence=c.confidence,
                reason=c.reason,
                evidence=told.get(c.episode, ""),
            )
            for c in found
        ]
        if rows and recorded and all(row.episode != recorded for row in rows):
            reason = "TheDiscDB says so"
            rows.append(TitleCandidate(title_id=title_id, episode=recorded, confidence=0.0, reason=reason))
        self._parts.store.replace_of_title(TitleCandidate, title_id, rows)
        parts = [
            TitlePart(title_id=title_id, episode=p.episode, begin_seconds=p.begin, end_seconds=p.end)
            for p in (match.parts if match is not None else ())
        ]
        self._parts.store.replace_of_title(TitlePart, title_id, parts)

    def _has_candidates(self, title: DiscTitle) -> bool:
        rows = self._parts.store.candidates(title.id or 0)
        return title.match_source == FROM_SPLIT or any(row.confidence >= WORTH_ASKING for row in rows)

    def _ask(self, job: DiscJob, title: DiscTitle, why: str, *, confidence: float) -> None:
        number = title.title_index + 1
        passed = title.match_source in (PROPOSED, PARTS, SPLITTING)
        gone = {"match_source": "", "matched_episode": None, "episode_part": None}
        values: dict[str, Any] = gone if passed else {}
        try:
            self._parts.lifecycle.move_title(
                title,
                TitleState.REVIEW,
                f"title {number} needs an answer: {why}",
                **values,
                match_reason=why,
                match_confidence=confidence,
                waiting_for=WaitingFor.ANSWER,
                waiting_since=utcnow(),
            )
        except WrongState:
            return  # a person decided it in this moment
        self._reviews.ask_episode(job, title, why)


class _Record:
    """What TheDiscDB says of a disc: episodes by title, and what speaks against them."""

    def __init__(
        self,
        job: DiscJob,
        titles: Sequence[DiscTitle],
        matches: Mapping[int, TitleMatch],
        roster: Sequence[KnownEpisode],
    ) -> None:
        recorded: list[Recorded] = recorded_episodes(job, titles)
        self.episodes = {one.title_index: one.episode for one in recorded}
        self.doubts: dict[int, str] = {}
        self.of_disc = ""
        whole = is_whole(recorded, titles)
        for one in find(recorded, matches, roster):
            if one.title_index is None:
                self.of_disc = one.sentence
            else:
                self.doubts.setdefault(one.title_index, one.sentence)
        self.is_trusted = whole and not self.doubts and not self.of_disc
        if self.doubts and not self.of_disc:
            first = min(self.doubts)
            self.of_disc = f"the record of the disc is in doubt: title {first + 1}: {self.doubts[first]}"

    def allows(self, title: DiscTitle, episode: str) -> bool:
        """Whether the record says the same of a title, or nothing."""
        return self.episodes.get(title.title_index) in (None, episode)


def _needs_a_word(title: DiscTitle, titles: Sequence[DiscTitle], match: TitleMatch) -> str:
    """Give what is to be asked of a title of several episodes, before it is filed; empty if nothing."""
    episode = match.episode or ""
    if "+" in episode:
        told = " and ".join(part.episode for part in match.parts) or episode
        return (
            f"it holds {told}, which do not follow each other, so that no one file name says both: split it,"
            " or say what it is"
        )
    others = [
        t
        for t in titles
        if t.id != title.id
        and t.state is not TitleState.SKIPPED
        and (t.role is TitleRole.EPISODE or t.matched_episode or t.state is TitleState.MATCHING)
    ]
    if len(match.parts) >= PLAY_ALL and not others:
        return f"it is the only title of the disc and holds {episode}: file it as one, or split it"
    return ""
