"""A volume label or disc name as words: cut to a bounded length, cleaned, compared in capitals. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from engramd.identify.words import NUMBER_WORDS

PUNCTUATION = " :;,()[]{}|-–—•·\"'“”"
#: What stands behind in a label is not read; a real label has 128 characters at most.
_LONGEST = 256
_YEAR = re.compile(r"[(\[]((?:18[89]|19\d|20\d)\d)[)\]]")
#: What some systems add to a label to tell discs apart.
_TELL_APART = re.compile(r"#[0-9A-F]{4}\s*$")
_MARKS = str.maketrans("_", " ", "™®©")


@dataclass(frozen=True)
class Word:
    """A word as it stands there, and as it is compared: in capitals, without punctuation around it."""

    text: str
    key: str


def split(text: str) -> tuple[list[Word], int | None]:
    """Give the words of a label, and the year that stands in brackets."""
    clean = unicodedata.normalize("NFC", text[:_LONGEST])[:_LONGEST]
    clean = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in clean)
    clean = _TELL_APART.sub("", clean.translate(_MARKS))
    years = _YEAR.findall(clean)
    clean = _YEAR.sub(" ", clean)
    if " " not in clean.strip() and clean.count(".") > 1:
        clean = clean.replace(".", " ")
    parts = (part for part in clean.split() if part.strip(PUNCTUATION))
    return [word(part) for part in parts], int(years[0]) if years else None


def word(text: str) -> Word:
    """Make a word of a text."""
    return Word(text, text.strip(PUNCTUATION).rstrip(".").upper())


def number(key: str) -> int | None:
    """Give the value of a number of at most two digits, of a word for one, or of a Roman one."""
    if key.isascii() and key.isdecimal() and len(key) <= 2:
        return int(key)
    return NUMBER_WORDS.get(key)
