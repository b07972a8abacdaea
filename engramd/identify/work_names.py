"""How alike two names of works are, as people write them and as volume labels do."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache


def _words(text: str) -> list[str]:
    return text.split()


#: Articles that labels leave out. Others belong to a title of another language: Las Vegas is not Vegas.
_ARTICLES = frozenset(_words("the a an"))
#: Articles that lists put behind a comma: `Boot, Das`.
_ARTICLES_BEHIND = _ARTICLES | frozenset(_words("der die das le la les el los las il lo gli een het de"))
_NUMBERS = {word: str(n) for n, word in enumerate(_words("two three four five six seven eight nine ten"), 2)}
_ROMAN = {word: str(n) for n, word in enumerate(_words("ii iii iv v vi vii viii ix x xi xii xiii"), 2)}
#: Letters that Unicode does not take apart into a plain one and an accent.
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"})
_YEAR = re.compile(r"\s*[(\[](?:18|19|20)\d\d[)\]]\s*$")
_COUNTRIES = {"us": "US", "usa": "US", "uk": "GB", "gb": "GB", "au": "AU", "nz": "NZ"}

#: Volume labels are often cut off; a beginning of this many letters says something.
_SHORTEST_BEGINNING = 10
_BEGINNING = 0.85
_SHORTEST_PART = 5
#: All words of one name in the other: a part of a title, such as `Shawshank`.
_PART = 0.78
_NUMBER_MISSING = 0.75
_OTHER_NUMBER = 0.5


@dataclass(frozen=True)
class PlainName:
    """A name reduced to words without case, accents, punctuation and a leading article; numbers in digits."""

    words: tuple[str, ...]

    @property
    def joined(self) -> str:
        """Give the words without spaces, as many labels have them."""
        return "".join(self.words)

    @property
    def numbers(self) -> tuple[str, ...]:
        """Give the numbers in the name, which tell the parts of a series of films apart."""
        return tuple(word for word in self.words if word.isdigit())


@lru_cache(maxsize=1024)
def plain_name(name: str) -> PlainName:
    """Reduce a name to what people agree on."""
    text = (
        _YEAR.sub("", " ".join(name.split()))
        .casefold()
        .replace("&", " and ")
        .replace("+", " and ")
        .translate(_LETTERS)
    )
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = re.sub(r"['’`´.](?=\w)", "", text)
    words = re.sub(r"[\W_]+", " ", text).split()
    if len(words) > 1 and words[0] in _ARTICLES:
        words = words[1:]
    elif len(words) > 1 and words[-1] in _ARTICLES_BEHIND and "," in name:
        words = words[:-1] if words[-1] in _ARTICLES else [words[-1], *words[:-1]]
    return PlainName(tuple(_in_digits(word, first=n == 0) for n, word in enumerate(words)))


def without_country(name: str) -> tuple[str, str]:
    """Cut off a country at the end: `The Office (US)` gives `The Office` and `US`; else the name and ""."""
    words = name.replace("(", " ").replace(")", " ").split()
    country = _COUNTRIES.get(words[-1].casefold().replace(".", "")) if len(words) > 1 else None
    return (" ".join(words[:-1]), country) if country else (name, "")


def similarity(one: PlainName, other: PlainName) -> float:
    """Give 1 for the same name and less for others; two parts of a series of films are not alike at all."""
    if not one.words or not other.words:
        return 0.0
    if one.joined == other.joined:
        return 1.0
    from rapidfuzz import fuzz

    alike = max(
        fuzz.ratio(one.joined, other.joined),
        fuzz.token_sort_ratio(" ".join(one.words), " ".join(other.words)),
    )
    best = max(alike / 100, _beginning(one.joined, other.joined), _part(one, other))
    if one.numbers == other.numbers:
        return best
    return min(best, _OTHER_NUMBER if one.numbers and other.numbers else _NUMBER_MISSING)


def _part(one: PlainName, other: PlainName) -> float:
    short, long = sorted((one, other), key=lambda name: len(name.words))
    return _PART if len(short.joined) >= _SHORTEST_PART and set(short.words) <= set(long.words) else 0.0


def _beginning(one: str, other: str) -> float:
    short, long = sorted((one, other), key=len)
    return _BEGINNING if len(short) >= _SHORTEST_BEGINNING and long.startswith(short) else 0.0


def _in_digits(word: str, *, first: bool) -> str:
    if first:
        return word
    return _NUMBERS.get(word) or _ROMAN.get(word) or word
