from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.identify import parse_label


@pytest.mark.parametrize(
    ("text", "title", "season", "disc"),
    [
        ("HARBOR_STATION_S1_D2", "Harbor Station", 1, 2),
        ("BREAKING_BAD_S2_DISC_1", "Breaking Bad", 2, 1),
        ("Breaking Bad: Season 2: Disc 1", "Breaking Bad", 2, 1),
        ("DS9S3D2", "DS9", 3, 2),
        ("DEXTER_S5D2", "Dexter", 5, 2),
        ("FRASIER_S1-D2", "Frasier", 1, 2),
        ("Eureka D3", "Eureka", None, 3),
        ("SEASON 11 Disc 2", None, 11, 2),
        ("S1_D2", None, 1, 2),
        ("24_S1_D2", "24", 1, 2),
        ("South Park Season 18 - Disc One", "South Park", 18, 1),
        ("Vikings – Season 3 – Disc 1", "Vikings", 3, 1),
        ("Battlestar Galactica: Season 2 (Disc 2)", "Battlestar Galactica", 2, 2),
        ("The X-Files, Season 10 Disc 1", "The X-Files", 10, 1),
        ("The Bionic Woman: Season Three Disc 2", "The Bionic Woman", 3, 2),
        ("ANDOR_COMPLETE_FIRST_SEASON_D2", "Andor", 1, 2),
        ("MONK_SERIES_2", "Monk", 2, None),
        ("Game.of.Thrones.S01.D02", "Game of Thrones", 1, 2),
        ("OFFICE_S9_D1_NA", "Office", 9, 1),
        ("The West Wing Disc 1 of 6", "The West Wing", None, 1),
        ("THE_COMPLETE_SERIES_D1", None, None, 1),
        ("Season 1 and Season 2", None, None, None),
        ("STAR_TREK_TNG_S1_D1", "Star Trek TNG", 1, 1),
    ],
)
def test_season_and_disc_are_read(text: str, title: str | None, season: int | None, disc: int | None) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.season, facts.disc_number) == (title, season, disc)
    assert facts.raw == text


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("OCEANS11", "Oceans11"),
        ("RED2", "Red2"),
        ("APOLLO13", "Apollo13"),
        ("1917", "1917"),
        ("MURDER_SHE_WROTE", "Murder She Wrote"),
        ("IRON_MAN_2", "Iron Man 2"),
        ("D2_THE_MIGHTY_DUCKS", "D2 the Mighty Ducks"),
        ("SE7EN", "Se7en"),
        ("WALL-E", "Wall-E"),
        ("SPIDER-MAN_HOMECOMING", "Spider-Man Homecoming"),
        ("Spider-Man: Homecoming", "Spider-Man: Homecoming"),
        ("MARVEL_STUDIOS_THE_MARVELS", "The Marvels"),
        ("MARVEL STUDIOS' THE MARVELS - BLU-RAY", "The Marvels"),
        ("OLDBOY - 4K UHD", "Oldboy"),
        ("THE_BIRDS_NA", "The Birds"),
        ("ROCKY_IV", "Rocky IV"),
        ("THE_LORD_OF_THE_RINGS", "The Lord of the Rings"),
        ("BLADE_RUNNER_2049", "Blade Runner 2049"),
        ("DISTRICT9", "District9"),
        ("HARBOR_NIGHTS_BD50", "Harbor Nights"),
        ("HARBOR NIGHTS BD25", "Harbor Nights"),
    ],
)
def test_numbers_in_titles_are_no_seasons_or_discs(text: str, title: str) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.season, facts.disc_number, facts.year) == (title, None, None, None)


@pytest.mark.parametrize(
    ("text", "weak", "title"),
    [
        ("SOUTHPARK6", 6, "Southpark"),
        ("MADMEN3", 3, "Madmen"),
        ("BREAKINGBADS2", 2, "Breakingbad"),
        ("SOUTHPARK11_DISC2", 11, "Southpark"),
        ("OCEANS11", 11, "Ocean"),
        ("SOUTHPARK99", None, None),
        ("SOUTHPARK6_S1_D1", None, None),
        ("1917", None, None),
        ("IRON_MAN_2", None, None),
    ],
)
def test_a_glued_number_is_a_weak_season(text: str, weak: int | None, title: str | None) -> None:
    facts = parse_label(text)
    assert (facts.weak_season, facts.weak_title) == (weak, title)
    assert facts.season in (None, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("LOGICAL_VOLUME_ID", "DVD_VIDEO", "VIDEO_TS", "BDROM", "DVDVOLUME", "NO LABEL", "", "   ", "___"),
        *("BBCDVD1550", "T2E0NNS1"),
    ],
)
def test_generic_labels_and_catalogue_numbers_name_nothing(text: str) -> None:
    facts = parse_label(text)
    assert facts.model_copy(update={"raw": ""}) == parse_label("")
    assert facts.title is None


def test_a_year_counts_in_brackets_only() -> None:
    assert parse_label("Zorro (1957) S1 D2").year == 1957
    assert parse_label("Zorro (1957) S1 D2").title == "Zorro"
    assert parse_label("WONDER_WOMAN_1984").year is None


@pytest.mark.parametrize("text", ["DUNE_BONUS_DISC", "Dune - Special Features", "BONUS DISC", "DUNE_EXTRAS"])
def test_discs_of_extras_are_seen(text: str) -> None:
    assert parse_label(text).bonus
    assert not parse_label("DOUBLE_FEATURE").bonus


@given(st.text(max_size=600))
def test_no_text_is_too_strange(text: str) -> None:
    facts = parse_label(text)
    assert facts.title is None or facts.title.strip()
    assert facts.raw == text
