"""Turns scores into log-odds for each title and episode, and says when an answer may stand without a person.

The timing weights are a logistic fit on 4,880 comparisons of real subtitle files. The text weights are set by
hand so that 0.5 lies at the noise of whole tracks (cosine 0.19 to 0.27 of the best wrong one) and the accept
rule (cosine 0.15, margin 0.08) near 0.9. Where candidates are few, the margin to the next one says little, so
each score also has a floor that a wrong reference reaches by chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engramd.match.labels import Label
from engramd.match.timing import NO_TIMING, Timing

#: What the best of many wrong references usually reaches: the least "second best" to be compared with.
FLOOR_Z, FLOOR_SEG, FLOOR_OO = 4.3, 0.14, 0.14
FLOOR_C = FLOOR_Z / 6 + FLOOR_SEG / 0.15 + FLOOR_OO / 0.35
MOST_CANDIDATES = 26
LIMIT = 12.0

ACCEPT_C, ACCEPT_MARGIN, STRONG_Z = 3.5, 1.0, 9.0
ACCEPT_COSINE, ACCEPT_GAP, ACCEPT_RATIO = 0.15, 0.08, 1.5
STRONG_COSINE, STRONG_GAP = 0.25, 0.10
#: Below this the words of the references say nothing about the title (a parody, another translation).
SILENT_COSINE = 0.12
LEAST_SPREAD = 0.6
#: A reference carries another episode's label in about 0.3 % of cases; two that agree hardly ever.
TRUST_IN_ONE, TRUST_IN_MORE = 0.997, 0.9995


@dataclass(frozen=True)
class Scores:
    """One title against one episode (the best of its references)."""

    timing: Timing | None = None
    cues: int = 0
    spread: float = 0.0
    cosine: float | None = None
    track: str = ""
    reference: str = ""
    agreeing: int = 1


@dataclass(frozen=True)
class Judged:
    """An episode's standing for one title: log-odds, margins, and which rules it meets."""

    label: Label
    scores: Scores
    log_odds: float
    c_margin: float
    gap: float
    timing_ok: bool
    timing_strong: bool
    text_ok: bool
    text_strong: bool

    @property
    def confidence(self) -> float:
        """The log-odds as a probability, no higher than the labels of references deserve."""
        trust = TRUST_IN_ONE if self.scores.agreeing < 2 else TRUST_IN_MORE
        return trust * probability(self.log_odds)


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


def probability(log_odds: float) -> float:
    """Give the probability of log-odds."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, log_odds))))


def text_floor(documents: int) -> float:
    """The cosine that unrelated texts reach by chance; words weigh little among few documents."""
    if documents >= 12:
        return 0.10
    return 0.20 if documents >= 6 else 0.40


def judge(scores: dict[Label, Scores], documents: int) -> Standing:
    """Rank the episodes for one title; `documents` is how many texts were weighed together."""
    timed = sum(1 for s in scores.values() if s.timing is not None)
    cosines = [s.cosine for s in scores.values() if s.cosine is not None]
    speaks = bool(cosines) and max(cosines) >= SILENT_COSINE
    judged = [_judge(label, scores, timed, text_floor(documents), speaks) for label in scores]
    judged.sort(key=lambda j: (-j.log_odds, j.label))
    return Standing(judged, _contradiction(judged), speaks)


def _judge(label: Label, scores: dict[Label, Scores], timed: int, floor: float, speaks: bool) -> Judged:
    own = scores[label]
    others = [s for other, s in scores.items() if not other.overlaps(label)]
    second = _second(others)
    timing = own.timing or NO_TIMING
    margin = timing.c - max([FLOOR_C, *(s.timing.c for s in others if s.timing)])
    rival = max([floor, *(s.cosine for s in others if s.cosine is not None)])
    gap = (own.cosine or 0.0) - rival
    timing_ok = own.timing is not None and timing.c >= ACCEPT_C and margin >= ACCEPT_MARGIN
    text_ok = own.cosine is not None and _text_accepts(own.cosine, gap, rival)
    return Judged(
        label,
        own,
        _combined(
            None if own.timing is None else _timing_log_odds(timing, second, own.cues, timed),
            _text_log_odds(own.cosine, gap) if own.cosine is not None and speaks else None,
        ),
        margin,
        gap,
        timing_ok,
        timing_ok and timing.z >= STRONG_Z,
        text_ok,
        text_ok and (own.cosine or 0) >= STRONG_COSINE and gap >= STRONG_GAP,
    )


def _second(others: list[Scores]) -> Timing:
    """The best that other episodes reach in each score, at least the floor."""
    timings = [s.timing for s in others if s.timing is not None]
    return Timing(
        max([FLOOR_Z, *(t.z for t in timings)]),
        max([FLOOR_SEG, *(t.seg for t in timings)]),
        max([FLOOR_OO, *(t.oo for t in timings)]),
        0.0,
        1.0,
    )


def _timing_log_odds(own: Timing, second: Timing, cues: int, candidates: int) -> float:
    return (
        5.45 * math.log(max(own.z, 1.0))
        + 0.03 * (own.z - second.z)
        + 11.7 * own.seg
        + 17.0 * (own.seg - second.seg)
        + 4.6 * own.oo
        + 19.1 * (own.oo - second.oo)
        + 0.53 * math.log(max(cues, 1))
        + 2.57 * math.log(min(max(candidates, 1), MOST_CANDIDATES))
        - 26.2
    )


def _text_log_odds(cosine: float, gap: float) -> float:
    return 2.0 + 12 * (cosine - ACCEPT_COSINE) + 60 * (gap - ACCEPT_GAP)


def _text_accepts(cosine: float, gap: float, rival: float) -> bool:
    return cosine >= ACCEPT_COSINE and gap >= ACCEPT_GAP and cosine >= ACCEPT_RATIO * rival


def _combined(timing: float | None, text: float | None) -> float:
    """Add what time and text say, each within a limit, so that neither outvotes the other alone."""
    parts = [max(-LIMIT, min(LIMIT, part)) for part in (timing, text) if part is not None]
    return sum(parts) if parts else -LIMIT


def _contradiction(judged: list[Judged]) -> str:
    timed = [j for j in judged if j.timing_ok]
    worded = [j for j in judged if j.text_ok]
    for by_time in timed[:1]:
        for by_text in worded[:1]:
            if not by_time.label.overlaps(by_text.label):
                return f"the times fit {by_time.label}, but the words fit {by_text.label}"
    return ""


def objection(standing: Standing, chosen: Judged) -> str:
    """Say why an answer must not stand without a person, or nothing (the hard rules)."""
    if standing.contradiction:
        return standing.contradiction
    if chosen.text_ok:
        alone = not (chosen.timing_ok or chosen.text_strong)
        return "only the words fit, and not strongly" if alone else ""
    if not chosen.timing_ok:
        rivals = [str(j.label) for j in standing.judged[:3] if _fits(j)]
        if len(rivals) > 1:
            return f"{' and '.join(rivals)} fit alike; a reference may carry a wrong label"
        return "neither times nor words fit clearly better than a wrong episode would"
    return _objection_to_times(standing, chosen)


def _fits(judged: Judged) -> bool:
    timing = judged.scores.timing
    return timing is not None and timing.c >= ACCEPT_C and timing.z >= STRONG_Z


def _objection_to_times(standing: Standing, chosen: Judged) -> str:
    if chosen.scores.spread < LEAST_SPREAD:
        return f"the times fit in {chosen.scores.spread:.0%} of the title only (a song or a recap does that)"
    words_object = standing.text_speaks and chosen.scores.cosine is not None and chosen.gap < 0
    if words_object and not (chosen.timing_strong and chosen.gap > -ACCEPT_GAP):
        return "the times fit, but the words do not"
    return ""
