"""Numbers, times and text as people read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.bus.variants import microseconds
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


NOW = datetime(2026, 1, 2, 18, 42, tzinfo=timezone(timedelta(hours=1)))


@pytest.mark.parametrize(
    ("away", "said", "clock", "since"),
    [
        (timedelta(), "just now", "18:42", "for a moment"),
        (timedelta(seconds=20), "in a moment", "18:42", None),
        (timedelta(minutes=12), "in 12 minutes", "18:54", None),
        (timedelta(minutes=1), "in 1 minute", "18:43", None),
        (-timedelta(minutes=59), "59 minutes ago", "17:43", "for 59 minutes"),
        (-timedelta(hours=4), "14:42", "14:42", "since 14:42"),
        (timedelta(hours=2), "20:42", "20:42", None),
        (timedelta(hours=12), "tomorrow 06:42", "tomorrow 06:42", None),
        (-timedelta(hours=19), "yesterday 23:42", "yesterday 23:42", "since yesterday 23:42"),
        (-timedelta(days=3), "3 days ago", "2025-12-30 18:42", "for 3 days"),
        (-timedelta(days=30), "2025-12-03 18:42", "2025-12-03 18:42", "since 2025-12-03 18:42"),
        (timedelta(days=2), "2026-01-04 18:42", "2026-01-04 18:42", None),
    ],
)
def test_times_are_told_in_words(away: timedelta, said: str, clock: str, since: str | None) -> None:
    at = microseconds(NOW + away)

    assert (text.when(at, NOW), text.clock(at, NOW)) == (said, clock)
    assert since is None or text.since(at, NOW) == since


def test_no_time_is_told_by_nothing() -> None:
    assert (text.when(0, NOW), text.clock(0, NOW), text.since(0, NOW)) == ("", "", "")


def test_things_are_counted() -> None:
    assert [text.counted(number, "disc") for number in (0, 1, 2)] == ["0 discs", "1 disc", "2 discs"]


@given(st.text())
def test_a_label_cannot_steer_the_terminal(label: str) -> None:
    shown = text.printable(f"\x1b]0;owned\x07{label}\n")

    assert shown.isprintable()
    assert len(shown) == len(label) + 11
