"""The languages that a person names in a setting: codes, names, and the word `original`."""

from __future__ import annotations

import re
from functools import cache
from itertools import product
from string import ascii_lowercase

from engramd.discs.languages import from_bluray, from_dvd
from engramd.errors import InvalidArgument

#: The language that a film was made in, whichever that is.
ORIGINAL = "original"

_WORD = re.compile(r"[^,;\s]+")
# Languages of discs that have no code of two letters.
_THREE_LETTERS_ONLY = frozenset(("cmn", "fil", "grc", "gsw", "haw", "nds", "sco", "yue"))
_TABLE = """
afrikaans:afr albanian:alb arabic:ara armenian:arm basque:baq bengali:ben bosnian:bos bulgarian:bul
cantonese:yue catalan:cat chinese:chi croatian:hrv czech:cze danish:dan dutch:dut english:eng estonian:est
filipino:fil finnish:fin french:fre galician:glg georgian:geo german:ger greek:gre hebrew:heb hindi:hin
hungarian:hun icelandic:ice indonesian:ind irish:gle italian:ita japanese:jpn korean:kor latin:lat
latvian:lav lithuanian:lit macedonian:mac malay:may mandarin:cmn norwegian:nor persian:per polish:pol
portuguese:por romanian:rum russian:rus serbian:srp slovak:slo slovenian:slv spanish:spa swahili:swa
swedish:swe tamil:tam telugu:tel thai:tha turkish:tur ukrainian:ukr urdu:urd vietnamese:vie welsh:wel
"""
_NAMES = dict(pair.split(":") for pair in _TABLE.split())


def languages_of(text: str) -> tuple[str, ...]:
    """Read a list such as `eng, de, French` or `original, en` into ISO 639-2/B codes, each once, in order.

    Codes of ISO 639-1 and 639-2 (both kinds) and English names of common languages are understood, with
    commas, semicolons or spaces between them. Raises InvalidArgument with the place of what is no language.
    """
    return tuple(dict.fromkeys(_language(found[0], found.start()) for found in _WORD.finditer(text)))


def is_language(code: str) -> bool:
    """Say whether this is a code of ISO 639-2/B that discs use; they hold garbage as well."""
    return code in _known()


def _language(word: str, at: int) -> str:
    text = word.lower()
    if text == ORIGINAL:
        return text
    code = _NAMES.get(text)
    if code is None and text.isascii():
        code = from_dvd(text.encode()) if len(text) == 2 else from_bluray(text.encode())
    if code is None or not is_language(code):
        raise InvalidArgument(
            f"“{word}” is no language",
            where=f"character {at + 1} of the list",
            remedy="write codes such as eng, de or fre, English names, or original",
        )
    return code


@cache
def _known() -> frozenset[str]:
    pairs = ("".join(pair).encode() for pair in product(ascii_lowercase, repeat=2))
    return _THREE_LETTERS_ONLY | {code for pair in pairs if (code := from_dvd(pair)) is not None}
