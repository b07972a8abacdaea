"""What a volume label or disc name says: title, season, disc number, year, edition.

Every finding comes from whole words in their places, never from a pattern somewhere in the text: OCEANS11 is
no season 11 and RED2 no disc 2. A number that only may be a season (SOUTHPARK6, `BOOK 2`, `SHOW 2 DISC 1`) is
one if the disc's structure says series, and is therefore kept apart as a weak finding.
"""

from __future__ import annotations

import re
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from engramd.discs.model import Disc
from engramd.identify.label_markers import Marker, find_markers
from engramd.identify.label_titles import bare_title, find_part, is_collection, is_generic, readable
from engramd.identify.label_words import Word, number, split, word
from engramd.identify.words import BONUS, BONUS_PHRASES

_GLUED_SEASON = re.compile(r"([A-Z&'-]{2,}[A-Z])(\d{1,2})")
_GLUED_BONUS = re.compile(r"[A-Z0-9]{3,}BONUS(?:DISC)?\d?")
_YEARS = range(1900, 2036)
_MOST_SEASONS_GLUED = 30
#: Titles of series end in 1 to 4 much more seldom than seasons are numbered so.
_MOST_SEASONS_BEHIND = 4


class LabelFacts(BaseModel):
    """Findings of one label. Strong ones are in the plain fields; `raw` is the text as it came.

    `weak_season` and `weak_title` are the other reading of a number at the end of the title (SOUTHPARK6:
    season 6 of Southpark); they hold only for a disc that is a series by its structure. `seasons` are all
    that a box names (`Seasons 1-3`), where they are several. `weak_year` is a year that ends the title and
    may be a part of it (Wonder Woman 1984, Psycho 1960); `part` is the number of a part or volume that ends
    it. `edition` is a cut of a film. `bonus` says that the label names a disc of extras, `collection` that
    it names a box of several works, and `works` are their titles, where a `/` or `+` stands between them
    (which may also be one title).
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
    seasons: tuple[int, ...] = ()
    weak_year: int | None = None
    part: int | None = None
    edition: str | None = None
    collection: bool = False
    works: tuple[str, ...] = ()


def parse_label(text: str) -> LabelFacts:
    """Read a volume label or disc name; never raises, whatever the text."""
    words, year = split(text)
    bonus = _says_bonus(words)
    if is_generic(words):
        return LabelFacts(raw=text, year=year, bonus=bonus)
    markers = find_markers(words)
    seasons = sorted({season for marker in markers for season in marker.seasons})
    disc_number = _disc_number(markers)
    name, before_ordinal = _title_words(words, markers)
    name, edition = bare_title(name, before_ordinal=before_ordinal)
    title = readable(name)
    numbered = any(marker.names_season for marker in markers)
    weak = (None, None) if numbered or title is None else _weak(name, disc_number)
    return LabelFacts(
        title=title,
        season=seasons[0] if len(seasons) == 1 else None,
        seasons=tuple(seasons) if len(seasons) > 1 else (),
        disc_number=disc_number,
        year=year,
        raw=text,
        bonus=bonus,
        part=find_part(name)[0],
        edition=edition,
        collection=is_collection(_unmarked(words, markers)),
        weak_season=weak[0],
        weak_title=weak[1],
        weak_year=_weak_year(name) if title is not None else None,
        works=_works(name),
    )


def _says_bonus(words: list[Word]) -> bool:
    keys = [one.key for one in words]
    phrase = any(pair in BONUS_PHRASES for pair in pairwise(keys))
    glued = any(_GLUED_BONUS.fullmatch(key) for key in keys)
    return phrase or glued or any(key in BONUS for key in (keys if len(keys) <= 2 else keys[1:]))


def _unmarked(words: list[Word], markers: list[Marker]) -> list[Word]:
    marked = {at for marker in markers for at in range(marker.start, marker.end)}
    return [one for at, one in enumerate(words) if at not in marked]


def _disc_number(markers: list[Marker]) -> int | None:
    """Give the disc's number; what an authoring program calls a disc counts only if nothing else does."""
    discs = [m for m in markers if m.disc]
    return next((m.disc for m in discs if m.sure), discs[0].disc if discs else None)


def _title_words(words: list[Word], markers: list[Marker]) -> tuple[list[Word], bool]:
    """Give the words before the first marker, else those behind the last, and whether an ordinal follows."""
    if not markers:
        return words, False
    first = markers[0]
    before = words[: first.start] + ([word(first.stem)] if first.stem is not None else [])
    return (before, first.ordinal) if before else (words[markers[-1].end :], False)


def _weak(name: list[Word], disc_number: int | None) -> tuple[int | None, str | None]:
    """Give the other reading of a title that has a number at its end; it may be a season as well."""
    for season, rest in (_glued(name), _book(name), _behind(name, disc_number)):
        if season and (title := readable(rest)):
            return season, title
    return None, None


def _glued(name: list[Word]) -> tuple[int | None, list[Word]]:
    """`BREAKINGBADS2`: the S is dropped as well."""
    found = _GLUED_SEASON.fullmatch(name[-1].key)
    if found is None or int(found[2]) > _MOST_SEASONS_GLUED:
        return None, []
    stem = found[1].removesuffix("S") if len(found[1]) > 3 else found[1]
    return int(found[2]), [*name[:-1], word(stem)]


def _book(name: list[Word]) -> tuple[int | None, list[Word]]:
    """`Book Two: Earth` of a series is its second season; `JUNGLE BOOK 2` is a film."""
    for at in range(1, len(name) - 1):
        if name[at].key == "BOOK":
            return number(name[at + 1].key), name[:at]
    return None, []


def _behind(name: list[Word], disc_number: int | None) -> tuple[int | None, list[Word]]:
    """`SHOW 2` before a disc's number, and `SHOW S 2`, which may be a show's S as in OCEAN S 11."""
    if len(name) < 2 or not name[-1].key.isdecimal() or len(name[-1].key) > 2:
        return None, []
    value = int(name[-1].key)
    if len(name) > 2 and name[-2].key == "S":
        return (value, name[:-2]) if value <= _MOST_SEASONS_GLUED else (None, [])
    return (value, name[:-1]) if disc_number and value <= _MOST_SEASONS_BEHIND else (None, [])


def _weak_year(name: list[Word]) -> int | None:
    last = name[-1].key
    return int(last) if len(name) > 1 and re.fullmatch("[12][0-9]{3}", last) and int(last) in _YEARS else None


def _works(name: list[Word]) -> tuple[str, ...]:
    if not any(one.text in ("/", "+") for one in name):
        return ()
    parts: list[list[Word]] = [[]]
    for one in name:
        if one.text in ("/", "+"):
            parts.append([])
        else:
            parts[-1].append(one)
    titles = tuple(title for part in parts if (title := readable(part)))
    return titles if len(titles) > 1 else ()


def label_of(disc: Disc) -> LabelFacts:
    """Join volume label and disc name: the name reads better, and either may have season and disc."""
    label, name = parse_label(disc.label), parse_label(disc.disc_name)
    clash = None not in (label.season, name.season) and label.season != name.season
    season = None if clash else label.season if label.season is not None else name.season
    disc_number = label.disc_number if label.disc_number is not None else name.disc_number
    return LabelFacts(
        title=name.title or label.title,
        season=season,
        disc_number=disc_number,
        year=name.year or label.year,
        raw=disc.label or disc.disc_name,
        weak_season=label.weak_season or name.weak_season,
        weak_title=name.weak_title or (name.title if label.weak_title else None) or label.weak_title,
        bonus=label.bonus or name.bonus,
    )
