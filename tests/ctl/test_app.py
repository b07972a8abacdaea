"""The boundary: exit codes, one line for an error, quick help."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

from engramd.bus.client import NoDaemon
from engramd.ctl.app import app
from engramd.ctl.session import exit_code
from engramd.errors import EngramError, InvalidArgument, NotAuthorized, NotFound
from tests.support.clickrunner import runner
from tests.support.privatebus import PrivateBus


def engramctl(*arguments: str, bus: PrivateBus | None = None) -> Result:
    return runner().invoke(app, arguments, env=bus.environment if bus else None)


@pytest.fixture(scope="module")
def empty_bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=False) as bus:
        yield bus


@pytest.mark.parametrize(("how", "code"), [(KeyboardInterrupt, 130), (EOFError, 1)])
def test_ctrl_c_at_a_question_is_no_failure(
    how: type[BaseException], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answer(_question: str) -> str:
        raise how

    ask = click.Command("ask", callback=lambda: click.prompt("key", hide_input=True))
    monkeypatch.setitem(app.commands, "ask", ask)
    monkeypatch.setattr("click.termui.hidden_prompt_func", answer)

    with pytest.raises(SystemExit) as ended:
        app(["ask"], prog_name="engramctl")

    assert ended.value.code == code


COMMANDS = [
    ("status",),
    ("drives",),
    ("jobs",),
    ("show", "1"),
    ("history",),
    ("watch",),
    ("rip", "/"),
    ("retry", "1"),
    ("cancel", "1"),
    ("eject",),
    ("eject", "1"),
    ("clear", "1"),
    ("assign", "1", "2", "S01E02"),
    ("skip", "1", "2"),
    ("identify", "1", "--season", "2"),
    ("rematch", "1"),
    ("identify", "1", "--type", "film", "--tmdb", "movie:949"),
    ("next",),
    ("next", "--clear"),
    ("next", "--show", "Harbor Station", "--season", "2", "--discs", "7"),
    ("review",),
    ("review", "list"),
    ("review", "show", "1"),
    ("answer", "1", "S01E02"),
    ("dismiss", "1"),
    ("config", "list"),
    ("notify", "test"),
    ("config", "get", "staging_path"),
    ("config", "set", "staging_path", "/x"),
    ("config", "reset", "staging_path"),
    ("order", "Harbor Station", "dvd"),
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_without_a_daemon_every_command_says_so_and_exits_with_3(
    empty_bus: PrivateBus, words: tuple[str, ...]
) -> None:
    done = engramctl("--bus", "session", *words, bus=empty_bus)

    assert done.exit_code == 3, done.output
    assert done.stdout == ""
    assert done.stderr.startswith("engramctl: engramd is not running")
    assert "engramd --bus session" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_doctor_asks_the_ffmpeg_itself_and_advises_only_what_helps(empty_bus: PrivateBus) -> None:
    done = engramctl("--bus", "session", "--json", "doctor", bus=empty_bus)

    checks = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1, "there is no daemon"
    path = checks["ffmpeg"]["where"]
    assert checks["ffmpeg"]["severity"] == "ok"
    assert Path(path).is_file()
    assert "makemkv" not in checks, "there is no back end that would use it"


def test_the_bus_may_be_named_after_the_command(empty_bus: PrivateBus) -> None:
    before, after = (
        engramctl(*words, bus=empty_bus)
        for words in (("--bus", "session", "jobs"), ("jobs", "--bus", "session"))
    )

    assert (before.exit_code, before.stderr) == (after.exit_code, after.stderr) == (3, before.stderr)
    assert "session bus" in after.stderr


def test_without_a_bus_there_is_no_daemon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket")

    done = engramctl("status")

    assert done.exit_code == 3
    assert "there is no system bus" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("show",),
        ("show", "x"),
        ("rip", "/nonexistent"),
        ("clear",),
        ("identify", "1"),
        ("identify", "1", "--tmdb", "x"),
        ("--bus", "x"),
    ],
)
def test_wrong_usage_exits_with_2(words: tuple[str, ...]) -> None:
    assert engramctl(*words).exit_code == 2


def test_a_wrong_episode_is_refused_before_a_daemon_is_asked() -> None:
    done = engramctl("assign", "1", "2", "Pilot")

    assert (done.exit_code, done.stdout) == (2, "")
    assert "S01E02" in done.stderr


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngramError, 1), (NotFound, 1), (InvalidArgument, 2), (NoDaemon, 3), (NotAuthorized, 4)],
)
def test_every_error_has_its_exit_code(error: type[EngramError], code: int) -> None:
    assert exit_code(error("it did not work")) == code


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys\nsys.argv = ['engramctl', '--help']\nfrom engramd.ctl.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "heavy = {'gi', 'rich', 'numpy', 'scipy', 'av', 'sqlmodel', 'sqlalchemy', 'pydantic', 'pydbus'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.startswith("Usage: engramctl")
    assert done.stderr == ""
