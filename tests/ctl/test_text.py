"""Numbers, times and text as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.ctl import text

NOON = 1_700_000_000_000_000


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0:00"), (42, "0:42"), (1267.4, "21:07"), (6727, "1:52:07"), (59.6, "1:00")]
)
def test_playing_times(seconds: float, shown: str) -> None:
    assert text.length(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (324_000, "324 kB"),
        (4_700_000_000, "4.7 GB"),
        (5e13, "50.0 TB"),
    ],
)
def test_sizes(count: float, shown: str) -> None:
    assert text.size(count) == shown


def test_nearly_sure_is_not_sure() -> None:
    assert [text.percent(part) for part in (-1, 0, 0.5, 0.9999, 1)] == ["", "0%", "50%", "99%", "100%"]


def test_times_are_iso_8601_in_utc() -> None:
    assert text.iso(NOON) == "2023-11-14T22:13:20Z"
    assert text.iso(NOON + 250_000) == "2023-11-14T22:13:20.250000Z"
    assert text.iso(0) is None


def test_the_time_that_is_left_never_runs_backwards() -> None:
    begin = datetime.fromtimestamp(NOON / 1e6, UTC)

    assert text.remaining(NOON + 65_000_000, begin) == "1:05 left"
    assert text.remaining(NOON - 65_000_000, begin) == "0:00 left"
    assert text.remaining(0, begin) == ""


@given(st.text())
def test_a_label_cannot_steer_the_terminal(label: str) -> None:
    shown = text.printable(f"\x1b]0;owned\x07{label}\n")

    assert shown.isprintable()
    assert len(shown) == len(label) + 11
