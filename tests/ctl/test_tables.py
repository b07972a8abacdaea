"""Columns line up, empty ones vanish, and colours are colours only."""

from __future__ import annotations

import click

from engramd.ctl.tables import facts, table


def test_columns_line_up_and_numbers_stand_to_the_right() -> None:
    shown = click.unstyle(table(("job>", "state", "what"), [(7, "ripping", "A"), (12, "failed", "B")]))

    assert shown.splitlines() == ["JOB  STATE    WHAT", "  7  ripping  A", " 12  failed   B"]


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
    assert "\x1b[2J" not in table(("label",), [("\x1b[2JHELLO",)])
    assert "\x1b" not in facts([("label", "\x1b[2JHELLO")])


def test_facts_without_a_value_are_left_out() -> None:
    assert facts([("name", "x"), ("year", None), ("no", ""), ("count", 0)]) == "name   x\ncount  0"
