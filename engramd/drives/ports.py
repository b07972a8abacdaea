"""At which port each drive was seen last; it tells drives with one serial apart, also after a restart."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from engramd import durable

log = logging.getLogger(__name__)


class Ports(Protocol):
    """Remembers the port of each identity."""

    def known(self) -> Mapping[str, str]:
        """Give the ports by identity."""

    def remember(self, identity: str, port: str) -> None:
        """Keep where a drive is now."""


class PortsInMemory:
    """Remembers until the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: dict[str, str] = {}

    def known(self) -> Mapping[str, str]:
        """Give the ports by identity."""
        with self._lock:
            return dict(self._known)

    def remember(self, identity: str, port: str) -> None:
        """Keep where a drive is now."""
        with self._lock:
            self._known[identity] = port


class PortsInFile(PortsInMemory):
    """Remembers in a file (JSON: port by identity); one that is lost or damaged is begun anew."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._known = _read(path)

    def remember(self, identity: str, port: str) -> None:
        """Keep where a drive is now; a file that cannot be written is logged."""
        if self.known().get(identity) == port:
            return
        super().remember(identity, port)
        text = json.dumps(self.known(), indent=1, sort_keys=True)
        try:
            durable.write(self._path, text.encode())
        except OSError as error:
            log.warning("the ports of the drives cannot be kept in %s: %s", self._path, error)


def _read(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return {str(identity): str(port) for identity, port in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        log.warning("the ports of the drives in %s cannot be read: %s", path, error)
        return {}
