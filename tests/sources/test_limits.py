"""Retry-After in all the shapes that servers send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.sources.limits import Pace, pause_before, retry_after

NOW = 1_720_000_000.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Wed, 03 Jul 2024 09:47:40 GMT", 60.0),
        ("Wed, 03 Jul 2024 09:00:00 GMT", 0.0),
        ("Wed, 03 Jul 2024 11:47:40 +0200", 60.0),
        ("9" * 400, 366 * 86400.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 366 * 86400.0),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
    ],
)
def test_retry_after(header: str, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ Jan \d+ \d+:\d+:\d+ [-+]?\w+", fullmatch=True))
def test_any_header_gives_seconds_or_nothing(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= 366 * 86400


def test_pauses_grow_and_have_an_end() -> None:
    assert [pause_before(n) for n in (1, 2, 3, 5, 50)] == [0.5, 1.0, 2.0, 8.0, 8.0]


def test_turns_come_one_after_another() -> None:
    pace = Pace(0.25)
    assert [pace.wait(now) for now in (10.0, 10.0, 10.1, 12.0, 12.25)] == pytest.approx(
        [0.0, 0.25, 0.4, 0.0, 0.0]
    )
