"""Repairs what tesseract is known to misread, by rules that need no dictionary and spare other languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

ENGLISH = frozenset({"eng"})
#: Languages in which no word begins with `l` and one of the consonants below, or with `rn` or `vv`.
NO_SUCH_BEGINNING = frozenset(
    {"eng", "ger", "fre", "spa", "ita", "por", "dut", "swe", "dan", "nor", "fin", "cat"}
)


@dataclass(frozen=True)
class _Slip:
    wrong: re.Pattern[str]
    right: str
    languages: frozenset[str] | None = None


def _slip(wrong: str, right: str, languages: frozenset[str] | None = None) -> _Slip:
    return _Slip(re.compile(wrong, re.MULTILINE), right, languages)


SLIPS = (
    _slip(r"[‘’`´]", "'"),
    _slip(r"[“”„]|''", '"'),
    _slip("ﬁ", "fi"),
    _slip("ﬂ", "fl"),
    # A bar is an l between small letters, and an I anywhere else.
    _slip(r"(?<=[a-zß-ÿ'])\|\|", "ll"),
    _slip(r"(?<=[a-zß-ÿ'])\|", "l"),
    _slip(r"\|", "I"),
    _slip(r"(?<=[a-zß-ÿ])0(?=[a-zß-ÿ])", "o"),
    _slip(r"(?<=[A-ZÀ-Þ])0(?=[A-ZÀ-Þ])", "O"),
    _slip(r"(?<=[a-zß-ÿ])1(?=[a-zß-ÿ])", "l"),
    _slip(r"(?:\bl|(?<=[A-ZÀ-Þ])[1l])(?=[A-ZÀ-Þ])", "I"),
    _slip(r"(?<![\w'])[l1!](?='(?:m|ll|l!|ve|d)(?!\w))", "I"),
    _slip(r"\bl(?!(?:bs?|td|cd|bw|p)\b)(?=[bcdfghkmnpqrstvwxz])", "I", NO_SUCH_BEGINNING),
    _slip(r"\brn(?=[aeiouy])", "m", NO_SUCH_BEGINNING),
    _slip(r"\bvv(?=[aeiouhr])", "w", NO_SUCH_BEGINNING),
    # What stands alone for I.
    _slip(r"(?<![\w'.])l(?![\w'.])", "I", ENGLISH),
    _slip(r"(?:(?<=\s)|^|(?<=\"))[/{£!f](?=\s+[a-z])", "I", ENGLISH),
    _slip(r"(?:(?<=\s)|^|(?<=[\"-]))[!/](?=[tfsn]\b)", "I", ENGLISH),
    _slip(r"\b(?:I'rn|Fm|fim|iim)\b", "I'm", ENGLISH),
    _slip(r"'(?:U\b|l!(?!\w))", "'ll", ENGLISH),
    _slip(r"\b(?:Fil|Fli|fli)\b", "I'll", ENGLISH),
    _slip(r"\b([Ff])rorn\b", r"\1rom", ENGLISH),
    _slip(r"\b([Ss])orne", r"\1ome", ENGLISH),
    _slip(r"\b([TtNn])(i|a)rne(s?)\b", r"\1\2me\3", ENGLISH),
    _slip(r"\bail\b", "all", ENGLISH),
    # Words that ran together.
    _slip(r"(?:\bi|\bI|(?<!\w)\[|\bf)t(is|was)\b", r"It \1", ENGLISH),
    _slip(r"(?<!the )\blam\b", "I am", ENGLISH),
    _slip(
        r"\bI(am|was|have|had|will|would|can|could|do|don't|did|know|think|just|need|want|mean)\b",
        r"I \1",
        ENGLISH,
    ),
    _slip(r"(?<=[a-z])I'(?=(?:ll|m|ve|d)\b)", " I'", ENGLISH),
    _slip(r"\b([Aa])llin\b", r"\1ll in", ENGLISH),
    _slip(r"(?<=[a-z]) ?' ?(?=(?:t|s|re|ve|ll|m|d)\b)", "'", ENGLISH),
    # Notes that frame a song are read as letters and signs, alike at both ends.
    _slip(r"[♪♫♬]", ""),
    _slip(r"\A\s*([J#*&¢fdD~]{1,2})\s+(\S[\s\S]*?)\s+\1\s*\Z", r"\2"),
    # Specks: lines without a letter or digit, and signs at the edges of a line.
    _slip(r"^[^\w\n]*$\n?", ""),
    _slip(r"^[~_=.,·•°\s]+(?=[\w\"'\[(-])", ""),
    _slip(r"\s+[~_=·•°]+$", ""),
    _slip(r"[ \t]+(?=[,.;:?!](?:\s|$))", "", ENGLISH),
    _slip(r"[ \t]{2,}", " "),
)


def repair(text: str, language: str | None = None) -> str:
    """Repair a caption; `language` (ISO 639-2/B) brings the rules that hold in it. Lines stay lines."""
    for slip in SLIPS:
        if slip.languages is None or language in slip.languages:
            text = slip.wrong.sub(slip.right, text)
    return text.strip()
