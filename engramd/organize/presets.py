"""How Plex and Jellyfin want names: formats, and the marks of editions, versions, parts, ids and extras.

Plex: https://support.plex.tv/articles/naming-and-organizing-your-movie-media-files/ and
…/naming-and-organizing-your-tv-show-files/, …/multiple-editions/, …/200381043-multi-version-movies/,
…/local-files-for-trailers-and-extras/. Jellyfin: https://jellyfin.org/docs/general/server/media/movies/ and
…/media/shows/, …/metadata/identifiers/.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from engramd.models import NamingPreset

#: Fields of which one must be in the name of a work, so that different works have different names.
WORK_FIELDS = "title|show|sort_title"
SHOW_FIELDS = "show|title|sort_title"
#: Plex reads so many characters of an edition's name.
LONGEST_EDITION = 32
#: Folders for extras by kind, as Plex spells them; Jellyfin spells them small.
EXTRA_FOLDERS = {
    "behind_the_scenes": "Behind The Scenes",
    "deleted_scene": "Deleted Scenes",
    "featurette": "Featurettes",
    "interview": "Interviews",
    "scene": "Scenes",
    "short": "Shorts",
    "trailer": "Trailers",
    "other": "Other",
}


class NamingSettings(Protocol):
    """The naming part of the settings (`AppConfig` has it); an empty format is the preset's."""

    naming_preset: NamingPreset
    naming_tv_show_format: str
    naming_season_format: str
    naming_episode_format: str
    naming_movie_format: str
    naming_movie_file_format: str


@dataclass(frozen=True)
class Style:
    """How a media server wants to be told what the formats do not say; `{}` is where the text stands."""

    film_edition: str
    film_version: str
    film_part: str
    episode_edition: str
    episode_version: str
    episode_part: str
    tmdb: str
    extras: dict[str, str]
    episode: str

    def extras_folder(self, kind: str | None) -> str:
        """Give the folder for extras of a kind; of no kind that the server knows: the one for all others."""
        return self.extras.get((kind or "").lower(), self.extras["other"])


STYLES = {
    NamingPreset.PLEX: Style(
        film_edition=" {{edition-{}}}",
        film_version=" - {}",
        film_part=" - pt{}",
        episode_edition=" [{}]",
        episode_version=" [{}]",
        episode_part=" - pt{}",
        tmdb="{{tmdb-{}}}",
        extras=EXTRA_FOLDERS,
        episode="{show} - S{season:02d}E{episode:02d}",
    ),
    NamingPreset.JELLYFIN: Style(
        film_edition=" - {}",
        film_version=" - {}",
        film_part="-cd{}",
        episode_edition=" - {}",
        episode_version=" - {}",
        episode_part=" Part {}",
        tmdb="[tmdbid-{}]",
        extras={kind: folder.lower() for kind, folder in EXTRA_FOLDERS.items()},
        episode="{show} S{season:02d}E{episode:02d}",
    ),
}


@dataclass(frozen=True)
class Formats:
    """The formats in force: folders of a series, a season and a film, files of an episode and a film."""

    style: Style
    show: str
    season: str
    episode: str
    movie: str
    movie_file: str


def formats_of(naming: NamingSettings) -> Formats:
    """Give the formats in force. The file of a film is called as its folder where nobody says otherwise.

    So every film's file begins with its folder's name, which Jellyfin wants of the versions of one film.
    """
    style = STYLES[naming.naming_preset]
    movie = naming.naming_movie_format or "{title} ({year})"
    return Formats(
        style=style,
        show=naming.naming_tv_show_format or "{show} ({year})",
        season=naming.naming_season_format or "Season {season:02d}",
        episode=naming.naming_episode_format or style.episode,
        movie=movie,
        movie_file=naming.naming_movie_file_format or movie,
    )
