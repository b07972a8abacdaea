"""Every kind of title by every preset: the paths are the media servers' own, as their documentation has them.

An ending of the documentation (`.mp4`) is `.mkv` here, and Plex' `s01e01` is `S01E01`: it reads both.
"""

from __future__ import annotations

from typing import Any

import pytest

from engramd.models import AppConfig, NamingPreset
from engramd.organize import FilingItem, plan_path

PLEX, JELLYFIN = NamingPreset.PLEX, NamingPreset.JELLYFIN
#: Plex' examples name their files by year too, which the preset leaves to the folder.
WITH_YEAR = {"naming_episode_format": "{show} ({year}) - S{season:02d}E{episode:02d} - {episode_title}"}
WITH_ID = {
    "naming_movie_format": "{title} ({year}) {tmdb_id}",
    "naming_tv_show_format": "{show} ({year}) {tmdb_id}",
}


def film(title: str, year: int | None, **more: Any) -> FilingItem:
    return FilingItem(kind="film", title=title, year=year, film=True, **more)


def episode(title: str, year: int | None, code: str, **more: Any) -> FilingItem:
    return FilingItem(kind="episode", title=title, year=year, episode_code=code, **more)


def extra(title: str, year: int, kind: str, name: str, **more: Any) -> FilingItem:
    return FilingItem(kind="extra", title=title, year=year, extra_kind=kind, extra_name=name, **more)


#: https://support.plex.tv/articles/naming-and-organizing-your-movie-media-files/
PLEX_FILMS = [
    (film("Avatar", 2009), {}, "Avatar (2009)/Avatar (2009).mkv"),
    (
        film("Batman Begins", 2005, tmdb_id=272),
        WITH_ID,
        "Batman Begins (2005) {tmdb-272}/Batman Begins (2005) {tmdb-272}.mkv",
    ),
    (film("Blade Runner", 1982), {}, "Blade Runner (1982)/Blade Runner (1982).mkv"),
    # An edition is named by "either the folder or filename or both"; here all lie in the film's folder.
    (
        film("Blade Runner", 1982, edition="Director's Cut"),
        {},
        "Blade Runner (1982)/Blade Runner (1982) {edition-Director's Cut}.mkv",
    ),
    (
        film("Blade Runner", 1982, edition="Final Cut"),
        {},
        "Blade Runner (1982)/Blade Runner (1982) {edition-Final Cut}.mkv",
    ),
    # "with a max limit of 32 characters"
    (
        film("Alien", 1979, edition="The Most Complete Cut of the Film That There Ever Was"),
        {},
        "Alien (1979)/Alien (1979) {edition-The Most Complete Cut of the Fil}.mkv",
    ),
    (
        film("The Dark Knight", 2008, episode_part=1),
        {},
        "The Dark Knight (2008)/The Dark Knight (2008) - pt1.mkv",
    ),
    (
        film("The Dark Knight", 2008, episode_part=2),
        {},
        "The Dark Knight (2008)/The Dark Knight (2008) - pt2.mkv",
    ),
    # https://support.plex.tv/articles/200381043-multi-version-movies/
    (
        film("Pulp Fiction", 1994, version="1080p"),
        {},
        "Pulp Fiction (1994)/Pulp Fiction (1994) - 1080p.mkv",
    ),
    (film("Pulp Fiction", 1994, version="SD"), {}, "Pulp Fiction (1994)/Pulp Fiction (1994) - SD.mkv"),
]

#: https://support.plex.tv/articles/naming-and-organizing-your-tv-show-files/
PLEX_SHOWS = [
    (
        episode("Band of Brothers", 2001, "S01E01", episode_title="Currahee"),
        WITH_YEAR,
        "Band of Brothers (2001)/Season 01/Band of Brothers (2001) - S01E01 - Currahee.mkv",
    ),
    (
        episode("From the Earth to the Moon", 1998, "S01E02"),
        WITH_YEAR,
        "From the Earth to the Moon (1998)/Season 01/From the Earth to the Moon (1998) - S01E02.mkv",
    ),
    (
        episode("Grey's Anatomy", 2005, "S00E01", episode_title="Straight to the Heart"),
        WITH_YEAR,
        "Grey's Anatomy (2005)/Season 00/Grey's Anatomy (2005) - S00E01 - Straight to the Heart.mkv",
    ),
    (
        episode("Grey's Anatomy", 2005, "S01E01", episode_part=1),
        WITH_YEAR,
        "Grey's Anatomy (2005)/Season 01/Grey's Anatomy (2005) - S01E01 - pt1.mkv",
    ),
    (
        episode("Grey's Anatomy", 2005, "S01E01", episode_part=2),
        WITH_YEAR,
        "Grey's Anatomy (2005)/Season 01/Grey's Anatomy (2005) - S01E01 - pt2.mkv",
    ),
    (
        episode("Grey's Anatomy", 2005, "S02E01-E03"),
        WITH_YEAR,
        "Grey's Anatomy (2005)/Season 02/Grey's Anatomy (2005) - S02E01-E03.mkv",
    ),
    (
        episode("The Office (UK)", 2001, "S01E01", tmdb_id=2996),
        WITH_ID,
        "The Office (UK) (2001) {tmdb-2996}/Season 01/The Office (UK) - S01E01.mkv",
    ),
    # "If you want info to be ignored put the optional info in brackets."
    (
        episode("Band of Brothers", 2001, "S01E01", version="1080p"),
        {},
        "Band of Brothers (2001)/Season 01/Band of Brothers - S01E01 [1080p].mkv",
    ),
    (
        episode("Band of Brothers", 2001, "S01E01", edition="Extended"),
        {},
        "Band of Brothers (2001)/Season 01/Band of Brothers - S01E01 [Extended].mkv",
    ),
]

#: Folders of https://support.plex.tv/articles/local-files-for-trailers-and-extras/, and the same for shows
#: and seasons at …/local-files-for-tv-show-trailers-and-extras/
PLEX_EXTRAS = [
    (
        extra("Avatar", 2009, kind, "Name", film=True),
        {},
        f"Avatar (2009)/{folder}/Name.mkv",
    )
    for kind, folder in [
        ("behind_the_scenes", "Behind The Scenes"),
        ("deleted_scene", "Deleted Scenes"),
        ("featurette", "Featurettes"),
        ("interview", "Interviews"),
        ("scene", "Scenes"),
        ("short", "Shorts"),
        ("trailer", "Trailers"),
        ("other", "Other"),
        ("karaoke", "Other"),
    ]
] + [
    (extra("Grey's Anatomy", 2005, "trailer", "Promo"), {}, "Grey's Anatomy (2005)/Trailers/Promo.mkv"),
    (
        extra("Grey's Anatomy", 2005, "interview", "Cast", season=2),
        {},
        "Grey's Anatomy (2005)/Season 02/Interviews/Cast.mkv",
    ),
]

#: https://jellyfin.org/docs/general/server/media/movies/
JELLYFIN_FILMS = [
    (film("Film", 1990), {}, "Film (1990)/Film (1990).mkv"),
    (
        film("Best_Movie_Ever", 2019, version="1080P"),
        {},
        "Best_Movie_Ever (2019)/Best_Movie_Ever (2019) - 1080P.mkv",
    ),
    (
        film("Best_Movie_Ever", 2019, edition="Directors Cut"),
        {},
        "Best_Movie_Ever (2019)/Best_Movie_Ever (2019) - Directors Cut.mkv",
    ),
    # A version's name is sorted as a resolution where it ends in p or i.
    (
        film("Best_Movie_Ever", 2019, version="4K"),
        {},
        "Best_Movie_Ever (2019)/Best_Movie_Ever (2019) - 2160p.mkv",
    ),
    # "The prefix has to be an exact match of the folder name … that includes any media provider identifiers"
    (
        film("Movie", 2021, tmdb_id=12801262, version="2160p"),
        WITH_ID,
        "Movie (2021) [tmdbid-12801262]/Movie (2021) [tmdbid-12801262] - 2160p.mkv",
    ),
    (
        film("Movie", 2021, tmdb_id=12801262, edition="Directors Cut"),
        WITH_ID,
        "Movie (2021) [tmdbid-12801262]/Movie (2021) [tmdbid-12801262] - Directors Cut.mkv",
    ),
    (
        film("Film", 2010, episode_part=1),
        {"naming_movie_file_format": "{title}"},
        "Film (2010)/Film-cd1.mkv",
    ),
    (film("Film", 2010, episode_part=2), {}, "Film (2010)/Film (2010)-cd2.mkv"),
    # https://jellyfin.org/docs/general/server/metadata/identifiers/
    (
        film("Best_Movie_Ever", 1994, tmdb_id=680),
        WITH_ID,
        "Best_Movie_Ever (1994) [tmdbid-680]/Best_Movie_Ever (1994) [tmdbid-680].mkv",
    ),
]

#: https://jellyfin.org/docs/general/server/media/shows/
JELLYFIN_SHOWS = [
    (
        episode("Series Name A", 2010, "S00E01"),
        {},
        "Series Name A (2010)/Season 00/Series Name A S00E01.mkv",
    ),
    (
        episode("Series Name A", 2010, "S01E01-E02"),
        {},
        "Series Name A (2010)/Season 01/Series Name A S01E01-E02.mkv",
    ),
    (
        episode("Series Name A", 2010, "S01E03"),
        {},
        "Series Name A (2010)/Season 01/Series Name A S01E03.mkv",
    ),
    (
        episode("Series Name A", 2010, "S02E03", episode_part=1),
        {},
        "Series Name A (2010)/Season 02/Series Name A S02E03 Part 1.mkv",
    ),
    (
        episode("Series Name A", 2010, "S02E03", episode_part=2),
        {},
        "Series Name A (2010)/Season 02/Series Name A S02E03 Part 2.mkv",
    ),
    (
        episode("Series Name", 2010, "S01E01", version="1080p"),
        {},
        "Series Name (2010)/Season 01/Series Name S01E01 - 1080p.mkv",
    ),
    (
        episode("Series Name", 2010, "S01E01", edition="Extended"),
        {},
        "Series Name (2010)/Season 01/Series Name S01E01 - Extended.mkv",
    ),
    (
        episode("Jellyfin Documentary", None, "S01E01"),
        {},
        "Jellyfin Documentary/Season 01/Jellyfin Documentary S01E01.mkv",
    ),
    (
        episode("Jellyfin Documentary", 2030, "S05E01", tmdb_id=79168),
        WITH_ID,
        "Jellyfin Documentary (2030) [tmdbid-79168]/Season 05/Jellyfin Documentary S05E01.mkv",
    ),
]

#: The extras folders of both pages.
JELLYFIN_EXTRAS = [
    (
        extra("Best_Movie_Ever", 2019, kind, "Finding the right score", film=True),
        {},
        f"Best_Movie_Ever (2019)/{folder}/Finding the right score.mkv",
    )
    for kind, folder in [
        ("behind_the_scenes", "behind the scenes"),
        ("deleted_scene", "deleted scenes"),
        ("interview", "interviews"),
        ("scene", "scenes"),
        ("short", "shorts"),
        ("featurette", "featurettes"),
        ("trailer", "trailers"),
        ("other", "other"),
        ("karaoke", "other"),
    ]
] + [
    (
        extra("Awesome TV Show", 2024, "interview", "Interview with the Director"),
        {},
        "Awesome TV Show (2024)/interviews/Interview with the Director.mkv",
    ),
    (
        extra("Awesome TV Show", 2024, "trailer", "trailer1", season=1),
        {"naming_season_format": "Season {season}"},
        "Awesome TV Show (2024)/Season 1/trailers/trailer1.mkv",
    ),
]

CASES = [
    *((PLEX, *case) for case in PLEX_FILMS + PLEX_SHOWS + PLEX_EXTRAS),
    *((JELLYFIN, *case) for case in JELLYFIN_FILMS + JELLYFIN_SHOWS + JELLYFIN_EXTRAS),
]


@pytest.mark.parametrize(("preset", "item", "formats", "path"), CASES, ids=lambda value: str(value)[:60])
def test_a_title_is_named_as_its_server_documents(
    preset: NamingPreset, item: FilingItem, formats: dict[str, str], path: str
) -> None:
    assert str(plan_path(item, AppConfig(naming_preset=preset, **formats))) == path


@pytest.mark.parametrize("preset", NamingPreset)
def test_other_discs_are_named_after_what_a_person_says(preset: NamingPreset) -> None:
    def path(**more: Any) -> str:
        item = FilingItem(kind="other", title="Summer Concert", year=2003, **more)
        return str(plan_path(item, AppConfig(naming_preset=preset)))

    home = "Summer Concert (2003)"
    assert path(is_main=True, title_index=1) == f"{home}/{home}.mkv"
    assert path(is_main=True, title_index=1, disc_number=2) == f"{home}/{home} - Disc 2.mkv"
    assert path(title_index=3, disc_number=2) == f"{home}/{home} - Disc 2 - Title 03.mkv"
    assert path(title_index=3, extra_name="Encore") == f"{home}/{home} - Encore.mkv"


@pytest.mark.parametrize("preset", NamingPreset)
def test_extras_of_a_set_never_share_a_name(preset: NamingPreset) -> None:
    def path(**more: Any) -> str:
        item = FilingItem(kind="extra", title="Alien", year=1979, film=True, title_index=2, **more)
        return str(plan_path(item, AppConfig(naming_preset=preset)))

    discs: list[dict[str, Any]] = [
        {"disc_number": 1},
        {"disc_number": 2},
        {"disc_label": "ALIEN_D1"},
        {"disc_label": "ALIEN_D2"},
        {"disc_hash": "0A1B2C3D"},
        {"disc_hash": "FF1B2C3D"},
    ]
    names = ({}, {"extra_name": "Trailer"})
    paths = {path(**disc, **name) for disc in discs for name in names}
    assert len(paths) == len(discs) * len(names)
