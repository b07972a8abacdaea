"""What the names of folders and files in a library say: work, year, ids, season, episodes, edition. Pure.

The spellings are those of Plex, Jellyfin, Kodi, Sonarr and Radarr.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

_TAG = re.compile(r"[{\[(]\s*(tmdb|tvdb|imdb)(?:id)?\s*[-=:]\s*(tt\d+|\d+)\s*[}\])]", re.IGNORECASE)
_YEAR = re.compile(r"[(\[]((?:18|19|20|21)\d\d)(?:\s*-\s*(?:\d{4})?)?[)\]]")
_BRACES = re.compile(r"\{[^{}]*\}|\[[^\[\]]*\]")
_SEASON_WORDS = (
    "season|series|staffel|saison|temporada|stagione|seizoen|sæson|säsong|sesong|kausi|tuotantokausi|sezon"
    "|série|évad|сезон|シーズン"
)
_SEASON = re.compile(
    rf"(?P<before>(?:(?:{_SEASON_WORDS})[ ._-]*|S))(?P<number>\d{{1,4}})(?P<after>(?:\s*[-–(\[].*)?)",
    re.IGNORECASE,
)
_SPECIALS = re.compile(r"specials?|extras? season|season 0+|s0+", re.IGNORECASE)
_EPISODE = re.compile(
    r"(?<![A-Za-z0-9])S(?P<season>\d{1,4})[ ._-]*E(?P<first>\d{1,4})"
    r"(?P<more>(?:(?:[ ._-]*E|-)\d{1,4}(?![\dpPiI]))*)",
    re.IGNORECASE,
)
_CROSS = re.compile(
    r"(?<![A-Za-z0-9])(?P<season>\d{1,2})x(?P<first>\d{2,3})(?P<more>(?:(?:-\d{1,2}x|-|x)\d{2,3}(?!\d))*)(?!\d)",
    re.IGNORECASE,
)
_IN_SEASON = re.compile(r"(?:e|ep|episode|folge|épisode)[ ._-]*(?P<first>\d{1,4})\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d+")
#: `Wire, The`
_ARTICLE_LAST = re.compile(r"^(.+),\s+(the|an?)\s*$")
_PART = re.compile(
    r"(?:^|[\s._-])(?:pt|part|cd|disc|disk|dvd)[ ._-]?([0-9]{1,2})(?=$|[\s._)\]-])", re.IGNORECASE
)
_EDITION = re.compile(r"\{edition-([^{}]+)\}", re.IGNORECASE)
_RESOLUTION = re.compile(r"\d{3,4}[pi]|4k|8k|uhd|hd|sd|dvd|blu-?ray|remux|version \d+", re.IGNORECASE)


@dataclass(frozen=True)
class WorkFolder:
    """What a folder's name says of its work; `ids` are by database (tmdb, tvdb, imdb)."""

    name: str
    year: int | None = None
    ids: tuple[tuple[str, str], ...] = ()

    def id_of(self, database: str) -> str:
        """Give the work's number in a database, or nothing."""
        return dict(self.ids).get(database, "")


@dataclass(frozen=True)
class Episodes:
    """The episodes that a file's name says it holds; `part` of one that lies in several files."""

    season: int
    first: int
    last: int
    part: int | None = None

    def overlaps(self, other: Episodes) -> bool:
        """Whether both hold an episode, or the same part of it."""
        if self.part is not None and other.part is not None and self.part != other.part:
            return False
        return self.season == other.season and self.first <= other.last and other.first <= self.last

    def numbers(self) -> list[tuple[int, int]]:
        """Give each episode as (season, number)."""
        return [(self.season, number) for number in range(self.first, self.last + 1)]

    def covers(self, other: Episodes) -> bool:
        """Whether all of another is in here."""
        if self.part is not None and self.part != other.part:
            return False
        return self.season == other.season and self.first <= other.first and other.last <= self.last


def read_work(folder: str) -> WorkFolder:
    """Read the name of a show's or film's folder, or of a film's file without its ending."""
    ids = tuple((name.lower(), number.lower()) for name, number in _TAG.findall(folder))
    plain = _TAG.sub(" ", folder)
    years = list(_YEAR.finditer(plain))
    before = plain[: years[-1].start()] if years else plain
    name = _tidy(_BRACES.sub(" ", before)) or _tidy(before) or folder
    return WorkFolder(name, int(years[-1][1]) if years else None, ids)


def same_name(one: str, other: str) -> bool:
    """Whether two names are those of one work, but for case, accents, punctuation and `&`."""
    return folded(one) == folded(other)


def folded(name: str) -> str:
    """Give a name as it is compared."""
    text = unicodedata.normalize("NFKD", name.casefold()).replace("&", " and ")
    text = _ARTICLE_LAST.sub(r"\2 \1", text)
    words = "".join(
        " " if not c.isalnum() else c for c in text if not unicodedata.combining(c) and c not in "'’`´"
    ).split()
    return " ".join(words) or name.casefold()


def season_of(folder: str) -> int | None:
    """Give the season that a folder is of (`Season 01`, `Staffel 1`, `S01`, `Specials`), or None."""
    if _SPECIALS.fullmatch(folder.strip()):
        return 0
    found = _SEASON.fullmatch(folder.strip())
    return int(found["number"]) if found else None


def spelled_like(folder: str, season: int) -> str | None:
    """Give the name of another season's folder in the spelling of a known one; None where it has more."""
    found = _SEASON.fullmatch(folder.strip())
    if found is None or found["after"] or season == 0:
        return None
    width = len(found["number"]) if found["number"].startswith("0") or len(found["number"]) > 1 else 1
    return f"{found['before']}{season:0{width}d}"


def read_episodes(name: str, season: int | None = None) -> Episodes | None:
    """Read which episodes a file's name says it holds; `season` is its folder's, if it is a season's."""
    stem = PurePath(name).stem
    found = _EPISODE.search(stem) or _CROSS.search(stem)
    if found is not None:
        first = int(found["first"])
        last = _last_of(found["more"], first, int(found["season"]))
        return Episodes(int(found["season"]), first, last, read_part(stem[found.end() :]))
    plain = _IN_SEASON.match(stem) if season is not None else None
    if plain is None or season is None:
        return None
    return Episodes(season, int(plain["first"]), int(plain["first"]), read_part(stem[plain.end() :]))


def read_part(text: str) -> int | None:
    """Give which part of its work a file is by its name (`pt1`, `cd2`, `disc 1`), or None."""
    found = _PART.search(text)
    return int(found[1]) if found else None


def read_edition(stem: str, folder: str) -> str:
    """Give the edition in the name of a film's file: `{edition-X}`, or ` - X` behind its folder's name."""
    if found := _EDITION.search(stem):
        return found[1].strip()
    rest = stem[len(folder) :] if stem.casefold().startswith(folder.casefold()) else ""
    labels = (label.strip(" -_.[]()") for label in re.split(r" - |\]\s*\[|\)\s*\(", rest))
    return " - ".join(label for label in labels if label and not _is_technical(label))


def _is_technical(label: str) -> bool:
    """Whether a label says how a file was made or numbered, and not which cut of the film it is."""
    is_part = read_part(f" {label}") is not None
    return is_part or bool(_RESOLUTION.fullmatch(label) or _NUMBER.fullmatch(label))


def _last_of(more: str, first: int, season: int) -> int:
    """Give the last episode of `E01-E03`, `E01E02`, `1x01-1x02`; numbers that do not follow are none."""
    numbers = [int(number) for number in _NUMBER.findall(re.sub(r"\d{1,2}x", "", more, flags=re.IGNORECASE))]
    last = first
    for number in numbers:
        if number <= last or number > first + 20:
            break
        last = number
    return last


def _tidy(text: str) -> str:
    return " ".join(text.replace("_", " ").split()).strip(" -.")
