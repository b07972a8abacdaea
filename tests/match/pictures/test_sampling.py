"""Which cues of a picture track are read."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from engramd.match.model import Track
from engramd.match.pictures.sampling import sample


def track(widths: Sequence[int], lengths: Sequence[float] | None = None, *, known: bool = True) -> Track:
    starts = tuple(float(4 * number) for number in range(len(widths)))
    ends = tuple(s + x for s, x in zip(starts, lengths or [2.0] * len(widths), strict=True))
    return Track(kind="bitmap", codec="pgs", starts=starts, ends=ends, widths=tuple(widths) if known else ())


def test_the_widest_picture_of_each_stratum_is_read() -> None:
    assert sample(track([5, 9, 1, 2, 3, 8, 7, 7, 1]), 3) == [1, 5, 6]


def test_without_widths_it_is_the_picture_that_is_shown_longest() -> None:
    lengths = [1.0, 2.0, 1.5, 3.0, 1.0, 1.0]
    assert sample(track([0] * 6, lengths), 2) == [1, 3]
    assert sample(track([0] * 6, lengths, known=False), 2) == [1, 3]


def test_a_larger_sample_leaves_out_what_was_read() -> None:
    pictures = track([(number * 37) % 101 for number in range(200)])
    first = sample(pictures, 15)
    more = sample(pictures, 40, first)
    assert len(first) == 15
    assert not set(first) & set(more)
    assert {*first, *more} >= set(sample(pictures, 40))
    assert sorted({*first, *sample(pictures, 10**6, first)}) == list(range(200))


def test_few_cues_and_none() -> None:
    assert sample(track([3, 1]), 15) == [0, 1]
    assert sample(track([]), 15) == []
    assert sample(track([3]), 0) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 2000), max_size=90), st.integers(0, 120), st.sets(st.integers(0, 90)))
def test_every_sample_is_in_order_and_new(widths: list[int], count: int, already: set[int]) -> None:
    numbers = sample(track(widths), count, already)
    assert numbers == sorted(set(numbers) - already)
    assert len(numbers) <= min(count, len(widths))
    assert all(0 <= number < len(widths) for number in numbers)
