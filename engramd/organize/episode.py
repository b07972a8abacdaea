"""Episode codes: `S01E01`, `S01E01-E02` for a title that holds several, `S01E01-pt1` for a part of one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engramd.errors import InvalidArgument

_CODE = re.compile(r"S(\d{1,4})E(\d{1,4})(?:-E(\d{1,4}))?", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"(.+)-pt([1-9]\d?)", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, order=True)
class EpisodeCode:
    """A season and its episodes from `first` to `last`; season 0 holds the specials."""

    season: int
    first: int
    last: int

    @classmethod
    def parse(cls, text: str) -> EpisodeCode:
        """Read a whole string (`S01E01`, `s1e2`, `S01E01-E02`); raise InvalidArgument for all else."""
        found = _CODE.fullmatch(text)
        code = cls(int(found[1]), int(found[2]), int(found[3] or found[2])) if found else None
        if code is None or code.last < code.first or (found and found[3] and code.last == code.first):
            raise InvalidArgument(
                "This is no episode",
                where=repr(text),
                remedy="write S01E01, or S01E01-E02 for two in one title",
            )
        return code

    def __str__(self) -> str:
        """Give the canonical form, two digits at least."""
        text = f"S{self.season:02d}E{self.first:02d}"
        return text if self.last == self.first else f"{text}-E{self.last:02d}"


def read_part(text: str) -> tuple[EpisodeCode, int | None]:
    """Read an episode, or a part of one (`S01E03-pt1`, from 1 on); raise InvalidArgument for all else."""
    code, part = split_part(text)
    return EpisodeCode.parse(code), part


def split_part(text: str) -> tuple[str, int | None]:
    """Take the part off what a title is called: `S01E03-pt1`, or `Harbor Lights (1999)-pt2`."""
    found = _PART.fullmatch(text)
    return (found[1], int(found[2])) if found else (text, None)


def write_part(episode: str, part: int | None) -> str:
    """Give an episode, or a part of it, as `read_part` reads it."""
    return f"{episode}-pt{part}" if part else episode
