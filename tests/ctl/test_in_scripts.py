"""engramctl in scripts: JSON alone, streams that are closed, pipes that end, daemons that are others."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from engramd.bus import names
from engramd.bus.client import Client
from engramd.ctl import cells, session, status_facts
from engramd.ctl.app import app
from engramd.ctl.service import Service, Snapshot
from tests.ctl.test_help import EVERY
from tests.ctl.test_review_in_tmux import season_disc
from tests.support.clickrunner import runner
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rawbus import RawClient, message

CTL = (sys.executable, "-m", "engramd.ctl", "--bus", "session")
WIDE_NAME = "駅の港 — Hafen"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonUnderTest]:
    """Give a daemon that asks about one disc, and was told what comes next."""
    with PrivateBus(system=False) as bus, DaemonUnderTest(tmp_path_factory.mktemp("house"), bus) as daemon:
        ctl(daemon, "next", "--show", WIDE_NAME, "--season", "2", "--discs", "3")
        assert ctl(daemon, "rip", season_disc(1).image).exit_code == 5
        yield daemon


def ctl(daemon: DaemonUnderTest, *words: object, said: str = "", **environment: str) -> Result:
    arguments = ["--bus", "session", *map(str, words)]
    return runner().invoke(app, arguments, env=daemon.bus.environment | environment, input=said)


def shell(daemon: DaemonUnderTest, line: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash in which `$ctl` is the command."""
    given = os.environ | daemon.bus.environment | {"ctl": " ".join(CTL)} | environment
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, env=given, cwd=ROOT, timeout=60, check=False
    )


# -- JSON ----------------------------------------------------------------------------------------------

#: What each command is given besides `--json`: what it can do, and what it cannot. None: it has its own test.
GIVEN: dict[str, tuple[str, ...] | None] = {
    "watch": None,
    "restart": None,
    "events": ("1",),
    "rip": ("/nonexistent.iso",),
    "drives name": ("left", "right"),
    "drives set": ("left", "--eject", "never"),
    "drives hold": ("left", "true"),
    "show": ("1",),
    "retry": ("99",),
    "cancel": ("99",),
    "clear": ("--finished",),
    "import": ("/nonexistent",),
    "assign": ("1", "99", "S01E02"),
    "skip": ("1", "99"),
    "identify": ("99", "--season", "2"),
    "rematch": ("99",),
    "review show": ("1",),
    "answer": ("99", "accept"),
    "dismiss": ("99",),
    "shift": ("99", "1"),
    "extra": ("1", "99"),
    "edition": ("1", "99", "Extended"),
    "rename": ("Harbor Station", "--dry-run"),
    "season": ("Harbor Station",),
    "split": ("1", "99"),
    "order": ("nobody knows it", "dvd"),
    "library init": ("/nonexistent",),
    "trash restore": ("none",),
    "trash empty": ("--yes",),
    "config describe": ("staging_path",),
    "config get": ("staging_path",),
    "config set": ("trash_days", "30"),
    "config reset": ("trash_days",),
    "notify desktop": None,
    "discdb import": (str(ROOT),),
    "references add": ("/nonexistent", "--references", "/nonexistent"),
    "references list": ("--references", str(ROOT / "tests/ctl/screens")),
    "references check": ("--references", str(ROOT / "tests/ctl/screens")),
    "models get": ("nonsense",),
    "inspect": (str(ROOT),),
    "match": (str(ROOT / "LICENSE"), "--references", str(ROOT / "tests/ctl/screens")),
}
RUNNABLE = [
    words
    for words, command in EVERY.items()
    if not isinstance(command, click.Group) or command.invoke_without_command
]


@pytest.mark.parametrize("words", [words for words in RUNNABLE if GIVEN.get(words, ()) is not None])
def test_every_command_gives_json_alone(words: str, house: DaemonUnderTest, tmp_path: Path) -> None:
    own = {name: str(tmp_path) for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "HOME")}

    done = ctl(house, *words.split(), "--json", *(GIVEN.get(words) or ()), **own)

    assert done.exit_code in range(6), done.output
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    for line in done.stdout.splitlines():
        assert isinstance(json.loads(line), dict), line
    assert "Traceback" not in done.stderr
    if done.exit_code == 2:
        assert "No such option" not in done.stderr


def test_the_bare_command_gives_json_too(house: DaemonUnderTest) -> None:
    [told] = map(json.loads, ctl(house, "--json").stdout.splitlines())

    assert told["running"] is True
    assert told["commands"][0]["command"] == "engramctl review"
    assert any(WIDE_NAME in one["text"] for one in told["needed"])


# -- streams -------------------------------------------------------------------------------------------


def test_a_pipe_that_ends_early_ends_the_command_without_a_word(house: DaemonUnderTest) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*CTL, "config", "list"], stdout=write, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT,
        env=os.environ | house.bus.environment, timeout=60,
    )  # fmt: skip
    os.close(write)

    assert (done.returncode, done.stderr) == (141, "")


def test_who_follows_through_a_pipe_that_ends_leaves_the_job_alone(house: DaemonUnderTest) -> None:
    broken = house.folder / "broken.iso"
    broken.write_bytes(b"no disc" * 1000)

    done = shell(house, f"$ctl rip '{broken}' | head -1; echo ${{PIPESTATUS[*]}}")

    assert done.stderr == ""
    assert done.stdout.splitlines()[-1] == "141 0"
    house.wait_for_job("failed", job=2)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("$ctl jobs <&-", 0, ""),
        ("$ctl jobs >&-", 0, ""),
        ("$ctl jobs <&- >&- 2>&-", 0, ""),
        ("$ctl review <&-", 5, ""),
        ("$ctl config set tmdb_api_key - <&-", 2, "nothing came on standard input"),
        ("$ctl show 99 >&-", 1, "there is no"),
        ("$ctl watch 1 >&-", 0, ""),
    ],
)
def test_closed_streams_are_empty_ones(line: str, code: int, said: str, house: DaemonUnderTest) -> None:
    done = shell(house, line)

    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    assert said in done.stderr
    assert bool(done.stderr) == bool(said)


@pytest.mark.parametrize(
    "environment",
    [{"LC_ALL": "C"}, {"LC_ALL": "", "LC_CTYPE": "", "LANG": "C"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_in_the_locale_c_its_own_signs_are_ascii(environment: dict[str, str], house: DaemonUnderTest) -> None:
    done = shell(house, "$ctl status", PYTHONUTF8="", **environment)

    assert (done.returncode, done.stderr) == (0, "")
    assert "> engramctl review" in done.stdout
    others = {letter for letter in done.stdout if not letter.isascii()}
    assert others <= set(WIDE_NAME), others
    assert "Hafen" in done.stdout


@pytest.mark.parametrize(
    "words", [(), ("status",), ("jobs",), ("drives",), ("show", "1"), ("config", "list")]
)
def test_twenty_columns_are_enough(words: tuple[str, ...], house: DaemonUnderTest) -> None:
    lines = on_a_terminal(house, *words, COLUMNS="20", TERM="dumb").splitlines()

    assert lines
    if words not in (("config", "list"), ("show", "1")):  # paths and options may be copied whole
        assert all(cells.width(line) <= 20 for line in lines), lines


@pytest.mark.parametrize(
    ("environment", "words", "colored"),
    [
        ({"TERM": "xterm-256color"}, ("jobs",), True),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ("jobs",), False),
        ({"TERM": "dumb"}, ("jobs",), False),
        ({"TERM": "xterm-256color"}, ("jobs", "--json"), False),
        ({"TERM": "dumb"}, ("watch", "1"), False),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, ("status",), False),
    ],
)
def test_there_are_colours_only_where_they_are_wanted(
    environment: dict[str, str], words: tuple[str, ...], colored: bool, house: DaemonUnderTest
) -> None:
    shown = on_a_terminal(house, *words, **environment)

    assert "1" in shown
    assert ("\x1b[" in shown) == colored, shown


def on_a_terminal(daemon: DaemonUnderTest, *words: str, **environment: str) -> str:
    """Run a command whose output is a terminal; give all that it wrote."""
    ours, theirs = pty.openpty()
    given = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM")}
    with subprocess.Popen(
        [*CTL, *words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, cwd=ROOT,
        env=given | daemon.bus.environment | environment,
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while data := read_from(ours):
            shown += data
        assert process.wait(60) == 0, shown
    os.close(ours)
    return shown.decode()


def read_from(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has it open any more
        return b""


def test_what_is_done_is_confirmed_to_people_only(house: DaemonUnderTest) -> None:
    assert ctl(house, "clear", "--finished").output == ""
    assert "They are off the list" in on_a_terminal(house, "clear", "--finished", TERM="dumb")


# -- daemons that are others ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ours", "remedy"), [(1, "use the engramctl that came with the daemon"), (999, "start the daemon again")]
)
def test_a_daemon_of_another_version_is_told_where_something_fails(
    ours: int, remedy: str, house: DaemonUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = names.INTERFACE_VERSION
    monkeypatch.setattr(names, "INTERFACE_VERSION", ours)
    sentence = (
        f"the daemon speaks version {theirs} of its interface, and this engramctl version {ours}: {remedy}"
    )

    assert sentence in ctl(house, "status").stdout
    assert ctl(house, "jobs").stderr == ""
    assert ctl(house, "show", "99").stderr.count("\n") == 1, "a job that there is not is nobody's version"

    def lacking(self: Service) -> Snapshot:
        found = Snapshot.of(self.bus.objects())
        return Snapshot(jobs={number: {"Id": number} for number in found.jobs})

    with monkeypatch.context() as patched:
        patched.setattr(Service, "look", lacking)
        done = ctl(house, "jobs")
    assert (done.exit_code, done.stderr) == (1, f"engramctl: {sentence}\n")

    with monkeypatch.context() as patched:
        patched.setattr(Service, "job_path", lambda self, _: self.manager("GetJobByName", "s", "x"))
        done = ctl(house, "cancel", "1")
    assert done.exit_code == 1
    assert done.stderr.splitlines()[1] == f"engramctl: {sentence}"


def test_a_property_that_is_missing_at_the_same_version_is_no_excuse(
    house: DaemonUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Service, "look", lambda _: Snapshot(jobs={1: {"Id": 1}}))

    assert isinstance(ctl(house, "jobs").exception, KeyError)


@contextmanager
def silent_daemon(bus: PrivateBus) -> Iterator[RawClient]:
    """Give one that has the daemon's name, and never answers."""
    with RawClient(bus) as client:
        dbus = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        client.send(message(*dbus, "RequestName", "su", (names.BUS_NAME, 4)))
        bus.wait_until(lambda: bus.owned(names.BUS_NAME), "nobody has the name")
        yield client


@pytest.fixture(scope="module")
def empty_bus() -> Iterator[PrivateBus]:
    with PrivateBus(system=False) as bus:
        yield bus


def test_a_daemon_that_does_not_answer_is_not_waited_for_for_ever(
    empty_bus: PrivateBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "TIMEOUT", 1.0)
    with silent_daemon(empty_bus):
        done = runner().invoke(app, ["--bus", "session", "jobs"], env=empty_bus.environment)

    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("engramctl: the daemon did not answer within 1 seconds; try again")


def test_a_daemon_that_goes_away_in_the_middle_of_a_call_is_no_daemon(empty_bus: PrivateBus) -> None:
    with silent_daemon(empty_bus) as daemon:
        calling = subprocess.Popen(
            [*CTL, "jobs"], stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env=os.environ | empty_bus.environment,
        )  # fmt: skip
        assert daemon.socket.recv(65536), "the call has come"
        heard = b""
        while b"InterfaceVersion" not in heard:
            heard += daemon.socket.recv(65536)
        daemon.close()
        _, errors = calling.communicate(timeout=30)

    assert calling.returncode == 3
    assert errors.startswith("engramctl: the daemon went away (session bus)")
    assert len(errors.splitlines()) == 1


def test_a_watch_tells_the_time_too(house: DaemonUnderTest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in house.bus.environment.items():
        monkeypatch.setenv(name, value)
    told: list[str] = []

    def take(kind: str, *_: object) -> bool:
        told.append(kind)
        return told.count("tick") == 3

    Client("session").watch(take, every=0.01)

    assert told[0] == "ready"
    assert told.count("tick") == 3


def test_a_library_that_takes_long_costs_a_status_the_missing_discs_alone(
    house: DaemonUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    call = Client.call

    def counted(self: Client, path: str, interface: str, method: str, *rest: Any) -> Any:
        asked.append(method)
        return call(self, path, interface, method, *rest)

    monkeypatch.setattr(Client, "call", counted)
    monkeypatch.setattr(status_facts, "_PATIENCE", 0.001)

    done = ctl(house, "status", "--json")

    assert asked.count("Get") == 2, "it is asked for with less patience"
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["open_reviews"] >= 1
