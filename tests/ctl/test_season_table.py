"""The roster of a show as it is shown, on 80 columns."""

from __future__ import annotations

from typing import Any

import click
import pytest

from engramd.ctl.season_table import columns, cut_middle, needed_discs, ranges, summary
from engramd.ctl.season_table import roster as styled


def roster(*arguments: Any) -> str:
    return click.unstyle(styled(*arguments))


def row(episode: int, standing: str = "filed", season: int = 1, **values: Any) -> dict[str, Any]:
    here = standing in ("filed", "partial", "double", "library")
    known: dict[str, Any] = {
        "season": season,
        "episode": episode,
        "name": f"Name {episode}",
        "state": "completed" if here else "missing",
        "job": 0 if standing in ("missing", "library", "note") else 3,
        "title": 0 if standing in ("missing", "library", "note") else episode,
        "disc": -1,
        "path": f"/tv/Show/{episode}.mkv" if here else "",
        "file": f"Show/{episode}.mkv" if here else "",
        "standing": standing,
        "waiting_for": "",
        "lack": "",
        "also": [],
    }
    return known | values


def test_a_roster_is_a_line_an_episode_and_a_sum() -> None:
    found = [
        row(1, disc=1),
        row(2, "partial", disc=1, lack="part 2 is missing"),
        row(3, "double", disc=1, also=["job 4, title 1, waits for question 7"]),
        row(4, "library"),
        row(5, "waiting", disc=3, waiting_for="question 7"),
        row(6, "missing"),
        row(7, "missing"),
    ]
    assert roster("Show", found, 1).splitlines() == [
        "EPISODE  NAME    STATE                 DISC  FROM  FILE",
        "S01E01   Name 1  filed                 1     3/1   Show/1.mkv",
        "S01E02   Name 2  partial               1     3/2   Show/2.mkv",
        "    part 2 is missing",
        "S01E03   Name 3  double                1     3/3   Show/3.mkv",
        "    job 4, title 1, waits for question 7",
        "S01E04   Name 4  library                           Show/4.mkv",
        "S01E05   Name 5  waits for question 7  3     3/5",
        "S01E06   Name 6  missing",
        "S01E07   Name 7  missing",
        "",
        "4 of 7 episodes are filed; 1 waits; 1 partial: S01E02; 1 double: S01E03; 2",
        "missing: S01E06-E07. Still needed of season 1: probably disc 4.",
    ]


def test_no_line_is_longer_than_a_terminal_and_names_are_cut_in_the_middle() -> None:
    name = "The One Where Everybody Finds Out What the Others Did All Summer"
    path = f"A Show With a Long Name (2019)/Season 01/A Show With a Long Name (2019) - S01E01 - {name}.mkv"
    found = [
        row(1, name=name, file=path, disc=1),
        row(2, name="\N{HIRAGANA LETTER A}" * 60, file=path, disc=12, job=1234, also=[path], lack=path),
        row(3, "waiting", name=name, waiting_for="question 12345", disc=1),
        row(4, "note", lack=f"what the library {path} has is not known: its file system hangs"),
    ]
    lines = roster("A Show", found, 1).splitlines()
    assert max(map(columns, lines)) <= 80
    assert lines[1].endswith(".mkv")
    assert lines[1].startswith("S01E01   The")
    assert lines[1].count("…") == 2


def test_what_comes_from_discs_cannot_steer_the_terminal() -> None:
    found = [row(1, name="a\x1b[2J", file="b\x1b[2J.mkv", also=["c\x1b"]), row(0, "note", lack="d\x1b")]
    assert "\x1b" not in roster("e\x1b", found, 1) + roster("e\x1b", [], 1)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([row(1), row(2)], "2 of 2 episodes are filed."),
        ([row(1, "library"), row(2, "partial")], "2 of 2 episodes are filed; 1 partial: S01E02."),
        ([row(1, "double", path="")], "0 of 1 episodes are filed; 1 waits; 1 double: S01E01."),
        ([row(1, "waiting"), row(2, "waiting")], "0 of 2 episodes are filed; 2 wait."),
        ([row(1), row(2, "missing")], "1 of 2 episodes are filed; 1 missing: S01E02."),
    ],
)
def test_the_sum(found: list[dict[str, Any]], said: str) -> None:
    assert summary(found) == said


def test_specials_that_are_missing_are_only_counted_unless_they_are_asked_for() -> None:
    found = [row(1, "missing", 0), row(2, "library", 0), row(3, "missing", 0), row(1)]
    shown = roster("Show", found)
    assert "S00E01" not in shown
    assert "S00E02" in shown
    assert shown.endswith("2 of 2 episodes are filed; 2 specials missing.")
    assert "S00E01" in roster("Show", found[:3], 0)


def test_a_show_of_which_no_episode_is_known_is_said_so_with_the_notes() -> None:
    assert roster("Show", [row(0, "note", lack="which episodes it has is not known yet")]).splitlines() == [
        "No episode of Show is known.",
        "Which episodes it has is not known yet.",
    ]


def test_ranges() -> None:
    assert ranges([row(5), row(3), row(4), row(9), row(1, season=2)]) == "S01E03-E05, S01E09, S02E01"


def discs(*held: tuple[int, int, int], of: int) -> list[dict[str, Any]]:
    """Give a season of so many episodes, of which discs hold some: (disc, first, last)."""
    where = {number: disc for disc, first, last in held for number in range(first, last + 1)}
    numbers = range(1, of + 1)
    return [row(n, "filed", disc=where[n]) if n in where else row(n, "missing") for n in numbers]


@pytest.mark.parametrize(
    ("found", "between", "after"),
    [
        (discs((1, 1, 4), (3, 9, 12), of=12), [2], []),
        (discs((1, 1, 4), (2, 5, 8), of=22), [], [3, 4, 5, 6]),
        (discs((2, 5, 8), of=8), [1], []),
        (discs((1, 1, 4), (4, 13, 16), of=18), [2, 3], [5]),
        (discs((1, 1, 4), (2, 5, 8), of=8), [], []),
        (discs((1, 1, 4), (2, 6, 8), of=8), [], []),
        (discs((2, 1, 4), (1, 5, 8), of=12), [], []),
        (discs((1, 1, 4), (3, 5, 8), of=8), [], []),
        (discs((5, 3, 6), of=6), [], []),
        ([*discs((1, 1, 3), of=3), row(4, "missing", disc=1, lack="title 4 of job 1 failed")], [], []),
        (discs(of=8), [], []),
    ],
)
def test_discs_that_are_needed_are_told_by_the_numbers_of_the_others(
    found: list[dict[str, Any]], between: list[int], after: list[int]
) -> None:
    assert needed_discs(found) == (between, after)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (discs((1, 1, 4), (3, 9, 12), of=12), "disc 2."),
        (discs((1, 1, 4), (2, 5, 8), of=16), "probably discs 3-4."),
        (discs((1, 1, 4), (3, 9, 12), of=13), "disc 2 and probably disc 4."),
    ],
)
def test_the_discs_that_are_needed_are_said(found: list[dict[str, Any]], said: str) -> None:
    assert summary(found).endswith(f" Still needed of season 1: {said}")


def test_a_text_is_cut_in_its_middle() -> None:
    assert cut_middle("Season 01/Show - S01E01.mkv", 15) == "Season …E01.mkv"
    assert cut_middle("short", 5) == "short"
    assert columns(cut_middle("\N{HIRAGANA LETTER A}" * 20, 10)) <= 10
