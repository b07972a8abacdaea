"""Times, sizes and shares as people type them, and as they read them again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl.units import read_number, shown_number
from engramd.errors import InvalidArgument


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("1200", "s", 1200),
        ("90min", "s", 5400),
        ("90 m", "s", 5400),
        ("1h30m", "s", 5400),
        ("1 h 30 min", "s", 5400),
        ("1.5h", "s", 5400),
        ("7d", "s", 604_800),
        ("2 weeks", "s", 1_209_600),
        ("0", "s", 0),
        ("7", "days", 7),
        ("7d", "days", 7),
        ("2 weeks", "days", 14),
        ("48 hours", "days", 2),
        ("4GiB", "bytes", 4 << 30),
        ("500 MB", "bytes", 500_000_000),
        ("1.5 gb", "bytes", 1_500_000_000),
        ("12 bytes", "bytes", 12),
        ("-1", "bytes", -1),
        ("3", "", 3),
    ],
)
def test_whole_numbers_are_read_with_their_units(text: str, unit: str, expected: int) -> None:
    found = read_number(text, unit, whole=True)
    assert (found, type(found)) == (expected, int)


def test_a_share_may_be_percents() -> None:
    assert read_number("95%", "", whole=False) == read_number("0.95", "", whole=False) == 0.95
    assert read_number("100 %", "", whole=False) == 1.0


@pytest.mark.parametrize(
    ("text", "unit", "said"),
    [
        ("soon", "s", "such as 90 s, 20 min or 1h30m"),
        ("", "s", "is no number"),
        ("1h30", "s", "is no number"),
        ("1,5 h", "s", "is no number"),
        ("5 min", "bytes", "such as 500 MB or 4 GiB"),
        ("4G", "bytes", "such as 500 MB or 4 GiB"),
        ("4 GiB", "days", "such as 7d or 2 weeks"),
        ("36h", "days", "it would be 1.5 days"),
        ("0.5 s", "s", "it would be 0.5 s"),
        ("0.3", "", "it has a fraction"),
        ("7d", "", "is no number"),
        ("١٢", "s", "is no number"),
        ("nan", "", "is no number"),
        ("1e9", "bytes", "is no number"),
        ("9" * 5000, "days", "too long for a number; such as 7d"),
    ],
)
def test_what_is_no_number_of_the_unit_is_refused_with_an_example(text: str, unit: str, said: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        read_number(text, unit, whole=True)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (900, "s", "15 min"),
        (1200, "s", "20 min"),
        (5400, "s", "1 h 30 min"),
        (86_400, "s", "1 day"),
        (93_784, "s", "1 day 2 h 3 min 4 s"),
        (0, "s", "0 s"),
        (1, "days", "1 day"),
        (14, "days", "14 days"),
        (1_000_000_000, "bytes", "1 GB"),
        (4 << 30, "bytes", "4 GiB"),
        (1_500_000_000, "bytes", "1.5 GB"),
        (123_456_789, "bytes", "123456789 B"),
        (0, "bytes", "0 B"),
        (3, "", "3"),
        (0.95, "", "0.95"),
        (1.0, "", "1"),
    ],
)
def test_numbers_are_shown_with_their_units(value: float, unit: str, expected: str) -> None:
    assert shown_number(value, unit) == expected


@given(
    st.integers(0, 10**18) | st.integers(0, 4000).map(lambda n: n << 20),
    st.sampled_from(["s", "days", "bytes"]),
)
def test_what_is_shown_can_be_typed(value: int, unit: str) -> None:
    assert read_number(shown_number(value, unit), unit, whole=True) == value


@given(st.text(st.sampled_from("0123456789. hmdwskMGiB%-+")), st.sampled_from(["s", "days", "bytes", ""]))
def test_every_text_is_read_or_refused(text: str, unit: str) -> None:
    try:
        found = read_number(text, unit, whole=False)
    except InvalidArgument:
        return
    assert isinstance(found, float)
