"""What a person can say with a rip, or with an import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import ContentType, ExtrasPolicy

#: The type of a disc that is neither show nor film, as people say it.
OTHER = "other"
_TYPES = (ContentType.TV, ContentType.MOVIE, OTHER)


@dataclass(frozen=True)
class RipOptions:
    """Wishes for one rip. Empty and None mean: as the disc and the settings say. `titles` counts from 1."""

    titles: str = ""
    main_only: bool = False
    extras: str = ""
    content_type: str = ""
    show: str = ""
    year: int | None = None
    season: int | None = None
    disc: int | None = None
    edition: str = ""
    again: bool = False
    eject: bool = True

    def __post_init__(self) -> None:
        """Refuse what no rip can have."""
        parse_titles(self.titles)
        if self.extras and self.extras not in list(ExtrasPolicy):
            raise InvalidArgument("extras is keep, skip or ask", where=self.extras)
        _check_type(self.content_type)


@dataclass(frozen=True)
class ImportOptions:
    """Wishes for one import. Empty and None mean: as the files, their folders and the settings say.

    With `move` a file goes from where it was as soon as the library has it; else it stays.
    """

    content_type: str = ""
    show: str = ""
    year: int | None = None
    season: int | None = None
    disc: int | None = None
    edition: str = ""
    extras: str = ""
    move: bool = False
    again: bool = False

    def __post_init__(self) -> None:
        """Refuse what no import can have."""
        if self.extras and self.extras not in list(ExtrasPolicy):
            raise InvalidArgument("extras is keep or skip", where=self.extras)
        _check_type(self.content_type)

    @property
    def told(self) -> bool:
        """Whether something is said of what the files are."""
        numbers = (self.year, self.season, self.disc)
        said = self.content_type or self.show or self.edition
        return bool(said) or any(number is not None for number in numbers)


def type_values(word: str) -> dict[str, Any]:
    """Give the fields of a job that is of a type; `other` is neither, and no type is none of them."""
    is_other = word == OTHER
    kind = ContentType.UNKNOWN if is_other or not word else ContentType(word)
    return {"content_type": kind, "is_other": is_other}


def _check_type(word: str) -> None:
    if word and word not in _TYPES:
        raise InvalidArgument("the content type is tv, movie or other", where=word)


def parse_titles(text: str) -> frozenset[int]:
    """Read `1,3-5` into title indexes (from 0); empty gives none."""
    wanted: set[int] = set()
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        first, dash, last = part.partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()) or int(first) < 1:
            raise InvalidArgument("titles are numbers from 1 and ranges, as in 1,3-5", where=part)
        end = int(last) if dash else int(first)
        if not int(first) <= end <= 9999:
            raise InvalidArgument("a range of titles goes upwards, to 9999 at most", where=part)
        wanted.update(range(int(first) - 1, end))
    return frozenset(wanted)
