"""What the cuts of a film are called, by all that is known of them."""

from __future__ import annotations

import pytest

from engramd.identify.editions import Cut, name_cuts, running_time

THEATRICAL, EXTENDED = 8235.0, 9268.0


def cuts(*lengths: float, **more: object) -> list[Cut]:
    return [Cut(index, seconds, **more) for index, seconds in enumerate(lengths)]


@pytest.mark.parametrize(
    ("runtime", "names"),
    [
        (None, ["137 min", "154 min"]),
        (137, [None, "154 min"]),
        (138, [None, "154 min"]),
        (154, ["137 min", None]),
        (146, ["137 min", "154 min"]),
        (0, ["137 min", "154 min"]),
    ],
)
def test_a_cut_is_the_film_itself_if_it_is_as_long_as_the_film_is_listed(
    runtime: int | None, names: list[str | None]
) -> None:
    assert name_cuts(cuts(THEATRICAL, EXTENDED), runtime=runtime) == dict(enumerate(names))


def test_a_runtime_that_fits_two_cuts_says_nothing() -> None:
    assert name_cuts(cuts(5370.0, 5435.0), runtime=90) == {0: "90 min", 1: "91 min"}


def test_a_film_of_television_in_europe_runs_faster() -> None:
    fast = [Cut(0, THEATRICAL * 24 / 25, pal=True), Cut(1, EXTENDED * 24 / 25, pal=True)]
    assert name_cuts(fast, runtime=137) == {0: None, 1: "148 min"}
    assert name_cuts(cuts(THEATRICAL * 24 / 25, EXTENDED * 24 / 25), runtime=137)[0] == "132 min"


def test_names_that_a_person_or_a_record_gave_stay() -> None:
    known = [Cut(0, THEATRICAL, "Theatrical Cut", recorded=True), Cut(1, EXTENDED, "Extended", recorded=True)]
    assert name_cuts(known, runtime=137) == {}
    assert name_cuts([known[0], Cut(1, EXTENDED)], runtime=137) == {1: "154 min"}


def test_the_one_cut_that_a_record_leaves_without_a_name_is_the_film() -> None:
    record = [Cut(0, THEATRICAL, None, recorded=True), Cut(1, EXTENDED, "Extended Edition", recorded=True)]
    assert name_cuts(record) == {0: None}
    assert name_cuts([record[0], Cut(1, EXTENDED, None, recorded=True)]) == {0: "137 min", 1: "154 min"}


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ("Director's Cut", ["137 min", "Director's Cut"]),
        ("Theatrical Version", ["Theatrical Version", "154 min"]),
        ("Kinofassung", ["Kinofassung", "154 min"]),
    ],
)
def test_an_edition_of_the_disc_is_that_of_its_longest_cut_but_for_a_theatrical_one(
    told: str, names: list[str]
) -> None:
    assert name_cuts(cuts(THEATRICAL, EXTENDED), told=told) == dict(enumerate(names))


def test_an_edition_of_the_disc_is_not_given_twice() -> None:
    record = [Cut(0, THEATRICAL, None, recorded=True), Cut(1, EXTENDED, "Extended Edition", recorded=True)]
    assert name_cuts(record, told="Extended") == {0: None}
    assert name_cuts([Cut(0, THEATRICAL), Cut(1, EXTENDED, "Extended")], told="extended") == {0: "137 min"}


def test_a_cut_that_is_the_film_itself_leaves_running_times_to_the_others() -> None:
    assert name_cuts([Cut(0, THEATRICAL, ""), Cut(1, EXTENDED)], runtime=154) == {1: "154 min"}


def test_cuts_that_differ_by_more_than_a_minute_have_different_names() -> None:
    for seconds in range(5000, 5200):
        assert running_time(seconds) != running_time(seconds + 60.5)
