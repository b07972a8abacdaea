"""Bars below what happened: what they show, and that nothing of them is left over."""

from __future__ import annotations

import re
from datetime import timedelta

import click
import pytest

from engramd.bus.variants import microseconds
from engramd.ctl import cells
from engramd.ctl.board import board
from engramd.ctl.drive_lines import bar
from engramd.ctl.follow import News
from engramd.ctl.live import Bars
from engramd.ctl.service import Snapshot
from tests.ctl.day import HOSTILE, NOW, ripping, snapshot


def shown(wide: int = 80, high: int = 23, only: int | None = None, name: str = "Harbor Station") -> list[str]:
    return [click.unstyle(line) for line in board(snapshot(name), NOW, wide, high, only)]


def test_every_drive_and_all_that_waits_is_there() -> None:
    assert shown() == [
        "",
        "left  ripping Harbor Station, season 1, disc 3: title 2, 1 of 3 done",
        "      ━━━━━━━━━━━━━━━━━────────────   62%  12.3 MB/s  12:00 left  free at 18:54",
        "sr1   empty",
        "job 5 waits for the library: Harbor Station, season 1, disc 2",
        "job 6, Heat (1995): matching, 1 of 2 titles done",
        "2 questions are open: engramctl review",
    ]


def test_who_follows_one_job_sees_that_alone() -> None:
    assert shown(only=7)[1:] == shown()[1:3]
    assert shown(only=6)[1:] == ["job 6, Heat (1995): matching, 1 of 2 titles done"]
    assert shown(only=99) == []


@pytest.mark.parametrize("name", ["Harbor Station", *HOSTILE], ids=range(len(HOSTILE) + 1))
def test_no_line_is_as_wide_as_the_screen_and_none_too_many(name: str) -> None:
    for wide, high in ((200, 50), (80, 23), (40, 9), (20, 5), (9, 3), (2, 1)):
        lines = shown(wide, high, name=name)
        assert len(lines) <= high
        assert all(line.isprintable() and cells.width(line) < wide for line in lines[1:] if wide > 9)


@pytest.mark.parametrize(
    ("progress", "drawn"), [(0, "──────────"), (0.5, "━━━━━─────"), (0.999, "━━━━━━━━━─"), (1, "━━━━━━━━━━")]
)
def test_a_bar_is_full_only_when_all_is_done(progress: float, drawn: str) -> None:
    assert click.unstyle(bar(progress, 10)) == drawn


class Paper:
    """A terminal that keeps what is written, line by line, and breaks lines as one does that reflows."""

    def __init__(self, wide: int = 80, high: int = 24) -> None:
        self.size = (wide, high)
        self.lines: list[str] = [""]

    def write(self, text: str) -> None:
        for part in re.split(r"(\x1b\[\d*[AJ]|\n|\r)", re.sub(r"\x1b\[[0-9;]*m", "", text)):
            if part.endswith("A") and part.startswith("\x1b"):
                self._up(int(part[2:-1]))
            elif part == "\n":
                self.lines.append("")
            elif part and part[0] not in "\x1b\r":
                self.lines[-1] += part

    def _up(self, count: int) -> None:
        """Go up so many rows, each as wide as the paper is now, and erase from there."""
        assert self.lines[-1] == "", "the cursor stands on a line of its own"
        del self.lines[-1]
        while count > 0:
            count -= max(1, -(-cells.width(self.lines.pop()) // self.size[0]))
        assert count == 0, "half of a line is erased"
        self.lines.append("")


def test_news_stand_above_the_bars_and_the_bars_go_at_the_end() -> None:
    paper = Paper()
    bars = Bars(size=lambda: paper.size, write=paper.write, clock=iter(range(100)).__next__)
    bars.draw(snapshot())
    bars.say(News("job", "job 3: complete: Heat (1995)", word="complete"))
    bars.say(News("progress", "job 7: 62%"))
    bars.draw(snapshot())

    assert re.fullmatch(r"\d\d:\d\d  job 3: complete: Heat \(1995\)", paper.lines[0])
    assert paper.lines[1] == ""
    assert paper.lines[2].startswith("left  ripping")
    assert sum("ripping" in line for line in paper.lines) == 1
    bars.end()
    assert len(paper.lines) == 2, paper.lines


def test_news_that_are_wider_than_the_terminal_go_on_below_each_other() -> None:
    paper = Paper(40)
    bars = Bars(size=lambda: paper.size, write=paper.write, clock=iter(range(100)).__next__)
    bars.say(News("job", "job 3: failed: broken.iso (this is no disc that can be read)", word="failed"))

    assert paper.lines[0][5:] == "  job 3: failed: broken.iso (this"
    assert paper.lines[1:] == ["       is no disc that can be read)", ""]


@pytest.mark.parametrize("wide", [200, 79, 61, 40, 23])
def test_a_terminal_that_becomes_narrower_keeps_no_broken_lines(wide: int) -> None:
    paper = Paper()
    bars = Bars(size=lambda: paper.size, write=paper.write, clock=iter(range(100)).__next__)
    bars.draw(snapshot())
    paper.size = (wide, 24)
    bars.again()

    assert sum("rippi" in line for line in paper.lines) == 1
    bars.end()
    assert paper.lines == [""]


def test_what_did_not_change_is_not_drawn_again() -> None:
    written: list[str] = []
    bars = Bars(size=lambda: (80, 24), write=written.append, clock=iter(range(100)).__next__)
    later = Snapshot(jobs={7: ripping()})
    bars.draw(later)
    bars.draw(later)
    assert len([text for text in written if text]) <= 1
    ends = microseconds(NOW + timedelta(days=3))
    bars.draw(Snapshot(jobs={7: ripping() | {"Headline": "another", "ExpectedEnd": ends}}))
    assert "another" in written[-1]
