"""Episode codes: `S01E01`, and `S01E01-E02` for a title that holds several episodes in a row."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engramd.errors import InvalidArgument

_CODE = re.compile(r"S(\d{1,4})E(\d{1,4})(?:-E(\d{1,4}))?", re.ASCII | re.IGNORECASE)


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
