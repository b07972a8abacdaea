"""How alike names are, and what a name is reduced to."""

from __future__ import annotations

import pytest

from engramd.identify.work_names import plain_name, similarity, without_country


def alike(one: str, other: str) -> float:
    return similarity(plain_name(one), plain_name(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Rocky IV", "ROCKY 4"),
        ("The Man from U.N.C.L.E.", "Man From UNCLE"),
        ("Ocean's Eleven", "Oceans Eleven"),
        ("Pokémon", "POKEMON"),
        ("Battlestar Galactica (2004)", "Battlestar Galactica"),
        ("Fast & Furious", "Fast and Furious"),
        ("Straße", "STRASSE"),
        ("Ｆｕｌｌ Ｗｉｄｔｈ", "full width"),
        ("Die Sopranos", "DIE SOPRANOS"),
    ],
)
def test_the_same_name(one: str, other: str) -> None:
    assert alike(one, other) == alike(other, one) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Toy Story 2", "Toy Story 3", 0.0, 0.5),  # parts of a series of films
        ("Rocky II", "Rocky III", 0.0, 0.5),
        ("Cars", "Cars 2", 0.0, 0.75),  # the number may be missing
        ("Shawshank", "The Shawshank Redemption", 0.78, 0.79),
        ("STARTREKTHENEXTG", "Star Trek: The Next Generation", 0.85, 0.99),
        ("Nostalghia", "Nostalgia", 0.9, 0.99),
        ("Las Vegas", "Vegas", 0.0, 0.8),
        ("Up", "The Upside", 0.0, 0.6),
        ("", "Up", 0.0, 0.0),
        ("!!!", "???", 0.0, 0.0),
    ],
)
def test_other_names(one: str, other: str, least: float, most: float) -> None:
    assert least <= alike(one, other) <= most
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("name", "short", "country"),
    [
        ("The Office (US)", "The Office", "US"),
        ("House of Cards UK", "House of Cards", "GB"),
        ("Us", "Us", ""),
        ("Kath & Kim", "Kath & Kim", ""),
        ("", "", ""),
    ],
)
def test_a_country_at_the_end(name: str, short: str, country: str) -> None:
    assert without_country(name) == (short, country)
