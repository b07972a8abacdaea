"""Guesses the language of a subtitle text, coarsely: by script, then by the commonest small words."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SCRIPTS = (
    ("jpn", re.compile(r"[\u3040-\u30ff]")),
    ("chi", re.compile(r"[\u4e00-\u9fff]")),
    ("kor", re.compile(r"[\uac00-\ud7af]")),
    ("cyrillic", re.compile(r"[\u0400-\u04ff]")),
    ("heb", re.compile(r"[\u0590-\u05ff]")),
    ("ara", re.compile(r"[\u0600-\u06ff]")),
    ("gre", re.compile(r"[\u0370-\u03ff]")),
    ("tha", re.compile(r"[\u0e00-\u0e7f]")),
)
_SMALL_WORDS = {
    "eng": "the and you that what have with this for not are your just was",
    "fre": "le les est pas vous une que dans qui nous pour des mais avec ça",
    "ger": "ich und das nicht ist sie du ein wir zu mir auf mit wir auch",
    "spa": "que no los una por qué está lo pero para con muy esto del eso",
    "ita": "che di non il per sono una mi cosa ma ti questo della con ho",
    "por": "que não uma você isso para com os ele mas eu bem foi ela está",
    "dut": "ik je het een niet dat van wat ze heb maar zijn voor naar met",
    "swe": "jag det att inte som är vad och du har för på den vi om",
    "pol": "nie się to że na jest co jak ale mnie tak dla czy mi już",
}
_WORDS = {name: frozenset(words.split()) for name, words in _SMALL_WORDS.items()}

#: What files call the languages above.
CODES = {
    "en": "eng", "eng": "eng", "english": "eng", "fr": "fre", "fre": "fre", "fra": "fre", "french": "fre",
    "de": "ger", "ger": "ger", "deu": "ger", "german": "ger", "es": "spa", "spa": "spa", "spanish": "spa",
    "it": "ita", "ita": "ita", "italian": "ita", "pt": "por", "por": "por", "portuguese": "por",
    "nl": "dut", "dut": "dut", "nld": "dut", "dutch": "dut", "sv": "swe", "swe": "swe", "swedish": "swe",
    "pl": "pol", "pol": "pol", "polish": "pol", "ja": "jpn", "jpn": "jpn", "japanese": "jpn",
    "zh": "chi", "chi": "chi", "zho": "chi", "chinese": "chi", "ko": "kor", "kor": "kor", "korean": "kor",
    "he": "heb", "heb": "heb", "hebrew": "heb", "ar": "ara", "ara": "ara", "arabic": "ara",
    "el": "gre", "gre": "gre", "ell": "gre", "greek": "gre", "th": "tha", "tha": "tha",
    "ru": "cyrillic", "rus": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "sr": "cyrillic",
}  # fmt: skip


def guess(texts: Iterable[str]) -> str | None:
    """Give an ISO 639-2/B code, `cyrillic`, or None if the text is too short or of no known language."""
    text = " ".join(texts)[:40_000].casefold()
    letters = len(re.findall(r"[^\W\d_]", text))
    if letters < 200:
        return None
    for name, pattern in _SCRIPTS:
        if len(pattern.findall(text)) > 0.15 * letters:
            return name
    return _by_small_words(re.findall(r"[^\W\d_]+", text))


def _by_small_words(words: list[str]) -> str | None:
    shares = {name: sum(word in known for word in words) / len(words) for name, known in _WORDS.items()}
    first, second = sorted(shares, key=lambda name: -shares[name])[:2]
    return first if shares[first] > 0.06 and shares[first] > 1.3 * shares[second] else None


def claimed(stem: str) -> str | None:
    """Give the language that a file's name claims: `Show.S01E02.en` gives `eng`."""
    for part in reversed(re.split(r"[ ._\-\[\]()]+", stem.casefold())[-3:]):
        if part in CODES and part not in ("it", "he", "no"):
            return CODES[part]
    tail = re.search(r"\.(it|he)$", stem.casefold())
    return CODES[tail[1]] if tail else None
