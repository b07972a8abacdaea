"""Map files are read as ddrescue writes them, and as hostile input."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.rip.ddrescue_map import (
    FARTHEST,
    BadMap,
    RescueMap,
    domain_map,
    joined,
    parse_map,
    size_of,
    without,
)

RECORDED = """# Mapfile. Created by GNU ddrescue version 1.27
# Command line: ddrescue -b 2048 --no-scrape /dev/sr0 disc.iso disc.map
# Start time:   2026-11-30 17:11:01
# Current time: 2026-11-30 17:11:01
# Finished
# current_pos  current_status  current_pass
0x00109000     +               1
#      pos        size  status
0x00000000  0x000D9800  +
0x000D9800  0x00000800  -
0x000DA000  0x00020000  +
0x000FA000  0x00000800  -
0x000FA800  0x0000E000  /
0x00108800  0x00000800  *
0x00109000  0x0024E000  +
0x00357000  0x0060E800  ?
"""

places = st.integers(0, 60)
ranges = st.lists(st.tuples(places, places), max_size=8).map(joined)


def cells(of: tuple[tuple[int, int], ...]) -> set[int]:
    return {place for start, end in of for place in range(start, end)}


def test_a_recorded_map() -> None:
    found = parse_map(RECORDED)
    assert found.rescued == ((0, 0xD9800), (0xDA000, 0xFA000), (0x109000, 0x357000))
    assert found.failed == ((0xD9800, 0xDA000), (0xFA000, 0x109000))
    assert found.end == 0x357000
    assert found.missing(((0xD9000, 0xDA000), (0x356000, 0x358000))) == (
        (0xD9800, 0xDA000),
        (0x357000, 0x358000),
    )


def test_what_was_never_tried_is_told_from_what_could_not_be_read() -> None:
    found = parse_map(RECORDED)
    assert found.untried(((0, 0x357000),)) == ()
    assert found.untried(((0x356000, 0x357001),)) == ((0x357000, 0x357001),)
    assert found.untried(((0x965000, 0x966000),)) == ((0x965000, 0x966000),), "the map ends before"
    assert RescueMap().untried(((0, 1),)) == ((0, 1),)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "# only a comment\n",
        RECORDED[:-1],
        RECORDED[:-12],
        RECORDED.replace("0x000D9800  0x00000800  -", "0x000D9000  0x00000800  -"),
        RECORDED.replace("0x00000800  -", "0x00000800  !"),
        RECORDED.replace("0x00000800  -", "-0x0000800  -"),
        RECORDED.replace("0x0060E800", "0xFFFFFFFFFFFFFFFF"),
        RECORDED.replace("0x00000000", "0_0"),
        "0x0 ? 1\n0x0 0x800\n",
        "\0\n",
    ],
)
def test_what_is_no_map_is_said_to_be_none(broken: str) -> None:
    with pytest.raises(BadMap):
        parse_map(broken)


@given(st.text(max_size=200) | st.text("0123456789abcdefx+-/*?# \n_", max_size=200))
def test_hostile_text_gives_ranges_in_order_or_bad_map(text: str) -> None:
    try:
        found = parse_map(text)
    except BadMap:
        return
    for parts in (found.rescued, found.failed):
        assert parts == joined(parts)
        assert all(0 <= start < end <= FARTHEST for start, end in parts)


@given(ranges)
def test_a_domain_map_is_read_as_it_was_written(wanted: tuple[tuple[int, int], ...]) -> None:
    assert parse_map(domain_map(wanted)).rescued == wanted


@given(st.lists(st.tuples(places, places), max_size=8))
def test_joined_parts_hold_the_same_and_lie_apart(parts: list[tuple[int, int]]) -> None:
    found = joined(parts)
    assert cells(found) == cells(tuple(parts))
    assert all(before[1] < after[0] for before, after in pairwise(found))


@given(ranges, ranges)
def test_without_is_the_difference(
    wanted: tuple[tuple[int, int], ...], taken: tuple[tuple[int, int], ...]
) -> None:
    left = without(wanted, taken)
    assert cells(left) == cells(wanted) - cells(taken)
    assert size_of(left) == len(cells(left))
    assert left == tuple(sorted(left))


@given(ranges, ranges, ranges)
def test_untried_is_what_no_block_says(
    rescued: tuple[tuple[int, int], ...],
    failed: tuple[tuple[int, int], ...],
    wanted: tuple[tuple[int, int], ...],
) -> None:
    found = RescueMap(rescued, without(failed, rescued))
    assert cells(found.untried(wanted)) == cells(wanted) - cells(rescued) - cells(failed)
