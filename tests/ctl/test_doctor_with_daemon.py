"""`engramctl doctor` and its report with a real daemon: for people, for scripts; nothing secret is told."""

from __future__ import annotations

import json
import os
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from engramd import __version__
from engramd.ctl import cells
from engramd.ctl.doctor_screen import HEADS, MARKS
from engramd.pipeline.checks.groups import GROUPS
from tests.ctl.planted import NAMES, Machine, planted_in, planted_machine, unpacked
from tests.support.tmux import Tmux, missing_for_tmux

FIELDS = {"id", "group", "severity", "text", "remedy", "where", "short"}


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with planted_machine(tmp_path_factory.mktemp("doctor")) as made:
        yield made


def found(done: Result) -> dict[str, dict[str, str]]:
    return {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}


def test_scripts_get_an_object_a_line_and_an_exit_code(machine: Machine) -> None:
    done = machine.doctor("--json")
    checks = found(done)
    assert done.exit_code == 0, done.output
    assert all(one.keys() == FIELDS for one in checks.values())
    assert {one["group"] for one in checks.values()} <= set(GROUPS) == set(HEADS)
    assert {one["severity"] for one in checks.values()} <= set(MARKS)
    assert checks["daemon"]["short"] == f"engramd {__version__}"
    assert checks["rights"]["severity"] == "ok"
    assert checks["library_tv_path"]["where"] == str(machine.daemon.tv)
    assert checks["server-jellyfin"]["remedy"] == "engramctl config set jellyfin_api_key"


def test_in_a_pipe_there_are_no_colours_and_an_error_is_exit_code_1(machine: Machine) -> None:
    machine.daemon.films.rmdir()
    try:
        done = machine.doctor()
    finally:
        machine.daemon.films.mkdir()
    assert done.exit_code == 1
    assert "\x1b" not in done.stdout
    wide = [line for line in done.stdout.splitlines() if cells.width(line) > 80]
    assert all(str(machine.daemon.films) in line for line in wide), "only a word of a command is not broken"
    assert "→ sudo install -d " in done.stdout
    assert "1 problem, " in done.stdout.splitlines()[-1]


@pytest.mark.skipif(bool(missing_for_tmux()), reason=missing_for_tmux())
def test_a_person_sees_it_all_on_one_screen_with_colours(machine: Machine, tmp_path: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m engramd.ctl --bus session doctor; echo code $?"
    with Tmux(tmp_path, os.environ | machine.environment, columns=80, rows=40) as terminal:
        terminal.run(f"clear; {command}")
        shown = terminal.wait_for("code 0")
        colored = terminal.screen(colors=True)
    lines = shown.splitlines()
    heads = [line[2:12].strip() for line in lines if line[:1] in "✓!·✗" and line[2:12].strip()]
    assert heads == list(HEADS.values()), shown
    assert f"engramd {__version__}" in lines[0]
    assert "\x1b[32m✓" in colored
    assert lines[-2] == "code 0", "nothing wrapped"


def test_a_report_has_what_helps_and_nothing_that_was_planted(machine: Machine) -> None:
    done = machine.doctor_there("--bundle", "report.tar.gz")
    assert done.returncode == 0, done.stderr
    file = machine.folder / "report.tar.gz"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    texts = unpacked(file)
    assert planted_in(texts, host=True) == []

    assert str(file) in done.stdout
    for name in texts:
        assert name == "README.txt" or f"  {name} " in done.stdout, "it says what is in it"
    assert "Names of discs, series, films and files are in it" in done.stdout
    assert max(map(cells.width, done.stdout.splitlines()[1:])) <= 80
    assert "HARBOR_STATION_S1D1" in texts["jobs.jsonl"]
    [job] = [json.loads(line) for line in texts["jobs.jsonl"].splitlines()]
    assert (job["id"], job["state"]) == (1, "failed")
    [event, *_] = [json.loads(line) for line in texts["events.jsonl"].splitlines()]
    assert (event["job_id"], event["new"], event["time"][-1]) == (1, "failed", "Z")
    settings = {one["name"]: one for one in map(json.loads, texts["settings.jsonl"].splitlines())}
    assert settings["opensubtitles_password"] == {
        "name": "opensubtitles_password",
        "set": True,
        "locked": False,
    }
    assert settings["plex_token"]["set"] is True
    assert settings["hooks_path"]["value"] == "/home/(user)/hooks"
    assert 'tmdb_api_key = "(secret)"' in texts["engramd.toml"]
    assert f'library_tv_path = "{machine.daemon.tv}"' in texts["engramd.toml"]
    assert "the library of series can be written" in texts["doctor.txt"]
    assert "got 401 from https://api.themoviedb.org/3/authentication?(secret)" in texts["journal.txt"]
    assert "moved /home/(user)/films/Secret Title (1999)/Secret Title.mkv" in texts["journal.txt"]
    assert f"{machine.daemon.staging}: on " in texts["mounts.txt"]
    assert "Python " in texts["versions.txt"]


def test_without_names_no_disc_is_named(machine: Machine) -> None:
    file = machine.folder / "nameless.tar.gz"
    done = machine.doctor("--bundle", str(file), "--no-names", "--json")
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert (said["bundle"], said["names"]) == (str(file), False)
    texts = unpacked(file)
    assert said["parts"].keys() == texts.keys()
    assert planted_in(texts) == []
    lines = [f"{name}: {line}" for name, text in texts.items() for line in text.splitlines()]
    lines.remove('engramd.toml: station = "house"')  # the daemon's own name, not a disc's
    assert [line for line in lines if any(word in line.lower() for word in NAMES)] == []
    [job] = [json.loads(line) for line in texts["jobs.jsonl"].splitlines()]
    assert (job["id"], job["state"], job["outcome"]) == (1, "failed", "failed")
    [event, *_] = [json.loads(line) for line in texts["events.jsonl"].splitlines()]
    assert (event["job_id"], event["new"]) == (1, "failed")
    assert "job 1: (name) cannot be read" in texts["journal.txt"]


def test_a_report_is_never_written_over_a_file(machine: Machine, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("precious", "link"):
        done = machine.doctor("--bundle", str(tmp_path / name))
        assert (done.exit_code, "there is such a file already" in done.stderr) == (2, True)
    assert precious.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()
    assert machine.doctor("--no-names").exit_code == 2, "it goes with --bundle"
