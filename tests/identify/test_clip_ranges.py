"""What two titles both play of a clip."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.identify.clip_ranges import CLOCK, ClipRanges

ranges = st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda ends: (min(ends), max(ends)))


def key(begin: int, end: int, clip: str = "00001") -> str:
    """Give the key of a part of a clip; begin and end are in seconds."""
    return f"{clip}@{begin * CLOCK}-{end * CLOCK}"


@pytest.mark.parametrize(
    ("played", "asked", "seconds"),
    [
        (("00001",), "00001", 90.0),
        (("00001",), key(10, 40), 90.0),
        ((key(10, 40),), "00001", 30.0),
        ((key(0, 80), key(100, 180)), "00001", 90.0),
        ((key(10, 40),), key(20, 60), 20.0),
        ((key(10, 40),), key(40, 60), 0.0),
        ((key(10, 40), key(30, 50)), key(0, 60), 40.0),
        ((key(10, 40, "00002"), "00003"), key(10, 40), 0.0),
        ((), "00001", 0.0),
    ],
)
def test_a_segment_is_shared_as_far_as_it_is_played_and_at_most_its_length(
    played: tuple[str, ...], asked: str, seconds: float
) -> None:
    assert ClipRanges(played).shared(asked, 90.0) == seconds


@given(st.lists(ranges, max_size=8), ranges)
def test_each_second_that_both_play_counts_once(
    played: list[tuple[int, int]], asked: tuple[int, int]
) -> None:
    both = set(range(*asked)) & {second for one in played for second in range(*one)}
    assert ClipRanges(key(*one) for one in played).shared(key(*asked), 1000.0) == len(both)
