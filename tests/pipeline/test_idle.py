"""Only the time without new data is counted."""

from __future__ import annotations

from engramd.pipeline.idle import GRACE, Idle
from engramd.rip import Progress


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_hours_of_good_reading_cost_nothing() -> None:
    clock = Clock()
    idle = Idle(clock)
    for look in range(3600):
        clock.now += GRACE
        idle.look(Progress(-1, look, 0))
    assert idle.end() == 0


def test_rests_are_added_up_and_so_is_the_one_at_the_end() -> None:
    clock = Clock()
    idle = Idle(clock)
    for written in (1, 1, 1, 2):
        clock.now += 40
        idle.look(Progress(0.5, written, 0))
    clock.now += 300
    assert idle.end() == 4 * 40 + 300
    assert idle.end() == 4 * 40 + 300, "it is counted once"
