"""What names in a library say, in the spellings of Plex, Jellyfin, Kodi, Sonarr and Radarr."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.organize.folder_names import (
    Episodes,
    WorkFolder,
    read_edition,
    read_episodes,
    read_work,
    same_name,
    season_of,
    spelled_like,
)


@pytest.mark.parametrize(
    ("folder", "name", "year", "ids"),
    [
        ("Firefly (2002)", "Firefly", 2002, {}),
        ("Firefly (2002) {tvdb-78874}", "Firefly", 2002, {"tvdb": "78874"}),
        ("Firefly (2002) {tmdb-1437}", "Firefly", 2002, {"tmdb": "1437"}),
        ("Firefly (2002) [tmdbid-1437]", "Firefly", 2002, {"tmdb": "1437"}),
        ("Firefly (2002) [tvdbid-78874]", "Firefly", 2002, {"tvdb": "78874"}),
        ("Firefly [tmdbid=1437]", "Firefly", None, {"tmdb": "1437"}),
        ("Alien (1979) [imdbid-tt0078748]", "Alien", 1979, {"imdb": "tt0078748"}),
        ("The Wire", "The Wire", None, {}),
        ("Blade Runner 2049 (2017)", "Blade Runner 2049", 2017, {}),
        ("1917 (2019)", "1917", 2019, {}),
        ("2001: A Space Odyssey", "2001: A Space Odyssey", None, {}),
        ("(500) Days of Summer (2009)", "(500) Days of Summer", 2009, {}),
        ("The Office (US) (2005)", "The Office (US)", 2005, {}),
        ("[REC] (2007)", "[REC]", 2007, {}),
        ("Doctor_Who (2005-)", "Doctor Who", 2005, {}),
        ("Film [1080p]", "Film", None, {}),
    ],
)
def test_the_name_of_a_works_folder(folder: str, name: str, year: int | None, ids: dict[str, str]) -> None:
    assert read_work(folder) == WorkFolder(name, year, tuple(ids.items()))


@pytest.mark.parametrize(
    ("folder", "season", "second", "twelfth"),
    [
        ("Season 01", 1, "Season 02", "Season 12"),
        ("Season 1", 1, "Season 2", "Season 12"),
        ("season 3", 3, "season 2", "season 12"),
        ("Staffel 1", 1, "Staffel 2", "Staffel 12"),
        ("Saison 4", 4, "Saison 2", "Saison 12"),
        ("Series 2", 2, "Series 2", "Series 12"),
        ("S01", 1, "S02", "S12"),
        ("S1", 1, "S2", "S12"),
        ("Season 01 - The Beginning", 1, None, None),
        ("Season 00", 0, "Season 02", "Season 12"),
        ("Specials", 0, None, None),
        ("Featurettes", None, None, None),
        ("Sopranos", None, None, None),
        ("S01E01", None, None, None),
    ],
)
def test_season_folders_and_those_that_come_beside_them(
    folder: str, season: int | None, second: str | None, twelfth: str | None
) -> None:
    assert season_of(folder) == season
    assert (spelled_like(folder, 2), spelled_like(folder, 12)) == (second, twelfth)


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Show - S03E02.mkv", 2, 2),
        ("show.s3e2.720p.x264.mkv", 2, 2),
        ("Show 3x02 Name.mkv", 2, 2),
        ("Show - S03E01-E02 - Name.mkv", 1, 2),
        ("Show - S03E01E02E03.mkv", 1, 3),
        ("Show - S03E01-02.mkv", 1, 2),
        ("Show 3x01-3x02.mkv", 1, 2),
        ("Show - S03E01 - 1080p.mkv", 1, 1),
        ("Show.S03E01-720p.mkv", 1, 1),
        ("Show - S03E10 - 24 Hours.mkv", 10, 10),
        ("Episode 5.mkv", 5, 5),
        ("E05 - Name.mkv", 5, 5),
    ],
)
def test_the_episodes_of_a_file_in_a_season(name: str, first: int, last: int) -> None:
    assert read_episodes(name, 3) == Episodes(3, first, last)


@pytest.mark.parametrize("name", ["1920x1080.mkv", "Film (2003).mkv", "Episode 5.mkv", "MS01E.mkv"])
def test_what_is_no_episode(name: str) -> None:
    assert read_episodes(name) is None


def test_parts_of_one_episode_are_not_the_same_file() -> None:
    first, second = read_episodes("Show - S01E03 - pt1.mkv"), read_episodes("Show - S01E03-cd2.mkv")
    whole = read_episodes("Show - S01E03.mkv")
    assert first is not None
    assert second is not None
    assert whole is not None
    assert (first.part, second.part) == (1, 2)
    assert not first.overlaps(second)
    assert whole.overlaps(first)
    assert whole.covers(first)
    assert not first.covers(whole)


@pytest.mark.parametrize(
    ("stem", "edition"),
    [
        ("Film (2003)", ""),
        ("Film (2003) {edition-Extended Cut}", "Extended Cut"),
        ("Film (2003) - Director's Cut", "Director's Cut"),
        ("Film (2003) [Extended]", "Extended"),
        ("Film (2003) - Director's Cut - 1080p", "Director's Cut"),
        ("Film (2003) - 1080p", ""),
        ("Film (2003) - 4K", ""),
        ("Film (2003) (2)", ""),
        ("Film (2003) - pt1", ""),
        ("another name", ""),
    ],
)
def test_the_edition_of_a_films_file(stem: str, edition: str) -> None:
    assert read_edition(stem, "Film (2003)") == edition


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Amélie", "AMELIE"),
        ("Law & Order", "Law and Order"),
        ("Spider-Man", "Spider Man"),
        ("The Wire", "Wire, The"),
        ("Grey's Anatomy", "Grey’s Anatomy"),
        ("M*A*S*H", "m a s h"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert same_name(one, other)


@pytest.mark.parametrize(("one", "other"), [("It", "Its"), ("Alien", "Aliens"), ("!!!", "???"), ("24", "42")])
def test_names_of_two_works(one: str, other: str) -> None:
    assert not same_name(one, other)


@given(st.text(max_size=80))
def test_nothing_that_a_folder_is_called_is_an_error(name: str) -> None:
    assert read_work(name).name or not name
    read_episodes(name, 1)
    read_edition(name, name[:5])
    assert (season := season_of(name)) is None or season >= 0
