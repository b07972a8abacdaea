"""`engramd.toml`: database, station, log level, and settings that this file locks; credentials beside it."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.settings.secrets import SECRETS, credentials_folder, read_credentials

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN = ("database_url", "station", "log_level", "settings")
_STATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_HEADER = re.compile(r"\s*\[\s*([^\[\]]*?)\s*\]\s*(#.*)?$")


@dataclass(frozen=True)
class ConfigFile:
    """What the file says, and systemd's credentials; an absent file says nothing.

    Secrets are among the settings: neither they nor the database's address are part of its text.
    """

    path: Path
    database_url: str = field(default="", repr=False)
    log_level: str = "info"
    settings: dict[str, Any] = field(default_factory=dict, repr=False)
    credentials: dict[str, str] = field(default_factory=dict, repr=False)
    credentials_folder: Path | None = None
    station: str = ""

    @property
    def station_name(self) -> str:
        """The name of this daemon: as the file says, else the machine's; see also `settings.station`."""
        machine = os.uname().nodename.partition(".")[0]
        return self.station or re.sub(r"[^A-Za-z0-9_-]", "", machine).lstrip("_-")[:63] or "engramd"

    @property
    def locked(self) -> dict[str, Any]:
        """What people cannot change, by name; a credential wins over the file."""
        return self.settings | self.credentials

    @property
    def exposed(self) -> list[str]:
        """Name the secrets in the file, if every user of this machine may read it."""
        has_password = "@" in self.database_url
        held = [*(["database_url"] if has_password else []), *sorted(SECRETS & self.settings.keys())]
        try:
            return held if held and self.path.stat().st_mode & 0o004 else []
        except OSError:
            return []

    def place_of(self, name: str) -> str:
        """Say which file locks a setting, and in which line as the file is now; empty: none does."""
        if name in self.credentials:
            return str((self.credentials_folder or Path("/")) / name)
        if name not in self.settings:
            return ""
        line = _line_of(self.path, name)
        return f"{self.path}:{line}" if line else str(self.path)


def read_config_file(path: Path, environment: Mapping[str, str] | None = None) -> ConfigFile:
    """Read and check the file and the credentials. InvalidArgument names all mistakes of the file at once."""
    folder = credentials_folder(environment)
    credentials = read_credentials(folder)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ConfigFile(path, credentials=credentials, credentials_folder=folder)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidArgument(
            "the configuration file cannot be read", where=path, why=error, remedy="mend or remove it"
        ) from error
    mistakes = [_unknown(name, KNOWN) for name in content if name not in KNOWN]
    level = content.get("log_level", "info")
    if level not in LOG_LEVELS:
        mistakes.append(f"log_level is one of {', '.join(LOG_LEVELS)}")
    url = content.get("database_url", "")
    if not isinstance(url, str):
        mistakes.append("database_url is a string")
    station = content.get("station", "")
    if not isinstance(station, str) or (station and not _STATION.fullmatch(station)):
        mistakes.append("station is a name of at most 63 letters, digits, dots, hyphens and underscores")
    settings = content.get("settings", {})
    mistakes += _mistakes_in_settings(settings)
    if mistakes:
        raise InvalidArgument("the configuration file is wrong", where=path, why="; ".join(mistakes))
    return ConfigFile(path, url, level, settings, credentials, folder, station)


def _mistakes_in_settings(settings: object) -> list[str]:
    if not isinstance(settings, dict):
        return ["settings is a table"]
    names = [name for name in AppConfig.model_fields if name != "id"]
    mistakes = [_unknown(name, names) for name in settings if name not in names]
    for name in filter(names.__contains__, settings):
        try:
            AppConfig(**{name: settings[name]})
        except InvalidArgument as error:
            mistakes.append(f"{name} must be text" if name in SECRETS else str(error))
    return mistakes


def _unknown(name: str, known: tuple[str, ...] | list[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, known, 1)
    return f"{name} is unknown" + (f" (did you mean {close[0]}?)" if close else "")


def _line_of(path: Path, name: str) -> int:
    """Give the line, from 1, in which the file says the value of a setting; 0 where that is not seen."""
    key = rf"[\"']?{re.escape(name)}[\"']?\s*="
    table, here = "", re.compile(rf"\s*{key}")
    from_top = re.compile(rf"\s*settings\s*(\.\s*{key}|=.*[{{,]\s*{key})")
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    for number, line in enumerate(lines, 1):
        if header := _HEADER.match(line):
            table = header[1]
        elif (here if table == "settings" else from_top).match(line):
            return number
    return 0
