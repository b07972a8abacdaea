"""What people see in a real terminal: the status, live bars during rips, and a terminal that is left sane."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.ctl.test_review_in_tmux import is_over, season_disc, shell
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.tmux import Tmux, missing_for_tmux
from tests.support.udevbed import UdevBed, missing_for_bed

MISSING = missing_for_tmux() or missing_for_bed()
pytestmark = [pytest.mark.skipif(bool(MISSING), reason=MISSING)]


@contextmanager
def running(folder: Path) -> Iterator[DaemonUnderTest]:
    """Run a daemon with two empty drives, that reads discs as slowly as they play."""
    with UdevBed() as bed, PrivateBus(system=False) as bus:
        bed.add_drive("sr0", serial="ENG1")
        bed.add_drive("sr1", serial="ENG2")
        settings: dict[str, object] = {"ffmpeg_path": str(SlowFFmpeg(folder).path)}
        with DaemonUnderTest(folder, bus, settings=settings, environment=bed.environment) as daemon:
            yield daemon


def run(terminal: Tmux, words: str, before: str = "") -> None:
    terminal.run(f"clear; {before} $ctl {words}; echo code=$?")


def has_bars(screen: str, count: int) -> bool:
    """Whether so many rips are shown, and each with how far it is and how long it takes."""
    return len(re.findall(r"\d+%  .*left  done at \d\d:\d\d", screen)) == count


def test_a_day_is_watched_and_left(tmp_path: Path) -> None:
    with running(tmp_path) as daemon, shell(daemon) as terminal:
        terminal.run("ctl='.venv/bin/python -m engramd.ctl --bus session'")
        terminal.run(f"stty -g > {tmp_path}/before; clear")
        nothing_was_ripped_yet(terminal)
        daemon.ctl("drives", "name", "sr0", "left")
        daemon.ctl("rip", str(season_disc(1).image), "--no-wait")
        one_rip_is_followed(terminal)
        all_are_watched(daemon, terminal)
        it_goes_with_its_terminal(tmp_path, terminal)
        what_is_now_fits_the_screen(terminal)
        terminal.run(f"clear; stty -g > {tmp_path}/after; echo done-$((1+1))")
        terminal.wait_for("done-2")
    assert (tmp_path / "after").read_text() == (tmp_path / "before").read_text() != ""


def nothing_was_ripped_yet(terminal: Tmux) -> None:
    run(terminal, "")
    shown = terminal.wait_for("code=0")
    assert "engramd: ready, nothing to do" in shown
    assert re.search(r"Drives +sr0 +empty\n +sr1 +empty\n", shown)
    assert "To begin" in shown
    assert "1. insert a disc; it is ripped by itself." in " ".join(shown.split())
    assert "engramctl --help" in shown


def one_rip_is_followed(terminal: Tmux) -> None:
    """Ctrl-C leaves the job at work."""
    run(terminal, f"rip '{season_disc(2).image}'")
    shown = terminal.wait_for(lambda screen: has_bars(screen, 1))
    assert "job 2: ripping: Harbor Station, season 1, disc 2" in shown
    assert re.search(r"\nimage +ripping Harbor Station, season 1, disc 2: title 1, 0 of 3 done\n", shown)
    assert "disc 1" not in shown.partition("job 2")[2], "it is another job"
    terminal.press("C-c")
    shown = terminal.wait_for("code=130")
    assert "Job 2 goes on without you; `engramctl cancel 2` stops it." in shown
    assert not has_bars(shown, 1), "the bars are taken away"


def is_drawn_once(screen: str) -> bool:
    """Whether each drive and rip is there, and no trace of bars that were drawn before."""
    drives = re.findall(r"(?m)^(left|sr1|image) ", screen)
    return drives == ["left", "sr1", "image", "image"] and screen.count(": title 1") == 2


def all_are_watched(daemon: DaemonUnderTest, terminal: Tmux) -> None:
    run(terminal, "watch")
    shown = terminal.wait_for(lambda screen: has_bars(screen, 2))
    assert re.findall(r"(?m)^(left|sr1|image) ", shown) == ["left", "sr1", "image", "image"]
    assert "\x1b[" in terminal.screen(colors=True)
    for columns, rows in ((50, 24), (100, 12), (80, 24)):
        terminal.resize(columns, rows)
        shown = terminal.wait_for(is_drawn_once)
        assert len(shown.splitlines()) <= rows
        assert all(len(line) <= columns for line in shown.splitlines())
    terminal.press("l", "s", "Enter")

    daemon.ctl("cancel", "1")
    shown = terminal.wait_for(lambda screen: "job 1: cancelled" in screen and has_bars(screen, 1))
    assert re.search(r"(?m)^\d\d:\d\d  job 1: cancelled: Harbor Station, season 1, disc 1", shown)
    assert "ls" not in shown, "keys are no news"
    terminal.press("C-c")
    shown = terminal.wait_for("code=130")
    assert not has_bars(shown, 1)


def it_goes_with_its_terminal(folder: Path, terminal: Tmux) -> None:
    """Who is told to end in order leaves the terminal as it was."""
    run(terminal, "watch", before=f"sh -c 'echo $$ > {folder}/pid; exec \"$@\"' --")
    terminal.wait_for(lambda screen: has_bars(screen, 1))
    os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
    shown = terminal.wait_for(is_over)
    assert "code=143" in shown
    assert not has_bars(shown, 1)


def is_a_whole_status(screen: str) -> bool:
    """Whether the first line of a status is still there when the shell asks for more."""
    return re.fullmatch(r"engramd: 1 job works.*\nshell\$", screen, re.S) is not None


def what_is_now_fits_the_screen(terminal: Tmux) -> None:
    for columns, rows in ((80, 24), (120, 40), (40, 10)):
        terminal.resize(columns, rows)
        terminal.run("clear; $ctl status")
        lines = terminal.wait_for(is_a_whole_status).splitlines()
        assert len(lines) <= rows
        assert any("image" in line and "ripping" in line for line in lines)
    terminal.resize(80, 24)
    # tmux tells the shell a little later.
    terminal.run("clear; until [ \"$(stty size)\" = '24 80' ]; do sleep 0.05; done; echo so-$((1+1))")
    terminal.wait_for("so-2")
    run(terminal, "jobs")
    shown = terminal.wait_for("code=0")
    assert re.search(r"JOB +STATE +KIND +WHAT +DETAILS\n", shown)
    assert "cancelled" in shown
