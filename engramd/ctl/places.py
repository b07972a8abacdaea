"""Where the daemon of a bus keeps its files, for commands that work without it."""

from __future__ import annotations

import os
from collections.abc import Mapping

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
