"""Rounds of windows: spread out first, then between those, until the whole title was heard once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engramd.match.speech.windows import FIRST, LAST, LENGTH, ROUND, Window, plan


def seconds_heard(windows: Sequence[Window]) -> float:
    """Give how long windows are together; what overlaps counts once."""
    total, until = 0.0, float("-inf")
    for begin, end in sorted(windows):
        total += max(0.0, end - max(begin, until))
        until = max(until, end)
    return total


def rounds(duration: float) -> list[list[Window]]:
    """Plan round after round until nothing is left."""
    heard: list[Window] = []
    planned = []
    while new := plan(duration, heard):
        planned.append(new)
        heard += new
        assert len(planned) < 1000, "the plan has no end"
    return planned


@pytest.mark.parametrize("duration", [1320.0, 2700.0, 7200.0])
def test_the_first_round_is_spread_over_where_dialogue_lies(duration: float) -> None:
    first = plan(duration)
    assert len(first) == ROUND
    assert all(end - begin == pytest.approx(LENGTH) for begin, end in first)
    assert first[0][0] > FIRST * duration
    assert first[-1][1] < LAST * duration
    steps = [later[0] - earlier[0] for earlier, later in pairwise(first)]
    assert steps == pytest.approx([steps[0]] * 3, abs=0.01)
    assert steps[0] == pytest.approx((LAST - FIRST) * duration / ROUND, abs=0.01)


def test_the_next_round_lies_between_the_first_windows() -> None:
    first = plan(1320.0)
    second = plan(1320.0, first)
    assert seconds_heard(second) == pytest.approx(120, abs=1)
    for (begin, end), (later, _) in pairwise(first):
        assert any(end <= b and e <= later for b, e in second), (begin, later)


def test_what_is_before_and_after_the_dialogue_comes_last() -> None:
    planned = rounds(1320.0)
    outer = [number for number, new in enumerate(planned) if any(b < 132 - LENGTH for b, _ in new)]
    assert min(outer) >= len(planned) - 4


@settings(max_examples=25, deadline=None)
@given(st.floats(0.5, 4000))
@example(46.0)
def test_every_title_is_heard_whole_and_nothing_twice(duration: float) -> None:
    windows = [window for new in rounds(duration) for window in new]
    assert all(0 <= begin < end <= duration + 0.001 for begin, end in windows)
    total = sum(end - begin for begin, end in windows)
    assert total == pytest.approx(seconds_heard(windows), abs=0.1)
    assert total > duration - 2.0 * (len(windows) + 1)
    assert total > 0.95 * duration
    assert max(end - begin for begin, end in windows) <= 1.5 * LENGTH + 0.001


def test_windows_of_someone_else_are_respected() -> None:
    own = [(100.0, 400.0), (390.0, 700.0)]
    new = plan(1000.0, own)
    assert all(end <= 100 or begin >= 700 for begin, end in new)
    assert plan(100.0, [(0.0, 100.0)]) == []
    assert plan(0.0) == []
