"""Several daemons that share a database and a library, each on a machine of its own as far as it can tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from click.testing import Result

from engramd.ctl.app import app
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus


class StationUnderTest(DaemonUnderTest):
    """A daemon with the name of its station, and engramctl as it is used there."""

    name: str

    def run(self, *words: object) -> Result:
        """Run engramctl in the test's process."""
        arguments = ["--bus", "session", *map(str, words)]
        return runner().invoke(app, arguments, env=self.bus.environment)

    def say(self, *words: object, code: int = 0) -> str:
        """Give what engramctl says, which has to end with this exit code."""
        done = self.run(*words)
        assert done.exit_code == code, f"{words}: {done.exit_code}\n{done.stdout}{done.stderr}\n{self.log()}"
        return done.stdout + done.stderr

    def rows(self, *words: object) -> list[dict[str, Any]]:
        """Give what engramctl lists, as JSON."""
        return [json.loads(line) for line in self.say(*words, "--json").splitlines()]

    def job(self, number: int) -> dict[str, Any]:
        """Give a job."""
        return self.rows("show", number)[0]


class Stations:
    """Makes stations, and ends them all on exit."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        self._stack = ExitStack()

    def __enter__(self) -> Stations:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    def make(
        self, name: str, settings: Mapping[str, object] | None = None, *, folder: str = ""
    ) -> StationUnderTest:
        """Give a daemon that is to be started, on a bus of its own; the libraries are those of all."""
        bus = self._stack.enter_context(PrivateBus(system=False))
        shared = {f"library_{kind}_path": str(self.library(kind)) for kind in ("tv", "movies")}
        usual = {**shared, "speech_enabled": False, "import_settle_seconds": 0}
        station = StationUnderTest(
            self.folder / (folder or name),
            bus,
            settings={**usual, **(settings or {})},
            head={"database_url": self.database, "station": name},
        )
        station.name = name
        self._stack.callback(station.__exit__)
        return station

    def library(self, kind: str) -> Path:
        """Give the library folder of all stations."""
        folder = self.folder / "library" / kind
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def library_files(self, kind: str) -> list[Path]:
        """Give what is in a library, but hidden files."""
        root = self.library(kind)
        files = [path for path in root.rglob("*") if path.is_file()]
        return sorted(
            path for path in files if not any(part.startswith(".") for part in path.relative_to(root).parts)
        )
