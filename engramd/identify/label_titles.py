"""The title in a label, without what stands around it, in the spelling that people use. Pure."""

from __future__ import annotations

import re
from itertools import pairwise

from engramd.identify.label_words import PUNCTUATION, Word, number, word
from engramd.identify.words import (
    ARTICLES,
    BONUS,
    BONUS_PHRASES,
    BOX_ADJECTIVES,
    BOX_PHRASES,
    COLLECTION,
    CUT_NOUNS,
    CUTS,
    CUTS_ALONE,
    GENERIC,
    ROMAN,
    SHORT_EDITIONS,
    SMALL_WORDS,
    STUDIO_PREFIXES,
    TAIL,
    TITLE_CASED,
)

_CATALOGUE = re.compile(r"[A-Z]{2,6}[-]?\d{3,}[A-Z]?")
_CODE = re.compile(r"(?:[A-Z]+\d+){2,}[A-Z]*")
#: Numbers of articles, and names that authoring houses give to their masters.
_MASTER = re.compile(r"UP[A-Z]\d{1,3}|(?:BD|UHD|DIM)\d{2,3}[A-Z]{0,3}|DVD(?:5|9|10|18)|\d{7,}(?:\.\d+)?")
_GLUED_YEAR = re.compile(r"(.*[^\W\d_]{3})((?:19|20)\d\d)")
_MOST_WORDS_OF_EDITION = 5
_NTH = re.compile(r"\d{1,3}(?:ST|ND|RD|TH)")
_PART = re.compile(r"(?:PT|PART|P|VOL)0*(\d{1,2})")
_PART_NAMES = frozenset({"PART", "PT", "VOL", "VOLUME", "TEIL", "PARTE", "PARTIE", "DEEL", "DEL"})


def is_generic(words: list[Word]) -> bool:
    """Whether words are nothing that a person chose."""
    joined = "".join(re.sub(r"[\W_]", "", word.key) for word in words)
    return not joined or joined in GENERIC


def find_part(name: list[Word]) -> tuple[int | None, int]:
    """Give the number of a part or volume that ends a title, and how many words say it."""
    if len(name) > 1 and (found := _PART.fullmatch(name[-1].key)):
        return int(found[1]), 1
    if len(name) > 2 and name[-2].key in _PART_NAMES:
        value = number(name[-1].key)
        return value, 2 if value is not None else 0
    return None, 0


def bare_title(name: list[Word], *, before_ordinal: bool) -> tuple[list[Word], str | None]:
    """Take studio, format, box and edition away from a title; give what is left, and the edition."""
    kept = _without_studio(name)
    if before_ordinal and len(kept) > 1 and kept[-1].key in ARTICLES:
        kept = kept[:-1]
    _, part = find_part(kept)
    head, edition = _without_tail(kept[: len(kept) - part])
    return _with_year_apart(head + kept[len(kept) - part :]), edition


def _with_year_apart(name: list[Word]) -> list[Word]:
    """`PSYCHO1960`, which is no number of a catalogue as BBCDVD1999 is."""
    found = _GLUED_YEAR.fullmatch(name[-1].text) if name else None
    if found is None or found[1].upper().endswith(("DVD", "BD")):
        return name
    return [*name[:-1], word(found[1]), word(found[2])]


def _without_studio(name: list[Word]) -> list[Word]:
    keys = tuple(word.key for word in name)
    for prefix in STUDIO_PREFIXES:
        if keys[: len(prefix)] == prefix and len(keys) > len(prefix):
            return name[len(prefix) :]
    return name


def _without_tail(name: list[Word]) -> tuple[list[Word], str | None]:
    kept, edition = list(name), None
    while kept:
        count, said = _tail(kept)
        rest = kept[: len(kept) - count]
        if not rest and tuple(word.key for word in kept) in BOX_PHRASES:
            return [], edition
        small = bool(rest) and rest[-1].key in SMALL_WORDS
        if not count or not rest or (small and not (said and len(rest) > 1 and rest[-1].key == "THE")):
            break
        kept, edition = rest, edition or said
        if said and len(kept) > 1 and kept[-1].key == "THE":
            kept.pop()
    return kept, edition


def _tail(name: list[Word]) -> tuple[int, str | None]:
    """Say how many of the last words are no part of the title, and which edition they name."""
    keys = tuple(word.key for word in name)
    for phrase in (*BONUS_PHRASES, *BOX_PHRASES):
        if keys[-len(phrase) :] == phrase:
            return len(phrase), None
    if keys[-1] in TAIL or keys[-1] in BONUS or _MASTER.fullmatch(keys[-1]):
        return 1, None
    return _own_edition(name) or _edition(keys, shouted=all(word.text.upper() == word.text for word in name))


def _own_edition(name: list[Word]) -> tuple[int, str | None] | None:
    """`Fury Road: Black and Chrome Edition`: what is behind a colon and ends so is an edition's own name."""
    if name[-1].key not in CUT_NOUNS:
        return None
    for count in range(2, min(_MOST_WORDS_OF_EDITION + 1, len(name))):
        own = name[len(name) - count :]
        plain = not any(one.key in BOX_ADJECTIVES or one.text.startswith(("(", "[")) for one in own)
        if plain and name[-1 - count].text.endswith(":"):
            return count, readable(own)
    return None


def _edition(keys: tuple[str, ...], *, shouted: bool) -> tuple[int, str | None]:
    last = keys[-1]
    if last in CUT_NOUNS:
        first = len(keys) - 1
        while first > 0 and keys[first - 1] in CUTS:
            first -= 1
        if first < len(keys) - 1:
            said = [CUTS[key] for key in keys[first:-1]]
            return len(keys) - first, " ".join([*said, CUT_NOUNS[last]])
    if last in CUTS_ALONE:
        return 1, CUTS[last]
    if last in SHORT_EDITIONS and (shouted or keys[-2:-1] == ("ANNIVERSARY",)) and len(keys) > 1:
        return 1, SHORT_EDITIONS[last]
    return _box(keys), None


def _box(keys: tuple[str, ...]) -> int:
    """Count the words of `Diamond Edition`, `50th Anniversary Edition` and `Signature Collection`."""
    named = keys[-1] in CUT_NOUNS or keys[-1] == "COLLECTION"
    words = 1 if named else 0
    if len(keys) <= words or keys[-1 - words] not in BOX_ADJECTIVES:
        return 0
    nth = len(keys) > words + 1 and _NTH.fullmatch(keys[-2 - words]) is not None
    return words + 1 + nth if named or nth else 0


def is_collection(words: list[Word]) -> bool:
    """Whether a label names several works: a trilogy, `I-IV`, `4-Film`, a double feature."""
    keys = [word.key for word in words]
    boxed = any(a in BOX_ADJECTIVES or a == "COMPLETE" for a in keys) and "COLLECTION" in keys
    several = any(
        key in COLLECTION
        or re.fullmatch(r"\d{1,2}-?(?:FILMS?|MOVIES?)", key)
        or re.fullmatch(r"(?:\d{1,2}-\d{1,2}|[IVX]{1,4}-[IVX]{1,4})", key)
        for key in keys
    )
    double = any(a in ("DOUBLE", "TRIPLE") and b == "FEATURE" for a, b in pairwise(keys))
    return double or (several and not boxed)


def readable(name: list[Word]) -> str | None:
    """Write a title as people do; None for what is generic or a catalogue number."""
    if not name or is_generic(name):
        return None
    if len(name) == 1 and (_CATALOGUE.fullmatch(name[0].key) or _CODE.fullmatch(name[0].key)):
        return None
    text = _trimmed(" ".join(word.text for word in name))
    if text.upper() != text and text.lower() != text:
        return text
    words = text.split()
    return " ".join(_cased(word, first=n == 0, last=n == len(words) - 1) for n, word in enumerate(words))


def _trimmed(text: str) -> str:
    for opening, closing in ("()", "[]", "{}"):
        if text.count(opening) != text.count(closing):
            text = text.replace(opening, "").replace(closing, "")
    edges = "".join(c for c in PUNCTUATION if c not in "([{}])")
    return text.strip(edges)


def _cased(word: str, *, first: bool, last: bool) -> str:
    key = word.upper().strip(PUNCTUATION)
    if key in ROMAN:
        return word.upper()
    if key in SMALL_WORDS and not first and not last:
        return word.lower()
    letters = re.sub(r"[^A-Z]", "", key)
    if 2 <= len(letters) <= 4 and not set(letters) & set("AEIOUY") and not _plain(key):
        return word.upper()
    return "-".join(part[:1].upper() + part[1:].lower() for part in word.split("-"))


def _plain(key: str) -> bool:
    return key in TITLE_CASED or _NTH.fullmatch(key) is not None or _PART.fullmatch(key) is not None
