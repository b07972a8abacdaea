"""What a person can say with a rip."""

from __future__ import annotations

from dataclasses import dataclass

from engramd.errors import InvalidArgument
from engramd.models import ContentType, ExtrasPolicy


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
            raise InvalidArgument("extras is keep or skip", where=self.extras)
        if self.content_type and self.content_type not in (ContentType.TV, ContentType.MOVIE):
            raise InvalidArgument("the content type is tv or movie", where=self.content_type)


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
