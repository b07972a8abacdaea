"""The examples for writers of clients, run as they are against a real daemon on a bus of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

EXAMPLES = Path(__file__).resolve().parents[2] / "packaging/examples"
WAITER, FOLLOWER = EXAMPLES / "wait-for-reviews", EXAMPLES / "follow-jobs.py"
MISSING = [program for program in ("bash", "busctl", "gdbus") if not shutil.which(program)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)}")


class Example:
    """A program that runs until the end of the test, and what it says."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log

    def said(self) -> str:
        return self._log.read_text("utf-8", errors="replace")

    def says(self, what: str, seconds: float = 40) -> None:
        """Wait until it says something."""
        end = time.monotonic() + seconds
        while what not in self.said():
            assert self._process.poll() is None, f"it ended: {self.said()}"
            assert time.monotonic() < end, f"no {what!r}: {self.said()}"
            time.sleep(0.02)


Run = Callable[..., Example]


@contextmanager
def runner(bus: PrivateBus, folder: Path) -> Iterator[Run]:
    """Give what runs examples on a bus; they are ended at the end, by their process groups."""
    running: list[subprocess.Popen[bytes]] = []

    def run(*command: object) -> Example:
        log = folder / f"{len(running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [*map(str, command)],
                stdout=output,
                stderr=output,
                env=os.environ | bus.environment,
                start_new_session=True,
            )
        running.append(process)
        return Example(process, log)

    yield run
    for process in running:
        if process.poll() is None:
            process.terminate()
        process.wait(10)


def programs_on(bus: PrivateBus) -> list[str]:
    """Give the programs that are still on a bus's address, but for the bus itself."""
    wanted, found = bus.address.encode(), []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes():
                found.append((path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return [command for command in found if command and "dbus-daemon" not in command]


def test_a_script_tells_and_answers_questions_and_a_client_follows(
    tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    """Without references the daemon has to ask which episodes the titles are."""
    bus, daemon_folder = PrivateBus(system=False), tmp_path / "daemon"
    with bus, runner(bus, tmp_path) as run:
        script = run(WAITER, "--user")
        with DaemonUnderTest(daemon_folder, bus) as daemon:
            assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
            script.says("question 1: Harbor Station: titles 2-4 are S01E01-E03? (default: accept)")
            late = run(WAITER, "--user")
            late.says("question 1: Harbor Station: ")
            assert answered(bus, "1", "one_by_one").returncode == 0
            for number in (2, 3, 4):
                script.says(f"question {number}: ")
            assert answered(bus, "1").returncode != 0, "it is answered already"

            client = run(sys.executable, FOLLOWER, "--session")
            client.says("S01E0")
            client.says("-> completed: ")
            assert script.said().count("question 1:") == late.said().count("question 1:") == 1
            assert len([path for path in daemon.filed() if "S01E0" in path]) == 3, "the answers count"


def test_a_script_that_is_ended_leaves_nothing_behind(tmp_path: Path) -> None:
    with PrivateBus(system=False) as bus:
        with runner(bus, tmp_path) as run:
            run(WAITER, "--user")
            end = time.monotonic() + 20
            while not any("gdbus monitor" in command for command in programs_on(bus)):
                assert time.monotonic() < end, programs_on(bus)
                time.sleep(0.02)
        end = time.monotonic() + 20
        while programs_on(bus):
            assert time.monotonic() < end, programs_on(bus)
            time.sleep(0.02)


def answered(bus: PrivateBus, *words: str) -> subprocess.CompletedProcess[str]:
    """Answer with the script."""
    return subprocess.run(
        [str(WAITER), "--user", "answer", *words],
        env=os.environ | bus.environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
def test_the_shell_has_nothing_to_say_about_the_script() -> None:
    done = subprocess.run(["shellcheck", WAITER], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_the_client_has_thirty_lines() -> None:
    assert sum(bool(line.strip()) for line in FOLLOWER.read_text("utf-8").splitlines()) <= 30
