"""What a key completes: what click and a real daemon know; without a daemon nothing, and no error."""

from __future__ import annotations

import json
import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
import pytest

from engramd.bus import names
from engramd.ctl import completing
from engramd.ctl.app import app
from tests.support.busservice import as_user, run_on, wait_for
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.recorded import BROKEN, FILM, OLD_SHOW, OTHER_SHOW, SHOW, daemon_with_a_past
from tests.support.udevbed import missing_for_bed

ROOT = Path(__file__).parents[2]
BUS_POLICY = ROOT / "packaging/dbus/org.engramd.Engram1.conf"
NO_BUS = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent/bus"}
Words = dict[str, str]


class Completed:
    """What was offered: words with their meaning, and whether paths are."""

    def __init__(self, answer: Any) -> None:
        self.meaning: Words = dict(answer[0])
        self.words = list(self.meaning)
        self.paths: list[str] = answer[1]


def complete(
    *lines: str, environment: Mapping[str, str], start: tuple[str, ...] = ()
) -> tuple[list[Completed], list[str]]:
    """Complete lines in one process; gives the answers, and the slow modules that were loaded for them."""
    done = subprocess.run(
        [*start, sys.executable, "-m", "tests.ctl.completing_lines"],
        input="".join(f"engramctl {line}\n" for line in lines),
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    *answers, slow = [json.loads(line) for line in done.stdout.splitlines()]
    return [Completed(answer) for answer in answers], slow


def press_tab(
    line: str, environment: Mapping[str, str], shell: str = "fish"
) -> subprocess.CompletedProcess[str]:
    """Run engramctl as a shell does."""
    asked = {completing.VARIABLE: f"{shell}_complete", "_ENGRAMCTL_LINE": f"engramctl {line}"}
    return subprocess.run(
        [sys.executable, "-m", "engramd.ctl"],
        capture_output=True,
        text=True,
        env={**os.environ, **environment, **asked},
        cwd=ROOT,
        timeout=20,
        check=False,
    )


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaemonUnderTest]:
    """Give a daemon that knows four jobs, a question, a change, a drive, and a file in its trash."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    with daemon_with_a_past(tmp_path_factory.mktemp("daemon")) as running:
        yield running


@pytest.fixture(scope="module")
def offered(daemon: DaemonUnderTest) -> dict[str, Completed]:
    """Give what the daemon's knowledge is completed to, by line."""
    answers, _ = complete(*LINES, environment=daemon.bus.environment)
    return dict(zip(LINES, answers, strict=True))


LINES = (
    "show ",
    "cancel ",
    "clear ",
    "clear 4 ",
    "eject ",
    "review list --job ",
    "skip 3 ",
    "skip 3 1 ",
    "extra 1 ",
    "assign 3 ",
    "assign 3 2 ",
    "shift 1 ",
    "shift 1 2 ",
    "answer ",
    "answer 1 ",
    "dismiss ",
    "season ",
    "season har",
    'order "harbor st',
    "rename H",
    "tracks Ü",
    "identify 3 --title ",
    "drives set ",
    "drives set /dev/s",
    "next --drive ",
    "rip ",
    "rip --titles ",
    "config list ",
    "config get notify_",
    "config set nfo_enabled ",
    "config set notify_when ",
    "config set library_tv_path ",
    "config set apprise_urls ",
    "config reset naming_preset naming_p",
    "undo ",
    "undo --review ",
    "trash restore ",
    "trash empty --root ",
    "library scan ",
    "--bus session show ",
)


def test_jobs_are_offered_with_what_they_are_about(offered: dict[str, Completed]) -> None:
    assert offered["show "].words == ["4", "3", "1"], "the newest first"
    assert offered["show "].meaning["1"].startswith("Harbor Station (2003), season 1")
    assert offered["cancel "].words == ["3"], "only what can be stopped"
    assert offered["clear "].words == ["4", "1"], "only what has ended"
    assert offered["clear 4 "].words == ["1"], "none twice"
    assert offered["review list --job "].words == ["4", "3", "1"]


def test_titles_are_offered_with_what_they_are(offered: dict[str, Completed]) -> None:
    assert offered["skip 3 "].meaning == {"1": "S02E01, 21:40, completed", "2": "episode, 21:41, review"}
    assert offered["skip 3 1 "].words == ["2"]
    assert offered["extra 1 "].words == ["1", "2", "3"]
    assert offered["assign 3 "].words == ["1", "2"]
    assert offered["assign 3 2 "].meaning == {"S02E02": "the times fit", "S02E03": "the times fit"}
    assert offered["shift 1 "].words == ["+1", "1", "2", "3"]
    assert offered["shift 1 2 "].words == ["+1"]
    assert offered["rip --titles "].words == [], "these are titles of a disc that is not read yet"


def test_questions_and_their_answers_are_offered(offered: dict[str, Completed]) -> None:
    assert offered["answer "].meaning == {"1": "title 2: which episode?"}
    assert offered["dismiss "].words == ["1"]
    assert offered["answer 1 "].words == ["S02E02", "S02E03", "extra", "skip"]
    assert "70%" in offered["answer 1 "].meaning["S02E02"]
    assert offered["answer 1 "].meaning["skip"] == "Do not file it"


def test_shows_are_offered_by_name_those_of_the_past_too(offered: dict[str, Completed]) -> None:
    assert offered["season "].words == [OLD_SHOW, OTHER_SHOW, SHOW], "the latest first, and no film"
    assert offered["season "].meaning[SHOW] == "series, 2003"
    assert offered["season har"].words == [OLD_SHOW, SHOW], "in any case"
    assert offered['order "harbor st'].words == [SHOW], "within quotes"
    assert offered["rename H"].words == [OLD_SHOW, FILM, SHOW], "films too, which are renamed as well"
    assert offered["tracks Ü"].words == [OTHER_SHOW]
    assert offered["identify 3 --title "].words == [OLD_SHOW, OTHER_SHOW, FILM, SHOW]


def test_drives_are_offered_by_the_names_that_work(offered: dict[str, Completed]) -> None:
    assert offered["drives set "].meaning == {"sr0": "/dev/sr0, empty"}
    assert offered["drives set /dev/s"].words == ["/dev/sr0"]
    assert offered["next --drive "].words == ["sr0"]
    assert offered["eject "].words == ["sr0", "3"], "a drive, or the disc of a job that is at work"
    assert (offered["rip "].words, offered["rip "].paths) == (["sr0"], ["file"])


def test_settings_are_offered_and_their_values(offered: dict[str, Completed]) -> None:
    assert "naming" in offered["config list "].words
    assert len(set(offered["config list "].words)) == len(offered["config list "].words)
    assert {"notify_when", "notify_evening"} <= set(offered["config get notify_"].words)
    assert "News when all is well" in offered["config get notify_"].meaning["notify_when"]
    assert offered["config set nfo_enabled "].meaning == {"true": "", "false": "as it is now, the default"}
    assert offered["config set notify_when "].words == ["off", "each_disc", "evening"]
    assert offered["config set library_tv_path "].paths == ["file"]
    assert offered["config set apprise_urls "].words == []
    assert offered["config reset naming_preset naming_p"].words == []


def test_changes_trash_and_libraries_are_offered(
    offered: dict[str, Completed], daemon: DaemonUnderTest
) -> None:
    assert offered["undo "].meaning == {"1": "job 1: title 2 is S01E02"}
    assert offered["undo --review "].words == [], "no answer was given yet"
    assert list(offered["trash restore "].meaning.values()) == ["old.mkv"]
    assert offered["trash empty --root "].words == [str(daemon.tv), str(daemon.films), str(daemon.staging)]
    scanned = offered["library scan "]
    assert (scanned.words, scanned.paths) == ([str(daemon.tv), str(daemon.films)], ["dir"])


def test_the_bus_that_is_typed_is_asked(offered: dict[str, Completed]) -> None:
    assert offered["--bus session show "].words == [], "the daemon is on the other one"


@pytest.mark.root
def test_nobody_needs_a_right_for_it(offered: dict[str, Completed], daemon: DaemonUnderTest) -> None:
    """A user whom the daemon would refuse anything is offered the same: polkit is never asked."""
    call = ("call", names.BUS_NAME, names.ROOT, names.MANAGER, "ClearFinished")
    refused = run_on(daemon.bus, "busctl", "--system", *call, user="nobody")
    assert "you may not do this" in refused.stderr, refused.stderr

    answers, _ = complete(*LINES, environment=daemon.bus.environment, start=as_user(65534))

    assert {line: one.words for line, one in zip(LINES, answers, strict=True)} == {
        line: one.words for line, one in offered.items()
    }


def test_a_name_that_is_no_line_of_text_is_not_offered(offered: dict[str, Completed]) -> None:
    named = [word for line in ("season ", "rename H") for word in offered[line].words]

    assert BROKEN.startswith("H")
    assert BROKEN not in named
    assert all(word.isprintable() for word in named), named


STATIC: dict[str, tuple[str, ...]] = {
    "": ("status", "config", "rip"),
    "sta": ("status",),
    "config ": ("get", "set", "reset", "list"),
    "jobs --": ("--json", "--bus"),
    "jobs --bus=se": ("--bus=session",),
    "rip --extras ": ("keep", "skip", "ask"),
    "order X ": ("aired", "dvd", "absolute"),
    "history --state re": ("review_needed",),
}
NOTHING = (
    "show ",
    "config get ",
    "nonsense ",
    "config nonsense ",
    "show 'unclosed",
    "show x y z --nonsense ",
)


def test_without_a_daemon_what_click_knows_is_offered_and_the_rest_is_silent() -> None:
    answers, _ = complete(*STATIC, *NOTHING, "rip ", "match ", environment=NO_BUS)
    found = dict(zip([*STATIC, *NOTHING, "rip ", "match "], answers, strict=True))

    for line, some in STATIC.items():
        assert set(some) <= set(found[line].words), line
    assert [found[line].words for line in NOTHING] == [[]] * len(NOTHING)
    assert (found["rip "].words, found["rip "].paths) == ([], ["file"])
    assert (found["match "].words, found["match "].paths) == ([], ["file"])


def test_what_click_knows_needs_nothing_that_is_slow_to_load() -> None:
    _, slow = complete(*STATIC, "nonsense ", environment=NO_BUS)

    assert slow == []


def seconds_of_work(*command: str, **environment: str) -> float:
    """Give the processor time of a command, which other programs do not make longer."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_key_costs_little_more_than_click_itself() -> None:
    asked = {completing.VARIABLE: "bash_complete", "_ENGRAMCTL_LINE": "engramctl sta"}
    pairs = [
        (
            seconds_of_work(sys.executable, "-c", "import click"),
            seconds_of_work(sys.executable, "-m", "engramd.ctl", **asked),
        )
        for _ in range(4)
    ]

    ratio = min(tab for _, tab in pairs) / min(click for click, _ in pairs)

    assert ratio < 4, f"{ratio:.1f} times {min(pairs)}"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_without_a_daemon_no_error_is_printed(shell: str) -> None:
    done = press_tab("show ", NO_BUS, shell)

    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", "plain" if shell == "bash" else "")


def test_a_daemon_that_could_be_started_is_not(tmp_path: Path) -> None:
    started = tmp_path / "started"
    service = f"[D-BUS Service]\nName={names.BUS_NAME}\nUser=root\nExec=/usr/bin/touch {started}\n"
    (tmp_path / f"{names.BUS_NAME}.service").write_text(service)
    activation = f"<servicedir>{tmp_path}</servicedir></busconfig>"
    with PrivateBus(policy=BUS_POLICY.read_text().replace("</busconfig>", activation)) as bus:
        done = press_tab("show ", bus.environment)
        assert (done.returncode, done.stdout.strip(), started.exists()) == (0, "", False)

        call = ("call", "--expect-reply=no", names.BUS_NAME, names.ROOT, names.PROPERTIES, "GetAll", "s", "")
        run_on(bus, "busctl", "--system", *call)
        wait_for(started.exists, "the bus starts it for others, so that the above means something")


def test_a_bus_that_never_answers_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        done = press_tab("show ", {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={tmp_path / 'bus'}"})

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def test_a_daemon_that_hangs_is_given_up(daemon: DaemonUnderTest) -> None:
    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        done = press_tab("show ", daemon.bus.environment)
    finally:
        daemon.process.send_signal(signal.SIGCONT)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "", "")


def parameters(group: click.Group, above: str = "") -> Iterator[tuple[str, str]]:
    """Give each parameter of each command: `config set name`, `name`."""
    for name, command in group.commands.items():
        for parameter in command.params:
            yield f"{above}{name} {parameter.name}", parameter.name or ""
        if isinstance(command, click.Group):
            yield from parameters(command, f"{above}{name} ")


def test_the_table_names_parameters_that_there_are() -> None:
    there = {name for names_of_one in parameters(app) for name in names_of_one}

    assert set(completing.SOURCES) | completing.OTHERS <= there


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_that_is_shipped_can_be_had_from_the_program(shell: str) -> None:
    shipped = {"bash": "engramctl", "zsh": "_engramctl", "fish": "engramctl.fish"}[shell]

    done = runner().invoke(app, ["completions", shell])

    assert done.exit_code == 0
    assert done.stdout == (ROOT / "packaging/completions" / shipped).read_text()
