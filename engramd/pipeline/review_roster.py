"""The episodes of a season beside a question: filed, missing, or what the title may be. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engramd.errors import InvalidArgument
from engramd.models import DiscJob, TitleState
from engramd.organize import EpisodeCode, read_part
from engramd.pipeline.roster import Holding

if TYPE_CHECKING:
    from engramd.match.model import KnownEpisode

#: An episode by season and number.
Place = tuple[int, int]


@dataclass(frozen=True)
class RosterRow:
    """One episode: its name, and where it stands.

    `state` is `this` (the question proposes it), `assigned` or `filed` (another title is it), `double`
    (several are), `candidate` (it may be it) or `missing`; `is_candidate` also tells of a taken one that it
    may be it.
    `title` is the number of the title from 1 (0: none), `disc` that of its disc.
    """

    season: int
    episode: int
    name: str = ""
    state: str = "missing"
    is_candidate: bool = False
    title: int = 0
    disc: int | None = None


@dataclass(frozen=True)
class Asked:
    """What a question is about: the likeliest episode of each title (by index), and all that are possible."""

    proposed: Mapping[int, str]
    candidates: Sequence[str]


def roster_rows(
    job: DiscJob, held: Iterable[Holding], known: Sequence[KnownEpisode], asked: Asked
) -> list[RosterRow]:
    """Give the episodes of the seasons that a question is about, in order.

    Without a roster those are listed that are held or possible, and the ones between them.
    """
    holding: dict[Place, list[Holding]] = defaultdict(list)
    for one in held:
        for place in _places(one.code):
            holding[place].append(one)
    proposed = {place: index for index, code in asked.proposed.items() for place in places_of(code)}
    possible = {place for code in (*asked.candidates, *asked.proposed.values()) for place in places_of(code)}
    own = () if job.detected_season is None else (job.detected_season,)
    seasons = {season for season, _ in possible} or set(own)
    names = {(one.season, one.number): one.name for one in known}
    places = {place for place in (*names, *holding, *possible) if place[0] in seasons}
    for season in seasons - {season for season, _ in names}:
        last = max((number for s, number in places if s == season), default=0)
        places |= {(season, number) for number in range(1, last + 1)} if season else set()
    return [
        _row(job, place, names.get(place, ""), holding[place], proposed.get(place), place in possible)
        for place in sorted(places)
    ]


def _row(
    job: DiscJob, place: Place, name: str, held: Sequence[Holding], proposed: int | None, is_candidate: bool
) -> RosterRow:
    season, number = place
    if held:
        first = min(held, key=lambda one: one.title.state is not TitleState.COMPLETED)
        state = "filed" if first.title.state is TitleState.COMPLETED else "assigned"
        state = "double" if _is_double(held) else state
        title, disc = first.title.title_index + 1, first.job.disc_number
        return RosterRow(season, number, name, state, is_candidate, title, disc)
    if proposed is not None:
        return RosterRow(season, number, name, "this", True, proposed + 1, job.disc_number)
    return RosterRow(season, number, name, "candidate" if is_candidate else "missing", is_candidate)


def _is_double(held: Sequence[Holding]) -> bool:
    """Whether several titles are one episode, and not its parts."""
    parts = [one.title.episode_part for one in held]
    return len(held) > len(set(parts)) or (None in parts and len(parts) > 1)


def places_of(code: str) -> list[Place]:
    """Give the episodes that a code (`S01E01-E02`, `S01E03-pt1`) names; none where it is no code."""
    try:
        return _places(read_part(code)[0])
    except InvalidArgument:
        return []


def _places(code: EpisodeCode) -> list[Place]:
    return [(code.season, number) for number in range(code.first, code.last + 1)]
