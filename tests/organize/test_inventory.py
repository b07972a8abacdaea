"""Existing folders are found again, whatever the naming settings would call them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engramd.models.enums import ContentType
from engramd.organize import EpisodeCode
from engramd.organize.existing import Existing
from engramd.organize.inventory import Inventory, Match, Work
from engramd.organize.listings import Listings

TV, FILM = ContentType.TV, ContentType.MOVIE
#: A week ago: what was changed just now is read again.
OLD = 1_700_000_000


def library(root: Path, *paths: str) -> Path:
    """Make files (empty), and folders (with a / at the end)."""
    for path in paths:
        target = root / path
        (target if path.endswith("/") else target.parent).mkdir(parents=True, exist_ok=True)
        if not path.endswith("/"):
            target.touch()
    return root


def nfo(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


def find(root: Path, work: Work, **options: bool) -> Match | None:
    return Inventory(Listings()).find(root, work, **options)


FIREFLY = Work(TV, "Firefly", 2002, tmdb_id=1437)


@pytest.mark.parametrize(
    ("folder", "by"),
    [
        ("Firefly (2002)", "name and year"),
        ("firefly (2002) {tvdb-78874}", "name and year"),
        ("Firefly", "name"),
        ("Glühwürmchen {tmdb-1437}", "id"),
        ("Irgendwas [tmdbid-1437]", "id"),
    ],
)
def test_a_show_is_found_by_id_name_and_year(tmp_path: Path, folder: str, by: str) -> None:
    root = library(tmp_path, f"{folder}/", "Other (2002)/", "Fire/")
    assert find(root, FIREFLY) == Match(folder, by)


def test_a_show_is_found_by_its_nfo_under_any_name(tmp_path: Path) -> None:
    text = '<tvshow><title>Firefly</title><uniqueid type="tmdb" default="true">1437</uniqueid></tvshow>'
    nfo(tmp_path / "Der Aufbruch der Serenity", "tvshow.nfo", text)
    assert find(tmp_path, FIREFLY) == Match("Der Aufbruch der Serenity", "nfo")
    assert find(tmp_path, Work(TV, "Firefly", 2002)) is None, "without a number only names tell"


def test_a_film_is_found_by_the_nfo_of_its_file(tmp_path: Path) -> None:
    nfo(tmp_path / "some film", "some film.nfo", "<movie><title>x</title><tmdbid>550</tmdbid></movie>")
    assert find(tmp_path, Work(FILM, "Fight Club", 1999, 550)) == Match("some film", "nfo")


@pytest.mark.parametrize("folder", ["Firefly (1998)", "Firefly (2002) {tmdb-7}", "Firefly {tmdb-7}"])
def test_the_folder_of_another_work_is_not_taken(tmp_path: Path, folder: str) -> None:
    root = library(tmp_path, f"{folder}/")
    assert find(root, FIREFLY) is None
    assert Inventory(Listings()).belongs_to_another(root, folder, FIREFLY)


def test_an_nfo_of_another_work_speaks_against_the_name(tmp_path: Path) -> None:
    nfo(tmp_path / "Firefly", "tvshow.nfo", '<tvshow><uniqueid type="tmdb">7</uniqueid></tvshow>')
    assert find(tmp_path, FIREFLY) is None


def test_of_two_shows_of_one_name_the_year_tells(tmp_path: Path) -> None:
    root = library(tmp_path, "Battlestar Galactica (1978)/", "Battlestar Galactica (2004)/")
    assert find(root, Work(TV, "Battlestar Galactica", 2004)) == Match(
        "Battlestar Galactica (2004)", "name and year"
    )
    assert find(root, Work(TV, "Battlestar Galactica")) is None, "it may be either"


def test_a_work_is_found_by_its_original_name(tmp_path: Path) -> None:
    root = library(tmp_path, "La Casa de Papel (2017)/")
    work = Work(TV, "Haus des Geldes", 2017, other_names=("La casa de papel",))
    assert find(root, work) == Match("La Casa de Papel (2017)", "name and year")


def test_shows_and_films_of_one_name_are_told_apart_in_one_library(tmp_path: Path) -> None:
    root = library(tmp_path, "Fargo/Fargo.mkv")
    assert find(root, Work(TV, "Fargo"), mixed=True) is None
    assert find(root, Work(FILM, "Fargo"), mixed=True) == Match("Fargo", "name")
    library(root, "Fargo/Season 1/Fargo S01E01.mkv")
    assert find(root, Work(TV, "Fargo"), mixed=True) == Match("Fargo", "name")


@pytest.mark.parametrize(
    ("folders", "season", "wanted"),
    [
        (["Season 1"], 1, "Season 1"),
        (["Season 1"], 2, "Season 2"),
        (["Staffel 1", "Staffel 2"], 3, "Staffel 3"),
        (["S01"], 2, "S02"),
        (["Specials", "Season 01"], 0, "Specials"),
        (["Season 01 - Rise"], 1, "Season 01 - Rise"),
        (["Season 01", "Season 01 - Extras"], 1, "Season 01"),
        (["Staffel 1", os.fsdecode(b"S\xe4song 2")], 2, "Staffel 2"),
        (["Season 01 - Rise"], 2, None),
        (["Specials"], 1, None),
        ([], 1, None),
    ],
)
def test_a_season_goes_where_the_show_has_its_seasons(
    tmp_path: Path, folders: list[str], season: int, wanted: str | None
) -> None:
    root = library(tmp_path, *(f"{folder}/" for folder in folders))
    assert Inventory(Listings()).season_folder(root, season) == wanted


def had(show: Path, code: str, part: int | None = None) -> dict[str, tuple[bool, bool]]:
    found = Existing(Listings()).of_episode(show, EpisodeCode.parse(code), part)
    return {one.path.name: (one.is_covered, one.is_equal) for one in found}


def test_an_episode_exists_whatever_its_file_is_called(tmp_path: Path) -> None:
    show = library(
        tmp_path,
        "Staffel 1/irgendwie.s01e02.german.1080p.mkv",
        "Staffel 1/Show 1x03.mp4",
        "Staffel 1/Show - S01E04-E05.mkv",
        "Staffel 1/Episode 6.avi",
        "Show - S01E07.mkv",
        "Season 2/Show - S02E02.mkv",
        "Featurettes/Show - S01E02 - making of.mkv",
        "Staffel 1/Show - S01E02.srt",
        ".engram-trash/x/Show - S01E02.mkv",
    )
    assert had(show, "S01E02") == {"irgendwie.s01e02.german.1080p.mkv": (True, True)}
    assert had(show, "S01E03") == {"Show 1x03.mp4": (True, True)}
    assert had(show, "S01E05") == {"Show - S01E04-E05.mkv": (False, False)}
    assert had(show, "S01E04-E05") == {"Show - S01E04-E05.mkv": (True, True)}
    assert had(show, "S01E06-E07") == {"Episode 6.avi": (True, False), "Show - S01E07.mkv": (True, False)}
    assert had(show, "S01E08") == {}


def test_other_parts_of_an_episode_are_other_files(tmp_path: Path) -> None:
    show = library(tmp_path, "Season 1/Show - S01E03 - pt1.mkv")
    assert had(show, "S01E03", 2) == {}
    assert had(show, "S01E03", 1) == {"Show - S01E03 - pt1.mkv": (True, True)}
    assert had(show, "S01E03") == {"Show - S01E03 - pt1.mkv": (True, False)}


def films(root: Path, folder: str, edition: str | None = None, part: int | None = None) -> list[str]:
    work = Work(FILM, "Film", 2003)
    return [one.path.name for one in Existing(Listings()).of_film(root, root / folder, work, edition, part)]


def test_a_film_exists_by_edition_in_its_folder_and_beside_it(tmp_path: Path) -> None:
    folder = "Film (2003)"
    root = library(
        tmp_path,
        f"{folder}/Film (2003).mkv",
        f"{folder}/Film (2003) - 1080p.mkv",
        f"{folder}/Film (2003) {{edition-Extended}}.mkv",
        f"{folder}/Film (2003)-trailer.mkv",
        f"{folder}/trailer.mp4",
        f"{folder}/Trailers/Film.mkv",
        "Film (2003).mp4",
        "Film (2004).mp4",
    )
    assert films(root, folder) == ["Film (2003) - 1080p.mkv", "Film (2003).mkv", "Film (2003).mp4"]
    assert films(root, folder, "extended") == ["Film (2003) {edition-Extended}.mkv"]
    assert films(root, folder, "Director's Cut") == []


def test_a_library_of_thousands_is_read_once(tmp_path: Path) -> None:
    for number in range(60):
        for season in (1, 2):
            folder = tmp_path / f"Show {number} (2001)" / f"Season {season}"
            folder.mkdir(parents=True)
            for episode in range(1, 6):
                (folder / f"Show {number} - S{season:02d}E{episode:02d}.mkv").touch()
    for folder in [tmp_path, *(path for path in tmp_path.rglob("*") if path.is_dir())]:
        os.utime(folder, (OLD, OLD))
    listings = Listings()
    inventory, existing = Inventory(listings), Existing(listings)

    def look() -> int:
        before = listings.reads
        assert inventory.find(tmp_path, Work(TV, "Show 7", 2001)) is not None
        assert len(existing.episodes(tmp_path / "Show 7 (2001)")) == 10
        return listings.reads - before

    assert look() == 4, "the library, the show, two seasons"
    assert look() == 1, "the library alone, which may be a pool of disks"
    (tmp_path / "Show 7 (2001)/Season 2/Show 7 - S02E06.mkv").touch()
    assert len(existing.episodes(tmp_path / "Show 7 (2001)")) == 11
    assert listings.reads == 6


def test_a_pool_of_disks_that_tells_the_time_of_one_is_read_anew(tmp_path: Path) -> None:
    """What comes to another disk does not change the time that mergerfs gives of a folder on several."""
    season = library(tmp_path, "Show (2001)/Season 1/Show S01E01.mkv") / "Show (2001)/Season 1"
    listings = Listings()
    inventory, existing = Inventory(listings), Existing(listings, fresh=True)

    def look() -> tuple[Match | None, int]:
        for folder in (tmp_path, season.parent, season):
            os.utime(folder, (OLD, OLD))
        found = inventory.find(tmp_path, Work(TV, "Other", 2001))
        return found, len(existing.of_episode(season.parent, EpisodeCode.parse("S01E02")))

    assert look() == (None, 0)
    library(tmp_path, "Show (2001)/Season 1/Show S01E02.mkv", "Other (2001)/")
    assert look() == (Match("Other (2001)", "name and year"), 1)


def test_a_number_of_a_film_is_no_shows_in_one_library(tmp_path: Path) -> None:
    root = library(tmp_path, "Some Show {tmdb-603}/Season 1/Some Show S01E01.mkv")
    film = Work(FILM, "The Matrix", 1999, 603)
    assert find(root, film, mixed=True) is None
    assert find(root, Work(TV, "Some Show", None, 603), mixed=True) is not None


def test_a_name_that_is_no_text_is_no_folder_to_file_in(tmp_path: Path) -> None:
    """It could not be recorded."""
    (tmp_path / os.fsdecode("Amélie {tmdb-194}".encode("latin-1"))).mkdir()
    assert find(tmp_path, Work(FILM, "Amélie", 2001, 194)) is None


def test_only_an_article_behind_a_comma_goes_first(tmp_path: Path) -> None:
    root = library(tmp_path, "Plan A (2021)/", "Wire, The (2002)/")
    assert find(root, Work(FILM, "A Plan", 2021)) is None
    assert find(root, Work(TV, "The Wire", 2002)) == Match("Wire, The (2002)", "name and year")


def test_a_folder_that_was_changed_just_now_is_read_again(tmp_path: Path) -> None:
    """Some file systems count in seconds: a second change would not be seen."""
    listings = Listings()
    listings.of(tmp_path)
    stamp = tmp_path.stat().st_mtime_ns
    (tmp_path / "new").mkdir()
    os.utime(tmp_path, ns=(stamp, stamp))
    assert listings.of(tmp_path).folders == ("new",)


@pytest.mark.parametrize(
    "text", ["", "<tvshow>", "&a;" * 1000, '<uniqueid type="tmdb">x</uniqueid>', "\0" * 99]
)
def test_an_nfo_that_says_nothing_is_none(tmp_path: Path, text: str) -> None:
    nfo(tmp_path / "Firefly", "tvshow.nfo", text)
    assert find(tmp_path, FIREFLY) == Match("Firefly", "name")
