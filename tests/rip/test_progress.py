"""Progress lines in, numbers out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.rip.model import Progress
from engramd.rip.progress import ProgressReader, Stalled


class Clock:
    """A clock that a test moves."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def reader(
    clock: Clock, duration: float = 100.0, stall: float = 60.0
) -> tuple[ProgressReader, list[Progress]]:
    seen: list[Progress] = []
    return ProgressReader(duration, seen.append, clock=clock, stall=stall), seen


def block(parser: ProgressReader, time: str, size: str, state: str = "continue") -> None:
    for line in (f"out_time_us={time}", f"total_size={size}", "speed=12x", f"progress={state}"):
        parser.feed(line)


def test_fraction_bytes_and_speed() -> None:
    clock = Clock()
    parser, seen = reader(clock)
    block(parser, "N/A", "N/A")
    for second in (1, 2):
        clock.now += 1
        block(parser, str(second * 25_000_000), str(second * 1000))
    block(parser, "99000000", "3000", "end")
    assert [(p.fraction, p.bytes) for p in seen] == [(0.0, 0), (0.25, 1000), (0.5, 2000), (1.0, 3000)]
    assert seen[2].bytes_per_second == pytest.approx(1000)


def test_speed_is_that_of_the_last_seconds() -> None:
    clock = Clock()
    parser, seen = reader(clock)
    size = 0
    for second in range(40):
        clock.now += 1
        size += 10_000_000 if second < 20 else 1_000_000
        block(parser, str(second * 1_000_000 + 1), str(size))
    assert seen[-1].bytes_per_second == pytest.approx(1_000_000)


def test_unknown_duration_is_unknown_progress() -> None:
    parser, seen = reader(Clock(), duration=0)
    block(parser, "5", "10")
    block(parser, "6", "11", "end")
    assert [progress.fraction for progress in seen] == [-1.0, -1.0]


def test_a_drive_that_hangs_shows_although_lines_keep_coming() -> None:
    clock = Clock()
    parser, _ = reader(clock, stall=60)
    block(parser, "1000", "1000")
    clock.now += 59
    block(parser, "1000", "1000")
    clock.now += 2
    with pytest.raises(Stalled):
        block(parser, "1000", "1000")


@given(st.lists(st.text(max_size=40), max_size=30))
def test_any_line_is_survived(lines: list[str]) -> None:
    parser, seen = reader(Clock())
    for line in [*lines, "out_time_us=²", "total_size=-3", "progress=end"]:
        parser.feed(line)
    assert 0 <= seen[-1].fraction <= 1
