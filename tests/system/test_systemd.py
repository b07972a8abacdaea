"""What systemd and busctl see: readiness, status, watchdog, a running job."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg

NAME, ROOT = "org.engramd.Engram1", "/org/engramd/Engram1"


class NotifySocket:
    """Receives what the daemon tells the service manager."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.setblocking(False)
        self.messages: list[str] = []

    def read(self) -> list[str]:
        """Give all messages so far, one line each."""
        while True:
            try:
                self.messages += self._socket.recv(65536).decode().splitlines()
            except BlockingIOError:
                return self.messages

    def close(self) -> None:
        """Stop to listen."""
        self._socket.close()


@pytest.fixture
def notify(tmp_path: Path) -> Iterator[NotifySocket]:
    """Give the socket of a service manager."""
    manager = NotifySocket(tmp_path / "notify")
    yield manager
    manager.close()


def test_the_service_manager_and_busctl_follow_a_job(
    tmp_path: Path, session_bus: PrivateBus, notify: NotifySocket, tv_dvd: AuthoredDisc
) -> None:
    slow = SlowFFmpeg(tmp_path)
    environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "400000"}
    settings = {"ffmpeg_path": str(slow.path)}
    daemon = DaemonUnderTest(tmp_path, session_bus, settings=settings, environment=environment)
    write_references(daemon.references, "Harbor Station", tv_dvd.episodes)
    daemon.start(wait=False)
    try:
        daemon.wait_until(lambda: "READY=1" in notify.read(), "not ready")
        assert session_bus.owned(NAME), "ready before the name is owned"
        daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
        rows = Rows(daemon)
        rows.wait(slow.processes, "no title rips")
        daemon.wait_until(lambda: any("1 ripping" in line for line in notify.read()), "no status")
        pings = notify.read().count("WATCHDOG=1")
        time.sleep(1.0)
        assert 3 <= notify.read().count("WATCHDOG=1") - pings <= 7, "the main loop turns during a rip"
        if shutil.which("busctl"):
            assert busctl(session_bus, "State") == "ripping"
            daemon.wait_until(lambda: 0 < busctl(session_bus, "Progress") < 1, "no progress", pause=0.2)
        begin = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - begin < 10
        assert "STOPPING=1" in notify.read()
        assert not session_bus.owned(NAME)
    finally:
        daemon.__exit__()


def test_a_reload_reads_the_file_again_and_a_wrong_file_changes_nothing(
    tmp_path: Path, session_bus: PrivateBus, notify: NotifySocket
) -> None:
    environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
    with DaemonUnderTest(tmp_path, session_bus, environment=environment) as daemon:
        assert daemon.process is not None
        daemon.wait_until(lambda: notify.read().count("READY=1") == 1, "not ready")

        def reload(settings: dict[str, object]) -> None:
            before = notify.read().count("READY=1")
            daemon.configure(settings)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_until(lambda: notify.read().count("READY=1") > before, "the reload does not end")

        reload({"trash_days": 5})
        assert "RELOADING=1" in notify.read()
        assert daemon.ctl("config", "get", "trash_days").stdout.split()[0] == "5"
        reload({"trash_days": -1})
        assert "the settings stay as they were" in daemon.log()
        assert daemon.ctl("config", "get", "trash_days").stdout.split()[0] == "5"


def busctl(bus: PrivateBus, name: str) -> float | str:
    """Read a property of the first job."""
    where = [NAME, f"{ROOT}/jobs/1", f"{NAME}.Job", name]
    command = ["busctl", f"--address={bus.address}", "--json=short", "get-property", *where]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    value: float | str = json.loads(done.stdout)["data"]
    return value


def test_a_second_daemon_is_refused(tmp_path: Path, session_bus: PrivateBus) -> None:
    with DaemonUnderTest(tmp_path, session_bus) as first:
        second = DaemonUnderTest(tmp_path, session_bus)
        second.start(wait=False)
        assert second.process is not None
        assert second.process.wait(20) != 0
        assert first.ctl("status").returncode == 0
