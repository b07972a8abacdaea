"""Columns line up, empty ones vanish, and colours are colours only."""

from __future__ import annotations

import click
import pytest
from rich.cells import cell_len

from engramd.ctl.tables import facts, table


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    shown = click.unstyle(table(("job>", "state", "what"), [(7, "ripping", "A"), (12, "failed", "B")]))

    assert shown.splitlines() == ["JOB  STATE    WHAT", "  7  ripping  A", " 12  failed   B"]


def test_people_have_names() -> None:
    assert table(("who", "what"), [("uid 0", "says uid 0")]).split()[-3:] == ["root", "says", "root"]
    assert facts([("why", "uid 0 said so")]).endswith("root said so")


def test_a_column_without_a_value_is_left_out() -> None:
    shown = click.unstyle(table(("a", "b", "c"), [(1, None, 2), (3, "", 4)]))

    assert shown.splitlines() == ["A  C", "1  2", "3  4"]


def test_a_state_has_a_colour_that_does_not_count_as_width() -> None:
    shown = table(("state", "what"), [("failed", "x"), ("review_needed", "y")])

    assert "\x1b[31m" in shown
    assert [line.index(c) for line, c in zip(click.unstyle(shown).splitlines()[1:], "xy", strict=True)] == [
        15,
        15,
    ]


def test_text_of_a_disc_is_made_safe() -> None:
    hostile = "\x1b[2J\u202eHELLO\n" + "o\N{COMBINING ACUTE ACCENT}" + "\N{COMBINING TILDE}" * 40

    for shown in (table(("label",), [(hostile,)]), facts([("label", hostile)])):
        plain = click.unstyle(shown)
        assert not {"\x1b", "\u202e"} & set(plain)
        assert plain.count("\N{COMBINING TILDE}") < 3, "one letter covers the lines around"


def test_facts_without_a_value_are_left_out() -> None:
    shown = click.unstyle(facts([("name", "x"), ("year", None), ("no", ""), ("count", 0)]))

    assert shown == "name   x\ncount  0"


def test_long_facts_are_wrapped_below_themselves() -> None:
    shown = click.unstyle(facts([("why", "the label says season 1"), ("disc", "dvd")], width=20))

    assert shown.splitlines() == ["why   the label says", "      season 1", "disc  dvd"]


HEADS = ("job>", "state", "drive", "what", "details")
ROWS = [
    (4, "ripping", "left", "Harbor Station, season 1, disc 3", "12%, 20.7 MB/s, 5:56 left"),
    (112, "review_needed", "/dev/sr1", "駅の港 第一期 そして海へ", "waits for reference subtitles"),
    (5, "failed", "", "שָׁלוֹם עולם ושוב שלום", "the disc is scratched and cannot be read"),
]


@pytest.mark.parametrize("wide", [*range(1, 30), 40, 60, 80, 99, 100, 120])
def test_a_table_is_never_wider_than_the_screen(wide: int) -> None:
    shown = click.unstyle(table(HEADS, ROWS, optional=("drive",), width=wide))

    assert max(map(cell_len, shown.splitlines())) <= max(wide, 10)


def test_columns_line_up_whatever_the_letters_are() -> None:
    lines = click.unstyle(table(HEADS, ROWS, width=200)).splitlines()

    begins = {cell_len(line[: line.index(word)]) for line, word in zip(lines[1:], DETAILS, strict=True)}
    assert begins == {cell_len(lines[0][: lines[0].index("DETAILS")])}


DETAILS = ("12%", "waits", "the disc")


def test_a_narrow_screen_loses_what_matters_least_and_wraps_the_rest() -> None:
    shown = click.unstyle(table(HEADS, ROWS[:1], optional=("drive",), width=60))

    assert "DRIVE" not in shown
    assert " ".join(shown.split()).startswith("JOB STATE WHAT DETAILS 4 ripping Harbor Station,")
    assert all(word in shown for word in ("season", "disc 3", "12%", "5:56"))


def test_what_stands_below_a_row_takes_no_column() -> None:
    rows = [(1, "completed", "S01E01", "compared with 140 lines of subtitles"), (2, "skipped", "", "")]

    shown = click.unstyle(table(("title>", "state", "episode", "why"), rows, below="why", width=40))

    assert shown.splitlines() == [
        "TITLE  STATE      EPISODE",
        "    1  completed  S01E01",
        "    compared with 140 lines of subtitles",
        "    2  skipped",
    ]


def test_a_column_without_a_head_stays_where_it_is() -> None:
    shown = table(("", "what"), [("new", "Harbor Lights (1999), a film of twenty seconds")], width=32)

    assert click.unstyle(shown).splitlines() == [
        "     WHAT",
        "new  Harbor Lights (1999), a",
        "     film of twenty seconds",
    ]


def test_where_no_columns_fit_each_row_is_a_list_of_its_values() -> None:
    shown = click.unstyle(table(HEADS, ROWS[:1], width=24))

    assert shown.splitlines()[:3] == ["JOB     4", "STATE   ripping", "DRIVE   left"]


def test_into_a_pipe_a_row_is_a_line() -> None:
    assert len(table(HEADS, ROWS).splitlines()) == len(ROWS) + 1
