"""Which of several works a disc holds: scores with reasons, and a question where they do not decide.

Each fact about the disc adds evidence for or against a candidate, in natural logarithms of odds; the
probabilities of all candidates and of "none of these" add up to one. How much a fact weighs was set by hand,
so that a name alone does not decide between works that share it, and a fact that fits only one of them does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engramd.identify.work_names import PlainName, plain_name, similarity, without_country
from engramd.identify.work_runtimes import Fit, episodes_fit, feature_fits
from engramd.sources.work import Candidate

#: A probability from which a person need not be asked.
SURE = 0.9
#: Below this a candidate is not worth a person's time, unless it is the best.
_WORTH_ASKING = 0.02
_MOST_OPTIONS = 8
_NONE_OF_THESE = 1.0
_STRUCTURE_LIMIT = 4.0
_LEAST_ALIKE = 0.7


class Clue(NamedTuple):
    """What one fact says about a candidate: log-odds, and words for people.

    `doubt` is true for a fact that contradicts a film so much that a person should look, unless the very year
    is told and agrees; series run for years, and are listed with lengths that say little.
    """

    weight: float
    text: str
    doubt: bool = False


@dataclass(frozen=True)
class DiscFacts:
    """What is known of a disc. `titles` are the names that its label and its own data give it.

    `series` is the probability, by its structure, that it holds a series. Durations are seconds: those of its
    episodes if it holds a series, and that of its main feature if it holds a film. `pal` is true for 25
    pictures a second, at which films run 4 % too fast.
    """

    titles: tuple[str, ...]
    year: int | None = None
    season: int | None = None
    series: float = 0.5
    episodes: tuple[float, ...] = ()
    feature: float | None = None
    pal: bool = False


@dataclass(frozen=True)
class Ranked:
    """A candidate with its probability (0 to 1) and a sentence why.

    `possible` is false if a fact excludes it; `same_name` tells whether one of its names is the disc's;
    `doubtful` is true if a fact speaks so clearly against it that nothing else makes it sure.
    """

    candidate: Candidate
    probability: float
    reason: str
    possible: bool = True
    same_name: bool = False
    doubtful: bool = False


@dataclass(frozen=True)
class Decision:
    """`winner` if it is sure; else `options` for a question, best first, or neither."""

    winner: Ranked | None
    options: tuple[Ranked, ...]
    reason: str


def rank(candidates: Sequence[Candidate], facts: DiscFacts) -> list[Ranked]:
    """Score `candidates` against a disc, best first; equal ones stay in their order."""
    judged = [(candidate, list(_clues(candidate, facts))) for candidate in _distinct(candidates)]
    odds = [math.exp(sum(clue.weight for clue in clues)) for _, clues in judged]
    whole = sum(odds) + math.exp(_NONE_OF_THESE)
    ranked = [
        Ranked(
            candidate,
            odd / whole,
            _sentence(candidate, clues),
            possible=odd > 0.0,
            same_name=_has_a_name_of(candidate, facts),
            doubtful=any(clue.doubt for clue in clues) and not _of_the_year(candidate, facts),
        )
        for (candidate, clues), odd in zip(judged, odds, strict=True)
    ]
    return sorted(ranked, key=lambda each: -each.probability)


def decide(ranked: Sequence[Ranked]) -> Decision:
    """Choose the winner if it is sure; else say which candidates a person should choose from.

    A name that is only alike never makes sure, however well the rest fits, nor does the name of a film of
    another year or length.
    """
    possible = [each for each in ranked if each.possible]
    if not possible:
        return Decision(None, (), "No work that is known fits the disc.")
    best = possible[0]
    if best.probability >= SURE and best.same_name and not best.doubtful:
        return Decision(best, (), best.reason)
    options = [best, *(each for each in possible[1:] if each.probability >= _WORTH_ASKING)][:_MOST_OPTIONS]
    if len(options) == 1:
        return Decision(None, tuple(options), f"It may be {best.candidate.title}, but that is not sure.")
    names = ", ".join(each.candidate.title for each in options)
    return Decision(None, tuple(options), f"Several works fit the disc: {names}.")


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    return list({candidate.work: candidate for candidate in candidates}.values())


def _clues(candidate: Candidate, facts: DiscFacts) -> Iterator[Clue]:
    yield _name(candidate, facts)
    yield _kind(candidate, facts)
    yield _year(candidate, facts)
    if candidate.work.namespace == "tv":
        yield _season(candidate, facts)
        yield _episodes(candidate, facts)
    else:
        yield _feature(candidate, facts)


def _name(candidate: Candidate, facts: DiscFacts) -> Clue:
    """Compare all names, with and without a country at the end of the disc's."""
    readings = [_alike(candidate, title) for title in facts.titles if title]
    if not readings:
        return Clue(0.0, "the disc has no name")
    return max(readings, key=lambda clue: clue.weight)


def _alike(candidate: Candidate, title: str) -> Clue:
    whole = _best_name(candidate, plain_name(title))
    short, country = without_country(title)
    if not country or not candidate.countries:
        return whole
    stripped = _best_name(candidate, plain_name(short))
    if country in candidate.countries:
        stripped = Clue(stripped.weight + 1.5, f"{stripped.text}, and it is from {country}")
    else:
        stripped = Clue(stripped.weight - 3.0, f"{stripped.text}, but it is not from {country}")
    return max(whole, stripped, key=lambda clue: clue.weight)


def _has_a_name_of(candidate: Candidate, facts: DiscFacts) -> bool:
    names = {plain_name(name).joined for name in (candidate.name, candidate.original_name, *candidate.names)}
    titles = [text for title in facts.titles for text in (title, without_country(title)[0])]
    return any(plain_name(title).joined in names - {""} for title in titles)


def _best_name(candidate: Candidate, title: PlainName) -> Clue:
    own = max(similarity(title, plain_name(name)) for name in (candidate.name, candidate.original_name))
    other = max((similarity(title, plain_name(name)) for name in candidate.names), default=0.0)
    if max(own, other) < _LEAST_ALIKE:
        return Clue(-math.inf, "the name is another")
    if own >= other:
        return Clue(_weight_of(own), "the name is the same" if own == 1.0 else "the name is alike")
    words = "it is also known by the name" if other == 1.0 else "another of its names is alike"
    return Clue(_weight_of(other) - 0.3, words)


def _weight_of(alike: float) -> float:
    """3 for the same name, 0.5 for one slip in ten letters, -1.5 for the least alike."""
    return 3.0 if alike == 1.0 else 10.0 * (alike - 0.95) + 1.0


def _kind(candidate: Candidate, facts: DiscFacts) -> Clue:
    chance = facts.series if candidate.work.namespace == "tv" else 1.0 - facts.series
    chance = min(max(chance, 1e-6), 1.0 - 1e-6)
    weight = math.log(chance / (1.0 - chance)) / 1.5
    weight = min(max(weight, -_STRUCTURE_LIMIT), _STRUCTURE_LIMIT)
    what = "a series" if candidate.work.namespace == "tv" else "a film"
    if abs(weight) < 0.5:
        return Clue(weight, "")
    return Clue(
        weight, f"the disc looks like {what}" if weight > 0 else f"the disc does not look like {what}"
    )


def _of_the_year(candidate: Candidate, facts: DiscFacts) -> bool:
    return facts.year is not None and candidate.year == facts.year


def _year(candidate: Candidate, facts: DiscFacts) -> Clue:
    if facts.year is None or candidate.year is None:
        return Clue(0.0, "")
    apart = abs(facts.year - candidate.year)
    if apart == 0:
        return Clue(2.5, f"the year is {facts.year}")
    if apart == 1:
        return Clue(0.5, f"the year is {candidate.year}, one off")
    if facts.year in candidate.season_years:
        return Clue(1.0, f"a season is of {facts.year}")
    series = candidate.work.namespace == "tv"
    text = f"it is of {candidate.year}, not of {facts.year}"
    return Clue(-2.0 if series else -3.0, text, doubt=not series)


def _season(candidate: Candidate, facts: DiscFacts) -> Clue:
    """Exclude a series without the season; of seasons numbered by years, the fifth can still be called 5."""
    if facts.season is None or facts.season == 0 or not candidate.seasons:
        return Clue(0.0, "")
    if facts.season in candidate.seasons:
        return Clue(0.5, f"it has a season {facts.season}")
    if facts.season <= len(candidate.seasons):
        return Clue(-1.0, f"none of its seasons has the number {facts.season}")
    count = len(candidate.seasons)
    return Clue(-math.inf, f"it has {count} season{'' if count == 1 else 's'}, and no season {facts.season}")


_EPISODES = {
    Fit.MATCH: Clue(1.5, "the episodes are as long as the disc's"),
    Fit.POSSIBLE: Clue(-0.5, "the episodes can be as long as the disc's"),
    Fit.MISMATCH: Clue(-1.5, "the episodes are of another length"),
    Fit.UNKNOWN: Clue(0.0, ""),
}
_FEATURE = {
    Fit.MATCH: Clue(2.5, "the film is as long as the disc's"),
    Fit.POSSIBLE: Clue(0.0, "the length could be that of another cut"),
    Fit.MISMATCH: Clue(-2.5, "the film is of another length", doubt=True),
    Fit.UNKNOWN: Clue(0.0, ""),
}


def _episodes(candidate: Candidate, facts: DiscFacts) -> Clue:
    known = candidate.season_runtimes.get(facts.season, ()) if facts.season is not None else ()
    return _EPISODES[episodes_fit(facts.episodes, known, candidate.runtimes, pal=facts.pal)]


def _feature(candidate: Candidate, facts: DiscFacts) -> Clue:
    clue = _FEATURE[feature_fits(facts.feature, candidate.runtimes, pal=facts.pal)]
    if facts.season is None:
        return clue
    text = "; ".join(filter(None, ("a film has no seasons", clue.text)))
    return Clue(clue.weight - 4.0, text, clue.doubt)


def _sentence(candidate: Candidate, clues: list[Clue]) -> str:
    said = sorted((clue for clue in clues if clue.text), key=lambda clue: -abs(clue.weight))
    return f"{candidate.title}: {'; '.join(clue.text for clue in said)}."
