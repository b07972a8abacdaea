"""`engramd.toml`: the database, the log level, and settings that this file locks; credentials beside it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.settings.secrets import SECRETS, read_credentials

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN = ("database_url", "log_level", "settings")


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

    @property
    def locked(self) -> dict[str, Any]:
        """What people cannot change, by name; a credential wins over the file."""
        return self.settings | self.credentials


def read_config_file(path: Path, environment: Mapping[str, str] | None = None) -> ConfigFile:
    """Read and check the file and the credentials. InvalidArgument names all mistakes of the file at once."""
    credentials = read_credentials(environment)
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ConfigFile(path, credentials=credentials)
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
    settings = content.get("settings", {})
    mistakes += _mistakes_in_settings(settings)
    if mistakes:
        raise InvalidArgument("the configuration file is wrong", where=path, why="; ".join(mistakes))
    return ConfigFile(path, url, level, settings, credentials)


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
