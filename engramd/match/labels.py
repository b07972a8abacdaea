"""Which episode a subtitle file stands for, read from its name and folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

LONGEST_RANGE = 6

_NUMBERED = re.compile(
    r"(?<![a-z0-9])s(?P<season>\d{1,2})[ ._-]*e(?:p[ ._]?)?(?P<first>\d{1,3})(?!\d)"
    r"(?P<more>(?:(?:[ ._]?[-+&]?[ ._]?(?:s(?P=season)[ ._-]?)?e|-)\d{1,3}(?![\dpi]|-?bit))*)",
    re.IGNORECASE,
)
#: How the models write an episode; a person may answer with numbers that no file's name is believed to have.
_CODE = re.compile(
    r"s(\d{1,4})(e\d{1,4}(?:-e\d{1,4})?(?:\+e\d{1,4}(?:-e\d{1,4})?)*)", re.IGNORECASE | re.ASCII
)
_CROSSED = re.compile(
    r"(?<![a-z0-9])(?P<season>\d{1,2})x(?P<first>\d{2,3})(?P<more>(?:-(?:\d{1,2}x)?\d{2,3}(?![\dpi]))*)(?![a-z0-9])",
    re.IGNORECASE,
)
_SPELLED = re.compile(
    r"season[ ._-]*(?P<season>\d{1,2})(?!\d).{0,10}?episode[ ._-]*(?P<first>\d{1,3})(?!\d)(?P<more>)",
    re.IGNORECASE,
)
#: `Show S2 - 05`, `Show Season 2 - 05` and `Show 2nd Season - 05`, as fan groups write.
_SEASONED = re.compile(
    r"(?<![a-z0-9])(?:(?:s|season )(?P<season>\d{1,2})|(?P<nth>\d{1,2})(?:st|nd|rd|th)[ ._]season)"
    r"[ ._]*-[ ._]*(?P<first>\d{2,3})(?:v\d)?(?P<more>)(?![\da-z]|[ ._]?[-~][ ._]?\d)",
    re.IGNORECASE,
)
_SPECIAL = re.compile(r"(?<![a-z0-9])(?:sp|specials?)[ ._-]?(\d{1,2})(?:v\d)?(?![\da-z])", re.IGNORECASE)
_FOLDER = re.compile(r"^(?:season|series|saison|staffel|temporada|s)[ ._-]*(\d{1,2})$", re.IGNORECASE)
_EPISODE = re.compile(r"(?<![a-z0-9])(?:e|ep|episode)[ ._-]?(\d{1,3})(?![\da-z])", re.IGNORECASE)
_LEADING = re.compile(r"^(\d{1,4})(?![\da-z])", re.IGNORECASE)
_PATTERNS = (_NUMBERED, _CROSSED, _SPELLED, _SEASONED)


@dataclass(frozen=True, order=True)
class Label:
    """One or more episodes of a season, in order; they need not follow one another."""

    season: int
    episodes: tuple[int, ...]

    def __str__(self) -> str:
        """Give `S01E02`, `S01E01-E03` for several in a row, `S01E01+E04` for a set."""
        return f"S{self.season:02d}" + "+".join(_run(run) for run in _runs(self.episodes))

    def overlaps(self, other: Label) -> bool:
        """Whether both name an episode in common."""
        return self.season == other.season and not set(self.episodes).isdisjoint(other.episodes)


def _runs(episodes: Iterable[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for number in episodes:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs


def _run(run: list[int]) -> str:
    return f"E{run[0]:02d}" if len(run) == 1 else f"E{run[0]:02d}-E{run[-1]:02d}"


def parse_label(relative: PurePath) -> Label | None:
    """Read the label of a file; `relative` is its path below the show's folder. None: it names no episode.

    A name without a season (`Show - 013`) is none: see `engramd.match.numbers`.
    """
    stem = relative.stem
    if found := explicit(stem):
        return None if _ambiguous(found) else _labelled(found)
    season = folder_season(relative)
    if season is not None:
        return _in_season(season, stem)
    if special := _SPECIAL.search(stem):
        return _label(0, int(special[1]), "")
    return _of_folder(relative)


def explicit(stem: str) -> re.Match[str] | None:
    """Find the place where a name gives both season and episode, whether it makes sense or not."""
    return next((found for pattern in _PATTERNS if (found := pattern.search(stem))), None)


def parse_episode(text: str) -> Label | None:
    """Read `S01E02`, `S01E01-E02` or `S01E01+E04`, as a person or the database writes it."""
    if code := _CODE.fullmatch(text.strip()):
        return _coded(int(code[1]), code[2])
    found = _NUMBERED.fullmatch(text.strip())
    return _labelled(found) if found else None


def _coded(season: int, runs: str) -> Label | None:
    numbers: set[int] = set()
    for run in runs.split("+"):
        ends = [int(number) for number in re.findall(r"\d+", run)]
        if ends[0] > ends[-1]:
            return None
        numbers.update(range(ends[0], ends[-1] + 1))
    return Label(season, tuple(sorted(numbers)))


def _labelled(found: re.Match[str]) -> Label | None:
    season = found["season"] or found["nth"]  # only `_SEASONED` has the latter
    return _label(int(season), int(found["first"]), found["more"])


def _ambiguous(found: re.Match[str]) -> bool:
    """Whether a name may mean other episodes too: `S01E22-S02E01`, `S01E01-2` (a second copy or a range).

    `S01E05.5` is what was shown between two episodes, and neither of them.
    """
    if re.match(r"\.5(?!\d)", found.string[found.end() :]):
        return True
    another = found.re.search(found.string, found.end())
    if another and _labelled(another) != _labelled(found):
        return True
    return len(found["first"]) > 1 and re.search(r"-\d(?!\d)", found["more"]) is not None


def folder_season(relative: PurePath) -> int | None:
    """Give the season that a folder on the way to a file is named after; specials are season 0."""
    for part in reversed(relative.parts[:-1]):
        if (season := season_of_folder(part)) is not None:
            return season
    return None


def season_of_folder(name: str) -> int | None:
    """Give the season that a folder's name stands for: `Season 2`, `S02`, `Specials`."""
    if found := _FOLDER.match(name.strip()):
        return int(found[1])
    return 0 if name.strip().casefold() in ("specials", "extras") else None


def _of_folder(relative: PurePath) -> Label | None:
    """Read the label of a folder that holds the subtitles of one episode: `Show.S01E02-GRP/2_English.srt`."""
    if len(relative.parts) < 2 or not (found := explicit(relative.parts[-2])):
        return None
    return None if _ambiguous(found) else _labelled(found)


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
    """Make a label; `e02e03` and `E01-E03` mean everything from first to last, `E01+E04` these two."""
    numbers = re.sub(r"\d{1,2}x|s\d{1,2}", "", more, flags=re.IGNORECASE)
    episodes = [first]
    for sign, number in re.findall(r"([+&]?)[^\d+&]*(\d+)", numbers):
        following = range(episodes[-1] + 1, int(number) + 1)
        episodes += [int(number)] if sign else following
        if len(episodes) > LONGEST_RANGE:
            return None
    ordered = tuple(sorted(set(episodes)))
    return Label(season, ordered) if ordered[0] >= 1 else None
