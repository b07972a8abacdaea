"""The numbers of a show's episodes in another order than they were aired: by TMDB's episode groups. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from engramd.models import EpisodeOrder
from engramd.organize.episode import EpisodeCode

# TMDB's answers are imported where they are used: a daemon that never asks TMDB does not hold them.
if TYPE_CHECKING:
    from engramd.sources.tmdb_model import EpisodeGroup, EpisodeGroups, GroupSummary

#: A season and a number in it.
Place = tuple[int, int]
_NUMBER = re.compile(r"\d{1,4}", re.ASCII)
_SPECIALS = re.compile(r"\bspecials?\b", re.IGNORECASE)


def choose_group(groups: Iterable[GroupSummary], ordering: EpisodeOrder) -> GroupSummary | None:
    """Give the group that holds a show in an order: the one with most episodes, the first of several."""
    from engramd.sources.tmdb_model import GroupType

    types = {EpisodeOrder.DVD: GroupType.DVD, EpisodeOrder.ABSOLUTE: GroupType.ABSOLUTE}
    of_type = [group for group in groups if group.type == types.get(ordering)]
    return max(of_type, key=lambda group: group.episode_count, default=None)


def numbers_in(order: EpisodeGroups, ordering: EpisodeOrder) -> dict[Place, Place]:
    """Give each episode's place in an order by the place it was aired at.

    By DVD each part of the order is a season, by the number in its name where all have one. In the absolute
    order all are in season 1. Specials are in season 0. Empty where an episode stands in it twice.
    """
    parts = sorted(order.groups, key=lambda part: part.order)
    regular = [part for part in parts if not _is_special(part)]
    specials = [part for part in parts if _is_special(part)]
    if ordering is EpisodeOrder.ABSOLUTE:
        placed = _numbered(1, regular)
    else:
        seasons = _seasons(regular)
        placed = [one for season, part in seasons.items() for one in _numbered(season, [part])]
    placed += _numbered(0, specials)
    numbers = dict(placed)
    return numbers if len(numbers) == len(placed) else {}


def season_numbers(
    season: int, count: int, numbers: Mapping[Place, Place], taken: Collection[Place] = ()
) -> dict[Place, Place]:
    """Give the places of an aired season's `count` episodes; empty where one has none, or a taken one."""
    aired = [(season, number) for number in range(1, count + 1)]
    found = {place: numbers[place] for place in aired if place in numbers}
    return found if len(found) == count and not set(found.values()) & set(taken) else {}


def renumbered(code: EpisodeCode, numbers: Mapping[Place, Place]) -> EpisodeCode | None:
    """Give the code in another order; None where its episodes are not in it, side by side in one season."""
    places = [numbers.get((code.season, number)) for number in range(code.first, code.last + 1)]
    known = sorted(place for place in places if place is not None)
    if len(known) < len(places):
        return None
    (season, first), (_, last) = known[0], known[-1]
    in_turn = known == [(season, first + step) for step in range(len(known))]
    return EpisodeCode(season, first, last) if in_turn else None


def _is_special(part: EpisodeGroup) -> bool:
    if _SPECIALS.search(part.name):
        return True
    return bool(part.episodes) and all(one.season_number == 0 for one in part.episodes)


def _seasons(parts: Sequence[EpisodeGroup]) -> dict[int, EpisodeGroup]:
    """Give the parts by their numbers as seasons: those of their names, else by turn."""
    named = [int(found[0]) for part in parts if (found := _NUMBER.search(part.name))]
    if len(set(named)) == len(parts) and 0 not in named:
        return dict(zip(named, parts, strict=True))
    return dict(enumerate(parts, 1))


def _numbered(season: int, parts: Iterable[EpisodeGroup]) -> list[tuple[Place, Place]]:
    """Number the episodes of parts through, from 1."""
    episodes = [one for part in parts for one in sorted(part.episodes, key=lambda one: one.order)]
    return [
        ((one.season_number, one.episode_number), (season, number)) for number, one in enumerate(episodes, 1)
    ]
