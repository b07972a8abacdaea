"""engramctl restart and a real daemon: it waits for what works, or does not, and follows to the new start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd import __version__
from engramd.ctl import app, restart
from tests.support.authoring import AuthoredDisc
from tests.support.clickrunner import runner
from tests.support.daemon import ROOT, DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg

#: As systemd starts it, which would start it again.
AS_SERVICE = ("sh", "-c", 'SYSTEMD_EXEC_PID=$$ exec "$@"', "sh")


@pytest.fixture
def slow(tmp_path: Path) -> SlowFFmpeg:
    return SlowFFmpeg(tmp_path, held=False)


@pytest.fixture
def daemon(tmp_path: Path, sqlite_schema: Path, slow: SlowFFmpeg) -> Iterator[DaemonUnderTest]:
    (tmp_path / "state").mkdir()
    (tmp_path / "state/engramd.db").write_bytes(sqlite_schema.read_bytes())
    settings = {"ffmpeg_path": str(slow.path)}
    with (
        PrivateBus(system=False) as bus,
        DaemonUnderTest(tmp_path, bus, settings=settings, wrapper=AS_SERVICE) as made,
    ):
        yield made


def begin(daemon: DaemonUnderTest, *words: str) -> subprocess.Popen[str]:
    """Run engramctl beside the test."""
    command = [sys.executable, "-m", "engramd.ctl", "--bus", "session", *words]
    environment = os.environ | daemon.bus.environment
    return subprocess.Popen(command, env=environment, cwd=ROOT, text=True, stdout=subprocess.PIPE)


def ended(daemon: DaemonUnderTest) -> int:
    """Wait for the daemon's end; give its exit code."""
    assert daemon.process is not None
    return daemon.process.wait(30)


def test_a_rip_is_waited_for_unless_somebody_presses(
    daemon: DaemonUnderTest, slow: SlowFFmpeg, tv_dvd: AuthoredDisc
) -> None:
    slow.block()
    rows = Rows(daemon)
    daemon.ctl("rip", str(tv_dvd.image), "--titles", "2", "--no-wait")
    rows.wait(slow.rips, "no title rips")

    said = daemon.ctl("restart", "--no-wait").stdout
    assert said == "engramd starts anew when this is done: job 1 (ripping).\n"
    told = json.loads(daemon.ctl("status", "--json").stdout)
    assert "a restart was asked for" in json.dumps(told)

    pressing = begin(daemon, "restart", "--now")
    assert ended(daemon) == 75, daemon.log()
    assert rows.job()["state"] == "ripping"
    slow.release()
    daemon.start()
    said, _ = pressing.communicate(timeout=30)
    assert (pressing.returncode, said) == (0, f"engramd starts anew.\nengramd {__version__} runs.\n")
    rows.until("completed", "review_needed")
    assert len(rows.jobs()) == 1
    assert rows.titles()[1]["state"] in ("completed", "review"), "the rip did not go on"


def test_a_daemon_that_nobody_starts_again_does_not_end(tmp_path: Path) -> None:
    with PrivateBus(system=False) as bus, DaemonUnderTest(tmp_path, bus) as alone:
        done = alone.ctl("restart", "--now", check=False)
        assert done.returncode == 1
        assert "it was not started by systemd; end it, and start it again" in done.stderr
        assert alone.process is not None
        assert alone.process.poll() is None


def test_a_daemon_that_does_not_come_back_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def owner(self) -> str:
            return ""

    monkeypatch.setattr(restart, "_PATIENCE", 0.0)
    monkeypatch.setattr(restart, "_PAUSE", 0.0)
    with pytest.raises(restart.EngramError, match="did not come back"):
        restart._await_another(Gone(), ":1.7")  # type: ignore[arg-type]


def test_without_a_daemon_there_is_nothing_to_restart() -> None:
    with PrivateBus(system=False) as bus:
        done = runner().invoke(app.app, ["--bus", "session", "restart"], env=bus.environment)
    assert done.exit_code == 3, done.output
