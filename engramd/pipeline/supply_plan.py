"""Which reference subtitles are fetched next for a disc whose titles could not be told; pure.

Files are dear (a free account gives about 20 a day), so the likeliest episodes come first, one file each.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

#: Season and number.
Episode = tuple[int, int]
#: So many episodes a season may have where nobody says how many it has.
LONGEST_SEASON = 60
#: From this confidence on, a reference fits a title: if it does not decide, another one of its episode may.
FITS = 0.3
#: References of an episode: one, and another where the first is weak or in conflict.
MOST_REFERENCES = 2
#: A title shorter than this share of the disc's decided ones is no episode that would be worth a file.
SHORTER = 0.45


@dataclass(frozen=True)
class Held:
    """Episodes that another disc of the show holds; `disc` is its number, if it has one."""

    disc: int | None
    episodes: frozenset[Episode]


@dataclass(frozen=True)
class Fetch:
    """One file to fetch: `place` 1 is the first reference of its episode, 2 the second."""

    episode: Episode
    place: int = 1


@dataclass(frozen=True)
class Need:
    """A disc with titles that could not be told, and what is known and at hand.

    `titles` counts its episode titles, `undecided` those that are open. `aired` are the show's episodes in
    aired order, of the disc's season if that is known; None: nobody knows them. `own` are episodes of its
    decided titles, `held` those of other discs. `doubtful` are episodes that fit an open title without
    deciding it. `have` counts the usable references of each episode, `barren` is what no provider has.
    """

    titles: int
    undecided: int
    season: int | None = None
    disc: int | None = None
    aired: tuple[Episode, ...] | None = None
    own: frozenset[Episode] = frozenset()
    held: tuple[Held, ...] = ()
    doubtful: tuple[Episode, ...] = ()
    have: Mapping[Episode, int] = field(default_factory=dict)
    barren: frozenset[Fetch] = frozenset()


def next_batch(need: Need) -> tuple[Fetch, ...]:
    """Give what to fetch before the titles are compared again; nothing: fetching more cannot help."""
    if need.undecided < 1:
        return ()
    seconds = _wanted(need, need.doubtful, 2)
    ordered = likely_episodes(need)
    firsts = _wanted(need, ordered, 1)[: need.undecided]
    if seconds or firsts:
        return (*seconds, *firsts[: max(0, need.undecided - len(seconds))])
    return _wanted(need, ordered[: need.undecided], 2)


def likely_episodes(need: Need) -> tuple[Episode, ...]:
    """Give the episodes that the open titles may be, likeliest first: in aired order, then outwards."""
    aired = _aired(need)
    elsewhere = frozenset().union(*(held.episodes for held in need.held)) | need.own
    places = _from_own(need, aired) or _from_start(first_place(need, aired), need.titles)
    return tuple(aired[n] for n in _outwards(places, len(aired)) if aired[n] not in elsewhere)


def first_place(need: Need, aired: Sequence[Episode]) -> int:
    """Guess where in the aired order the disc begins: after earlier discs, else by its number."""
    place = {episode: n for n, episode in enumerate(aired)}
    ends = [(held.disc, _end(held, place)) for held in need.held]
    numbered = [(disc, end) for disc, end in ends if disc is not None and end]
    if need.disc is None:
        first = max((end for _disc, end in ends), default=0)
    elif earlier := [(disc, end) for disc, end in numbered if disc < need.disc]:
        latest = max(disc for disc, _end in earlier)
        first = max(end for _disc, end in earlier) + (need.disc - latest - 1) * need.titles
    else:
        first = (need.disc - 1) * need.titles if need.disc else 0
    return max(0, min(first, len(aired) - need.titles))


def too_short(seconds: float, decided: Sequence[float]) -> bool:
    """Whether a title is no episode, by the lengths (seconds) of two or more decided ones of its disc."""
    ordered = sorted(length for length in decided if length > 0)
    return len(ordered) >= 2 and 0 < seconds < SHORTER * ordered[len(ordered) // 2]


def _wanted(need: Need, episodes: Iterable[Episode], place: int) -> tuple[Fetch, ...]:
    """Give those of the episodes that have all references but the one of this place, once each."""
    fetches = (Fetch(e, place) for e in dict.fromkeys(episodes) if need.have.get(e, 0) == place - 1)
    return tuple(fetch for fetch in fetches if fetch not in need.barren)


def _aired(need: Need) -> tuple[Episode, ...]:
    if need.aired is not None:
        return need.aired
    season = 1 if need.season is None else need.season
    return tuple((season, number) for number in range(1, LONGEST_SEASON + 1))


def _end(held: Held, place: Mapping[Episode, int]) -> int:
    return max((place[e] + 1 for e in held.episodes if e in place), default=0)


def _from_own(need: Need, aired: Sequence[Episode]) -> range:
    places = [n for n, episode in enumerate(aired) if episode in need.own]
    return range(min(places), max(places) + 1) if places else range(0)


def _from_start(first: int, titles: int) -> range:
    return range(first, first + titles)


def _outwards(places: range, count: int) -> Iterator[int]:
    """Give the places, then those after and before them in turn, as far as there are any."""
    after, before = range(places.stop, count), range(places.start - 1, -1, -1)
    yield from (n for n in places if n < count)
    for pair in zip_longest(after, before):
        yield from (n for n in pair if n is not None)
