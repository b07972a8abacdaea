"""The report of an evening: how its time is said, and how it is laid out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from engramd.ctl.report import evening, since

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


@pytest.mark.parametrize("said", ["", "yesterday", "25:00", "18:60", "2w", "99999d", "2026-13-01", "٣d"])
def test_what_is_no_time_is_refused(said: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        since(said, NOW)


def row(**other: object) -> dict[str, object]:
    known = {
        "job": 3,
        "headline": "Harbor Station, season 1, disc 1: done, 2 titles filed",
        "began": 1_000_000_000_000,
        "ended": 1_000_900_000_000,
        "filed": ["Harbor Station - S01E01.mkv", "Harbor Station - S01E02.mkv"],
        "open": 0,
        "failed": 0,
        "skipped": 1,
        "questions": 0,
        "why": "",
    }
    return known | other


def test_an_evening_is_a_paragraph_a_disc_and_a_sum() -> None:
    asked = row(job=4, headline="LABEL: waits for an answer", ended=0, filed=[], open=2, questions=1)
    broken = row(
        job=5, headline="B: done, 1 title filed, 1 failed", filed=["B.mkv"], failed=1, why="no\x1bway"
    )
    assert evening([row(), asked, broken], NOW).splitlines() == [
        "job 3: Harbor Station, season 1, disc 1: done, 2 titles filed (15:00)",
        "  Harbor Station - S01E01.mkv",
        "  Harbor Station - S01E02.mkv",
        "",
        "job 4: LABEL: waits for an answer",
        "  1 question open: engramctl review",
        "",
        "job 5: B: done, 1 title filed, 1 failed (15:00)",
        "  B.mkv",
        "  no\N{REPLACEMENT CHARACTER}way",
        "",
        "3 discs since 2026-11-30 20:15, 3 files filed, 1 title failed, 1 question open.",
    ]


def test_many_files_are_counted_and_nothing_is_said_plainly() -> None:
    many = evening([row(filed=[f"{n:02}.mkv" for n in range(20)])], NOW)
    assert "  11.mkv\n  and 8 more\n" in many
    assert evening([], NOW) == "Nothing happened since 2026-11-30 20:15."
