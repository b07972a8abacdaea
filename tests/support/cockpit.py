"""Cockpit without a login: a real cockpit-ws and cockpit-bridge on a private bus, with the page installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import httpx

from tests.support.busservice import as_user
from tests.support.privatebus import PrivateBus

PAGE = Path(__file__).parents[2] / "packaging/cockpit"
WEB_SERVER = next(
    (path for path in map(Path, ("/usr/lib/cockpit/cockpit-ws", "/usr/libexec/cockpit-ws")) if path.exists()),
    None,
)

#: The bridge runs as another user, with programs of the test first on its search path.
_BRIDGE = """#!/bin/sh
export PATH="{programs}:$PATH" XDG_DATA_DIRS="{data}:/usr/share" HOME="{home}" XDG_DATA_HOME="{home}"
exec {start} cockpit-bridge
"""


def missing_for_cockpit() -> str:
    """Say what is not installed, or give an empty string."""
    lacks = [name for name in ("cockpit-bridge", "chromium", "chromedriver") if shutil.which(name) is None]
    lacks += [] if WEB_SERVER else ["cockpit-ws"]
    return f"there is no {', '.join(lacks)}" if lacks else ""


class Cockpit:
    """Starts Cockpit on entry and ends it on exit; `uid` is the user who is logged in.

    `programs` is a folder for stand-ins of programs that the page has started.
    """

    def __init__(self, folder: Path, bus: PrivateBus, uid: int) -> None:
        self.folder, self.bus, self.uid = folder, bus, uid
        self.programs = folder / "programs"

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self.port}/cockpit/@localhost/engramd/index.html"

    def __enter__(self) -> Cockpit:
        for path in (self.folder, self.programs, self.folder / "home"):
            path.mkdir(mode=0o755, exist_ok=True)
        installed = shutil.copytree(PAGE, self.folder / "data/cockpit/engramd")
        for path in (installed, *installed.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        self._start(self._bridge())
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _bridge(self) -> Path:
        bridge = self.folder / "bridge"
        start = " ".join(as_user(self.uid)) if self.uid != os.getuid() else ""
        bridge.write_text(
            _BRIDGE.format(
                programs=self.programs, data=self.folder / "data", home=self.folder / "home", start=start
            )
        )
        bridge.chmod(0o755)
        return bridge

    def _start(self, bridge: Path) -> None:
        self.port = free_port()
        self._log = (self.folder / "cockpit.log").open("wb")
        command = [str(WEB_SERVER), f"--local-session={bridge}", "--no-tls", "-a", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "-p", str(self.port)],
            stdout=self._log,
            stderr=self._log,
            env={**os.environ, **self.bus.environment},
        )

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        self.process.wait(10)
        self._log.close()

    def log(self) -> str:
        """What Cockpit said."""
        return (self.folder / "cockpit.log").read_text(errors="replace")

    def _wait(self) -> None:
        end = time.monotonic() + 30
        while True:
            try:
                if httpx.get(self.url, timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            over = self.process.poll() is not None or time.monotonic() > end
            assert not over, f"Cockpit does not start: {self.log()}"
            time.sleep(0.05)


def free_port() -> int:
    """Give a port of this machine that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
