"""Runs the bus with a stand-in pipeline as a process, and tells it what should happen."""

from __future__ import annotations

import json
import os
import pwd
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engramd.bus.client import Client
from tests.support.privatebus import PrivateBus

SCRIPT = Path(__file__).parents[1] / "bus/service_under_test.py"


class ServiceProcess:
    """The process of a script; `do` has something happen inside and gives the result.

    `kind` is the bus that it is told, if that is not the private one's; `environment` goes to it too.
    """

    def __init__(
        self,
        bus: PrivateBus,
        folder: Path,
        wrapper: tuple[str, ...] = (),
        *,
        script: Path = SCRIPT,
        kind: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.bus, self.folder = bus, folder
        (folder / "import").mkdir(mode=0o755, exist_ok=True)
        kind = kind or ("system" if bus.system else "session")
        self._errors = (folder / "service.log").open("wb")
        self.process = subprocess.Popen(
            [*wrapper, sys.executable, str(script), kind, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={
                **os.environ,
                **bus.environment,
                "PYTHONPATH": str(SCRIPT.parents[2]),
                **(environment or {}),
            },
        )
        self.greeting = self.listen()

    def do(self, name: str, **arguments: Any) -> Any:
        """Have something happen, and wait for its end."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps([name, arguments]).encode() + b"\n")
        self.process.stdin.flush()
        answer = self.listen()
        assert "value" in answer, f"{name}: {answer}: {self.log()}"
        return answer["value"]

    def listen(self, seconds: float = 60) -> dict[str, Any]:
        """Give the next thing that the process says."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        line = self.process.stdout.readline() if ready else b""
        assert line, f"the service says nothing: {self.log()}"
        message: dict[str, Any] = json.loads(line)
        return message

    def log(self) -> str:
        """What it wrote to its log."""
        return (self.folder / "service.log").read_text(errors="replace")

    def stop(self) -> int:
        """End it."""
        assert self.process.stdin is not None
        if self.process.poll() is None:
            self.process.stdin.close()
        try:
            return self.process.wait(40)
        finally:
            self.process.kill()
            self._errors.close()


@contextmanager
def running_service(
    folder: Path, bus: PrivateBus, wrapper: tuple[str, ...] = (), **options: Any
) -> Iterator[ServiceProcess]:
    """Run the service on a bus until the end of the block; the options are those of `ServiceProcess`."""
    service = ServiceProcess(bus, folder, wrapper, **options)
    try:
        assert service.greeting == {"ready": True}, f"{service.greeting}: {service.log()}"
        yield service
    finally:
        service.stop()


@contextmanager
def connected(bus: PrivateBus, **options: Any) -> Iterator[Client]:
    """Give a client of a private bus."""
    before = dict(os.environ)
    os.environ.update(bus.environment)
    try:
        client = Client("system" if bus.system else "session", **options)
    finally:
        os.environ.clear()
        os.environ.update(before)
    try:
        yield client
    finally:
        client.close()


def as_user(uid: int, group: int | None = None) -> tuple[str, ...]:
    """Begin a command line that runs as another user, with one more group or none."""
    groups = "--clear-groups" if group is None else f"--groups={group}"
    return ("setpriv", f"--reuid={uid}", f"--regid={uid}", groups)


def run_on(
    bus: PrivateBus, *command: str, user: str = "", group: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program against a private bus, perhaps as another user."""
    start = as_user(pwd.getpwnam(user).pw_uid, group) if user else ()
    return subprocess.run(
        [*start, *command],
        env={**os.environ, **bus.environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def wait_for(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """Wait until a condition gives something true, and give that."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited {seconds} s in vain: {what}"
        time.sleep(0.02)
