"""Which episode a subtitle file stands for, read from its name and folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

LONGEST_RANGE = 6

_NUMBERED = re.compile(
    r"(?<![a-z0-9])s(?P<season>\d{1,2})[ ._-]*e(?:p[ ._]?)?(?P<first>\d{1,3})(?!\d)"
    r"(?P<more>(?:(?:[ ._]?-?[ ._]?(?:s(?P=season)[ ._-]?)?e|-)\d{1,3}(?![\dpi]))*)",
    re.IGNORECASE,
)
#: How the models write an episode; a person may answer with numbers that no file's name is believed to have.
_CODE = re.compile(r"s(\d{1,4})e(\d{1,4})(?:-e(\d{1,4}))?", re.IGNORECASE | re.ASCII)
_CROSSED = re.compile(
    r"(?<![a-z0-9])(?P<season>\d{1,2})x(?P<first>\d{2,3})(?P<more>(?:-(?:\d{1,2}x)?\d{2,3}(?![\dpi]))*)(?![a-z0-9])",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"season[ ._-]*(?P<season>\d{1,2})(?!\d).{0,10}?episode[ ._-]*(?P<first>\d{1,3})(?!\d)(?P<more>)",
    re.IGNORECASE,
)
_FOLDER = re.compile(r"^(?:season|series|saison|staffel|temporada|s)[ ._-]*(\d{1,2})$", re.IGNORECASE)
_EPISODE = re.compile(r"(?<![a-z0-9])(?:e|ep|episode)[ ._-]?(\d{1,3})(?![\da-z])", re.IGNORECASE)
_LEADING = re.compile(r"^(\d{1,4})(?![\da-z])", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Label:
    """One or more episodes of a season, in order."""

    season: int
    episodes: tuple[int, ...]

    def __str__(self) -> str:
        """Give `S01E02`, or `S01E01-E03` for several."""
        text = f"S{self.season:02d}E{self.episodes[0]:02d}"
        return text if len(self.episodes) == 1 else f"{text}-E{self.episodes[-1]:02d}"

    def overlaps(self, other: Label) -> bool:
        """Whether both name an episode in common."""
        return self.season == other.season and not set(self.episodes).isdisjoint(other.episodes)


def parse_label(relative: PurePath) -> Label | None:
    """Read the label of a file; `relative` is its path below the show's folder. None: it names no episode."""
    stem = relative.stem
    for pattern in (_NUMBERED, _CROSSED, _SPELLED):
        if found := pattern.search(stem):
            return None if _ambiguous(found) else _labelled(found)
    season = _folder_season(relative)
    return None if season is None else _in_season(season, stem)


def parse_episode(text: str) -> Label | None:
    """Read `S01E02` or `S01E01-E02`, as a person or the database writes it."""
    if code := _CODE.fullmatch(text.strip()):
        first, last = int(code[2]), int(code[3] or code[2])
        return Label(int(code[1]), tuple(range(first, last + 1))) if first <= last else None
    found = _NUMBERED.fullmatch(text.strip())
    return _labelled(found) if found else None


def _labelled(found: re.Match[str]) -> Label | None:
    return _label(int(found["season"]), int(found["first"]), found["more"])


def _ambiguous(found: re.Match[str]) -> bool:
    """Whether a name may mean other episodes too: `S01E22-S02E01`, `S01E01-2` (a second copy or a range)."""
    another = found.re.search(found.string, found.end())
    if another and _labelled(another) != _labelled(found):
        return True
    return len(found["first"]) > 1 and re.search(r"-\d(?!\d)", found["more"]) is not None


def _folder_season(relative: PurePath) -> int | None:
    for part in reversed(relative.parts[:-1]):
        if found := _FOLDER.match(part.strip()):
            return int(found[1])
        if part.strip().casefold() in ("specials", "extras"):
            return 0
    return None


def _in_season(season: int, stem: str) -> Label | None:
    if found := _EPISODE.search(stem):
        return _label(season, int(found[1]), "")
    if not (found := _LEADING.match(stem.strip())):
        return None
    number = found[1]
    if len(number) > 2 and int(number[:-2]) == season:
        number = number[-2:]
    return _label(season, int(number), "") if len(number) < 3 else None


def _label(season: int, first: int, more: str) -> Label | None:
    """Make a label; a list (`e02e03`) and a range (`E01-E03`) both mean everything from first to last."""
    numbers = re.sub(r"\d{1,2}x|s\d{1,2}", "", more, flags=re.IGNORECASE)
    last = max([first, *(int(number) for number in re.findall(r"\d+", numbers))])
    if first < 1 or last - first >= LONGEST_RANGE:
        return None
    return Label(season, tuple(range(first, last + 1)))
