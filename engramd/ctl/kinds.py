"""Values that people type, and how they are read."""

from __future__ import annotations

import re
from typing import NamedTuple

import click

#: A film is what people call a movie.
TYPES = click.Choice(["tv", "film", "movie"])
#: What a person may say of a disc that is here: it may be neither, as a concert or a home video is.
ANY_TYPE = click.Choice(["tv", "film", "movie", "other"])
_NUMBER = re.compile(r"(?:(tv|movie):)?([0-9]{1,10})")


class WorkId(NamedTuple):
    """A number at TMDB, and which of its two series of numbers that is of (tv, movie; empty: not said)."""

    number: int
    namespace: str


def film_is_movie(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Give a type of `TYPES` as the daemon has it."""
    return "movie" if value == "film" else value


def work_id(_context: click.Context, _parameter: click.Parameter, value: str | None) -> WorkId | None:
    """Read `123`, `tv:123` and `movie:550`."""
    if value is None:
        return None
    found = _NUMBER.fullmatch(value)
    if found is None or int(found[2]) < 1:
        raise click.BadParameter(f"{value!r} is no number of TMDB's, such as 123 or tv:123")
    return WorkId(int(found[2]), found[1] or "")
