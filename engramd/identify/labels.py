"""What a volume label or disc name says: title, season, disc number, year.

Every finding comes from whole words in their places, never from a pattern somewhere in the text: OCEANS11 is
no season 11 and RED2 no disc 2. A number that is glued to the last word (SOUTHPARK6) is a season only if the
disc's structure says series, and is therefore kept apart as a weak finding.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from engramd.identify.words import (
    BONUS,
    BOX_PHRASES,
    GENERIC,
    NUMBER_WORDS,
    ORDINAL_WORDS,
    ROMAN,
    SMALL_WORDS,
    STUDIO_PREFIXES,
    TAIL,
    TITLE_CASED,
)

_PUNCTUATION = " :;,()[]{}|-–—\"'"
_SEASON = re.compile(r"(?:S|SEASON|SERIES)0*(\d{1,2})")
#: BD25, BD50 and BD66 are sizes of discs, and no disc's number.
_DISC = re.compile(r"(?!BD(?:25|50|66)$)(?:D|DISC|DISK|DVD|BD)0*(\d{1,2})")
_BOTH = re.compile(r"(?:S|SEASON|SERIES)0*(\d{1,2})[-.]?(?:D|DISC|DISK)0*(\d{1,2})")
_GLUED_BOTH = re.compile(r"([A-Z0-9&'-]*[A-Z][A-Z0-9&'-]*?)S0*(\d{1,2})(?:D|DISC|DISK)0*(\d{1,2})")
_GLUED_SEASON = re.compile(r"([A-Z&'-]{2,}[A-Z])(\d{1,2})")
_YEAR = re.compile(r"[(\[]((?:18[89]|19\d|20\d)\d)[)\]]")
_ORDINAL = re.compile(r"0*(\d{1,2})(?:ST|ND|RD|TH)")
_CATALOGUE = re.compile(r"[A-Z]{2,6}[-]?\d{3,}[A-Z]?")
_CODE = re.compile(r"(?:[A-Z]+\d+){2,}[A-Z]*")
_MOST_SEASONS_GLUED = 30
_LONGEST = 256


class LabelFacts(BaseModel):
    """Findings of one label. Strong ones are in the plain fields; `raw` is the text as it came.

    `weak_season` and `weak_title` are the other reading of a number glued to the title (SOUTHPARK6: season 6
    of Southpark); they hold only for a disc that is a series by its structure. `bonus` says that the label
    names a disc of extras.
    """

    model_config = ConfigDict(frozen=True)

    title: str | None = None
    season: int | None = None
    disc_number: int | None = None
    year: int | None = None
    raw: str = ""
    weak_season: int | None = None
    weak_title: str | None = None
    bonus: bool = False


@dataclass(frozen=True)
class _Word:
    text: str
    key: str


@dataclass(frozen=True)
class _Marker:
    """Words `start` to `end` (exclusive) name a season or a disc."""

    start: int
    end: int
    season: int | None = None
    disc: int | None = None
    glued_title: str | None = None


def parse_label(text: str) -> LabelFacts:
    """Read a volume label or disc name; never raises, whatever the text."""
    words, year = _words(text[:_LONGEST])
    if _generic(words):
        return LabelFacts(raw=text, year=year, bonus=_says_bonus(words))
    markers = _markers(words)
    seasons = {m.season for m in markers if m.season is not None}
    discs = [m.disc for m in markers if m.disc is not None]
    season = seasons.pop() if len(seasons) == 1 else None
    name = _title_words(words, markers)
    title = _readable(name)
    weak_season, weak_title = (
        _weak(name) if not markers or not any(m.season for m in markers) else (None, None)
    )
    return LabelFacts(
        title=title,
        season=season,
        disc_number=discs[0] if discs else None,
        year=year,
        raw=text,
        weak_season=weak_season if title else None,
        weak_title=weak_title if title else None,
        bonus=_says_bonus(words),
    )


def _words(text: str) -> tuple[list[_Word], int | None]:
    clean = "".join(
        c if unicodedata.category(c)[0] != "C" else " " for c in unicodedata.normalize("NFC", text)
    )
    clean = clean.replace("_", " ")
    years = _YEAR.findall(clean)
    clean = _YEAR.sub(" ", clean)
    if " " not in clean.strip() and clean.count(".") > 1:
        clean = clean.replace(".", " ")
    parts = (part for part in clean.split() if part.strip(_PUNCTUATION))
    words = [_Word(part, part.strip(_PUNCTUATION).rstrip(".").upper()) for part in parts]
    return words, int(years[0]) if years else None


def _generic(words: list[_Word]) -> bool:
    joined = "".join(re.sub(r"[^A-Z0-9]", "", word.key) for word in words)
    return not joined or joined in GENERIC


def _says_bonus(words: list[_Word]) -> bool:
    keys = [word.key for word in words]
    special = any(pair == ("SPECIAL", "FEATURES") for pair in pairwise(keys))
    return special or any(key in BONUS for key in (keys if len(keys) <= 2 else keys[1:]))


def _markers(words: list[_Word]) -> list[_Marker]:
    found: list[_Marker] = []
    at = 0
    while at < len(words):
        marker = _marker_at(words, at)
        if marker is not None:
            found.append(marker)
        at = marker.end if marker is not None else at + 1
    if found and found[0].start == 0 and found[-1].end < len(words) and _first_is_name(words, found[0]):
        found.pop(0)  # "D2 The Mighty Ducks": a title begins so, a note about the disc does not
    return found


def _first_is_name(words: list[_Word], marker: _Marker) -> bool:
    return marker.end == 1 and not words[0].key.startswith(("SEASON", "SERIES", "DIS"))


def _marker_at(words: list[_Word], at: int) -> _Marker | None:
    return _one_word(words[at].key, at) or _named_number(words, at) or _ordinal_season(words, at)


def _one_word(key: str, at: int) -> _Marker | None:
    if both := _BOTH.fullmatch(key):
        return _Marker(at, at + 1, season=int(both[1]), disc=int(both[2]))
    if season := _SEASON.fullmatch(key):
        return _Marker(at, at + 1, season=int(season[1]))
    if disc := _DISC.fullmatch(key):
        return _Marker(at, at + 1, disc=int(disc[1]))
    if glued := _GLUED_BOTH.fullmatch(key):
        return _Marker(at, at + 1, season=int(glued[2]), disc=int(glued[3]), glued_title=glued[1])
    return None


def _named_number(words: list[_Word], at: int) -> _Marker | None:
    """`SEASON 2`, `Disc Two`, `DISC 1 OF 3`, `S 2`."""
    key = words[at].key
    number = _number(words[at + 1].key) if at + 1 < len(words) else None
    if number is None:
        return None
    if key in ("SEASON", "SERIES"):
        return _Marker(at, at + 2, season=number)
    if key in ("DISC", "DISK", "DVD") or (key == "D" and at > 0):
        of = at + 3 < len(words) and words[at + 2].key == "OF" and _number(words[at + 3].key) is not None
        return _Marker(at, at + 4 if of else at + 2, disc=number)
    if key == "S" and at > 0 and words[at + 1].key.isdigit():
        return _Marker(at, at + 2, season=number)
    return None


def _ordinal_season(words: list[_Word], at: int) -> _Marker | None:
    """`FIRST SEASON`, `3RD SEASON`, and `SEASONS`, which ends a title without naming one season."""
    if words[at].key == "SEASONS":
        return _Marker(at, at + 1)
    if at + 1 >= len(words) or words[at + 1].key not in ("SEASON", "SERIES"):
        return None
    digits = _ORDINAL.fullmatch(words[at].key)
    number = int(digits[1]) if digits else ORDINAL_WORDS.get(words[at].key)
    return _Marker(at, at + 2, season=number) if number is not None else None


def _number(key: str) -> int | None:
    if key.isascii() and key.isdigit() and len(key) <= 2:
        return int(key)
    return NUMBER_WORDS.get(key)


def _title_words(words: list[_Word], markers: list[_Marker]) -> list[_Word]:
    """The words before the first marker; behind the last one where a label begins with its markers."""
    if not markers:
        name = words
    elif markers[0].glued_title is not None:
        name = [*words[: markers[0].start], _Word(markers[0].glued_title, markers[0].glued_title)]
    else:
        name = words[: markers[0].start] or words[markers[-1].end :]
    return _without_tail(_without_studio(name))


def _without_studio(name: list[_Word]) -> list[_Word]:
    keys = tuple(word.key for word in name)
    for prefix in STUDIO_PREFIXES:
        if keys[: len(prefix)] == prefix and len(keys) > len(prefix):
            return name[len(prefix) :]
    return name


def _without_tail(name: list[_Word]) -> list[_Word]:
    kept = list(name)
    while len(kept) > 1:
        keys = tuple(word.key for word in kept)
        phrase = next((p for p in BOX_PHRASES if keys[-len(p) :] == p), None)
        if phrase is not None:
            del kept[-len(phrase) :]
        elif keys[-1] in TAIL or keys[-1] in BONUS:
            kept.pop()
        else:
            break
    return kept


def _readable(name: list[_Word]) -> str | None:
    if not name or _generic(name):
        return None
    if len(name) == 1 and (_CATALOGUE.fullmatch(name[0].key) or _CODE.fullmatch(name[0].key)):
        return None
    text = " ".join(word.text for word in name).strip(_PUNCTUATION)
    if text.upper() != text and text.lower() != text:
        return text
    return " ".join(
        _cased(word, first=n == 0, last=n == len(name) - 1) for n, word in enumerate(text.split())
    )


def _cased(word: str, *, first: bool, last: bool) -> str:
    key = word.upper().strip(_PUNCTUATION)
    if key in ROMAN:
        return word.upper()
    if key in SMALL_WORDS and not first and not last:
        return word.lower()
    letters = re.sub(r"[^A-Z]", "", key)
    if 2 <= len(letters) <= 4 and not set(letters) & set("AEIOUY") and key not in TITLE_CASED:
        return word.upper()
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def _weak(name: list[_Word]) -> tuple[int | None, str | None]:
    """The other reading of a title that ends in a glued number; `BREAKINGBADS2` may be season 2 as well."""
    glued = _GLUED_SEASON.fullmatch(name[-1].key) if name else None
    if glued is None or not 1 <= int(glued[2]) <= _MOST_SEASONS_GLUED:
        return None, None
    stem = glued[1].removesuffix("S") if len(glued[1]) > 3 else glued[1]
    return int(glued[2]), _readable([*name[:-1], _Word(stem, stem)])
