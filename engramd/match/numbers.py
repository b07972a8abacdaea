"""Episode numbers without a season: `Show - 013`, `[Group] Show - 13v2 [1080p]`, `Show.E013`.

Which season such a number belongs to is told by what a database lists of the show, see `seasoned`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from engramd.match.labels import Label, explicit, folder_season
from engramd.match.language import CODES
from engramd.match.model import KnownEpisode

_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\{[^{}]*\}|【[^【】]*】")
_BRACKETED = re.compile(r"\[(\d{1,3})(?:v\d)?\]")
#: From here on a name speaks of the release.
_RELEASE = re.compile(
    r"[\s._-]+(?:\d{3,4}[pi]|\d{3,4}x\d{3,4}|[xh]\.?26[45]|hevc|avc|xvid|divx|(?:8|10)-?bits?|hi10p?|aac|ac3"
    r"|flac|dts|web|web-?dl|web-?rip|hdtv|hdrip|dvd(?:rip|scr)?|bd|bd-?rip|blu-?ray|br-?rip|uhd|remux|hdr"
    r"|proper|repack|uncut|remastered)(?![a-z]).*$",
    re.IGNORECASE,
)
#: What is no episode, or none that the count of episodes includes.
_OTHER = re.compile(
    r"(?<![a-z])(?:op|ed)(?:\d{1,2}|[ab])(?![a-z0-9])|(?<![a-z])(?:ncop|nced|creditless|ova|oad|pv|trailer)"
    r"(?![a-z])|(?<![a-z])(?:movie|film|season|part|cour|dis[ck]|vol(?:ume)?|menu|preview)[ ._-]*\d",
    re.IGNORECASE,
)
_HALF = re.compile(r"(?<![\da-z.])\d{1,3}\.5(?!\d)", re.IGNORECASE)
_RANGE = re.compile(
    r"(?<![\da-z])(?:e|ep)?(\d{2,4})(?:-|\s?~\s?)(?:e|ep)?(\d{2,4})(?![\da-z])", re.IGNORECASE
)
_SPACED_RANGE = re.compile(r"(?:-\s|(?=\b0))(\d{1,4}) ?- ?(\d{1,4})\s*$")
_MARKED = re.compile(
    r"(?:(?<![a-z0-9])(?:e|ep|eps|episode)[ ._-]{0,2}|#|第)(\d{1,4})(?:v\d)?(?![\da-z])"
    r"(?!\s?[-~&+]\s?(?:e|ep)?\d)",
    re.IGNORECASE,
)
_DASHED = re.compile(r"\s[-–—]\s+(\d{1,4})(?:v\d)?(?=$|[\s.,:;!_-])", re.IGNORECASE)
_FIRST = re.compile(r"^(\d{1,4})(?:v\d)?(?=$|[\s.-])", re.IGNORECASE)
_LAST = re.compile(r"(?:^|\s)(\d{1,4})(?:v\d)?$", re.IGNORECASE)
_RESOLUTIONS = frozenset({"480", "540", "576", "720", "1080", "2160"})


@dataclass(frozen=True)
class Absolute:
    """A number as a name gives it, and the text before it; not `sure`: it may be part of the title."""

    number: int
    before: str
    sure: bool


def parse_absolute(relative: PurePath) -> int | None:
    """Read the number of a file whose name gives no season. None: it gives none that can be believed."""
    found = find_absolute(relative)
    return found.number if found else None


def find_absolute(relative: PurePath) -> Absolute | None:
    """Read the number of a file, and how sure it is that it is one."""
    stem = relative.stem
    if explicit(stem) or folder_season(relative) is not None:
        return None
    text = _plain(stem)
    if _OTHER.search(text) or _HALF.search(text) or _is_range(text):
        return None
    if found := _MARKED.search(text):
        return _believed(found, text, sure=True)
    if re.search(r"(?<![a-z])(?:e|ep|eps|episodes?)[ ._-]{0,2}\d", text, re.IGNORECASE):
        return None
    if found := _DASHED.search(text):
        return _believed(found, text, sure=True)
    return _undashed(text.replace(".", " ").strip()) or _bracketed(stem)


def _plain(stem: str) -> str:
    """Take off what is in brackets, the release, and languages at the end."""
    text = _RELEASE.sub("", _BRACKETS.sub(" ", stem).replace("_", " "))
    while (cut := re.search(r"[\s.-]+([a-z]{2,12})\s*$", text, re.IGNORECASE)) and cut[1].casefold() in CODES:
        text = text[: cut.start()]
    return text.strip()


def _is_range(text: str) -> bool:
    """Whether a name speaks of many episodes: `01-12`, `Show - 01 - 12`."""
    for found in (*_RANGE.finditer(text), *_SPACED_RANGE.finditer(text)):
        if int(found[1]) < int(found[2]) and not _is_year(found[2]):
            return True
    return False


def _undashed(text: str) -> Absolute | None:
    """Read a number at the end or at the beginning of a name; where both may be meant, neither."""
    first, last = _FIRST.search(text), _LAST.search(text)
    if first and last and first[1] != last[1]:
        if first[1].startswith("0") == last[1].startswith("0"):
            return None
        return _at_edge(first if first[1].startswith("0") else last, text)
    found = last or first
    if found is None:
        inside = re.findall(r"(?<=\s)0\d{1,2}(?=\s)", text)
        found = re.search(rf"(?<=\s)({inside[0]})(?=\s)", text) if len(inside) == 1 else None
    return _at_edge(found, text) if found else None


def _at_edge(found: re.Match[str], text: str) -> Absolute | None:
    if found[1] in _RESOLUTIONS:
        return None
    return _believed(found, text, sure=found[1].startswith("0"))


def _bracketed(stem: str) -> Absolute | None:
    found = _BRACKETED.findall(stem)
    return Absolute(int(found[0]), "", sure=True) if len(found) == 1 and int(found[0]) else None


def _believed(found: re.Match[str], text: str, *, sure: bool) -> Absolute | None:
    if _is_year(found[1]) or int(found[1]) == 0:
        return None
    return Absolute(int(found[1]), text[: found.start()].strip(" .-_"), sure)


def _is_year(number: str) -> bool:
    return len(number) == 4 and 1900 <= int(number) <= 2099


def likely(found: Iterable[Absolute]) -> set[int]:
    """Give the numbers of one folder that are to be believed.

    A number that may be part of a title counts only in company: three different ones, and one of three
    digits (season and episode, or a hundred episodes?) only beside smaller ones.
    """
    numbers = list(found)
    different = {one.number for one in numbers}
    company = len(different) >= 3 and min(different) < 100
    return {one.number for one in numbers if one.sure or company}


def seasoned(number: int, roster: Sequence[KnownEpisode], season: int | None) -> Label | None:
    """Give the label of an absolute number: counted through the seasons that a database lists.

    Without such a list, or where it has one season, the number is one of `season` (1 if None). None: the
    list ends before it.
    """
    aired = sorted({(one.season, one.number) for one in roster if one.season > 0})
    seasons = {one for one, _ in aired}
    if len(seasons) < 2:
        return Label(next(iter(seasons), season or 1), (number,))
    if not 1 <= number <= len(aired):
        return None
    return Label(aired[number - 1][0], (aired[number - 1][1],))
