"""`engramd.toml`: the database, the log level, and settings that this file locks."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from engramd.errors import InvalidArgument
from engramd.models import AppConfig

LOG_LEVELS = ("debug", "info", "warning", "error")
KNOWN = ("database_url", "log_level", "settings")


@dataclass(frozen=True)
class ConfigFile:
    """What the file says; an absent file says nothing."""

    path: Path
    database_url: str = ""
    log_level: str = "info"
    settings: dict[str, Any] = field(default_factory=dict)


def read_config_file(path: Path) -> ConfigFile:
    """Read and check the file. InvalidArgument names every mistake at once."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return ConfigFile(path)
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
    return ConfigFile(path, url, level, settings)


def _mistakes_in_settings(settings: object) -> list[str]:
    if not isinstance(settings, dict):
        return ["settings is a table"]
    names = [name for name in AppConfig.model_fields if name != "id"]
    mistakes = [_unknown(name, names) for name in settings if name not in names]
    for name in filter(names.__contains__, settings):
        try:
            AppConfig(**{name: settings[name]})
        except InvalidArgument as error:
            mistakes.append(str(error))
    return mistakes


def _unknown(name: str, known: tuple[str, ...] | list[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f"{name} is unknown" + (f" (did you mean {close[0]}?)" if close else "")
