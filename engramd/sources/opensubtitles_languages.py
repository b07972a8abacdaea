"""Languages as OpenSubtitles.com writes them: ISO 639-1, and codes of its own for variants."""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_lowercase

from engramd.discs.languages import from_bluray, from_dvd

# As /api/v1/infos/languages lists them; `ze` holds Chinese and English together.
_OWN = {
    "pt-pt": "por",
    "pt-br": "por",
    "zh-cn": "chi",
    "zh-tw": "chi",
    "zh-ca": "chi",
    "ze": "chi",
    "ea": "spa",
    "sp": "spa",
    "me": "srp",
    "at": "ast",
    "ma": "mni",
    "sy": "syr",
    "ex": "ext",
}
_MIXED = frozenset({"ze"})
#: Codes that ISO 639-1 withdrew.
_OLD = frozenset({"iw", "in", "ji", "jw", "mo", "bh"})


def _table() -> dict[str, tuple[str, ...]]:
    """Give all codes of OpenSubtitles for each ISO 639-2/B code."""
    found: dict[str, list[str]] = {}
    for two in (a + b for a in ascii_lowercase for b in ascii_lowercase):
        three = from_dvd(two.encode())
        if three is not None and two not in _OLD and two not in _OWN:
            found.setdefault(three, []).append(two)
    for own, three in _OWN.items():
        if own not in _MIXED:
            found.setdefault(three, []).append(own)
    return {three: tuple(codes) for three, codes in found.items()}


_CODES = _table()


def to_codes(languages: Iterable[str]) -> str:
    """Give the parameter `languages` for ISO 639-2/B codes; sorted, for other orders are redirected."""
    return ",".join(sorted({code for three in languages for code in _CODES.get(three, ())}))


def from_code(code: str) -> str | None:
    """Give ISO 639-2/B for a code of OpenSubtitles; None for one that is not known or mixed."""
    code = code.strip().lower()
    if code in _MIXED or not code.isascii():
        return None
    if code in _OWN:
        return _OWN[code]
    return from_dvd(code.encode()) if len(code) == 2 else from_bluray(code.encode())
