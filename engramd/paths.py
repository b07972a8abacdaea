"""Where the program keeps its files: systemd's directories, else the user's XDG folders."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engramd.errors import Busy, FilingFailed


@dataclass(frozen=True)
class Paths:
    """The folders of one daemon."""

    state: Path
    cache: Path
    runtime: Path
    config_file: Path

    @classmethod
    def from_environment(
        cls, environment: Mapping[str, str] | None = None, config: Path | None = None
    ) -> Paths:
        """Take `$STATE_DIRECTORY` and its kin (the first of several), else `$XDG_STATE_HOME/engramd`."""
        env = os.environ if environment is None else environment
        home = Path(env.get("HOME", "/"))

        def folder(systemd: str, xdg: str, default: Path) -> Path:
            if env.get(systemd):
                return Path(env[systemd].split(":")[0])
            return Path(env.get(xdg) or default) / "engramd"

        configuration = folder("CONFIGURATION_DIRECTORY", "XDG_CONFIG_HOME", home / ".config")
        state = folder("STATE_DIRECTORY", "XDG_STATE_HOME", home / ".local/state")
        return cls(
            state=state,
            cache=folder("CACHE_DIRECTORY", "XDG_CACHE_HOME", home / ".cache"),
            runtime=folder("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", state / "run"),
            config_file=config or configuration / "engramd.toml",
        )

    def create(self) -> None:
        """Make the folders; FilingFailed names the one that cannot be made."""
        for folder in (self.state, self.cache, self.runtime):
            try:
                folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise FilingFailed(
                    "a folder of the daemon cannot be made",
                    where=folder,
                    why=error.strerror,
                    remedy="make it, and give it to the user that runs engramd",
                ) from error


class StateLock:
    """Refuses a second daemon on the same state folder; held until the process ends, or the release."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.state / "lock"
        self._file: IO[str] | None = None

    def take(self) -> None:
        """Take the lock or raise Busy; FilingFailed if the folder cannot be written."""
        try:
            self._file = self._path.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Busy(
                "another engramd uses this state folder",
                where=self._path.parent,
                remedy="stop it first, or give this one a folder of its own ($STATE_DIRECTORY)",
            ) from error
        except OSError as error:
            raise FilingFailed(
                "the state folder cannot be written",
                where=self._path.parent,
                why=error.strerror,
                remedy="give it to the user that runs engramd",
            ) from error

    def release(self) -> None:
        """Let another one take it."""
        if self._file is not None:
            self._file.close()
            self._file = None
