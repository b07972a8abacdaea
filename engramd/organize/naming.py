"""Where a title belongs in the library, in a layout that Plex and Jellyfin both understand."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict

from engramd.errors import InvalidArgument
from engramd.organize.episode import EpisodeCode
from engramd.organize.safe_names import clean_text, safe_component
from engramd.organize.templates import Value, check_template, render

SUFFIX = ".mkv"
#: Folders for extras whose names mean the same to Plex and to Jellyfin.
EXTRA_FOLDERS = {
    "behind_the_scenes": "Behind The Scenes",
    "deleted_scene": "Deleted Scenes",
    "featurette": "Featurettes",
    "interview": "Interviews",
    "scene": "Scenes",
    "short": "Shorts",
    "trailer": "Trailers",
}
OTHER_EXTRAS = "Featurettes"


class NamingSettings(Protocol):
    """The naming part of the settings (`AppConfig` has it)."""

    naming_tv_show_format: str
    naming_season_format: str
    naming_episode_format: str
    naming_movie_format: str


class FilingItem(BaseModel):
    """What has to be known of a title to name it.

    `title` is the show's or film's. An extra with `film=False` belongs to a series, and to `season` if given.
    `disc_number`, else `disc_label`, and `title_index` keep the extras of several discs apart.
    """

    model_config = ConfigDict(frozen=True)

    kind: Literal["episode", "film", "extra"]
    title: str
    year: int | None = None
    season: int | None = None
    episode_code: str | None = None
    episode_title: str | None = None
    edition: str | None = None
    tmdb_id: int | None = None
    resolution: str | None = None
    film: bool = False
    disc_number: int | None = None
    disc_label: str = ""
    title_index: int | None = None
    extra_kind: str | None = None
    extra_name: str | None = None


def plan_path(item: FilingItem, naming: NamingSettings) -> Path:
    """Give the path of a title relative to the library folder of its kind.

    Raise InvalidArgument for a wrong format string or episode code, and for an item without title or code.
    """
    if not clean_text(item.title).strip(" ."):
        raise InvalidArgument("A title without a name cannot be filed", remedy="name the show or film")
    if item.kind == "episode":
        return _episode_path(item, naming)
    if item.kind == "film":
        return _film_path(item, naming)
    return _extra_path(item, naming)


def _episode_path(item: FilingItem, naming: NamingSettings) -> Path:
    if item.episode_code is None:
        raise InvalidArgument("An episode without its number cannot be filed", where=item.title)
    code = EpisodeCode.parse(item.episode_code)
    check_template(naming.naming_episode_format, "episode")
    values = _values(item) | {"season": code.season, "episode": (code.first, code.last)}
    name = render(naming.naming_episode_format, values)
    return _series_folder(item, naming, code.season) / _file(name, item, naming.naming_episode_format)


def _film_path(item: FilingItem, naming: NamingSettings) -> Path:
    check_template(naming.naming_movie_format, "title")
    name = render(naming.naming_movie_format, _values(item))
    return _film_folder(item, naming) / _file(name, item, naming.naming_movie_format)


def _extra_path(item: FilingItem, naming: NamingSettings) -> Path:
    home = _film_folder(item, naming) if item.film else _series_folder(item, naming, item.season)
    folder = EXTRA_FOLDERS.get((item.extra_kind or "").lower(), OTHER_EXTRAS)
    disc = f"Disc {item.disc_number}" if item.disc_number is not None else _short(clean_text(item.disc_label))
    number = f"Title {item.title_index:02d}" if item.title_index is not None else ""
    where = [part for part in (disc, number) if part]
    if item.extra_name and clean_text(item.extra_name):
        name, mark = clean_text(item.extra_name), f" ({', '.join(where)})" if where else ""
    else:
        name, mark = clean_text(item.title), " - " + " - ".join(where or ["Extra"])
    return home / folder / safe_component(name, mark + SUFFIX)


def _series_folder(item: FilingItem, naming: NamingSettings, season: int | None) -> Path:
    check_template(naming.naming_tv_show_format, "show")
    check_template(naming.naming_season_format, "season")
    show = Path(safe_component(render(naming.naming_tv_show_format, _values(item))))
    if season is None:
        return show
    return show / safe_component(render(naming.naming_season_format, _values(item) | {"season": season}))


def _film_folder(item: FilingItem, naming: NamingSettings) -> Path:
    """A film's editions lie in one folder, so its name leaves edition and resolution out."""
    values = _values(item) | {"edition": None, "resolution": None}
    return Path(safe_component(render(naming.naming_movie_format, values)))


def _file(name: str, item: FilingItem, template: str) -> str:
    edition = _short(clean_text(item.edition or "").replace("{", "(").replace("}", ")"))
    tag = f" {{edition-{edition}}}" if edition and "{edition" not in template else ""
    return safe_component(name, tag + SUFFIX)


def _short(text: str) -> str:
    """Cut what stands behind a name, so that most of the 255 bytes are left to the name."""
    return text.encode()[:64].decode(errors="ignore").strip()


def _values(item: FilingItem) -> dict[str, Value]:
    return {
        "show": item.title,
        "title": item.title,
        "year": item.year,
        "season": item.season,
        "edition": item.edition,
        "tmdb_id": item.tmdb_id,
        "resolution": item.resolution,
        "episode_title": item.episode_title,
    }
