"""Guesses the language of a text: by script, by letters of one language, by the commonest small words.

The codes are ISO 639-2/B. Languages that a few hundred cues do not tell apart are one: `hrv` is Croatian,
Bosnian and Serbian in Latin letters, `ind` Indonesian and Malay, `nor` both kinds of Norwegian; see `alike`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from engramd.match.language_tables import LETTERS, NAMES, RELATIVES, SCRIPTS, SMALL_WORDS, WORDS_TOO

#: Least letters of a text that says anything, in scripts of words and in scripts of one language.
LEAST_LETTERS, LEAST_SIGNS = 80, 20
#: Share of the letters that must be of a script.
OF_A_SCRIPT = 0.15
#: Share of small words that a text has in its own language, and how much more than in any other.
LEAST_SHARE, LEAST_HITS, AHEAD = 0.08, 5, 1.2
#: Of a longer text so many signs are looked at: as many of the beginning, the middle and the end.
MOST_TEXT = 12_000

_WORDS = {name: frozenset(words.split()) for name, words in SMALL_WORDS.items()}
_SMALL = frozenset(word for known in _WORDS.values() for word in known)
_PAIRS = {
    pair: (
        frozenset(first.split()) - frozenset(second.split()),
        frozenset(second.split()) - frozenset(first.split()),
    )
    for pair, (first, second) in RELATIVES.items()
}

#: What files call the languages.
CODES = {word: name for name, words in NAMES.items() for word in (name, *words.split())}
#: Only right before the file's suffix these are a language.
_WORDS_TOO = frozenset(WORDS_TOO.split())
#: `.pt-BR`, `.es-419`, `.zh-Hant`
_LOCALE = re.compile(r"\.([a-z]{2})[-_](?:[a-z]{2}|\d{3}|han[st])$")
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_ALIKE = (frozenset({"hrv", "srp"}),)


def alike(first: str | None, second: str | None) -> bool:
    """Whether two codes name languages that may be one: Serbian is written in two scripts."""
    return first == second or any({first, second} <= family for family in _ALIKE)


def guess(texts: Iterable[str]) -> str | None:
    """Give the code of the language, or None if the text is too short or of no language that is known."""
    text = _sample(" ".join(texts)).casefold().replace("’", "'")
    words = _TOKEN.findall(text)
    letters = sum(map(len, words)) - sum("'" in word for word in words)
    if letters < LEAST_SIGNS:
        return None
    if not text.isascii() and (script := _script(text, letters)):
        return _of_script(script, text)
    if letters < LEAST_LETTERS:
        return None
    return _by_small_words(words)


def _sample(text: str) -> str:
    if len(text) <= MOST_TEXT:
        return text
    part, middle = MOST_TEXT // 3, len(text) // 2
    return f"{text[:part]} {text[middle : middle + part]} {text[-part:]}"


def _script(text: str, letters: int) -> str | None:
    return next((name for name, signs in SCRIPTS if len(signs.findall(text)) > OF_A_SCRIPT * letters), None)


def _of_script(script: str, text: str) -> str | None:
    """Tell the languages of one script apart by letters that only one of them uses."""
    if script not in LETTERS:
        return script
    counts = Counter(text)
    found = {name: sum(counts[sign] for sign in signs) for name, signs in LETTERS[script].items()}
    if script == "cyrillic" and found["rus"] + found["ukr"] > found["bul"]:
        found["bul"] = 0  # Russian has its hard sign, but seldom
    best = max(found, key=lambda name: found[name])
    return best if found[best] else None


def _by_small_words(words: list[str]) -> str | None:
    if not words:
        return None
    counts = Counter(words)
    small = _SMALL & counts.keys()
    hits = {name: sum(counts[word] for word in known & small) for name, known in _WORDS.items()}
    first, second = sorted(hits, key=lambda name: -hits[name])[:2]
    if hits[first] < max(LEAST_HITS, LEAST_SHARE * len(words)):
        return None
    if pair := next((pair for pair in _PAIRS if set(pair) == {first, second}), None):
        return _between(pair, counts)
    return first if hits[first] > AHEAD * hits[second] else None


def _between(pair: tuple[str, str], counts: Counter[str]) -> str | None:
    own, other = (sum(counts[word] for word in known) for known in _PAIRS[pair])
    if own == other:
        return None
    return pair[0] if own > other else pair[1]


def claimed(stem: str) -> str | None:
    """Give the language that a file's name claims: `Show.S01E02.en` gives `eng`."""
    stem = _LOCALE.sub(r".\1", stem.casefold())
    parts = re.split(r"[ ._\-\[\]()]+", stem.strip("])"))
    for place, part in enumerate(reversed(parts[-3:])):
        if part in CODES and (
            part not in _WORDS_TOO or (place == 0 and re.search(r"[._\-\[(]\w+\W*$", stem))
        ):
            return CODES[part]
    return None
