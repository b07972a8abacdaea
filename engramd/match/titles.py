"""One title of a disc on its way to an episode: what it says, and what was made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ValidationError

from engramd.match.doubles import LONGER, SHORTER, Placement, Within, cut, find_parts, find_whole
from engramd.match.hygiene import Checked
from engramd.match.labels import Label, parse_episode
from engramd.match.language import guess
from engramd.match.model import Candidate, Evidence, Lacking, TitleMatch, TitleToMatch, Track
from engramd.match.reasons import explain, scores_of
from engramd.match.scoring import Scores, Standing, WordsKind, judge
from engramd.match.season import Query, Season, rate_of, span_of
from engramd.match.subtitles import Cue
from engramd.match.tracks import Chosen, choose_tracks, language_of

MOST_CANDIDATES = 5


@dataclass
class OpenTitle:
    """A title with the queries that belong to it (several where it holds several episodes)."""

    asked: TitleToMatch
    evidence: Evidence | None = None
    duration: float = 0.0
    chosen: Chosen = field(default_factory=Chosen)
    parts: list[Placement] = field(default_factory=list)
    #: The episode that it is a part of, where the references count more than one title as one.
    part_of: Within | None = None
    queries: list[Query] = field(default_factory=list)
    timings: list[dict[Label, Scores]] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    trouble: str = ""
    #: What was read of its pictures (by cue number), and heard; why no more can be.
    pictures: dict[int, str] = field(default_factory=dict)
    heard: list[Cue] = field(default_factory=list)
    windows: list[tuple[float, float]] = field(default_factory=list)
    unread: str = ""
    label: Label | None = None
    result: TitleMatch | None = None

    @property
    def several(self) -> bool:
        """Whether it holds several episodes."""
        return len(self.parts) > 1

    @property
    def open(self) -> bool:
        """Whether it is not decided yet."""
        return self.result is None

    @property
    def standing(self) -> Standing:
        """How the episodes stand for it as a whole."""
        return self.standings[0] if self.standings else Standing()

    def score(self, season: Season) -> None:
        """Compare it with the references by all that is known of it."""
        self.timings = [season.by_time(query.timed) for query in self.queries]
        self.score_words(season)

    def score_words(self, season: Season) -> None:
        """Compare it again where only words have come to it."""
        self.standings = [
            judge(season.scores(query, timing))
            for query, timing in zip(self.queries, self.timings, strict=True)
        ]


def open_title(asked: TitleToMatch, checked: Checked) -> OpenTitle:
    """Read the evidence of a title, choose its tracks, and find the episodes in it where it holds several."""
    title = OpenTitle(asked, result=pinned(asked))
    if title.result:
        title.label = parse_episode(title.result.episode or "")
        return title
    title.evidence, title.trouble = _evidence(asked)
    if title.evidence is None:
        return title
    title.duration = asked.duration or title.evidence.duration
    languages = frozenset(u.language for u in checked.usable if u.language)
    evidence = title.evidence.model_copy(update={"duration": title.duration})
    title.chosen = choose_tracks(evidence, rate_of(checked), languages)
    title.trouble = _lack_of_tracks(title.chosen)
    if not chosen_is_mute(title):
        make_queries(title, checked)
    return title


def chosen_is_mute(title: OpenTitle) -> bool:
    """Whether there is nothing to compare unless more is read of it."""
    return title.chosen.none and not title.heard


def pinned(asked: TitleToMatch) -> TitleMatch | None:
    """Give the result of a title that somebody has already decided."""
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


def review(
    asked: TitleToMatch, reason: str, lacking: Lacking = "", candidates: tuple[Candidate, ...] = ()
) -> TitleMatch:
    """Give the result of a title that a person must decide."""
    return TitleMatch(
        title_index=asked.title_index,
        verdict="review",
        confidence=candidates[0].confidence if candidates else 0.0,
        reason=reason,
        candidates=candidates,
        lacking=lacking,
    )


def candidates_of(standing: Standing) -> tuple[Candidate, ...]:
    """Give the likeliest episodes, best first."""
    return tuple(
        Candidate(
            episode=str(j.label), confidence=round(j.confidence, 4), reason=explain(j), evidence=scores_of(j)
        )
        for j in standing.judged[:MOST_CANDIDATES]
    )


def _evidence(asked: TitleToMatch) -> tuple[Evidence | None, str]:
    if asked.evidence is None:
        return None, asked.trouble or "nothing was read from it"
    try:
        return Evidence.model_validate_json(asked.evidence.read_bytes()), ""
    except OSError as error:
        return None, f"its evidence cannot be read ({asked.evidence}): {error.strerror}"
    except ValidationError:
        return None, f"its evidence is damaged ({asked.evidence})"


def _lack_of_tracks(chosen: Chosen) -> str:
    if not chosen.none:
        return ""
    refused = "; ".join(chosen.refused)
    return f"no track is fit for a comparison: {refused}" if refused else "it has no subtitles or captions"


def make_queries(title: OpenTitle, checked: Checked) -> None:
    """Make its queries of all that is known; a title that holds several episodes is cut into them."""
    chosen, usual = title.chosen, span_of(checked)
    if chosen.timed and not title.parts and title.duration > LONGER * usual:
        title.parts = find_parts(chosen.timed[0], checked)
    elif title.part_of is None and 0 < title.duration < SHORTER * usual:
        title.part_of = find_whole(chosen, checked)
    lines, language, kind = _words_of(title)
    whole = Query(chosen.timed, tuple(lines), language, kind, title.duration)
    title.queries = [cut(whole, part) for part in title.parts] if title.several else [whole]


def _words_of(title: OpenTitle) -> tuple[list[Cue], str | None, WordsKind]:
    """Give the best words that a title has: a track's, else those of its pictures, else what was heard."""
    chosen = title.chosen
    if chosen.worded is not None:
        return worded_lines(chosen.worded), chosen.language, "whole"
    if title.pictures and chosen.pictured is not None:
        starts, ends = chosen.pictured.starts, chosen.pictured.ends
        lines = [Cue(starts[n], ends[n], text) for n, text in sorted(title.pictures.items()) if text]
        whole = len(title.pictures) >= len(starts)
        return lines, _language(lines) or language_of(chosen.pictured), "whole" if whole else "sample"
    if title.heard:
        marked = chosen.sound.language if chosen.sound else None
        return sorted(title.heard, key=lambda cue: cue.start), marked, "speech"
    return [], None, "whole"


def _language(lines: list[Cue]) -> str | None:
    return guess(line.text for line in lines)


def worded_lines(track: Track | None) -> list[Cue]:
    """Give what a track with text says."""
    if track is None or not track.texts:
        return []
    return [Cue(*row) for row in zip(track.starts, track.ends, track.texts, strict=True)]
