"""What the type of a setting does not say: absolute folders, addresses, languages, times. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from engramd.errors import InvalidArgument
from engramd.settings.formats import FORMATS, LONGEST, PATHS, SERVER, URL, Format, format_of
from engramd.settings.hours import read_hours, read_time
from engramd.settings.path_map import read_path_map
from engramd.settings.secrets import SECRETS

#: Addresses of services, and of one's own servers, which few people at home encrypt.
ADDRESSES = tuple(name for name, kind in FORMATS.items() if kind is URL)
SERVERS = tuple(name for name, kind in FORMATS.items() if kind is SERVER)
_READERS: dict[str, Callable[[str], object]] = {
    "notify_evening": read_time,
    "quiet_hours": read_hours,
    "media_server_path_map": read_path_map,
}


def check(name: str, value: Any) -> None:
    """Refuse a value that the setting cannot have; the message of a secret does not tell it."""
    if not isinstance(value, str):
        return
    kind = format_of(name)
    is_private = name in SECRETS or kind in (URL, SERVER)
    if len(value) > LONGEST:
        raise InvalidArgument(f"{name} has more than {LONGEST} characters", where=name)
    if not value.isprintable():
        where = name if is_private else repr(value)
        raise InvalidArgument(f"{name} must be one line without control characters", where=where)
    if name in ADDRESSES or (name in SERVERS and value):
        _check_address(name, value, at_home=name in SERVERS)
    if name in _READERS:
        _read(name, value)
    if not re.fullmatch(kind.pattern or ".*", value):
        raise InvalidArgument(
            f"{name} {kind.sentence}", where=name if is_private else _wrong_part(kind, value)
        )


def _wrong_part(kind: Format, value: str) -> str:
    """Give what of a value is wrong: of several folders, the first that is not absolute."""
    if kind is PATHS:
        return next(part for part in value.split(":") if part and not part.startswith("/"))
    return repr(value)


def _read(name: str, value: str) -> None:
    """Refuse times, hours and maps that cannot be read."""
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
        raise InvalidArgument(f"{name} {URL.sentence}", where=name)
    if "@" in address.netloc or address.query:
        # Values are shown to everybody, and a key may be part of a query.
        raise InvalidArgument(f"{name} must not hold a user name, a password or a query", where=name)
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
