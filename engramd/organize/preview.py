"""What is checked of the naming settings when they are set, and what names they give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from engramd.organize.naming import FilingItem, plan_path
from engramd.organize.presets import SHOW_FIELDS, WORK_FIELDS, NamingSettings
from engramd.organize.templates import check_template

_WORK = frozenset({"show", "title", "original_title", "sort_title", "year", "tmdb_id"})
_FILE = frozenset({"edition", "resolution", "source", "quality", "part", "disc"})
_EPISODE = frozenset({"season", "episode", "episode_title"})


@dataclass(frozen=True)
class _Rule:
    """What a format string must name, so that different files have different names, and what it can name."""

    needed: tuple[str, ...]
    allowed: Collection[str]


RULES = {
    "naming_tv_show_format": _Rule((SHOW_FIELDS,), _WORK),
    "naming_season_format": _Rule(("season",), _WORK | {"season"}),
    "naming_episode_format": _Rule(("season", "episode"), _WORK | _FILE | _EPISODE),
    "naming_movie_format": _Rule((WORK_FIELDS,), _WORK | _FILE),
    "naming_movie_file_format": _Rule((WORK_FIELDS,), _WORK | _FILE),
}


def check_naming(name: str, value: object) -> None:
    """Refuse a wrong format string of the setting `name`; an empty one is the preset's.

    Raise InvalidArgument with the place of the mistake. Other settings are none of its business.
    """
    rule = RULES.get(name)
    if rule is not None and value:
        check_template(str(value), *rule.needed, allowed=rule.allowed)


def preview(naming: NamingSettings) -> list[str]:
    """Give what example titles would be called in the library, relative to it. Raises InvalidArgument."""
    return [str(plan_path(item, naming)) for item in _EXAMPLES]


_FILM = FilingItem(
    kind="film", title="Harbor Lights", original_title="Hafenlichter", year=1999, tmdb_id=550,
    resolution="1080p", media="bluray", film=True, disc_number=1, title_index=1,
)  # fmt: skip
_SHOW = FilingItem(
    kind="episode", title="Harbor Station", original_title="Hafenwache", year=2019, tmdb_id=1396, season=1,
    episode_code="S01E02", episode_title="High Water", resolution="576p", media="dvd", disc_number=1,
    title_index=2,
)  # fmt: skip
_EXAMPLES = (
    _FILM,
    _FILM.model_copy(update={"edition": "Director's Cut"}),
    _FILM.model_copy(update={"version": "4K", "resolution": "4K", "media": "uhd"}),
    _FILM.model_copy(update={"kind": "extra", "extra_kind": "trailer", "extra_name": "Trailer"}),
    _SHOW,
    _SHOW.model_copy(update={"episode_code": "S01E03-E04", "episode_title": "Ebb"}),
    _SHOW.model_copy(update={"episode_code": "S00E01", "season": 0, "episode_title": "The First Watch"}),
    _SHOW.model_copy(update={"kind": "extra", "extra_kind": "other", "title_index": 7}),
)
