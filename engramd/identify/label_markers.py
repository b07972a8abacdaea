"""Words of a label that name a season or a disc. Pure.

Each finding is a whole word, or whole words that stand together: OCEANS11 names no season, and RED2 no disc.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from engramd.identify.label_words import Word, number
from engramd.identify.words import (
    DISC_WORDS,
    NO_SEASON,
    OF_WORDS,
    ORDINAL_WORDS,
    SEASON_WORDS,
    SEASONS_WORDS,
)

#: A season with more is written otherwise: S45 is season 4.5 as often as a season 45.
_MOST_SEASONS = 39
_NAMES = "|".join(sorted(SEASON_WORDS, key=len, reverse=True))
#: A half season, `4.5` or `6B`, belongs to the season.
_NUMBER = r"0*(\d{1,2})(?:\.\d|[AB])?"
_SEASON = re.compile(rf"(?:S|{_NAMES}){_NUMBER}")
_EPISODES = re.compile(r"S0*(\d{1,2})E\d{1,3}(?:-?E?\d{1,3})*")
_ASIAN_SEASON = re.compile(r"第(\d{1,2})(?:季|期|シーズン)|(?:シーズン|시즌)(\d{1,2})")
_RANGE = re.compile(rf"(?:(?:S|{_NAMES})0*(\d{{1,2}})-S0*(\d{{1,2}})|0*(\d{{1,2}})-0*(\d{{1,2}}))")
_HALF = re.compile(_NUMBER)
_BOTH = re.compile(rf"(?:S|{_NAMES}){_NUMBER}[-.,]?(?:D|DISC|DISK|DVD)0*(\d{{1,2}})")
_DISC = re.compile(r"(D|DISC|DISK|DVD|BD|UHD|DIM)0*(\d{1,2})(?:(?:OF|/)\d{1,2})?")
#: BD25 and DVD9 are sizes of discs; a set may yet have a DVD9, and its label then names a season.
_SIZE = re.compile(r"BD(?:25|50|66)")
_PERHAPS_SIZE = re.compile(r"DVD(?:5|9|10|18)")
_STEM = r"([A-Z0-9&'-]*[A-Z][A-Z0-9&'-]*?)"
_GLUED_BOTH = re.compile(rf"{_STEM}S0*(\d{{1,2}})(?:D|DISC|DISK)0*(\d{{1,2}})")
_GLUED_SEASON = re.compile(rf"{_STEM}(?:SEASON|STAFFEL|SAISON)0*(\d{{1,2}})(?:(?:D|DISC|DISK)0*(\d{{1,2}}))?")
_GLUED_DISC = re.compile(rf"{_STEM}(?:DISC|DISK)0*(\d{{1,2}})")
_ORDINAL = re.compile(r"0*(\d{1,2})(?:ST|ND|RD|TH|ª|º|A|E|ER|ERE|ÈRE|EME|ÈME)")
_ENGLISH = frozenset({"SEASON", "SERIES"})
_AND = frozenset({"AND", "&", "+", "TO", "UND", "BIS", "ET", "Y", "E", "EN", "OG", "OCH"})


@dataclass(frozen=True)
class Marker:
    """Words `start` to `end` (exclusive) name seasons or a disc.

    `names_season` is also true where the number is not to be had. `sure` is false for a disc's number that
    an authoring program gave (BD01). `stem` is a title that is glued to the marker.
    """

    start: int
    end: int
    seasons: tuple[int, ...] = ()
    disc: int | None = None
    names_season: bool = False
    ordinal: bool = False
    sure: bool = True
    stem: str | None = None


def find_markers(words: list[Word]) -> list[Marker]:
    """Find what names seasons and discs, in the order of the label."""
    found: list[Marker] = []
    at = 0
    while at < len(words):
        marker = _one_word(words[at], at) or _named(words, at) or _ordinal(words, at)
        if marker is not None:
            found.append(marker)
        at = marker.end if marker is not None else at + 1
    if not any(marker.names_season for marker in found):
        found = [m for m in found if not _PERHAPS_SIZE.fullmatch(words[m.start].key)]
    if len(found) == 1 and _begins_a_title(words, found[0]):
        return []
    return found


def _begins_a_title(words: list[Word], marker: Marker) -> bool:
    """`D2 The Mighty Ducks` and `Series 7: The Contenders`: notes about a disc do not begin so."""
    if marker.start or marker.end == len(words) or marker.stem is not None:
        return False
    first = words[0].key
    return first == "SERIES" or (marker.end == 1 and not first.startswith(("SEASON", "SERIES", "DIS")))


def _season(start: int, end: int, *said: int, ordinal: bool = False, stem: str | None = None) -> Marker:
    seasons = tuple(one for one in said if one <= _MOST_SEASONS)
    return Marker(start, end, seasons, names_season=True, ordinal=ordinal, stem=stem)


def _one_word(word: Word, at: int) -> Marker | None:
    key = word.key
    if both := _BOTH.fullmatch(key):
        return _with_disc(_season(at, at + 1, int(both[1])), both[2])
    if season := _SEASON.fullmatch(key) or _EPISODES.fullmatch(key) or _ASIAN_SEASON.fullmatch(key):
        return _season(at, at + 1, int(season[1] or season[2]))
    if (span := _RANGE.fullmatch(key)) and span[1]:
        return _season(at, at + 1, *range(int(span[1]), int(span[2]) + 1))
    if (disc := _DISC.fullmatch(key)) and not _SIZE.fullmatch(key):
        return Marker(at, at + 1, disc=int(disc[2]), sure=disc[1] not in ("BD", "UHD", "DIM"))
    return _glued(key, at)


def _glued(key: str, at: int) -> Marker | None:
    """`DS9S3D2`, `LOSTSEASON2`, `MATRIXDISC1`."""
    if found := _GLUED_BOTH.fullmatch(key) or _GLUED_SEASON.fullmatch(key):
        return _with_disc(_season(at, at + 1, int(found[2]), stem=found[1]), found[3])
    if found := _GLUED_DISC.fullmatch(key):
        return Marker(at, at + 1, disc=int(found[2]), stem=found[1])
    return None


def _with_disc(season: Marker, disc: str | None) -> Marker:
    if disc is None:
        return season
    return Marker(
        season.start, season.end, season.seasons, disc=int(disc), names_season=True, stem=season.stem
    )


def _named(words: list[Word], at: int) -> Marker | None:
    """`SEASON 2`, `Staffel Zwei`, `Seasons 1-3`, `Disc Two`, `DISC 1 OF 3`, `S 2 D 1`."""
    if at + 1 >= len(words):
        return None
    key, after = words[at].key, words[at + 1].key
    if key in SEASON_WORDS or key in SEASONS_WORDS:
        return None if at and (words[at - 1].key, key) in NO_SEASON else _named_season(words, at)
    if (value := number(after)) is None:
        return None
    if key in DISC_WORDS or (at > 0 and key in ("D", "BD", "UHD") and after.isdecimal()):
        of = at + 3 < len(words) and words[at + 2].key in OF_WORDS and number(words[at + 3].key) is not None
        return Marker(at, at + 4 if of else at + 2, disc=value, sure=key not in ("BD", "UHD"))
    if key == "S" and at > 0 and after.isdecimal() and at + 2 < len(words) and words[at + 2].key == "D":
        return _season(at, at + 2, value)
    return None


def _named_season(words: list[Word], at: int) -> Marker | None:
    after = words[at + 1].key
    if span := _RANGE.fullmatch(after):
        return _season(at, at + 2, *range(int(span[3] or 1), int(span[4] or 0) + 1))
    half = _HALF.fullmatch(after)
    value = int(half[1]) if half else number(after)
    if value is None:
        return None
    if at + 3 < len(words) and words[at + 2].key in _AND and (last := number(words[at + 3].key)) is not None:
        return _season(at, at + 4, *range(value, last + 1))
    return _season(at, at + 2, value)


def _ordinal(words: list[Word], at: int) -> Marker | None:
    """`FIRST SEASON`, `3RD SEASON`, `2. Staffel`, `SECOND DISC`."""
    if at + 1 >= len(words):
        return None
    key, after = words[at].key, words[at + 1].key
    digits = _ORDINAL.fullmatch(key)
    value = int(digits[1]) if digits else ORDINAL_WORDS.get(key)
    if value is None and after not in _ENGLISH and words[at].text.endswith("."):
        value = number(key)
    if value is None:
        return None
    if after in SEASON_WORDS:
        return _season(at, at + 2, value, ordinal=True)
    if after in ("DISC", "DISK"):
        return Marker(at, at + 2, disc=value, ordinal=True)
    return None
