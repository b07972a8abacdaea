"""The name of this daemon among those that share a database; its jobs have it, so it stays."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from engramd import durable
from engramd.errors import EngramError
from engramd.settings.config_file import ConfigFile

_FILE = "station"


def station_of(file: ConfigFile, state: Path) -> str:
    """Give the name: as the file says, else as it was at the last start, else the machine's.

    Another name of the machine does not change it. EngramError where the former one cannot be read.
    """
    return file.station or _kept(state) or file.station_name


def keep_station(state: Path, name: str) -> None:
    """Keep the name for the next start. EngramError where that cannot be done."""
    if name == _kept(state):
        return
    try:
        durable.write(state / _FILE, f"{name}\n".encode())
    except OSError as error:
        remedy = 'mend that, or name it in engramd.toml: station = "…"'
        raise EngramError(
            "the station's name cannot be kept", where=state / _FILE, why=error.strerror, remedy=remedy
        ) from error


def _kept(state: Path) -> str:
    try:
        with suppress(FileNotFoundError):
            return (state / _FILE).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        remedy = 'mend that, or name it in engramd.toml: station = "…"'
        raise EngramError(
            "the station's name cannot be read", where=state / _FILE, why=error, remedy=remedy
        ) from error
    return ""
