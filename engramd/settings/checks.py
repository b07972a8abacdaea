"""What the type of a setting does not say: absolute folders, addresses, languages. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engramd.errors import InvalidArgument
from engramd.settings.hours import read_hours, read_time
from engramd.settings.path_map import read_path_map
from engramd.settings.secrets import SECRETS

#: Settings that must be empty or an absolute path.
FOLDERS = (
    "staging_path",
    "library_tv_path",
    "library_movies_path",
    "library_other_path",
    "references_path",
    "subtitles_cache_path",
    "speech_model_path",
    "tesseract_path",
    "ffmpeg_path",
    "hooks_path",
)
#: Settings that are addresses of services.
ADDRESSES = ("discdb_url", "tmdb_url", "opensubtitles_url")
#: Addresses of one's own servers: empty, or also without encryption, which few have at home.
SERVERS = ("plex_url", "jellyfin_url", "emby_url")
#: Characters of a value; all values are sent with every change of one.
LONGEST = 4096
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_READERS: dict[str, Callable[[str], object]] = {
    "notify_evening": read_time,
    "quiet_hours": read_hours,
    "media_server_path_map": read_path_map,
}
#: Bits that modes must have, and that they must not have.
MODES = {"file_mode": (0o600, 0o7111), "folder_mode": (0o700, 0o5000)}
_OCTAL = re.compile(r"[0-7]{3,4}")
_APPRISE_URL = re.compile(r"[A-Za-z][A-Za-z0-9]*://\S+")


def check(name: str, value: Any) -> None:
    """Refuse a value that the setting cannot have; the message of a secret does not tell it."""
    if isinstance(value, str) and len(value) > LONGEST:
        raise InvalidArgument(f"{name} has more than {LONGEST} characters", where=name)
    if isinstance(value, str) and not value.isprintable():
        where = name if name in SECRETS or name in (*ADDRESSES, *SERVERS) else repr(value)
        raise InvalidArgument(f"{name} must be one line without control characters", where=where)
    if name in ADDRESSES:
        _check_address(name, value)
    if name in SERVERS and value:
        _check_address(name, value, at_home=True)
    _check_notifications(name, value)
    _check_mode(name, value)
    if name == "metadata_language" and value and not _LANGUAGE.fullmatch(value):
        raise InvalidArgument(f"{name} is a language such as de or de-DE", where=repr(value))
    folders = {name: [value] for name in FOLDERS} | {"import_paths": str(value).split(":")}
    for folder in filter(None, folders.get(name, ())):
        if not Path(folder).is_absolute():
            raise InvalidArgument(f"{name} must be an absolute path", where=folder)


def _check_mode(name: str, value: Any) -> None:
    """Refuse modes that are not octal, that shut the service out, or that make videos run as programs."""
    if name not in MODES:
        return
    mode = int(value, 8) if _OCTAL.fullmatch(value) else 0
    needed, refused = MODES[name]
    if mode & needed != needed or mode & refused:
        remedy = f"such as {'0664' if name == 'file_mode' else '2775'}"
        raise InvalidArgument(f"{name} is an octal mode that lets its owner in", where=value, remedy=remedy)


def _check_notifications(name: str, value: Any) -> None:
    """Refuse times, hours, maps and addresses of notifications that cannot be read."""
    if name == "apprise_urls" and not all(map(_APPRISE_URL.fullmatch, value.split())):
        raise InvalidArgument(f"{name} must be addresses such as ntfys://TOPIC with blanks between")
    if name not in _READERS:
        return
    try:
        _READERS[name](value)
    except InvalidArgument as error:
        raise InvalidArgument(f"{name}: {error.what}", where=error.where, why=error.why) from None


def _check_address(name: str, value: str, *, at_home: bool = False) -> None:
    """Refuse an address that is none, that holds a password, or that sends what is asked in the clear."""
    try:
        address = urlsplit(value)
        well_formed = bool(address.hostname) and address.port != 0 and not re.search(r"\s|#", value)
    except ValueError:
        well_formed = False
    if not well_formed or address.scheme not in ("http", "https"):
        raise InvalidArgument(f"{name} must be an address such as https://example.org/path", where=name)
    if "@" in address.netloc:
        raise InvalidArgument(f"{name} must not hold a user name or a password", where=name)
    if address.scheme == "http" and not at_home and not _is_this_machine(address):
        raise InvalidArgument(
            f"{name} must begin with https://", where=value, why="only this machine may be asked without it"
        )


def _is_this_machine(address: SplitResult) -> bool:
    host = address.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
