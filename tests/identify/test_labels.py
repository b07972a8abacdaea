from __future__ import annotations

import unicodedata

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
        ("BSG S4.5 D2", "BSG", 4, 2),
        ("BSG_S45_D2", "BSG", None, 2),
        ("Battlestar Galactica: Season 4.5 (Disc 3)", "Battlestar Galactica", 4, 3),
        ("THE_WALKING_DEAD_S6B_D1", "The Walking Dead", 6, 1),
        ("CASTLE_ROCK_S2_BD01_DISC_2", "Castle Rock", 2, 2),
        ("Vikings Season 5 Vol 2 Disc 1", "Vikings", 5, 1),
        ("CHEERS_THE_SEVENTH_SEASON_D4", "Cheers", 7, 4),
        ("THE_X_FILES_SEASON_4_DISC_V", "The X Files", 4, 5),
        ("LOSTSEASON2DISC3", "Lost", 2, 3),
        ("LOST DISC1OF6", "Lost", None, 1),
        ("LOST_SECOND_DISC", "Lost", None, 2),
        ("ZATOICHI_DISC_EIGHT", "Zatoichi", None, 8),
        ("BOB'S BURGERS S01E01-E11", "Bob's Burgers", 1, None),
        ("24_SEASON_8_D5", "24", 8, 5),
        ("THE_100_S3_D1", "The 100", 3, 1),
        ("BABYLON_5_S3_D1", "Babylon 5", 3, 1),
        ("FRIENDS_S02_DVD9", "Friends", 2, 9),
        ("The Good Place Season One_ Disc One#CF6A", "The Good Place", 1, 1),
        ("SEASON_ONE_DISC_TWO", None, 1, 2),
        ("SEASON 2 BONUS DISC", None, 2, None),
    ],
)
def test_season_and_disc_are_read(text: str, title: str | None, season: int | None, disc: int | None) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.season, facts.disc_number) == (title, season, disc)
    assert facts.raw == text


@pytest.mark.parametrize(
    ("text", "title", "season", "disc"),
    [
        ("Breaking Bad - Staffel 2 - Disc 1", "Breaking Bad", 2, 1),
        ("TATORT_2._STAFFEL_DISC_3", "Tatort", 2, 3),
        ("Die Simpsons - Die komplette erste Staffel", "Die Simpsons", 1, None),
        ("Kaamelott Saison 3 DVD 2", "Kaamelott", 3, 2),
        ("Engrenages - Première saison", "Engrenages", 1, None),
        ("La Casa de Papel Temporada 2 Disco 1", "La Casa de Papel", 2, 1),
        ("Aquí no hay quien viva - Segunda temporada", "Aquí no hay quien viva", 2, None),
        ("GOMORRA_STAGIONE_1_DISCO_2", "Gomorra", 1, 2),
        ("Flikken Maastricht Seizoen Vijf", "Flikken Maastricht", 5, None),
        ("Bron Säsong 2 Skiva 1", "Bron", 2, 1),
        ("FORBRYDELSEN_SAESON_1", "Forbrydelsen", 1, None),
        ("進撃の巨人 第2期", "進撃の巨人", 2, None),
    ],
)
def test_seasons_are_read_in_other_languages(text: str, title: str, season: int, disc: int | None) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.season, facts.disc_number) == (title, season, disc)


@pytest.mark.parametrize(
    ("text", "seasons"),
    [
        ("Season 1 and Season 2", (1, 2)),
        ("Season 1 & 2", (1, 2)),
        ("THE_WIRE_SEASONS_1-3_DISC_4", (1, 2, 3)),
        ("MONK S1-S2", (1, 2)),
        ("MONK_S1_D2", ()),
    ],
)
def test_a_box_of_several_seasons_claims_no_single_one(text: str, seasons: tuple[int, ...]) -> None:
    facts = parse_label(text)
    assert facts.seasons == seasons
    assert facts.season == (None if seasons else 1)


@pytest.mark.parametrize(
    ("text", "title", "edition"),
    [
        ("LAWRENCE_OF_ARABIA_DIRECTORS_CUT_16X9", "Lawrence of Arabia", "Director's Cut"),
        ("Lawrence of Arabia (Restored Version) – Disc 1", "Lawrence of Arabia", "Restored Version"),
        ("Rambo: Extended Cut", "Rambo", "Extended Cut"),
        ("JASON GOES TO HELL UNRATED CUT", "Jason Goes to Hell", "Unrated Cut"),
        ("BLADE_RUNNER_THE_FINAL_CUT", "Blade Runner", "Final Cut"),
        ("THE_FINAL_CUT", "The Final Cut", None),
        ("UNCUT_GEMS", "Uncut Gems", None),
        ("SOUTH PARK BIGGER LONGER AND UNCUT", "South Park Bigger Longer and Uncut", None),
        ("Scrooged - Remastered", "Scrooged", "Remastered"),
        ("The Two Towers (EXT.) PT. 2", "The Two Towers PT. 2", "Extended"),
        ("The Two Towers: The Journey (Extended Edition)", "The Two Towers: The Journey", "Extended Edition"),
        ("Fury Road: Black and Chrome Edition", "Fury Road", "Black and Chrome Edition"),
        ("My Fair Lady: 50th Anniversary Edition Disc 2", "My Fair Lady", None),
        ("The Little Mermaid Signature Collection", "The Little Mermaid", None),
        ("A Bug's Life: 10th Anniversary SE", "A Bug's Life", "Special Edition"),
    ],
)
def test_an_edition_is_no_part_of_the_title(text: str, title: str, edition: str | None) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.edition) == (title, edition)


@pytest.mark.parametrize(
    ("text", "part"),
    [("DUNE_PART_TWO", 2), ("KILL_BILL_VOL_2", 2), ("TWO_TOWERS_PT1", 1), ("ROCKY_IV", None)],
)
def test_parts_are_numbered_and_stay_in_the_title(text: str, part: int | None) -> None:
    facts = parse_label(text)
    assert facts.part == part
    assert facts.title is not None
    assert len(facts.title.split()) == len(text.split("_"))
    assert facts.season is None


@pytest.mark.parametrize(
    "text",
    ["ROCKY 1-4 COLLECTION", "ROCKY_4FILM_I-IV", "ALIEN_QUADRILOGY_DISC_3", "GHOST RIDER DOUBLE FEATURE"],
)
def test_a_box_of_films_is_seen(text: str) -> None:
    assert parse_label(text).collection
    assert not parse_label("The Little Mermaid Signature Collection").collection


def test_works_on_one_disc_are_told_apart() -> None:
    assert parse_label("RING 2 + SPIRAL").works == ("Ring 2", "Spiral")
    assert parse_label("The Outlaw / The Fugitives").works == ("The Outlaw", "The Fugitives")
    assert parse_label("THELMA_AND_LOUISE").works == ()


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
        ("HARBOR_NIGHTS_DVD9", "Harbor Nights"),
        ("2_FAST_2_FURIOUS", "2 Fast 2 Furious"),
        ("TOY_STORY_3", "Toy Story 3"),
        ("STAR_TREK_II", "Star Trek II"),
        ("S1MONE", "S1mone"),
        ("U571", "U571"),
        ("HALLOWEEN_H20", "Halloween H20"),
        ("APOLLO_13", "Apollo 13"),
        ("FRIDAY_THE_13TH_PART_2", "Friday the 13th Part 2"),
        ("OCEAN_S_11", "Ocean S 11"),
        ("OPEN_SEASON_2", "Open Season 2"),
        ("THE FOUR SEASONS", "The Four Seasons"),
        ("SERIES_7_THE_CONTENDERS", "Series 7 the Contenders"),
        ("D3_THE_MIGHTY_DUCKS", "D3 the Mighty Ducks"),
        ("(500) Days of Summer", "(500) Days of Summer"),
        ("“Asteroid City”", "Asteroid City"),
        ("COCO_3D", "Coco"),
        ("TULLY_UPB75", "Tully"),
        ("MARVEL'S THOR: RAGNAROK - BLU-RAY 3D", "Thor: Ragnarok"),
        ("_UNCUT_GEMS_#3FC5", "Uncut Gems"),
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
        ("MR SELFRIDGE 1 D3", 1, "Mr Selfridge"),
        ("Avatar: The Last Airbender Book Two: Earth Disc 1", 2, "Avatar: The Last Airbender"),
        ("JUNGLE_BOOK_2", 2, "Jungle"),
        ("OCEAN_S_11", 11, "Ocean"),
        ("BABYLON_5_D1", None, None),
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


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("WONDER_WOMAN_1984", "Wonder Woman 1984", 1984),
        ("PSYCHO1960_UPK75", "Psycho 1960", 1960),
        ("BLADE_RUNNER_2049", "Blade Runner 2049", None),
        ("1917", "1917", None),
    ],
)
def test_a_year_at_the_end_may_be_one_and_stays(text: str, title: str, year: int | None) -> None:
    facts = parse_label(text)
    assert (facts.title, facts.weak_year) == (title, year)


@pytest.mark.parametrize("text", ["DUNE_BONUS_DISC", "Dune - Special Features", "BONUS DISC", "DUNE_EXTRAS"])
def test_discs_of_extras_are_seen(text: str) -> None:
    assert parse_label(text).bonus
    assert not parse_label("DOUBLE_FEATURE").bonus


WORDS = st.sampled_from(
    [
        *(
            "S1",
            "S01D2",
            "SEASON",
            "SERIES",
            "STAFFEL",
            "DISC",
            "D",
            "2",
            "1-3",
            "1-0",
            "99-1",
            "II",
            "AND",
            "&",
            "OF",
        ),
        *(
            "THE",
            "COMPLETE",
            "FIRST",
            "2.",
            "BOOK",
            "CUT",
            "EXTENDED",
            "THE:",
            "EDITION",
            "COLLECTION",
            "BONUS",
        ),
        *(
            "PT",
            "PT1",
            "S",
            "(",
            ")",
            "(1999)",
            "#AB12",
            "/",
            "+",
            "'",
            "-",
            "\u202e",
            "\x00",
            "\ufeff",
            "Ⅳ",
            "٣",
            "²",
        ),
        *(
            "SOUTHPARK6",
            "PSYCHO1960",
            "BBCDVD1550",
            "UPK75",
            "BD50",
            "DVD9",
            "4K",
            "第2期",
            "ß",
            "İ",
            "e\u0301",
        ),
    ]
)


@given(
    st.text(max_size=600)
    | st.lists(WORDS, max_size=12).map("_".join)
    | st.lists(WORDS, max_size=12).map("".join)
)
def test_no_text_is_too_strange(text: str) -> None:
    facts = parse_label(text)
    for name in (facts.title, facts.weak_title, facts.edition, *facts.works):
        assert name is None or name.strip()
        assert name is None or len(name) <= 600
        assert name is None or all(unicodedata.category(c)[0] != "C" for c in name)
    assert facts.season is None or 0 <= facts.season < 40
    assert facts.disc_number is None or 1 <= facts.disc_number < 100
    assert facts.raw == text


@pytest.mark.parametrize(
    "filler", ["A", "_", "S1", "1-", "(", "\u0301", "\x00", "SEASON ", "A/", "\U0001f600"]
)
def test_a_huge_label_is_cut_before_it_is_read(filler: str) -> None:
    huge = "HARBOR_S1_D2 " + filler * (2_000_000 // len(filler))
    facts = parse_label(huge)
    assert facts == parse_label(huge[:256]).model_copy(update={"raw": huge})
