"""Progress, rate and remaining time of a job and of the title in work."""

from __future__ import annotations

from typing import cast

import pytest

from engramd.events import Event, EventHub, RipProgress
from engramd.models import DiscTitle
from engramd.pipeline.meter import Meter
from engramd.pipeline.parts import Parts
from engramd.rip import Progress

MB = 1_000_000


class Clock:
    """A clock that a test sets."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A meter of two titles of 100 MB, and what it tells."""

    def __init__(self) -> None:
        self.hub = EventHub()
        self.told: list[RipProgress] = []
        self.hub.subscribe(Event, lambda event: self.told.append(cast(RipProgress, event)))
        self.titles = [DiscTitle(job_id=1, title_index=i, file_size_bytes=100 * MB) for i in range(2)]
        self.clock = Clock()
        self.meter = Meter(cast(Parts, self), 1, self.titles, clock=self.clock)

    def rip(self, index: int, fraction: float, seconds: float = 1.0) -> RipProgress:
        """Let time pass, and a title be so far."""
        self.clock.now += seconds
        self.meter.show(self.titles[index], Progress(fraction, int(fraction * 100 * MB), 0.0))
        return self.told[-1]


def test_rate_and_remaining_time_are_of_the_last_while() -> None:
    bench = Bench()
    for step in range(1, 6):
        told = bench.rip(0, step * 0.1)
    assert told.rate == pytest.approx(10 * MB, rel=0.01)
    assert told.fraction == pytest.approx(0.25)
    assert told.seconds_left == pytest.approx(15, rel=0.05)
    assert (told.title_fraction, told.title_seconds_left) == (0.5, pytest.approx(5, rel=0.05))


def test_time_that_was_waited_for_something_does_not_count() -> None:
    bench = Bench()
    for step in range(1, 6):
        bench.rip(0, step * 0.1)
    bench.meter.pause()
    bench.clock.now += 3600
    told = bench.rip(0, 0.6)
    told = bench.rip(0, 0.7)
    assert told.rate == pytest.approx(10 * MB, rel=0.05)


def test_a_title_that_is_done_counts_whole() -> None:
    bench = Bench()
    bench.rip(0, 0.9)
    bench.meter.finish(bench.titles[0])
    told = bench.rip(1, 0.5)
    assert told.fraction == pytest.approx(0.75)


def test_progress_that_nobody_knows_is_told_as_that() -> None:
    bench = Bench()
    told = bench.rip(0, -1.0)
    assert told.title_fraction == -1
    assert told.title_seconds_left is None


def test_not_every_step_is_told() -> None:
    bench = Bench()
    for step in range(100):
        bench.rip(0, step / 1000, seconds=0.01)
    assert len(bench.told) <= 3
