"""engramd as its own process on a bus of its own, with folders of its own; nothing of it is replaced."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from engramd.store import default_url
from engramd.store.migrate import upgrade
from tests.support.privatebus import PrivateBus

ROOT = Path(__file__).parents[2]
#: Settings that fit small test discs (a few megabytes, not a gigabyte, stay free) and tests that insert discs
#: more quickly than any person: they are not taken for trays that pull themselves in.
SETTINGS: dict[str, object] = {"min_free_bytes": 1_000_000, "tray_pulled_in_seconds": 0}


class DaemonUnderTest:
    """Starts the daemon on entry, ends it on exit; its log is part of every failure.

    `settings` go into the configuration file, below what is its `head`. `environment` is what the daemon sees
    besides its folders and its bus (a udev bed's, for example); engramctl gets the bus only. Its database has
    the present schema already, which takes a second otherwise, unless it `makes_database` itself.
    """

    def __init__(
        self,
        folder: Path,
        bus: PrivateBus,
        *,
        settings: Mapping[str, object] | None = None,
        environment: Mapping[str, str] | None = None,
        wrapper: tuple[str, ...] = (),
        head: Mapping[str, str] | None = None,
        makes_database: bool = False,
    ) -> None:
        self.folder = folder
        self.bus = bus
        self.tv, self.films = folder / "tv", folder / "films"
        self.staging, self.references = folder / "staging", folder / "references"
        self._environment = dict(os.environ if environment is None else environment)
        self._wrapper = wrapper
        self._makes_database = makes_database
        self._head = {"station": "house", **(head or {})}
        self.process: subprocess.Popen[bytes] | None = None
        for path in (self.tv, self.films, self.staging, self.references):
            path.mkdir(parents=True, exist_ok=True)
        self.configure(settings or {})

    def configure(self, settings: Mapping[str, object]) -> None:
        """Write the configuration file; counts from the next start. None takes a default away."""
        values: dict[str, object] = SETTINGS | {
            "library_tv_path": str(self.tv),
            "library_movies_path": str(self.films),
            "references_path": str(self.references),
            "staging_path": str(self.staging),
        }
        values |= settings
        lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
        head = [f"{name} = {json.dumps(value)}" for name, value in self._head.items()]
        (self.folder / "engramd.toml").write_text("\n".join([*head, "[settings]", *lines]) + "\n")

    def __enter__(self) -> DaemonUnderTest:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.stop()

    def start(self, *, wait: bool = True) -> None:
        """Start the daemon and wait until it says that it is ready."""
        environment = self._environment | self.bus.environment
        for name in ("state", "cache", "runtime"):
            (self.folder / name).mkdir(exist_ok=True)
            environment[f"{name.upper()}_DIRECTORY"] = str(self.folder / name)
        self._put_database(self.folder / "state/engramd.db")
        kind = "system" if self.bus.system else "session"
        command = [sys.executable, "-m", "engramd", "--config", str(self.folder / "engramd.toml")]
        ready = self.log().count("ready ")
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*self._wrapper, *command, "--bus", kind],
                stdout=log,
                stderr=log,
                env=environment,
                cwd=ROOT,
            )
        if wait:
            self.wait_until(lambda: self.log().count("ready ") > ready, "the daemon is not ready", 60)

    def _put_database(self, path: Path) -> None:
        if not self._makes_database and not path.exists() and "database_url" not in self._head:
            shutil.copy(empty_database(), path)
            path.chmod(0o600)

    def stop(self) -> int:
        """End it in order (SIGTERM); give its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def ctl(self, *words: str, timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run engramctl on the daemon's bus; with `check`, exit codes but 0 fail the test."""
        kind = "system" if self.bus.system else "session"
        done = subprocess.run(
            [sys.executable, "-m", "engramd.ctl", "--bus", kind, *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=os.environ | self.bus.environment,
            cwd=ROOT,
            check=False,
        )
        if check and done.returncode != 0:
            told = f"engramctl {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}"
            raise AssertionError(f"{told}\n{self.log()}")
        return done

    def jobs(self) -> list[dict[str, Any]]:
        """Give all jobs as `engramctl jobs --json` prints them."""
        return [json.loads(line) for line in self.ctl("jobs", "--json").stdout.splitlines()]

    def show(self, job: int) -> dict[str, Any]:
        """Give a job with its titles."""
        shown: dict[str, Any] = json.loads(self.ctl("show", str(job), "--json").stdout)
        return shown

    def wait_for_job(self, *states: str, job: int | None = None, seconds: float = 60) -> dict[str, Any]:
        """Wait until a job (the newest one) is in one of these states; give it with its titles."""
        found: dict[str, Any] = {}

        def is_there() -> bool:
            jobs = [j for j in self.jobs() if job in (None, j["id"])]
            if jobs and jobs[-1]["state"] in states:
                found.update(jobs[-1])
            return bool(found)

        self.wait_until(is_there, f"no job is {' or '.join(states)}: {self.jobs()}", seconds, pause=0.2)
        return self.show(found["id"])

    def wait_until(
        self, condition: Callable[[], bool], what: str, seconds: float = 30, *, pause: float = 0.02
    ) -> None:
        """Wait for a condition, as long as the daemon lives."""
        end = time.monotonic() + seconds
        while not condition():
            dead = self.process is not None and self.process.poll() is not None
            if dead or time.monotonic() > end:
                code = self.process.returncode if self.process else None
                state = f"the daemon ended ({code})" if dead else "time is up"
                raise AssertionError(f"{what} ({state})\n{self.log()}")
            time.sleep(pause)

    def log(self) -> str:
        """What the daemon said so far."""
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def filed(self) -> list[str]:
        """Paths of all files in the libraries that are not hidden, relative to the test's folder."""
        files = [p for root in (self.tv, self.films) for p in root.rglob("*") if p.is_file()]
        paths = (p.relative_to(self.folder) for p in files)
        return sorted(str(p) for p in paths if not any(part.startswith(".") for part in p.parts))


@cache
def empty_database() -> Path:
    """Give a database of SQLite with the present schema and no rows, to be copied."""
    folder = tempfile.mkdtemp(prefix="engramd-schema-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    upgrade(default_url(Path(folder)))
    return Path(folder) / "engramd.db"


class DeviceNode:
    """A real block device for an image: a loop device, and a node of the drive's name that means it.

    Programs that do not see the udev bed (FFmpeg, the disc reader's child) read this one. Needs root.
    """

    def __init__(self, image: Path, node: Path = Path("/dev/sr0")) -> None:
        self.image, self.node = image, node
        self._loop = ""

    def __enter__(self) -> DeviceNode:
        # Node names are the machine's: other test runs wait here.
        self._lock = (Path(tempfile.gettempdir()) / f"engramd-tests-{self.node.name}.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        made = subprocess.run(
            ["losetup", "-r", "-f", "--show", str(self.image)], capture_output=True, text=True, check=True
        )
        self._loop = made.stdout.strip()
        status = Path(self._loop).stat()
        self.node.unlink(missing_ok=True)
        os.mknod(self.node, 0o60660, status.st_rdev)
        return self

    def __exit__(self, *_error: object) -> None:
        self.node.unlink(missing_ok=True)
        subprocess.run(["losetup", "-d", self._loop], check=False)
        self._lock.close()
