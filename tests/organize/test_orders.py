"""Orders of episodes: which group of TMDB's is taken, and what numbers it gives."""

from __future__ import annotations

from typing import Any

import pytest

from engramd.models import EpisodeOrder
from engramd.organize import EpisodeCode
from engramd.organize.orders import Place, choose_group, numbers_in, renumbered, season_numbers
from engramd.sources.tmdb_model import EpisodeGroups, GroupSummary

DVD, ABSOLUTE = EpisodeOrder.DVD, EpisodeOrder.ABSOLUTE


def summary(number: str, kind: int, episodes: int) -> GroupSummary:
    return GroupSummary.model_validate({"id": number, "type": kind, "episode_count": episodes})


def order(*parts: tuple[str, int, list[Place]]) -> EpisodeGroups:
    """Give an order as TMDB has it: parts of a name and place, with the aired places of their episodes."""
    groups: list[dict[str, Any]] = [
        {
            "name": name,
            "order": place,
            "episodes": [
                {"season_number": season, "episode_number": number, "order": turn}
                for turn, (season, number) in enumerate(episodes)
            ],
        }
        for name, place, episodes in parts
    ]
    return EpisodeGroups.model_validate({"id": "1", "name": "Order", "type": 3, "groups": groups})


def test_the_group_of_most_episodes_is_taken() -> None:
    groups = [summary("a", 3, 10), summary("b", 3, 14), summary("c", 2, 99), summary("d", 3, 14)]
    chosen = choose_group(groups, DVD)
    assert chosen is not None
    assert chosen.id == "b"
    assert choose_group(groups[:2], ABSOLUTE) is None
    assert choose_group(groups, EpisodeOrder.AIRED) is None


def test_a_dvd_order_has_seasons_of_its_own() -> None:
    made = order(
        ("Specials", 0, [(0, 1)]),
        ("Season 2", 2, [(1, 3), (2, 1)]),
        ("Season 1", 1, [(1, 2), (1, 1)]),
    )
    assert numbers_in(made, DVD) == {
        (0, 1): (0, 1),
        (1, 2): (1, 1),
        (1, 1): (1, 2),
        (1, 3): (2, 1),
        (2, 1): (2, 2),
    }


@pytest.mark.parametrize(
    ("names", "seasons"),
    [
        (("Volume 3", "Volume 5"), (3, 5)),
        (("The Beginning", "The End"), (1, 2)),
        (("Season 1", "Season 1, again"), (1, 2)),
        (("Disc 0", "Disc 1"), (1, 2)),
    ],
)
def test_parts_without_numbers_count_by_turn(names: tuple[str, str], seasons: tuple[int, int]) -> None:
    made = order((names[0], 4, [(1, 1)]), (names[1], 7, [(1, 2)]))
    assert [season for season, _ in numbers_in(made, DVD).values()] == list(seasons)


def test_the_absolute_order_counts_through() -> None:
    made = order(("Season 1", 1, [(1, 1), (1, 2)]), ("Season 2", 2, [(2, 1)]), ("Films", 3, [(0, 4)]))
    assert numbers_in(made, ABSOLUTE) == {(1, 1): (1, 1), (1, 2): (1, 2), (2, 1): (1, 3), (0, 4): (0, 1)}


def test_an_order_that_has_an_episode_twice_is_none() -> None:
    assert numbers_in(order(("Season 1", 1, [(1, 1), (1, 1)])), DVD) == {}


def test_a_season_is_renumbered_as_a_whole_or_not_at_all() -> None:
    numbers = {(1, 1): (1, 2), (1, 2): (1, 1)}
    assert season_numbers(1, 2, numbers) == numbers
    assert season_numbers(1, 3, numbers) == {}
    assert season_numbers(1, 0, numbers) == {}
    assert season_numbers(1, 2, numbers, taken={(1, 2)}) == {}


@pytest.mark.parametrize(
    ("aired", "named"),
    [("S01E01", "S01E02"), ("S01E01-E02", "S01E01-E02"), ("S01E02-E03", None), ("S01E03-E04", None)],
)
def test_a_double_episode_keeps_together_or_has_no_code(aired: str, named: str | None) -> None:
    numbers = {(1, 1): (1, 2), (1, 2): (1, 1), (1, 3): (1, 9)}
    found = renumbered(EpisodeCode.parse(aired), numbers)
    assert (None if found is None else str(found)) == named
