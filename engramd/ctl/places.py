"""Where the daemon of a bus keeps its files, for commands that work without it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engramd.paths import Paths

#: What systemd tells the service.
SERVICE = {
    "STATE_DIRECTORY": "/var/lib/engramd",
    "CACHE_DIRECTORY": "/var/cache/engramd",
    "RUNTIME_DIRECTORY": "/run/engramd",
    "CONFIGURATION_DIRECTORY": "/etc/engramd",
}


def places(bus: str, environment: Mapping[str, str] | None = None) -> Paths:
    """Give the folders of the service, or the user's own on the bus `session`; the environment has others."""
    env = os.environ if environment is None else environment
    return Paths.from_environment(env if bus == "session" else {**SERVICE, **env})


@contextmanager
def as_owner(state: Path) -> Iterator[None]:
    """As root, be the user of the service: what it may have put into its folder must not lead root astray."""
    owner = state.stat() if os.geteuid() == 0 and state.exists() else None
    if owner is None or owner.st_uid == 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
