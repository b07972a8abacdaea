"""What the type of a setting does not say: absolute folders, addresses, languages. Pure."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engramd.errors import InvalidArgument
from engramd.settings.secrets import SECRETS

#: Settings that must be empty or an absolute path.
FOLDERS = (
    "staging_path",
    "library_tv_path",
    "library_movies_path",
    "references_path",
    "subtitles_cache_path",
    "speech_model_path",
    "tesseract_path",
    "ffmpeg_path",
)
#: Settings that are addresses of services.
ADDRESSES = ("discdb_url", "tmdb_url", "opensubtitles_url")
#: Characters of a value; all values are sent with every change of one.
LONGEST = 4096
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")


def check(name: str, value: Any) -> None:
    """Refuse a value that the setting cannot have; the message of a secret does not tell it."""
    if isinstance(value, str) and len(value) > LONGEST:
        raise InvalidArgument(f"{name} has more than {LONGEST} characters", where=name)
    if isinstance(value, str) and not value.isprintable():
        where = name if name in SECRETS or name in ADDRESSES else repr(value)
        raise InvalidArgument(f"{name} must be one line without control characters", where=where)
    if name in ADDRESSES:
        _check_address(name, value)
    if name == "metadata_language" and value and not _LANGUAGE.fullmatch(value):
        raise InvalidArgument(f"{name} is a language such as de or de-DE", where=repr(value))
    folders = {name: [value] for name in FOLDERS} | {"import_paths": str(value).split(":")}
    for folder in filter(None, folders.get(name, ())):
        if not Path(folder).is_absolute():
            raise InvalidArgument(f"{name} must be an absolute path", where=folder)


def _check_address(name: str, value: str) -> None:
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
    if address.scheme == "http" and not _is_this_machine(address):
        raise InvalidArgument(
            f"{name} must begin with https://", where=value, why="only this machine may be asked without it"
        )


def _is_this_machine(address: SplitResult) -> bool:
    host = address.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
