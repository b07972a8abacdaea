"""The languages that people write into a setting."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.rip.tracks import languages_of


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ()),
        ("  , ;", ()),
        ("eng", ("eng",)),
        ("eng, deu, original", ("eng", "ger", "original")),
        ("DE;fr  Japanese", ("ger", "fre", "jpn")),
        ("ger,deu,de,German", ("ger",)),
        ("iw, yue", ("heb", "yue")),
        ("Original", ("original",)),
    ],
)
def test_codes_of_all_kinds_and_names_are_understood(text: str, codes: tuple[str, ...]) -> None:
    assert languages_of(text) == codes


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("eng, klingon", "klingon", 6),
        ("xx", "xx", 1),
        ("eng de enf", "enf", 8),
        ("und", "und", 1),
        ("é", "é", 1),
    ],
)
def test_what_is_no_language_is_shown_with_its_place(text: str, word: str, place: int) -> None:
    with pytest.raises(InvalidArgument, match=f"“{word}” is no language.*character {place} of the list"):
        languages_of(text)


@given(st.text(max_size=30))
def test_any_text_is_a_list_or_an_invalid_argument(text: str) -> None:
    try:
        codes = languages_of(text)
    except InvalidArgument:
        return
    assert languages_of(", ".join(codes)) == codes
