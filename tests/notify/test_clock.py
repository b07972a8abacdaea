"""Evenings, quiet hours and pauses, in a zone whose clocks change."""

from __future__ import annotations

import time as clock
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

import pytest

from engramd.notify.clock import MOST_ATTEMPTS, next_at, next_attempt, pause_after, quiet_until

NIGHT = (time(22, 0), time(7, 0))
NOON = (time(12, 0), time(14, 0))
EARLY = (time(22, 0), time(2, 30))


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    clock.tzset()
    yield
    monkeypatch.undo()
    clock.tzset()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-01-10T12:00", "2026-01-10T20:00"),
        ("2026-01-10T20:00", "2026-01-11T20:00"),
        ("2026-07-10T12:00", "2026-07-10T19:00"),
        ("2026-03-28T21:00", "2026-03-29T19:00"),  # the clocks go forward in between
        ("2026-10-24T21:00", "2026-10-25T20:00"),  # and back
    ],
)
def test_the_evening_is_in_local_time(now: str, expected: str) -> None:
    assert next_at(at(now), time(21, 0)) == at(expected)


@pytest.mark.parametrize(
    ("now", "hours", "until"),
    [
        ("2026-01-10T20:59", NIGHT, None),
        ("2026-01-10T21:00", NIGHT, "2026-01-11T06:00"),
        ("2026-01-11T05:59", NIGHT, "2026-01-11T06:00"),
        ("2026-01-11T06:00", NIGHT, None),
        ("2026-01-11T11:30", NOON, "2026-01-11T13:00"),
        ("2026-01-11T13:00", NOON, None),
        ("2026-01-11T11:30", None, None),
        ("2026-10-25T01:10", EARLY, "2026-10-25T01:30"),  # 02:10, for the second time
        ("2026-10-25T00:10", EARLY, "2026-10-25T00:30"),
    ],
)
def test_quiet_hours_may_go_over_midnight(
    now: str, hours: tuple[time, time] | None, until: str | None
) -> None:
    assert quiet_until(at(now), hours) == (at(until) if until else None)


def test_pauses_grow_and_end_after_a_day() -> None:
    pauses = [pause_after(attempts) for attempts in range(1, MOST_ATTEMPTS)]

    assert pauses == sorted(pauses)
    assert pauses[0] == timedelta(minutes=1)
    assert pauses[-1] == timedelta(hours=1)
    assert timedelta(hours=23) < sum(pauses, timedelta()) <= timedelta(hours=24)
    assert next_attempt(MOST_ATTEMPTS - 1, at("2026-01-11T06:00")) is not None
    assert next_attempt(MOST_ATTEMPTS, at("2026-01-11T06:00")) is None
