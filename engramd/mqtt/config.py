"""`mqtt.toml`: where the broker is and what is published there; the password is in a file of its own."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from engramd.errors import InvalidArgument

#: The name of the systemd credential that holds the password.
CREDENTIAL = "engramd.mqtt_password"
_LARGEST = 4096
_PORT, _TLS_PORT = 1883, 8883
_PATHS = ("password_file", "tls_ca_file", "tls_cert_file", "tls_key_file")


@dataclass(frozen=True)
class Config:
    """What the file says. The password is no part of its text."""

    host: str = "localhost"
    #: 0: the usual one, with or without TLS.
    port: int = 0
    user: str = ""
    password_file: str = ""
    tls: bool = False
    #: PEM files; without the first, the authorities that the system trusts.
    tls_ca_file: str = ""
    tls_cert_file: str = ""
    tls_key_file: str = ""
    base_topic: str = "engramd"
    #: Empty: nothing is said to Home Assistant.
    discovery_prefix: str = "homeassistant"
    device_name: str = "engramd"
    #: Seconds between two messages about how far a rip is.
    progress_seconds: float = 5.0
    #: Seconds until the first new attempt to reach the broker or the daemon; later ones wait longer.
    retry_seconds: float = 1.0
    password: str = field(default="", repr=False)

    @property
    def broker(self) -> str:
        """The broker's address, for people."""
        return f"{self.host}:{self.port_number}"

    @property
    def port_number(self) -> int:
        """The port to connect to."""
        return self.port or (_TLS_PORT if self.tls else _PORT)


_KINDS: dict[str, type] = {one.name: type(one.default) for one in fields(Config) if one.name != "password"}
_LIMITS = {"port": (0, 65535), "progress_seconds": (0.0, 3600.0), "retry_seconds": (0.01, 3600.0)}


def read_config(path: Path, environment: Mapping[str, str] | None = None) -> Config:
    """Read and check the file and the password; InvalidArgument names all mistakes of the file at once."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        remedy = "packaging/examples/mqtt.toml shows what it may say"
        raise InvalidArgument(
            "the configuration cannot be read", where=path, why=why, remedy=remedy
        ) from None
    mistakes = [mistake for name, value in content.items() if (mistake := _mistake(name, value))]
    if not mistakes:
        config = Config(**{name: _KINDS[name](value) for name, value in content.items()})
        mistakes = _together(config)
    if mistakes:
        raise InvalidArgument("the configuration is wrong", where=path, why="; ".join(mistakes))
    return Config(**{**vars(config), "password": _password(config, environment)})


def _mistake(name: str, value: Any) -> str:
    if name == "password":
        return "the password is not said here: put it alone into a file, and name that as password_file"
    kind = _KINDS.get(name)
    if kind is None:
        return f"{name} is not known (known: {', '.join(_KINDS)})"
    if type(value) is not kind and (kind, type(value)) != (float, int):
        return f"{name} is {_said(kind)}"
    low, high = _LIMITS.get(name, (value, value))
    if not low <= value <= high:
        return f"{name} is from {low:g} to {high:g}"
    return _mistake_in_text(name, value) if isinstance(value, str) else ""


def _said(kind: type) -> str:
    return {str: "text", bool: "true or false"}.get(kind, "a number")


def _mistake_in_text(name: str, text: str) -> str:
    if not text.isprintable():
        return f"{name} is one line without control characters"
    if name in ("host", "device_name", "base_topic") and not text.strip():
        return f"{name} is empty"
    if name in ("base_topic", "discovery_prefix") and (
        set("+#") & set(text) or text.startswith(("/", "$")) or text.endswith("/")
    ):
        return f"{name} is a topic without +, # and a slash at its ends"
    return f"{name} is no absolute path" if name in _PATHS and text and not Path(text).is_absolute() else ""


def _together(config: Config) -> list[str]:
    """Give what is wrong with values that are right each for itself."""
    mistakes = []
    if bool(config.tls_cert_file) != bool(config.tls_key_file):
        mistakes.append("tls_cert_file and tls_key_file belong together")
    if not config.tls and (config.tls_ca_file or config.tls_cert_file):
        mistakes.append("files for TLS are named, but tls is not true")
    if config.password_file and not config.user:
        mistakes.append("there is a password_file, but no user")
    return mistakes


def _password(config: Config, environment: Mapping[str, str] | None) -> str:
    """Read the password: systemd's credential wins over the file; without a user there is none."""
    folder = (os.environ if environment is None else environment).get("CREDENTIALS_DIRECTORY")
    credential = Path(folder) / CREDENTIAL if folder else None
    if not config.user:
        return ""
    if credential is not None and credential.exists():
        return _content(credential)
    return _content(Path(config.password_file)) if config.password_file else ""


def _content(file: Path) -> str:
    """Read a file that holds one line; what it holds is not told."""
    why: object = "it is not one line of text"
    try:
        with file.open("rb") as opened:
            text = opened.read(_LARGEST + 1).decode("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        text, why = "", error.strerror if isinstance(error, OSError) else "it is not UTF-8"
    if not text or not text.isprintable() or len(text) > _LARGEST:
        remedy = f"it belongs to the user that runs engramd-mqtt, as does the credential {CREDENTIAL}"
        raise InvalidArgument("the password cannot be read", where=file, why=why, remedy=remedy) from None
    return text
