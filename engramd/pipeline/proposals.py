"""What the titles of a disc may be by their order and lengths alone: plans for all of them at once. Pure.

A plan is never more than a proposal: a person accepts it, or says better.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING

from engramd.models import DiscTitle, TitleCandidate
from engramd.organize import EpisodeCode

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

#: `match_source` of a title that waits for the answer to a proposal for its disc.
PROPOSED = "order"
#: Answers to what is proposed for a disc: it is so, or each title is to be asked about.
ACCEPT, ONE_BY_ONE = "accept", "one_by_one"
#: A title of so many times the usual length holds two episodes.
DOUBLE = (1.7, 2.4)
#: The most that order and lengths can make of anything, and how many plans are offered.
MOST_SURE, MOST_PLANS = 0.7, 6
#: A plan of this confidence follows from what is known, and is no mere guess.
FOLLOWS = 0.45
#: What is left of the confidence of a plan whose disc should begin with what another one holds.
HELD = 0.5
#: So much may a length differ from a catalogue's, and from it on speaks against a plan (as parts of it).
SAME_LENGTH, OTHER_LENGTH = 0.1, 0.3


@dataclass(frozen=True)
class Place:
    """A title in the order of its disc; `episode` is what it is, where that is decided (or recorded).

    `part` is which part of that it is, where several titles are one episode.
    """

    title_index: int
    seconds: float
    episode: EpisodeCode | None = None
    part: int | None = None


@dataclass(frozen=True)
class Held:
    """An episode that another disc of the same show holds; `disc` is that disc's number in its season."""

    code: EpisodeCode
    disc: int | None = None


@dataclass(frozen=True)
class Facts:
    """What is known besides the titles: the disc's place in its set, what others hold, a database's list."""

    season: int | None = None
    disc: int | None = None
    held: tuple[Held, ...] = ()
    roster: tuple[KnownEpisode, ...] = ()

    def minutes(self, season: int) -> dict[int, float]:
        """Give the episodes of a season with their runtimes in minutes (0: not known)."""
        return {e.number: e.minutes for e in self.roster if e.season == season}

    def taken(self, season: int) -> set[int]:
        """Give the episodes of a season that other discs hold."""
        codes = (held.code for held in self.held if held.code.season == season)
        return {number for code in codes for number in range(code.first, code.last + 1)}


@dataclass(frozen=True)
class Plan:
    """Episodes for titles (by title index), how sure that is (0 to 1), and why, as a part of a sentence."""

    episodes: Mapping[int, str] = field(hash=False)
    confidence: float
    reason: str

    @property
    def follows(self) -> bool:
        """Whether it follows from what is known of other discs or titles."""
        return self.confidence >= FOLLOWS


@dataclass(frozen=True)
class _Start:
    number: int
    confidence: float
    reason: str


def propose(places: Sequence[Place], facts: Facts) -> list[Plan]:
    """Give plans for the titles that are not decided, best first, each less sure than the one before.

    `places` are the episode titles of the disc in its order. None where order and lengths say nothing that
    fits what is decided.
    """
    if all(place.episode for place in places):
        return []
    if any(place.episode for place in places):
        plan = _between(places, facts)
        return ranked([plan] if plan is not None else [])
    plans = [
        plan
        for season in _seasons(facts)
        for start in _starts(places, facts, season)
        if (plan := _from(places, facts, season, start)) is not None
    ]
    return ranked(plans)


def from_start(places: Sequence[Place], facts: Facts, start: EpisodeCode) -> Plan | None:
    """Give the plan whose first undecided title is an episode that a person named."""
    places = [place for place in places if place.episode is None]
    untaken = replace(facts, held=())
    return _from(places, untaken, start.season, _Start(start.first, FOLLOWS, f"it begins with {start}"))


def offered(titles: Sequence[DiscTitle], candidates: Mapping[int, Sequence[TitleCandidate]]) -> list[Plan]:
    """Give the plans that a disc's question offers: the first candidates of its titles make the first plan.

    `titles` are those that the question is about, `candidates` theirs by the number of the title's row.
    """
    ranked = [(title.title_index, candidates.get(title.id or 0, ())) for title in titles]
    plans = []
    for place in range(min((len(rows) for _, rows in ranked), default=0)):
        episodes = {index: rows[place].episode for index, rows in ranked}
        first = ranked[0][1][place]
        plans.append(Plan(episodes, first.confidence, first.reason))
    return plans


def _seasons(facts: Facts) -> list[int]:
    if facts.season is not None:
        return [facts.season]
    return sorted({e.season for e in facts.roster if e.season > 0}) or [1]


def _starts(places: Sequence[Place], facts: Facts, season: int) -> Iterator[_Start]:
    """Give the episodes that the disc may begin with, and how sure each is."""
    count = sum(width for _, width in _widths(places, facts, season, 1))
    taken, disc = facts.taken(season), facts.disc
    doubt = 1.0 if facts.season is not None else 0.3
    why = "" if facts.season is not None else f"nothing says which season it is; in season {season} "
    for start in _likely(facts, season, count, taken):
        yield _Start(start.number, start.confidence * doubt, f"{why}{start.reason}")
    last = max(facts.minutes(season), default=0)
    if disc is not None and disc > 1 and not taken and last >= count:
        yield _Start(last - count + 1, 0.15 * doubt, f"{why}the season may end with it")
    for free in _free_runs(taken, last):
        yield _Start(free, 0.1 * doubt, f"{why}no other disc holds it")


def _likely(facts: Facts, season: int, count: int, taken: set[int]) -> Iterator[_Start]:
    disc = facts.disc
    before = _before(facts, season)
    if before is not None:
        last, confidence = before
        which = "the disc before it ends" if confidence > FOLLOWS else "earlier discs end"
        yield _Start(last + 1, confidence, f"{which} with {EpisodeCode(season, last, last)}")
    if disc == 1 or (disc is None and not taken):
        reason = "disc 1 begins the season" if disc else "nothing else is known of the season"
        yield _Start(1, 0.5 if disc else 0.25, reason)
    elif disc is not None and before is None:
        number = (disc - 1) * count + 1
        yield _Start(number, 0.25, f"it is disc {disc}, if each disc holds {count} episodes")


def _before(facts: Facts, season: int) -> tuple[int, float] | None:
    """Give the last episode of the discs before this one, and how sure it is that this one follows it."""
    held = [one for one in facts.held if one.code.season == season]
    if facts.disc is None or any(one.disc is None for one in held):
        return (max(one.code.last for one in held), FOLLOWS) if held else None
    earlier = [one for one in held if one.disc is not None and one.disc < facts.disc]
    if not earlier:
        return None
    is_next = any(one.disc == facts.disc - 1 for one in earlier)
    return max(one.code.last for one in earlier), 0.6 if is_next else 0.3


def _free_runs(taken: set[int], last: int) -> list[int]:
    """Give where runs of episodes begin that nobody holds."""
    end = max([last, *(number + 1 for number in taken), 1])
    free = [number for number in range(1, end + 1) if number not in taken]
    return [number for number in free if number - 1 not in free]


def _from(places: Sequence[Place], facts: Facts, season: int, start: _Start) -> Plan | None:
    """Give titles in order the free episodes from a start on; None where there are not enough."""
    taken, known = facts.taken(season), facts.minutes(season)
    number, episodes, doubles = start.number, {}, []
    if number < 1:
        return None
    for place, width in _widths(places, facts, season, start.number):
        while set(range(number, number + width)) & taken:
            number += 1
        code = EpisodeCode(season, number, number + width - 1)
        if known and code.last > max(known):
            return None
        episodes[place.title_index] = str(code)
        doubles += [place.title_index + 1] if width > 1 else []
        number += width
    fit, said = _lengths(places, episodes, known)
    is_held = start.number in taken
    elsewhere = f"another disc holds {EpisodeCode(season, start.number, start.number)}" if is_held else ""
    reason = "; ".join(part for part in (start.reason, elsewhere, _doubles(doubles), said) if part)
    return Plan(episodes, min(MOST_SURE, start.confidence * fit * (HELD if is_held else 1.0)), reason)


def _widths(places: Sequence[Place], facts: Facts, season: int, first: int) -> list[tuple[Place, int]]:
    """Say how many episodes each title holds, one or two, by its length.

    A title that is long because the episode of its number is, as a database says, holds one.
    """
    usual = median(place.seconds for place in places) if places else 0.0
    known, number, widths = facts.minutes(season), first, []
    for place in places:
        times = place.seconds / usual if usual else 1.0
        alone = known.get(number, 0.0) * 60
        is_long = bool(alone) and abs(place.seconds / alone - 1) <= SAME_LENGTH
        width = 2 if DOUBLE[0] <= times <= DOUBLE[1] and not is_long else 1
        widths.append((place, width))
        number += width
    return widths


def _doubles(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    what = "title" if len(numbers) == 1 else "titles"
    told = ", ".join(map(str, numbers))
    return f"{what} {told} {'is' if len(numbers) == 1 else 'are'} twice as long as the others"


def _lengths(
    places: Sequence[Place], episodes: Mapping[int, str], known: Mapping[int, float]
) -> tuple[float, str]:
    """Say how well lengths fit a database's: a factor for the confidence, and words."""
    pairs = []
    for place in places:
        if place.title_index not in episodes:
            continue
        code = EpisodeCode.parse(episodes[place.title_index])
        minutes = [known.get(number, 0.0) for number in range(code.first, code.last + 1)]
        if all(minutes):
            pairs.append((place.seconds, sum(minutes) * 60))
    if len(pairs) < 2:
        return 1.0, ""
    scale = median(seconds / listed for seconds, listed in pairs)
    off = [abs(seconds / listed / scale - 1) for seconds, listed in pairs]
    listed_lengths = [listed for _, listed in pairs]
    if max(off) > OTHER_LENGTH:
        return 0.6, "its lengths are not those that TMDB lists"
    if max(off) <= SAME_LENGTH and max(listed_lengths) > min(listed_lengths) * (1 + 2 * SAME_LENGTH):
        return 1.25, "its lengths are those that TMDB lists"
    return 1.0, ""


def _between(places: Sequence[Place], facts: Facts) -> Plan | None:
    """Fill in what lies before, between and after the titles that are decided, in their order."""
    fixed = [place.episode for place in places if place.episode is not None]
    seasons = {code.season for code in fixed}
    if len(seasons) != 1:
        return None
    rising, falling = _is_rising(fixed), _is_rising(fixed[::-1])
    if not (rising or falling):
        return None
    ordered = list(places) if rising else list(places)[::-1]
    filled = _filled(ordered, facts, seasons.pop())
    if filled is None:
        return None
    episodes, is_tight = filled
    order = "" if rising or len(fixed) < 2 else ", backwards"
    told = " and ".join(str(code) for code in fixed[:2]) + (" and others" if len(fixed) > 2 else "")
    reason = f"the disc also holds {told}, in the order of its titles{order}"
    return Plan(episodes, 0.65 if is_tight else 0.45, reason)


def _filled(places: Sequence[Place], facts: Facts, season: int) -> tuple[dict[int, str], bool] | None:
    """Give the undecided titles of a rising disc their numbers, and whether no other numbers would fit."""
    widths = {place.title_index: width for place, width in _widths(places, facts, season, 0)}
    numbers: dict[int, EpisodeCode] = {}
    first = next(i for i, place in enumerate(places) if place.episode is not None)
    anchor = places[first].episode
    assert anchor is not None
    number = anchor.first - sum(widths[place.title_index] for place in places[:first])
    is_tight = True
    if number < 1:
        return None
    for place in places:
        if place.episode is not None:
            is_tight = is_tight and number == place.episode.first
            if number > place.episode.first:
                return None
            number = place.episode.last + 1
            continue
        numbers[place.title_index] = EpisodeCode(season, number, number + widths[place.title_index] - 1)
        number += widths[place.title_index]
    known, taken = facts.minutes(season), facts.taken(season)
    wanted = {n for code in numbers.values() for n in range(code.first, code.last + 1)}
    if wanted & taken or (known and wanted and max(wanted) > max(known)):
        return None
    return {index: str(code) for index, code in numbers.items()}, is_tight


def _is_rising(codes: Sequence[EpisodeCode]) -> bool:
    return all(one.last < other.first for one, other in pairwise(codes))


def ranked(plans: Iterable[Plan]) -> list[Plan]:
    """Put plans in order, each once, and each a little less sure than the one before."""
    best: dict[tuple[tuple[int, str], ...], Plan] = {}
    for plan in sorted(plans, key=lambda one: -one.confidence):
        best.setdefault(tuple(sorted(plan.episodes.items())), plan)
    ranked: list[Plan] = []
    for plan in list(best.values())[:MOST_PLANS]:
        ceiling = ranked[-1].confidence - 0.01 if ranked else 1.0
        ranked.append(replace(plan, confidence=round(max(0.0, min(plan.confidence, ceiling)), 3)))
    return ranked
