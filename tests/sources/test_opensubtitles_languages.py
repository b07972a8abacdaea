"""Languages as OpenSubtitles.com writes them."""

from __future__ import annotations

import pytest

from engramd.sources.opensubtitles_languages import from_code, to_codes


@pytest.mark.parametrize(
    ("code", "language"),
    [
        ("en", "eng"),
        ("EN", "eng"),
        ("de", "ger"),
        ("fr", "fre"),
        ("pt-BR", "por"),
        ("pt-pt", "por"),
        ("zh-tw", "chi"),
        ("he", "heb"),
        ("deu", "ger"),
        ("ze", None),
        ("", None),
        ("xx", None),
        ("é", None),
    ],
)
def test_a_code_is_read(code: str, language: str | None) -> None:
    assert from_code(code) == language


def test_languages_are_asked_for_with_their_variants_in_order() -> None:
    assert to_codes(["ger", "eng"]) == "de,en"
    assert to_codes(["por"]) == "pt,pt-br,pt-pt"
    assert to_codes(["heb", "heb", "tlh"]) == "he"
    assert to_codes([]) == ""
