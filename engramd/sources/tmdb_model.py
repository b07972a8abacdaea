"""Answers of TMDB, version 3 of its interface: https://developer.themoviedb.org/reference.

Only what this program uses; fields that are not known are ignored, and null counts as absent. Runtimes are
minutes, and 0 if TMDB does not know them; a date is kept as text, for TMDB sends an empty one for none.
"""

from __future__ import annotations

import unicodedata
from enum import IntEnum
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

_LONGEST_TEXT = 2000


def _printable(value: object) -> object:
    """Drop what no name contains and no database takes: control characters and halves of characters."""
    if not isinstance(value, str):
        return value
    return "".join(c for c in value[:_LONGEST_TEXT] if unicodedata.category(c)[0] != "C").strip()


Text = Annotated[str, BeforeValidator(_printable)]
Id = Annotated[int, Field(gt=0, lt=2**31)]
Number = Annotated[int, Field(ge=0, lt=1_000_000)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]


def year_of(date: str) -> int | None:
    """Give the year of a date such as `2008-01-20`, or None."""
    year = date[:4]
    return int(year) if len(year) == 4 and year.isascii() and year.isdigit() and year > "1000" else None


class Answer(BaseModel):
    """Base of all answers and their parts."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: object) -> object:
        if isinstance(value, dict):
            return {name: item for name, item in value.items() if item is not None}
        return value


class TvHit(Answer):
    """A series in a list of results."""

    id: Id
    name: Text
    original_name: Text = ""
    original_language: Text = ""
    origin_country: tuple[Text, ...] = ()
    first_air_date: Text = ""

    @property
    def both_names(self) -> tuple[str, str]:
        """Give the name in the language that was asked for, and its own."""
        return self.name, self.original_name


class MovieHit(Answer):
    """A film in a list of results."""

    id: Id
    title: Text
    original_title: Text = ""
    original_language: Text = ""
    release_date: Text = ""

    @property
    def both_names(self) -> tuple[str, str]:
        """Give the title in the language that was asked for, and its own."""
        return self.title, self.original_title


class OtherHit(Answer):
    """A person or a collection among mixed results; of no use here."""

    media_type: Text


class TvHits(Answer):
    """Answer of /search/tv."""

    results: tuple[TvHit, ...]


class MovieHits(Answer):
    """Answer of /search/movie."""

    results: tuple[MovieHit, ...]


class MixedTv(TvHit):
    """A series among mixed results."""

    media_type: Literal["tv"]


class MixedMovie(MovieHit):
    """A film among mixed results."""

    media_type: Literal["movie"]


def _media_type(hit: object) -> str:
    kind = hit.get("media_type") if isinstance(hit, dict) else None
    return kind if kind in ("tv", "movie") else "other"


MixedHit = Annotated[
    Annotated[MixedTv, Tag("tv")] | Annotated[MixedMovie, Tag("movie")] | Annotated[OtherHit, Tag("other")],
    Discriminator(_media_type),
]


class MixedHits(Answer):
    """Answer of /search/multi."""

    results: tuple[MixedHit, ...]


class AlternativeTitle(Answer):
    """Another title of a work, in a country."""

    iso_3166_1: Text = ""
    title: Text = ""


class AlternativeTitles(Answer):
    """Films have `titles`, series have `results`."""

    titles: tuple[AlternativeTitle, ...] = ()
    results: tuple[AlternativeTitle, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Give the titles alone."""
        return tuple(each.title for each in (*self.titles, *self.results) if each.title)


class TranslatedNames(Answer):
    """Series have a `name`, films a `title`; empty where the translation has none of its own."""

    name: Text = ""
    title: Text = ""


class Translation(Answer):
    """A translation; `iso_639_1` is the language."""

    iso_639_1: Text = ""
    iso_3166_1: Text = ""
    data: TranslatedNames = TranslatedNames()


class Translations(Answer):
    """All translations of a work."""

    translations: tuple[Translation, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Give the names alone."""
        return tuple(t.data.name or t.data.title for t in self.translations if t.data.name or t.data.title)


class SeasonSummary(Answer):
    """A season in the details of its series; season 0 holds the specials."""

    season_number: Number
    name: Text = ""
    air_date: Text = ""
    episode_count: Number = 0


class TvDetails(Answer):
    """Answer of /tv/{id} with its alternative titles and translations."""

    id: Id
    name: Text
    original_name: Text = ""
    original_language: Text = ""
    origin_country: tuple[Text, ...] = ()
    first_air_date: Text = ""
    number_of_seasons: Number = 0
    episode_run_time: tuple[Minutes, ...] = ()
    seasons: tuple[SeasonSummary, ...] = ()
    overview: Text = ""
    poster_path: Text = ""
    alternative_titles: AlternativeTitles = AlternativeTitles()
    translations: Translations = Translations()


class MovieDetails(Answer):
    """Answer of /movie/{id} with its alternative titles and translations."""

    id: Id
    title: Text
    original_title: Text = ""
    original_language: Text = ""
    origin_country: tuple[Text, ...] = ()
    release_date: Text = ""
    runtime: Minutes = 0
    overview: Text = ""
    poster_path: Text = ""
    alternative_titles: AlternativeTitles = AlternativeTitles()
    translations: Translations = Translations()


class Episode(Answer):
    """An episode in its season; `id` is its own number, 0 where it is not told."""

    id: Annotated[int, Field(ge=0, lt=2**31)] = 0
    episode_number: Number
    season_number: Number
    name: Text = ""
    runtime: Minutes = 0
    air_date: Text = ""
    overview: Text = ""


class Season(Answer):
    """Answer of /tv/{id}/season/{number}."""

    season_number: Number
    name: Text = ""
    poster_path: Text = ""
    episodes: tuple[Episode, ...]


class GroupType(IntEnum):
    """Orders that episodes can be put in, as TMDB numbers them."""

    ORIGINAL_AIR_DATE = 1
    ABSOLUTE = 2
    DVD = 3
    DIGITAL = 4
    STORY_ARC = 5
    PRODUCTION = 6
    TV = 7


class GroupSummary(Answer):
    """An order of a series' episodes in the list of all; `type` is a GroupType, or one that came later."""

    id: Text
    name: Text = ""
    type: Number
    episode_count: Number = 0
    group_count: Number = 0


class GroupList(Answer):
    """Answer of /tv/{id}/episode_groups."""

    results: tuple[GroupSummary, ...]


class GroupEpisode(Episode):
    """An episode with its place (`order`, from 0) in a group; its numbers are those of the airing."""

    order: Number


class EpisodeGroup(Answer):
    """A part of an order, such as a season or a volume of discs; `order` is its place."""

    name: Text = ""
    order: Number
    episodes: tuple[GroupEpisode, ...]


class EpisodeGroups(Answer):
    """Answer of /tv/episode_group/{id}: one order of a series' episodes."""

    id: Text
    name: Text = ""
    type: Number
    groups: tuple[EpisodeGroup, ...]


class ImageSizes(Answer):
    """Where pictures are, and in which widths posters are: `w185`, `original`."""

    secure_base_url: Text
    poster_sizes: tuple[Text, ...] = ()


class Configuration(Answer):
    """Answer of /configuration."""

    images: ImageSizes


class KeyCheck(Answer):
    """Answer of /authentication."""

    success: bool
