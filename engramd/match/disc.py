"""Assigns the titles of a disc to the episodes of a show: the whole way from a request to a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from engramd.match.assignment import assign_jointly, out_of_order
from engramd.match.doubles import LONGER, Placement, cut, find_parts, joined
from engramd.match.hygiene import Checked, check
from engramd.match.labels import Label, parse_episode
from engramd.match.model import (
    Candidate,
    Evidence,
    Lacking,
    MatchRequest,
    MatchResult,
    TitleMatch,
    TitleToMatch,
)
from engramd.match.reasons import explain
from engramd.match.references import load_references, printable
from engramd.match.scoring import Judged, Standing, judge, objection
from engramd.match.season import Query, Season, rate_of, span_of
from engramd.match.tracks import Chosen, choose_tracks

MOST_CANDIDATES = 5
#: A title shorter than this share of a reference is no whole episode.
SHORTER = 0.45
#: The same for a reference of several episodes, of which the title may be only one.
SHORTER_THAN_SEVERAL = 0.75
#: A stretch of this share of the shortest known part may be one more episode, which has no reference.
ROOM_FOR_ANOTHER = 0.6


@dataclass
class _Title:
    """One title on its way: the queries that belong to it (several for a long title) and the outcome."""

    asked: TitleToMatch
    duration: float = 0.0
    chosen: Chosen = field(default_factory=Chosen)
    parts: list[Placement] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    trouble: str = ""
    label: Label | None = None
    result: TitleMatch | None = None

    @property
    def several(self) -> bool:
        return len(self.parts) > 1

    @property
    def open(self) -> bool:
        return self.result is None


def assign_show(folder: Path, request: MatchRequest) -> MatchResult:
    """Assign all titles of the request to episodes of the show whose references lie in `folder`."""
    loaded = load_references(folder, request.season, request.cache)
    checked = check(loaded.references)
    checked.problems[:0] = loaded.problems
    titles = [_opened(asked, checked) for asked in request.titles]
    if not checked.usable:
        name = printable(folder.name)
        which = "" if request.season is None else f" of season {request.season}"
        problems = [f"{name} has no usable reference{which}", *checked.problems]
        return without_references(request, name, problems)
    queries = _queries(titles, checked)
    season = Season(checked, queries)
    for title in titles:
        title.standings = [judge(season.scores(n), season.documents) for n in title.queries]
    _Decision(titles, checked, request.threshold).decide()
    problems = [*checked.problems, *_order(titles)]
    results = tuple(title.result for title in titles if title.result is not None)
    lacking: Lacking = "evidence" if results and all(r.lacking for r in results) else ""
    return MatchResult(show=printable(folder.name), titles=results, problems=tuple(problems), lacking=lacking)


def without_references(request: MatchRequest, show: str | None, problems: Sequence[str]) -> MatchResult:
    """Give the result where there is nothing to compare with; pinned titles keep their episode."""
    titles = []
    for asked in request.titles:
        pinned = _pinned(asked)
        titles.append(
            pinned or _review(asked, f"there is no reference to compare with: {problems[0]}", "references")
        )
    return MatchResult(show=show, titles=tuple(titles), problems=tuple(problems), lacking="references")


def _pinned(asked: TitleToMatch) -> TitleMatch | None:
    if not asked.pinned:
        return None
    episode = str(parse_episode(asked.pinned) or asked.pinned)
    return TitleMatch(
        title_index=asked.title_index,
        verdict="matched",
        episode=episode,
        confidence=1.0,
        reason="decided before",
        candidates=(Candidate(episode=episode, confidence=1.0, reason="decided before"),),
    )


def _review(
    asked: TitleToMatch, reason: str, lacking: Lacking = "", candidates: tuple[Candidate, ...] = ()
) -> TitleMatch:
    confidence = candidates[0].confidence if candidates else 0.0
    return TitleMatch(
        title_index=asked.title_index,
        verdict="review",
        confidence=confidence,
        reason=reason,
        candidates=candidates,
        lacking=lacking,
    )


# -- what there is to compare --


def _opened(asked: TitleToMatch, checked: Checked) -> _Title:
    title = _Title(asked, result=_pinned(asked))
    if title.result:
        title.label = parse_episode(title.result.episode or "")
        return title
    evidence, title.trouble = _evidence(asked)
    if evidence is None:
        return title
    title.duration = asked.duration or evidence.duration
    languages = frozenset(u.language for u in checked.usable if u.language)
    title.chosen = choose_tracks(
        evidence.model_copy(update={"duration": title.duration}), rate_of(checked), languages
    )
    if not title.chosen.timed and title.chosen.worded is None:
        refused = "; ".join(title.chosen.refused)
        title.trouble = (
            f"no track is fit for a comparison: {refused}" if refused else "it has no subtitles or captions"
        )
    return title


def _evidence(asked: TitleToMatch) -> tuple[Evidence | None, str]:
    if asked.evidence is None:
        return None, "nothing was read from it"
    try:
        return Evidence.model_validate_json(asked.evidence.read_bytes()), ""
    except OSError as error:
        return None, f"its evidence cannot be read ({asked.evidence}): {error.strerror}"
    except ValidationError:
        return None, f"its evidence is damaged ({asked.evidence})"


def _queries(titles: list[_Title], checked: Checked) -> list[Query]:
    """Make the queries of all titles; a title that holds several episodes is cut into them."""
    queries: list[Query] = []
    usual = span_of(checked)
    for title in titles:
        if not title.open or title.trouble:
            continue
        chosen = title.chosen
        if chosen.timed and title.duration > LONGER * usual:
            title.parts = find_parts(chosen.timed[0], checked)
        if title.several:
            own = [cut(chosen.timed[0], part, chosen.worded, chosen.language) for part in title.parts]
        else:
            own = [Query(chosen.timed, chosen.worded.texts if chosen.worded else (), chosen.language)]
        title.queries = list(range(len(queries), len(queries) + len(own)))
        queries += own
    return queries


# -- the decision --


class _Decision:
    """Decides all titles: single ones jointly, then long ones with what is left."""

    def __init__(self, titles: list[_Title], checked: Checked, threshold: float) -> None:
        self._titles = titles
        self._checked = checked
        self._threshold = threshold

    def decide(self) -> None:
        """Fill in every title's result."""
        for title in self._titles:
            if title.open and (title.trouble or not title.queries):
                title.result = _review(title.asked, title.trouble, "evidence")
        self._decide_singles([t for t in self._titles if t.open and not t.several])
        for title in self._titles:
            if title.open:
                self._decide_several(title)

    def _decide_singles(self, singles: list[_Title]) -> None:
        taken = [t.label for t in self._titles if t.label is not None]
        free = [
            {
                j.label: j.log_odds
                for j in t.standings[0].judged
                if not any(j.label.overlaps(x) for x in taken)
            }
            for t in singles
        ]
        chosen = assign_jointly(free)
        for title, label in zip(singles, chosen, strict=True):
            title.label = label
        for title in sorted(singles, key=_certainty, reverse=True):
            self._decide_single(title)

    def _decide_single(self, title: _Title) -> None:
        standing = title.standings[0]
        wanted, best = title.label, standing.best
        title.label = None
        if best is None:
            title.result = _review(title.asked, "no reference can be compared with it", "evidence")
            return
        why = self._obstacle(title, standing, best, wanted)
        if why:
            reason = f"{why}. Nearest: {best.label} by {explain(best)}"
            title.result = _review(title.asked, reason, candidates=_candidates(standing))
            return
        title.label = best.label
        title.result = TitleMatch(
            title_index=title.asked.title_index,
            verdict="matched",
            episode=str(best.label),
            confidence=round(best.confidence, 4),
            reason=f"{best.label} by {explain(best)}",
            candidates=_candidates(standing),
        )

    def _obstacle(self, title: _Title, standing: Standing, best: Judged, wanted: Label | None) -> str:
        """Say why the best episode may not stand, or nothing."""
        if conflict := self._checked.conflicts.get(best.label):
            return f"the references cannot be trusted: {conflict}"
        if why := objection(standing, best):
            return why
        if best.confidence < self._threshold:
            return f"the evidence gives {best.confidence:.1%}, below {self._threshold:.1%}"
        if holder := self._holder(best.label, title):
            return f"{best.label} is title {holder.asked.title_index} already, which fits it better"
        if wanted != best.label:
            return f"{best.label} fits another title better"
        return self._odd_length(title, best.label)

    def _odd_length(self, title: _Title, label: Label) -> str:
        usual = span_of(self._checked, label)
        if usual and title.duration > LONGER * usual:
            return f"it is {title.duration / usual:.1f} times as long as the reference and may hold more"
        least = SHORTER if len(label.episodes) == 1 else SHORTER_THAN_SEVERAL
        if usual and 0 < title.duration < least * usual:
            return f"it is only {title.duration / usual:.0%} as long as the reference"
        return ""

    def _holder(self, label: Label, but: _Title) -> _Title | None:
        for title in self._titles:
            if title is not but and title.label is not None and title.label.overlaps(label):
                return title
        return None

    def _decide_several(self, title: _Title) -> None:
        """Decide a title that holds several episodes: every part must stand by itself."""
        labels = [part.label for part in title.parts]
        label = joined(labels)
        why = self._obstacle_of_several(title, labels, label)
        parts = " and ".join(
            f"{part.label} from {part.begin / 60:.1f} min by {explain(s.best)}"
            for part, s in zip(title.parts, title.standings, strict=True)
            if s.best
        )
        confidence = min((s.best.confidence for s in title.standings if s.best), default=0.0)
        name = str(label) if label else " and ".join(map(str, labels))
        candidates = (
            (Candidate(episode=name, confidence=round(confidence, 4), reason=parts),)
            if label is not None
            else ()
        )
        if why:
            review = _review(title.asked, f"{why}. It holds {parts}", candidates=candidates)
            title.result = review.model_copy(update={"play_all": self._plays_all(title, labels)})
            return
        title.label = label
        title.result = TitleMatch(
            title_index=title.asked.title_index,
            verdict="matched",
            episode=name,
            confidence=round(confidence, 4),
            reason=f"it holds {parts}",
            candidates=candidates,
        )

    def _plays_all(self, title: _Title, labels: list[Label]) -> bool:
        """Whether a title holds nothing that no other title of the disc can be."""
        unnamed = any(t is not title and t.label is None and not t.several for t in self._titles)
        return all(self._holder(label, title) for label in labels) and (unnamed or not _has_room(title))

    def _obstacle_of_several(self, title: _Title, labels: list[Label], label: Label | None) -> str:
        for wanted in labels:
            if holder := self._holder(wanted, title):
                return f"it holds {wanted}, which is title {holder.asked.title_index} already (a play-all)"
        if label is None:
            return "its episodes are not consecutive"
        return self._obstacle_of_parts(title, labels)

    def _obstacle_of_parts(self, title: _Title, labels: list[Label]) -> str:
        for wanted, standing in zip(labels, title.standings, strict=True):
            best = standing.best
            if best is None or best.label != wanted:
                return f"its part {wanted} does not stand by itself"
            if why := self._checked.conflicts.get(wanted) or objection(standing, best):
                return f"its part {wanted}: {why}"
            if best.confidence < self._threshold:
                return f"its part {wanted} reaches only {best.confidence:.1%}"
        covered = sum(part.end - part.begin for part in title.parts)
        if covered < (1 - 1 / (len(labels) + 1)) * title.duration or _has_room(title):
            return "a good part of it is none of these episodes"
        return ""


def _has_room(title: _Title) -> bool:
    """Whether before, between or after the parts of a title there is room for an episode more."""
    shortest = min(part.end - part.begin for part in title.parts)
    ends = [0.0, *(part.end for part in title.parts)]
    begins = [*(part.begin for part in title.parts), title.duration]
    longest = max(begin - end for end, begin in zip(ends, begins, strict=True))
    return longest >= ROOM_FOR_ANOTHER * shortest


def _certainty(title: _Title) -> float:
    best = title.standings[0].best
    return best.log_odds if best else float("-inf")


def _candidates(standing: Standing) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(episode=str(j.label), confidence=round(j.confidence, 4), reason=explain(j))
        for j in standing.judged[:MOST_CANDIDATES]
    )


def _order(titles: list[_Title]) -> list[str]:
    placed = [(t.asked.order, t.label) for t in titles if t.asked.order is not None and t.label is not None]
    if out_of_order([(order, label) for order, label in placed]):
        return ["the titles are not on the disc in the order of their episodes"]
    return []
