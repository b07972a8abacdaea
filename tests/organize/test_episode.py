from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.organize.episode import EpisodeCode


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("S01E01", "S01E01"),
        ("s1e2", "S01E02"),
        ("S00E03", "S00E03"),
        ("S01E01-E02", "S01E01-E02"),
        ("s01e09-e11", "S01E09-E11"),
        ("S1999E120", "S1999E120"),
    ],
)
def test_reads_codes_and_gives_their_canonical_form(text: str, canonical: str) -> None:
    assert str(EpisodeCode.parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        "",
        "S01",
        "E01",
        "1x01",
        "S01E01-03",
        "S01E01E02",
        "S01E02-E01",
        "S01E01-E01",
        "S01E01 ",
        "xS01E01",
        "S01E01\n",
        "S٠١E٠١",
    ],
)
def test_refuses_what_is_no_whole_code(text: str) -> None:
    with pytest.raises(InvalidArgument, match="no episode"):
        EpisodeCode.parse(text)


@given(st.integers(0, 9999), st.integers(0, 9990), st.integers(0, 9))
def test_every_code_survives_the_way_through_text(season: int, first: int, more: int) -> None:
    code = EpisodeCode(season, first, first + more)
    assert EpisodeCode.parse(str(code)) == code
