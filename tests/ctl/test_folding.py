"""Wide lines are broken between words, and what can be copied is not."""

from __future__ import annotations

import click
import pytest

from engramd.ctl.cells import width
from engramd.ctl.folding import folded


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        ("it fits", ["it fits"]),
        ("a sentence that is wider than it", ["a sentence that is", "  wider than it"]),
        ("  accept: the titles are right", ["  accept: the titles", "    are right"]),
        ("18:42  job 1: failed: no disc at all", ["18:42  job 1: failed:", "       no disc at all"]),
        ("  /srv/media/tv/Harbor Station/Season 01", ["  /srv/media/tv/Harbor Station/Season 01"]),
        ("→ engramctl config set tmdb_api_key -", ["→ engramctl config set tmdb_api_key -"]),
        ("a " + "x" * 30 + " b", ["a", "  " + "x" * 30, "  b"]),
        ("x" * 30, ["x" * 30]),
        ("駅の港　第一期 そして海へ、ふたたび", ["駅の港　第一期", "  そして海へ、ふたたび"]),
    ],
)
def test_a_wide_line_goes_on_below_indented(line: str, lines: list[str]) -> None:
    assert folded(line, 22) == lines


def test_colours_take_no_room_and_go_on() -> None:
    failed = click.style("failed: the volume ends", fg="red")

    first, second, third = folded(f"job 1: {failed} too early", 22)

    assert click.unstyle(first + second + third) == "job 1: failed: the  volume ends too  early"
    assert all(width(click.unstyle(line)) <= 22 for line in (first, second, third))
    assert ("\x1b[31m" in first, "\x1b" in second, "\x1b" in third) == (True, True, False)
