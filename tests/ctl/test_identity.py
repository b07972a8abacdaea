"""How people say which titles are which episodes."""

from __future__ import annotations

import pytest

from engramd.ctl.identity import assignments
from engramd.errors import InvalidArgument


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("3", "S01E02"), {3: "S01E02"}),
        (("3", "s01e02"), {3: "S01E02"}),
        (("3", "S01E02-E03"), {3: "S01E02-E03"}),
        (("3", "S01E02-03"), {3: "S01E02-E03"}),
        (("3=S01E02", "4=S01E05"), {3: "S01E02", 4: "S01E05"}),
        (("1-3=S02E07-E09",), {1: "S02E07", 2: "S02E08", 3: "S02E09"}),
        (("2=S00E01-E02",), {2: "S00E01-E02"}),
        (("3", "Harbor Lights (1999)"), {3: "Harbor Lights (1999)"}),
        (("3", "1 = 2 (2011)"), {3: "1 = 2 (2011)"}),
        (("3=Heat (1995)", "4=S01E02"), {3: "Heat (1995)", 4: "S01E02"}),
    ],
)
def test_titles_and_episodes(words: tuple[str, ...], meant: dict[int, str]) -> None:
    assert assignments(words) == meant


@pytest.mark.parametrize(
    "words",
    [
        ("0", "S01E02"),
        ("x", "S01E02"),
        ("3", "E02"),
        ("1-3=S02E07-E08",),
        ("3-1=S02E07-E09",),
        ("1-3=S02E07",),
        ("3",),
        ("3", "Harbor Lights"),
        ("3", "Harbor Lights (19)"),
        ("1-2=Harbor Lights (1999)",),
        ("1=S01E01", "1-2=S01E02-E03"),
        ("1-99999999999=S01E01",),
        ("9" * 5000, "S01E01"),
    ],
)
def test_what_is_no_assignment_is_refused_before_anything_changes(words: tuple[str, ...]) -> None:
    with pytest.raises(InvalidArgument):
        assignments(words)
