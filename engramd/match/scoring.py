"""Turns scores into log-odds for each title and episode, and says when an answer may stand without a person.

The rules are those that were measured on 4,880 comparisons of real subtitle files by time and 2,675 by text:
each holds with no wrong answer among them, references with another episode's label apart. Where candidates
are few, the margin to the next one says little, so each score also has a floor that a wrong reference reaches
by chance.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from engramd.match.calibration import (
    MOST_CANDIDATES,
    TextFeatures,
    TimingFeatures,
    combined_log_odds,
    probability,
    text_log_odds,
    timing_log_odds,
)
from engramd.match.labels import Label
from engramd.match.timing import NO_TIMING, Timing

#: Of a whole track, of some of its cues, or of what was heard in parts of the title.
WordsKind = Literal["whole", "sample", "speech"]

#: What the best of many wrong references usually reaches: the least "second best" to be compared with.
FLOOR_Z, FLOOR_SEG, FLOOR_OO = 4.3, 0.14, 0.14
FLOOR_C = FLOOR_Z / 6 + FLOOR_SEG / 0.15 + FLOOR_OO / 0.35
TRACE = 0.001

#: Times: no wrong answer; one of 5,000 titles without their reference was accepted. Alone, a little more is
#: asked for (`STRONG`), by which none was.
ACCEPT_C, ACCEPT_MARGIN, STRONG_Z, STRONG_C = 3.5, 1.0, 9.0, 4.0
#: Beyond what the best wrong reference reaches in 99 of 100 titles: enough to bear out what the words say.
BEARS_OUT_C = 2.7
ACCEPT_COSINE, ACCEPT_GAP, ACCEPT_RATIO = 0.15, 0.08, 1.5
STRONG_COSINE, STRONG_GAP = 0.25, 0.10
#: A sample is judged by ratio, since its cosine depends on its size; with so many cues it counts as whole.
LIKE_WHOLE = 40
SAMPLE_COSINE, SAMPLE_RATIO = 0.05, 1.7
#: Anchors a cue: what wrong references reach is below 0.1 even in whole tracks.
ACCEPT_ANCHORS, ANCHORS_MARGIN, STRONG_ANCHORS = 0.15, 0.05, 0.35
LEAST_SPEECH, WHOLE_SPEECH, SPEECH_RATIO = 24, 80, 1.5
#: Below this the words of the references say nothing about the title (a parody, another translation).
SILENT_COSINE = 0.12
#: Songs at both ends are a seventh of an episode, and a recap is less; cuts leave some segments unexplained.
LEAST_SPREAD, LEAST_REACH = 0.35, 0.6
#: A reference carries another episode's label in about 0.3 % of cases; two that agree hardly ever.
TRUST_IN_ONE, TRUST_IN_MORE = 0.997, 0.9995


@dataclass(frozen=True)
class Words:
    """What the words of a title, `count` of them in some cues, say for a reference.

    `documents` is how many episodes have references that they were compared with: several of one episode
    make no word rarer than the others.
    """

    cosine: float
    anchors: float = 0.0
    cues: int = 0
    kind: WordsKind = "whole"
    documents: int = MOST_CANDIDATES
    reference: str = ""
    count: int = 0

    @property
    def whole(self) -> bool:
        """Whether the rules for whole tracks hold."""
        return self.kind == "whole" or (self.kind == "sample" and self.cues >= LIKE_WHOLE)


@dataclass(frozen=True)
class Witness:
    """A reference that fits a title by itself: where it is from, and a digest of what it says."""

    source: str
    content: str


@dataclass(frozen=True)
class Scores:
    """One title against one episode (the best of its references)."""

    timing: Timing | None = None
    cues: int = 0
    spread: float = 0.0
    reach: float = 0.0
    words: Words | None = None
    track: str = ""
    reference: str = ""
    witnesses: frozenset[Witness] = frozenset()

    @property
    def agreeing(self) -> int:
        """How many independent references fit the title: of other sources, and no copies of one another."""
        sources, contents = {w.source for w in self.witnesses}, {w.content for w in self.witnesses}
        return max(1, min(len(sources), len(contents)))


@dataclass(frozen=True)
class Judged:
    """An episode's standing for one title: log-odds, margins, and which rules it meets."""

    label: Label
    scores: Scores
    log_odds: float
    c_margin: float
    gap: float
    anchors_margin: float
    timing_ok: bool
    timing_strong: bool
    text_ok: bool
    text_strong: bool
    text_hints: bool

    @property
    def confidence(self) -> float:
        """The log-odds as a probability, no higher than the labels of references deserve."""
        trust = TRUST_IN_ONE if self.scores.agreeing < 2 else TRUST_IN_MORE
        return trust * probability(self.log_odds)

    @property
    def c(self) -> float:
        """All scores by time in one; zero where there are none."""
        return self.scores.timing.c if self.scores.timing else 0.0


@dataclass
class Standing:
    """All episodes for one title, best first, and whether time and text name different ones."""

    judged: list[Judged] = field(default_factory=list)
    contradiction: str = ""
    text_speaks: bool = False

    @property
    def best(self) -> Judged | None:
        """The likeliest episode."""
        return self.judged[0] if self.judged else None


def text_floor(documents: int) -> float:
    """The cosine that unrelated texts reach by chance; words weigh little among few documents."""
    if documents >= 12:
        return 0.10
    if documents >= 6:
        return 0.20
    return 0.40 if documents >= 3 else 0.60


def judge(scores: dict[Label, Scores]) -> Standing:
    """Rank the episodes for one title.

    Words that fit nothing at all, and times that fit nothing where words are strong (captions that roll up,
    another cut), do not speak against an episode.
    """
    timed = sum(1 for s in scores.values() if s.timing is not None)
    cosines = [s.words.cosine for s in scores.values() if s.words and s.words.whole]
    speaks = not cosines or max(cosines) >= SILENT_COSINE
    silent_times = max((s.timing.c for s in scores.values() if s.timing), default=0.0) < ACCEPT_C
    judged = [_judge(label, scores, timed, speaks=speaks, silent_times=silent_times) for label in scores]
    judged.sort(key=lambda j: (-j.log_odds, j.label))
    return Standing(judged, _contradiction(judged), bool(cosines) and speaks)


def _judge(
    label: Label, scores: dict[Label, Scores], timed: int, *, speaks: bool, silent_times: bool
) -> Judged:
    own = scores[label]
    others = [s for other, s in scores.items() if not other.overlaps(label)]
    timing = own.timing or NO_TIMING
    margin = timing.c - max([FLOOR_C, *(s.timing.c for s in others if s.timing)])
    timing_ok = own.timing is not None and timing.c >= ACCEPT_C and margin >= ACCEPT_MARGIN
    text = _judge_words(own.words, [s.words for s in others if s.words])
    by_time = None if own.timing is None else _by_time(timing, others, own.cues, timed)
    if by_time is not None and text.strong and silent_times:
        by_time = max(0.0, by_time)
    by_text = text.log_odds if own.words is not None and speaks else None
    return Judged(
        label,
        own,
        combined_log_odds(by_time, by_text) + TRACE * _closeness(own),
        margin,
        text.gap,
        text.anchors_margin,
        timing_ok,
        timing_ok and (timing.z >= STRONG_Z or timing.c >= STRONG_C),
        text.ok,
        text.strong,
        text.hints,
    )


# -- times --


def _by_time(own: Timing, others: list[Scores], cues: int, candidates: int) -> float:
    """Give the log-odds by time against the best that other episodes reach in each score, or the floor."""
    timings = [s.timing for s in others if s.timing is not None]
    return timing_log_odds(
        TimingFeatures(
            own.z,
            max([FLOOR_Z, *(t.z for t in timings)]),
            own.seg,
            max([FLOOR_SEG, *(t.seg for t in timings)]),
            own.oo,
            max([FLOOR_OO, *(t.oo for t in timings)]),
            cues,
            candidates,
        )
    )


# -- words --


@dataclass(frozen=True)
class _ByWords:
    gap: float = 0.0
    anchors_margin: float = 0.0
    log_odds: float = 0.0
    ok: bool = False
    strong: bool = False
    hints: bool = False


def _judge_words(own: Words | None, others: list[Words]) -> _ByWords:
    if own is None:
        return _ByWords()
    floor = text_floor(own.documents) * (1.0 if own.whole else 0.5)
    rival = max([floor, *(w.cosine for w in others)])
    anchored = max((w.anchors for w in others), default=0.0)
    features = TextFeatures(
        own.cosine, rival, own.anchors, anchored, own.count, min(len(others) + 1, own.documents), own.kind
    )
    gap, margin, odds = own.cosine - rival, own.anchors - anchored, text_log_odds(features)
    if own.kind == "speech":
        return _judge_speech(own, gap, margin, odds)
    stands_out = own.cosine >= ACCEPT_COSINE and gap >= ACCEPT_GAP and own.cosine >= ACCEPT_RATIO * rival
    ok = stands_out and own.whole
    strong = ok and own.cosine >= STRONG_COSINE and gap >= STRONG_GAP
    hints = ok or (own.cosine >= SAMPLE_COSINE and own.cosine >= SAMPLE_RATIO * rival)
    return _ByWords(gap, margin, odds, ok, strong, hints)


def _judge_speech(own: Words, gap: float, margin: float, odds: float) -> _ByWords:
    """Judge what was heard: many words are wrong, but the right rare ones lie at one distance in time."""
    hints = own.anchors >= ACCEPT_ANCHORS and margin >= ANCHORS_MARGIN
    ok = hints and own.cues >= LEAST_SPEECH and own.anchors >= SPEECH_RATIO * (own.anchors - margin)
    enough = own.anchors >= STRONG_ANCHORS or own.cues >= WHOLE_SPEECH
    return _ByWords(gap, margin, odds, ok, ok and enough and gap > 0, hints)


# -- both --


def _closeness(own: Scores) -> float:
    """Say how well a title fits where log-odds have reached their limit, so that the better of two wins."""
    return (own.timing.c if own.timing else 0.0) + 10 * (own.words.cosine if own.words else 0.0)


def _contradiction(judged: list[Judged]) -> str:
    timed = [j for j in judged if j.timing_ok]
    worded = [j for j in judged if j.text_ok or j.text_hints]
    for by_time in timed[:1]:
        for by_text in worded[:1]:
            if not by_time.label.overlaps(by_text.label):
                return f"the times fit {by_time.label}, but the words fit {by_text.label}"
    return ""


def objection(standing: Standing, chosen: Judged, *, all_said: bool = True) -> str:
    """Say why an answer must not stand without a person, or nothing (the hard rules).

    Times and words agree, or one is strong and the other does not contradict. With `all_said` no more words
    can be had; times that fit well, though not strongly, then stand where words cannot be compared at all.
    """
    if standing.contradiction:
        return standing.contradiction
    if chosen.timing_ok:
        return _objection_to_times(standing, chosen, all_said=all_said)
    if chosen.text_strong or (chosen.text_ok and _borne_out(standing, chosen)):
        return ""
    if chosen.text_ok:
        return "only the words fit, and not strongly"
    rivals = [str(j.label) for j in standing.judged[:3] if j.c >= ACCEPT_C and _z(j) >= STRONG_Z]
    if len(rivals) > 1:
        return f"{' and '.join(rivals)} fit alike; a reference may carry a wrong label"
    return "neither times nor words fit clearly better than a wrong episode would"


def _borne_out(standing: Standing, chosen: Judged) -> bool:
    """Whether the times, though they prove nothing alone, are better for this episode than for any other."""
    return chosen.c >= BEARS_OUT_C and chosen.c >= max(j.c for j in standing.judged)


def _objection_to_times(standing: Standing, chosen: Judged, *, all_said: bool) -> str:
    if chosen.text_ok or chosen.text_hints:
        return ""
    if chosen.scores.spread < LEAST_SPREAD or chosen.scores.reach < LEAST_REACH:
        return f"the times fit in {chosen.scores.spread:.0%} of the title only (a song or a recap does that)"
    words_object = standing.text_speaks and chosen.scores.words is not None and chosen.gap < 0
    if words_object and not (chosen.timing_strong and chosen.gap > -ACCEPT_GAP):
        return "the times fit, but the words do not"
    if not chosen.timing_strong and not all_said:
        return "the times fit, but not strongly, and no words were read yet"
    return ""


def _z(judged: Judged) -> float:
    return judged.scores.timing.z if judged.scores.timing else 0.0
