"""A season of three discs answered in a real terminal, by a real daemon; its screens are in `screens/`.

Times and sizes are written `#:##` and `#.# MB` there. ENGRAMD_WRITE_SCREENS=1 writes the screens anew, where
they are to be others.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from engramd.ctl.app import app
from tests.support.authoring import AuthoredDisc, make_tv_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.clickrunner import runner
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.fixtures import DVD_TOOLS
from tests.support.privatebus import PrivateBus
from tests.support.tmux import Tmux, missing_for_tmux

pytestmark = [pytest.mark.skipif(bool(missing_for_tmux()), reason=missing_for_tmux())]
SCREENS = Path(__file__).parent / "screens"
SHOW = "Harbor Station"
#: Lengths differ from disc to disc: discs with files of the same sizes would be the same disc.
PLAIN: dict[str, Any] = {"play_all": False, "extra_seconds": 0, "spoken": False, "subtitles": False}


def season_disc(number: int) -> AuthoredDisc:
    missing = [tool for tool in DVD_TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")
    return cached_disc(
        make_tv_dvd,
        f"season_disc_{number}",
        volume_label=f"HARBOR_STATION_S1_D{number}",
        first_episode=3 * number - 2,
        seconds=120 + 3 * number,
        cues=100 + 10 * number,
        **PLAIN,
    )


@contextmanager
def running(folder: Path) -> Iterator[DaemonUnderTest]:
    """Run a daemon without references: it proposes what the order on the discs says."""
    with PrivateBus(system=False) as bus, DaemonUnderTest(folder, bus) as daemon:
        yield daemon


@contextmanager
def shell(daemon: DaemonUnderTest) -> Iterator[Tmux]:
    """Give a terminal of 80 columns and 24 lines whose shell speaks to the daemon's bus."""
    kept = ("PATH", "HOME", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    with Tmux(daemon.folder, environment | daemon.bus.environment) as terminal:
        terminal.run(f"cd {ROOT}; clear")
        yield terminal


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[DaemonUnderTest]:
    """Give a daemon that has seen nothing."""
    with running(tmp_path) as daemon:
        yield daemon


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonUnderTest]:
    """Give a daemon that asks about one disc, for tests that leave the question open."""
    with running(tmp_path_factory.mktemp("asking")) as daemon:
        insert(daemon, 1)
        yield daemon


def review(terminal: Tmux, *options: str, before: str = "") -> None:
    words = " ".join([sys.executable, "-m", "engramd.ctl", "--bus", "session", "review", *options])
    terminal.run(f"{before} {words}; echo code=$?".strip())


def is_over(screen: str) -> bool:
    return re.search(r"code=\d", screen) is not None


def is_filed(screen: str, episodes: str) -> bool:
    """Whether the roster has all of it in the library; it is read again while nobody presses a key."""
    return episodes in screen and "here" in screen and "assigned" not in screen


def insert(daemon: DaemonUnderTest, number: int) -> None:
    done = daemon.ctl("rip", str(season_disc(number).image), check=False)
    assert done.returncode == 5, done.stdout + done.stderr + daemon.log()


def is_as_kept(name: str, shown: str) -> str:
    """Compare a screen with the kept one, but for its times; give the screen."""
    lines = shown.splitlines()
    assert len(lines) <= 24
    assert all(len(line) <= 80 for line in lines)
    written = "\n".join(line.rstrip() for line in lines) + "\n"
    for varying, sign in ((r"\b\d+:\d\d\b", "#:##"), (r"\b\d+\.\d MB", "#.# MB")):
        written = re.sub(varying, sign, written)
    kept = SCREENS / f"{name}.txt"
    if os.environ.get("ENGRAMD_WRITE_SCREENS"):
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(written, "utf-8")
    assert written == kept.read_text("utf-8")
    return shown


def test_a_season_of_three_discs_is_answered_with_single_keys(daemon: DaemonUnderTest) -> None:
    with shell(daemon) as terminal:
        answer_a_season(daemon, terminal)


def answer_a_season(daemon: DaemonUnderTest, terminal: Tmux) -> None:
    for number in (1, 2, 3):
        insert(daemon, number)
    season = daemon.tv / SHOW / "Season 01"
    season.mkdir(parents=True)
    older = season / f"{SHOW} - S01E07.mkv"
    older.write_bytes(b"an older copy")

    review(terminal)
    is_as_kept("1_disc_1_is_proposed", terminal.wait_for("q quit"))
    terminal.press("?")
    is_as_kept("2_help", terminal.wait_for("Any key goes back."))
    terminal.press("x")
    terminal.wait_for("q quit")

    terminal.press("Enter")
    shown = terminal.wait_for(lambda screen: "Review 2" in screen and is_filed(screen, "E01-E03 (disc 1)"))
    is_as_kept("3_disc_1_is_accepted_and_disc_2_proposed", shown)

    terminal.press("n")
    is_as_kept("4_titles_one_by_one", terminal.wait_for("title 1, 2:"))
    terminal.press("1")
    terminal.wait_for(lambda screen: "title 2, 2:" in screen and is_filed(screen, "E04 (disc 2)"))
    terminal.press("e")
    terminal.wait_for("Episode: _")
    terminal.press("-l", "s01e05")
    is_as_kept("5_an_episode_is_typed", terminal.wait_for("Episode: s01e05_"))
    terminal.press("Enter")
    shown = terminal.wait_for(lambda screen: "title 3, 2:" in screen and is_filed(screen, "E04-E05 (disc 2)"))
    is_as_kept("6_a_title_that_matches_nothing", shown)
    terminal.press("x")
    terminal.wait_for("title 3 is an extra")
    terminal.press("u")
    terminal.wait_for("is open again.")
    terminal.press("x")

    shown = terminal.wait_for(lambda screen: "Review 3" in screen and is_filed(screen, "E04-E05 (disc 2)"))
    is_as_kept("7_disc_3_follows_from_what_was_answered", shown)
    terminal.press("Enter")
    others = "; here E01-E03 (disc 1), E04-E05 (disc 2), E06 E08 (disc 3)"
    shown = terminal.wait_for(lambda screen: "existing file" in screen and others in " ".join(screen.split()))
    is_as_kept("8_a_file_is_there_already", shown)
    terminal.press("2")
    shown = terminal.wait_for(is_over)

    assert "7 answered, 0 dismissed, 0 open." in " ".join(shown.split())
    assert "code=0" in shown
    daemon.wait_for_job("completed", job=3)
    names = [Path(path).name for path in daemon.filed()]
    assert [name for name in names if "S01E" in name] == [f"{SHOW} - S01E0{n}.mkv" for n in range(1, 9)]
    assert len(names) == 9, names
    assert older.stat().st_size > 1_000_000, "it was replaced"
    assert b"an older copy" in [path.read_bytes() for path in daemon.tv.rglob("*S01E07*") if path != older]


def test_the_terminal_follows_its_size_and_is_left_as_it_was(asking: DaemonUnderTest) -> None:
    folder = asking.folder
    with shell(asking) as terminal:
        terminal.run(f"stty -g > {folder}/before; clear")
        review(terminal)
        whole = terminal.wait_for("q quit")
        terminal.resize(60, 18)
        small = terminal.wait_for(lambda screen: "q quit" in screen and "─" * 61 not in screen)
        assert all(len(line) <= 60 for line in small.splitlines())
        assert all(text in small for text in ("▸1", "S01E01-E03", "season 1"))
        terminal.resize(80, 24)
        terminal.wait_for(lambda screen: screen == whole)
        assert "\x1b[" in terminal.screen(colors=True)

        terminal.press("C-c")
        assert "code=130" in terminal.wait_for(is_over)
        terminal.run(f"stty -g > {folder}/after; clear")
        review(terminal, before=f"sh -c 'echo $$ > {folder}/pid; exec \"$@\"' --")
        terminal.wait_for("q quit")
        os.kill(int((folder / "pid").read_text()), signal.SIGTERM)
        assert "code=143" in terminal.wait_for(is_over)
        terminal.run(f"stty -g >> {folder}/after; echo done-$((1+1))")
        terminal.wait_for("done-2")
    before = (folder / "before").read_text()
    assert (folder / "after").read_text() == before * 2 != ""
    assert [one["id"] for one in questions(asking)] == [1], "nothing is answered by quitting"


def test_a_sample_is_played_beside_the_question(asking: DaemonUnderTest) -> None:
    player = asking.folder / "own-player"
    player.write_text('#!/bin/sh\nprintf "%s\\n" "$$" "$@" > "$HOME/played"; exec sleep 60\n')
    player.chmod(0o755)
    setting = f"HOME={asking.folder} ENGRAM_PLAYER='{player} --at={{at}} {{file}}'"

    with shell(asking) as terminal:
        review(terminal, "--play", "--job", "1", "--kind", "episode", before=setting)
        terminal.wait_for("own-player plays it.")
        asking.wait_until(lambda: len(played(asking)) == 3, "nothing is played")
        assert Path("/proc", played(asking)[0]).exists()
        terminal.press("q")
        terminal.wait_for(is_over)

    pid, at, file = played(asking)
    assert re.fullmatch(r"--at=\d+", at)
    assert Path(file).is_file()
    assert Path(file).is_relative_to(asking.staging)
    assert not Path("/proc", pid).exists(), "it goes on without its questions"


def test_a_question_that_is_shown_can_be_played_too(
    asking: DaemonUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENGRAM_PLAYER", "sh -c 'exit 3'")
    words = ["--bus", "session", "review", "show", "1", "--play"]

    done = runner().invoke(app, words, env=asking.bus.environment)

    assert "sh plays it." in done.stdout
    assert (done.exit_code, done.stderr) == (1, "engramctl: sh ended with 3\n")


def played(daemon: DaemonUnderTest) -> list[str]:
    file = daemon.folder / "played"
    return file.read_text().splitlines() if file.exists() else []


def questions(daemon: DaemonUnderTest) -> list[dict[str, Any]]:
    return [json.loads(line) for line in daemon.ctl("review", "list", "--json").stdout.splitlines()]


def test_scripts_have_the_same_and_what_they_answer_is_seen_on_the_screen(daemon: DaemonUnderTest) -> None:
    def ctl(*words: str, said: str = "", code: int = 0) -> str:
        done = runner().invoke(app, ["--bus", "session", *words], env=daemon.bus.environment, input=said)
        assert done.exit_code == code, done.output
        return done.stdout + done.stderr

    insert(daemon, 1)
    insert(daemon, 2)
    assert len(ctl("review", "--json", code=5).splitlines()) == 2
    by_lines = ctl("review", code=5)
    assert "accept: titles 1-3 are S01E01-E03" in by_lines
    assert "REVIEW  JOB" in by_lines
    assert ctl("review", "list", "--job", "2").count("S01E04") == 1
    assert ctl("review", "list", "--kind", "damaged") == "No open questions.\n"

    shown = ctl("review", "show", "1")
    assert "title 1     0:" in shown
    assert "season 1    this E01-E03" in shown
    asked = json.loads(ctl("review", "show", "1", "--json"))
    assert [option["id"] for option in asked["options"]] == ["accept", "one_by_one"]
    assert len(asked["details"]["captions"]) == 3

    with shell(daemon) as terminal:
        review(terminal, before="NO_COLOR=1")
        terminal.wait_for("Review 1 (1 of 2)")
        coloured = re.findall(r"\x1b\[[0-9;]*m", terminal.screen(colors=True))
        assert set(coloured) <= {"\x1b[0m", "\x1b[m", "\x1b[39m", "\x1b[49m"}

        told = json.loads(ctl("answer", "1", "accept", "--for", "season", "--json"))
        elsewhere = terminal.wait_for(is_over)
    assert (told["id"], told["answer"], told["for"]) == (1, "1-3=S01E01-E03", "season")
    assert "titles 1-3 are S01E01-E03" in told["effect"]
    assert "titles 1-3 are S01E04-E06" in told["effect"]
    assert "was answered elsewhere" in elsewhere, "the first of them, or both at once"
    assert "0 answered, 0 dismissed, 0 open." in elsewhere
    assert ctl("review") == "No open questions.\n"
    assert "engramctl review list" in ctl("answer", "1", "accept", code=1)
