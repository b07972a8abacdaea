"""Times as people type them, on days when clocks change too."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engramd.ctl.times import since

NOW = datetime(2026, 11, 30, 20, 15, 30)


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("18:00", NOW.replace(hour=18, minute=0, second=0)),
        ("21:30", NOW.replace(day=29, hour=21, minute=30, second=0)),
        ("90min", NOW - timedelta(minutes=90)),
        ("2 d", NOW - timedelta(days=2)),
        ("12h", NOW - timedelta(hours=12)),
        ("2w", NOW - timedelta(weeks=2)),
        ("today", NOW.replace(hour=0, minute=0, second=0)),
        ("Yesterday", NOW.replace(day=29, hour=0, minute=0, second=0)),
        ("yesterday 18:30", NOW.replace(day=29, hour=18, minute=30, second=0)),
        ("2026-11-02", datetime(2026, 11, 2)),
        ("2026-11-02 07:05", datetime(2026, 11, 2, 7, 5)),
        ("2026-11-02T07:05:00Z", datetime(2026, 11, 2, 8, 5)),
    ],
)
def test_a_time_may_be_a_clocks_or_a_while_ago(said: str, meant: datetime) -> None:
    assert since(said, NOW) == meant.astimezone()


@pytest.mark.parametrize(
    ("now", "said", "meant"),
    [
        (datetime(2026, 3, 29, 12), "00:00", datetime(2026, 3, 28, 23, tzinfo=UTC)),
        (datetime(2026, 3, 29, 12), "18:00", datetime(2026, 3, 28, 17, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12), "00:00", datetime(2026, 10, 24, 22, tzinfo=UTC)),
        (datetime(2026, 10, 25, 12), "12h", datetime(2026, 10, 24, 23, tzinfo=UTC)),
    ],
)
def test_a_clock_that_changed_meanwhile_is_read_as_it_was(now: datetime, said: str, meant: datetime) -> None:
    assert since(said, now) == meant


@pytest.mark.parametrize(
    "said", ["", "tomorrow", "yesterday 25:00", "25:00", "18:60", "2y", "99999d", "2026-13-01", "٣d"]
)
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        since(said, NOW)
