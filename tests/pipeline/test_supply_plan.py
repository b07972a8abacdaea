"""Which references are fetched first, and when fetching ends."""

from __future__ import annotations

import pytest

from engramd.pipeline.supply_plan import (
    Episode,
    Fetch,
    Held,
    Need,
    first_place,
    likely_episodes,
    next_batch,
    too_short,
)


def season(count: int, number: int = 1) -> tuple[Episode, ...]:
    return tuple((number, n) for n in range(1, count + 1))


def need(**values: object) -> Need:
    defaults: dict[str, object] = {"titles": 4, "undecided": 4, "season": 1, "aired": season(12)}
    return Need(**(defaults | values))  # type: ignore[arg-type]


def held(disc: int | None, *numbers: int) -> Held:
    return Held(disc, frozenset((1, n) for n in numbers))


def numbers(fetches: tuple[Fetch, ...]) -> list[tuple[int, int]]:
    return [(fetch.episode[1], fetch.place) for fetch in fetches]


@pytest.mark.parametrize(
    ("disc", "others", "first"),
    [
        (1, (), 1),
        (3, (), 9),
        (None, (), 1),
        (2, (held(1, 1, 2, 3),), 4),
        (3, (held(1, 1, 2, 3, 4, 5),), 10 - 1),
        (2, (held(1, 1, 2, 3), held(3, 8, 9)), 4),
        (2, (held(3, 9, 10),), 5),
        (None, (held(None, 1, 2, 3, 4, 5),), 6),
        (9, (), 9),
    ],
    ids=[
        "disc 1",
        "by its number",
        "no number",
        "after disc 1",
        "disc 2 is not here yet, but the season ends with it",
        "between two discs",
        "only a later disc is here",
        "no numbers",
        "a number of the whole box",
    ],
)
def test_where_a_disc_begins(disc: int | None, others: tuple[Held, ...], first: int) -> None:
    wanted = need(disc=disc, held=others)
    assert first_place(wanted, season(12)) + 1 == first


def test_the_likely_ones_come_first_and_then_those_around_them() -> None:
    found = likely_episodes(need(disc=2))
    assert [n for _s, n in found] == [5, 6, 7, 8, 9, 4, 10, 3, 11, 2, 12, 1]


def test_what_other_discs_hold_is_not_asked_for() -> None:
    found = likely_episodes(need(disc=2, held=(held(1, 1, 2, 3, 4), held(3, 9))))
    assert [n for _s, n in found] == [5, 6, 7, 8, 10, 11, 12]


def test_what_the_disc_holds_already_says_where_the_rest_is() -> None:
    found = likely_episodes(need(disc=1, undecided=2, own=frozenset({(1, 6), (1, 8)})))
    assert [n for _s, n in found][:3] == [7, 9, 5]


def test_a_batch_is_as_large_as_the_number_of_open_titles() -> None:
    assert numbers(next_batch(need(undecided=3))) == [(1, 1), (2, 1), (3, 1)]


def test_what_is_at_hand_is_not_fetched_and_the_rest_widens() -> None:
    have = {(1, n): 1 for n in (1, 2, 3, 4)}
    assert numbers(next_batch(need(have=have, undecided=2))) == [(5, 1), (6, 1)]


def test_a_second_one_comes_only_where_the_first_fits_without_deciding() -> None:
    have = {(1, n): 1 for n in (1, 2, 3, 4)}
    fetches = next_batch(need(have=have, undecided=2, doubtful=((1, 2),)))
    assert numbers(fetches) == [(2, 2), (5, 1)]


def test_there_is_no_third_one() -> None:
    have = dict.fromkeys(season(12), 2)
    assert next_batch(need(have=have, doubtful=((1, 2),))) == ()


def test_what_nobody_has_is_left_out() -> None:
    barren = frozenset({Fetch((1, 1)), Fetch((1, 2), 2)})
    fetches = next_batch(need(have={(1, 2): 1}, undecided=1, doubtful=((1, 2),), barren=barren))
    assert numbers(fetches) == [(3, 1)]


def test_when_the_season_is_exhausted_the_likeliest_get_another_one_and_then_it_ends() -> None:
    have = dict.fromkeys(season(12), 1)
    fetches = next_batch(need(have=have, undecided=2))
    assert numbers(fetches) == [(1, 2), (2, 2)]
    have |= {(1, 1): 2, (1, 2): 2}
    assert next_batch(need(have=have, undecided=2)) == ()


def test_every_way_ends() -> None:
    """Whatever is fetched, what was fetched is never asked for again, and at some time nothing is."""
    have: dict[Episode, int] = {}
    fetched: list[Fetch] = []
    while batch := next_batch(need(have=have, undecided=3, disc=2, doubtful=((1, 6), (1, 1)))):
        for fetch in batch:
            assert fetch not in fetched
            have[fetch.episode] = fetch.place
        fetched += batch
    assert len(fetched) == 12 + 2 + 2


def test_a_season_that_nobody_lists_is_asked_for_as_far_as_it_may_go() -> None:
    assert numbers(next_batch(need(aired=None, disc=2))) == [(5, 1), (6, 1), (7, 1), (8, 1)]
    assert next_batch(need(aired=())) == ()


def test_all_seasons_count_where_it_is_not_known() -> None:
    wanted = need(season=None, disc=4, aired=season(6) + season(8, 2))
    assert likely_episodes(wanted)[:2] == ((2, 5), (2, 6))


def test_nothing_is_fetched_for_nobody() -> None:
    assert next_batch(need(undecided=0)) == ()


def test_a_title_that_is_too_short_for_an_episode() -> None:
    assert too_short(300, [1300, 1320, 1310])
    assert not too_short(900, [1300, 1320, 1310])
    assert not too_short(300, [1300]), "one title says nothing of the usual length"
