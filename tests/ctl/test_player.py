"""The user's player: which one, with which words, and what becomes of it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from engramd.ctl.player import Player, command
from engramd.errors import InvalidArgument, NotFound, ToolMissing
from engramd.tools import Tools


def tools(folder: Path) -> Tools:
    return Tools({"PATH": str(folder)})


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def film(tmp_path: Path) -> Path:
    path = tmp_path / "a {at} {file}.mkv"
    path.write_bytes(b"film")
    return path


@pytest.mark.parametrize(
    ("installed", "words"),
    [
        (["mpv", "vlc"], ["mpv", "--no-terminal", "--force-window=yes", "--start=40", "--", "/x.mkv"]),
        (["vlc", "ffplay"], ["vlc", "--quiet", "--start-time=40", "/x.mkv"]),
        (
            ["ffplay"],
            ["ffplay", "-hide_banner", "-loglevel", "error", "-autoexit", "-ss", "40", "-i", "/x.mkv"],
        ),
    ],
)
def test_the_first_player_that_is_there_begins_at_the_second(
    tmp_path: Path, installed: list[str], words: list[str]
) -> None:
    for name in installed:
        program(tmp_path, name, "true")

    found = command("/x.mkv", 40, {}, tools(tmp_path))

    assert [Path(found[0]).name, *found[1:]] == words


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ("mpv --fs", ["mpv", "--fs", "/a {at}.mkv"]),
        ("ssh tv 'play {file}' --at={at}", ["ssh", "tv", "play /a {at}.mkv", "--at=40"]),
    ],
)
def test_a_player_of_ones_own_is_told_file_and_second(tmp_path: Path, own: str, words: list[str]) -> None:
    assert command("/a {at}.mkv", 40, {"ENGRAM_PLAYER": own}, tools(tmp_path)) == words


def test_what_is_no_command_and_no_player_is_said(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument):
        command("/x.mkv", 0, {"ENGRAM_PLAYER": "mpv 'x"}, tools(tmp_path))
    with pytest.raises(ToolMissing, match="ENGRAM_PLAYER"):
        command("/x.mkv", 0, {}, tools(tmp_path))


def test_a_player_runs_with_the_session_of_its_user_and_nothing_else(tmp_path: Path, film: Path) -> None:
    own = program(tmp_path, "own", f'env > {tmp_path}/seen; printf "%s\\n" "$@" > {tmp_path}/words')
    environment = {"ENGRAM_PLAYER": str(own), "DISPLAY": ":7", "TMDB_KEY": "secret", "PATH": "/usr/bin:/bin"}
    player = Player(environment=environment)

    assert player.play(str(film), 40) == "own plays it."
    player.wait()

    assert (tmp_path / "words").read_text() == f"{film}\n"
    assert "DISPLAY=:7" in (tmp_path / "seen").read_text()
    assert "secret" not in (tmp_path / "seen").read_text()
    assert player.trouble() == ""


def test_a_player_that_fails_is_told_once(tmp_path: Path, film: Path) -> None:
    own = program(tmp_path, "own", "echo no display >&2; exit 3")
    player = Player(environment={"ENGRAM_PLAYER": str(own), "PATH": "/usr/bin:/bin"})
    player.play(str(film), 0)
    player.wait()

    assert player.trouble() == "own ended with 3: no display"
    assert player.trouble() == ""


def test_the_next_sample_ends_the_one_before_and_the_end_ends_all(tmp_path: Path, film: Path) -> None:
    own = program(tmp_path, "own", f"echo $$ >> {tmp_path}/pids; exec sleep 60")
    player = Player(environment={"ENGRAM_PLAYER": str(own), "PATH": "/usr/bin:/bin"})
    player.play(str(film), 0)
    first = pids(tmp_path, 1)[0]
    player.play(str(film), 9)
    second = pids(tmp_path, 2)[1]

    assert not Path(f"/proc/{first}").exists()
    assert Path(f"/proc/{second}").exists()
    player.stop()
    assert not Path(f"/proc/{second}").exists()
    assert player.trouble() == ""


def pids(folder: Path, count: int) -> list[str]:
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
        if len(found) == count:
            return found
        time.sleep(0.02)
    raise AssertionError("the player does not start")


@pytest.mark.parametrize("file", ["", "relative.mkv", "/nowhere/film.mkv", "--help"])
def test_what_is_no_file_is_not_played(tmp_path: Path, file: str) -> None:
    program(tmp_path, "mpv", "true")

    with pytest.raises(NotFound):
        Player(tools(tmp_path), {}).play(file, 0)
