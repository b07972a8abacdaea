"""One pass over all titles, or one run for each: what is quicker."""

from __future__ import annotations

import pytest

from engramd.discs.model import Title
from engramd.rip.makemkv_passes import pays

GB = 10**9


def titles(*sizes: int) -> list[Title]:
    return [
        Title(
            index=index,
            number=index,
            source_file=str(index),
            segment_map="1",
            segments=(),
            duration=1.0,
            size=size,
        )
        for index, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("sizes", "wanted", "opening", "quicker"),
    [
        ((GB, GB, GB), {0, 1, 2}, 60, True),
        ((GB, GB, GB), {0}, 60, False),
        ((6 * GB, GB, GB, GB, GB, GB, GB), {1, 2, 3, 4, 5, 6}, 60, False),
        ((6 * GB, GB, GB, GB, GB, GB, GB), {1, 2, 3, 4, 5, 6}, 180, True),
        ((GB // 10, GB, GB), {1, 2}, 60, True),
        ((GB, GB), {0, 7}, 600, False),
        ((), set(), 60, False),
    ],
    ids=[
        "all are wanted",
        "one is wanted",
        "a play-all takes longer than opening the disc",
        "opening takes three minutes",
        "a small extra is not wanted",
        "one is not offered",
        "nothing",
    ],
)
def test_a_pass_pays_where_it_is_quicker(
    sizes: tuple[int, ...], wanted: set[int], opening: float, quicker: bool
) -> None:
    assert pays(titles(*sizes), wanted, opening=opening) is quicker
