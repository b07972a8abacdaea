"""Sections get into as few lines as there are: the least important give way first."""

from __future__ import annotations

import click
import pytest

from engramd.ctl import cells
from engramd.ctl.fitting import Item, Section, fitted

LONG = "the library of series is not there, and neither is that of films, which lies on the same share"
SECTIONS = [
    Section("Wrong", (Item(LONG, "sudo mount /srv/media", "bad"),), 1, "1 error: engramctl doctor"),
    Section(
        "Drives", (Item(drawn=("left   ripping", "       62%")), Item(drawn=("right  empty",))), 0, "1 of 2"
    ),
    Section(
        "Waiting", tuple(Item(f"job {n} for space") for n in range(6)), 2, "6 jobs wait", "engramctl jobs"
    ),
    Section("Space", (Item("212 GB free"),), 5),
]


def lines(high: int | None, wide: int | None = 40) -> list[str]:
    return [click.unstyle(line) for line in fitted("engramd: 1 job works", SECTIONS, wide, high)]


def test_where_there_is_room_everything_is_told_with_space_between() -> None:
    assert lines(40) == [
        "engramd: 1 job works",
        "",
        "Wrong    the library of series is not",
        "         there, and neither is that of",
        "         films, which lies on the same …",
        "         → sudo mount /srv/media",
        "",
        "Drives   left   ripping",
        "                62%",
        "         right  empty",
        "",
        "Waiting  job 0 for space",
        *(f"         job {number} for space" for number in range(1, 6)),
        "",
        "Space    212 GB free",
    ]


def test_first_the_spaces_go_then_long_sentences_then_long_lists() -> None:
    assert lines(15) == [line for line in lines(40) if line]
    assert [line for line in lines(14) if line not in lines(15)] == [
        "         there, and neither is that of …"
    ]
    shorter = lines(12)
    assert len(shorter) == 12
    assert shorter[-3:] == [
        "         job 2 for space",
        "         and 3 more: engramctl jobs",
        "Space    212 GB free",
    ]


def test_what_matters_most_stays_longest() -> None:
    assert lines(6) == [
        "engramd: 1 job works",
        "Wrong    1 error: engramctl doctor",
        "Drives   left   ripping",
        "                62%",
        "         right  empty",
        "Waiting  6 jobs wait",
    ]
    assert [line.split()[0] for line in lines(2)] == ["engramd:", "Drives"]


@pytest.mark.parametrize("wide", [1, 8, 20, 31, 32, 80, None])
def test_never_more_lines_than_there_are(wide: int | None) -> None:
    for high in range(1, 30):
        shown = lines(high, wide)
        assert 0 < len(shown) <= high
        if wide is not None:
            texts = [
                line for line in shown if "left" not in line and "62%" not in line and "right" not in line
            ]
            assert all(cells.width(line) <= max(wide, 8) for line in texts), texts


def test_a_narrow_screen_has_the_labels_above() -> None:
    assert lines(40, 20)[1:4] == ["", "Wrong", "the library of"]


def test_into_a_pipe_each_sentence_is_a_line() -> None:
    assert f"Wrong    {LONG}" in lines(None, None)


def test_commands_that_follow_each_other_stand_below_each_other() -> None:
    remedy = "engramctl config set library_tv_path F; engramctl config set library_movies_path F; or neither"
    section = Section("Wrong", (Item("no library", remedy),), 1)

    assert [click.unstyle(line).strip() for line in fitted("", [section], 80, None)][1:] == [
        "→ engramctl config set library_tv_path F",
        "→ engramctl config set library_movies_path F; or neither",
    ]
