"""Answers of OpenSubtitles.com, version 1 of its interface: https://opensubtitles.stoplight.io/docs/opensubtitles-api.

Only what this program uses; fields that are not known are ignored, and null counts as absent.
"""

from __future__ import annotations

import math
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, Field, ValidationError

from engramd.sources.problems import SourceChanged
from engramd.sources.tmdb_model import Answer, Text

NAME = "OpenSubtitles"
_MOST_FPS = 1000.0

_Model = TypeVar("_Model", bound=Answer)


def _fps(value: object) -> float:
    """Read frames a second, which people enter: 0 for what is no rate."""
    try:
        rate = float(value) if isinstance(value, int | float | str) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return rate if math.isfinite(rate) and 0 < rate < _MOST_FPS else 0.0


FileId = Annotated[int, Field(gt=0, lt=2**53)]
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Fps = Annotated[float, BeforeValidator(_fps)]


class Entry(Answer):
    """A file of a subtitle; a subtitle in several parts has several."""

    file_id: FileId
    file_name: Text = ""


class Feature(Answer):
    """The work that a subtitle is said to be of; the parent of an episode is its series."""

    feature_type: Text = ""
    year: Whole = 0
    movie_name: Text = ""
    season_number: Whole | None = None
    episode_number: Whole | None = None
    parent_title: Text = ""
    parent_tmdb_id: Whole = 0


class Attributes(Answer):
    """What is said of a subtitle."""

    language: Text = ""
    download_count: Whole = 0
    hearing_impaired: bool = False
    fps: Fps = 0.0
    from_trusted: bool = False
    foreign_parts_only: bool = False
    ai_translated: bool = False
    machine_translated: bool = False
    release: Text = ""
    feature_details: Feature = Feature()
    files: tuple[Entry, ...] = ()


class Row(Answer):
    """A subtitle in a list of results."""

    attributes: Attributes


class Page(Answer):
    """Answer of /subtitles; pages are counted from 1."""

    data: tuple[Row, ...]
    total_pages: Whole = 1


class Login(Answer):
    """Answer of /login; `base_url` is the host that serves this account."""

    token: str
    base_url: Text = ""


class UserData(Answer):
    """An account."""

    allowed_downloads: Whole | None = None
    remaining_downloads: Whole | None = None


class User(Answer):
    """Answer of /infos/user."""

    data: UserData


class Link(Answer):
    """Answer of /download: where the file is, for three hours, and what is left of the quota."""

    link: str
    file_name: Text = ""
    remaining: Whole | None = None
    reset_time_utc: Text = ""


class Refusal(Answer):
    """An answer that says why not."""

    message: Text = ""
    remaining: Whole | None = None
    reset_time_utc: Text = ""


def understood(value: object, kind: type[_Model], path: str) -> _Model:
    """Read an answer, or raise SourceChanged with the first field that is not as documented."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"] if part != "function-before") or "body"
        raise changed(path, field, first["msg"]) from None


def changed(path: str, field: str, why: str) -> SourceChanged:
    """Say that the answer at `path` is not as documented in `field`; `why` holds nothing private."""
    return SourceChanged(
        f"{NAME} gave an answer that this program does not understand",
        source=NAME,
        field=field,
        where=f"{path}, {field}",
        why=why,
        remedy="check opensubtitles_url, or look for a newer version of this program",
    )
