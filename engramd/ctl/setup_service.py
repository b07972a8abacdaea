"""The daemon as setup uses it: what is set, its libraries, and what it can write itself."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engramd.ctl.setup_answers import Answers, Present
from engramd.errors import EngramError, FilingFailed

if TYPE_CHECKING:
    from engramd.ctl.service import Service
    from engramd.ctl.session import Session

#: Seconds: until a service that was started answers, between looks, and that its checks may take.
_START, _PAUSE, _CHECKS = 60.0, 0.25, 60.0
_PLACES = {"library_tv_path": "series", "library_movies_path": "films", "staging": "rips on their way"}


@dataclass(frozen=True)
class Seen:
    """What the daemon says of something that was set up: whether it is right, and what mends it."""

    what: str
    text: str
    is_right: bool
    remedy: str = ""


def what_is_set(service: Service | None, file: Mapping[str, Any], group: str) -> Present:
    """Give what is set already, as far as a daemon or the configuration file says it."""
    from engramd.settings import SECRETS

    values: dict[str, Any] = {}
    secrets = {name for name in SECRETS if file.get(name)}
    if service is not None:
        values.update(service.values())
        secrets |= {one["name"] for one in service.settings("Describe") if one["secret"] and one["set"]}
    values.update({name: value for name, value in file.items() if name not in SECRETS})
    return Present(values, frozenset(secrets), group)


def running(session: Session) -> Service | None:
    """Connect to the daemon; None where none answers."""
    from engramd.bus.client import NoDaemon

    try:
        return session.service(_CHECKS)
    except NoDaemon:
        return None


def await_start(session: Session) -> Service:
    """Wait for a daemon that was started. EngramError where it does not answer."""
    end = time.monotonic() + _START
    while (service := running(session)) is None:
        if time.monotonic() > end:
            raise EngramError("engramd does not answer", remedy="journalctl --unit engramd --pager-end")
        time.sleep(_PAUSE)
    return service


def mark_libraries(service: Service, answers: Answers) -> Iterator[str]:
    """Let the folders be libraries; give those that became one. What may be a share that is away is none."""
    wanted = {str(folder) for folder in answers.libraries}
    for row in service.manager("Libraries", "a{sv}", {}):
        if row["path"] in wanted and not row["marker"] and not row["lack"]:
            with suppress(EngramError):  # the checks say better why it cannot be written
                service.manager("InitLibrary", "sa{sv}", row["path"], {})
                yield row["path"]


def look(service: Service, answers: Answers) -> Iterator[Seen]:
    """Have the daemon try what was set up: it writes into each folder, and asks each source."""
    found = {one["id"]: one for one in service.manager("Check", "a{sv}", {})}
    folders = {
        "library_tv_path": answers.tv,
        "library_movies_path": answers.films,
        "staging": answers.staging,
    }
    for name, what in _PLACES.items():
        if folder := folders[name]:
            yield _seen(what, found.get(name), f"{folder} was not looked at")
    for name in answers.sources:
        if one := found.get(f"source-{name}"):
            yield _seen(name, one, "")
    if "makemkv_key" in answers.secrets:
        lacks = [one for name, one in found.items() if name.startswith("makemkv-") and _is_lack(one)]
        yield from (_seen("MakeMKV", one, "") for one in lacks[:1])


def _seen(what: str, one: Mapping[str, Any] | None, otherwise: str) -> Seen:
    if one is None:
        return Seen(what, otherwise, is_right=False, remedy="engramctl doctor")
    return Seen(what, one["text"], is_right=not _is_lack(one), remedy=one["remedy"])


def _is_lack(one: Mapping[str, Any]) -> bool:
    severity: str = one["severity"]
    return severity == "error" or (severity == "warning" and one["group"] != "folders")


def refuse_missing_mounts(answers: Answers) -> None:
    """Refuse a folder where something is to be mounted and is not: that would hide what is made."""
    from engramd.organize.mounts import MountTables

    tables = MountTables()
    for folder in answers.folders:
        if away := tables.missing_at(folder, tables.of(folder)):
            why = f"{away} is to be mounted, by the system's own tables, and is not"
            raise FilingFailed("a folder is not there", where=folder, why=why, remedy=f"sudo mount {away}")
