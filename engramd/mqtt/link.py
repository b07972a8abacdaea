"""The link to the daemon: follows it on the bus, and waits for it while it is away."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import closing
from typing import Any

from engramd.bus import names
from engramd.bus.client import Client
from engramd.errors import EngramError
from engramd.mqtt.broker import pauses
from engramd.mqtt.publisher import Publisher

log = logging.getLogger(__name__)

#: Seconds between two looks for the daemon, at most.
LONGEST_PAUSE = 15.0

#: Gives a client of the bus; NoDaemon where there is no bus.
Connect = Callable[[], Client]


class Link:
    """Follows the daemon and publishes what it tells."""

    def __init__(self, connect: Connect, publisher: Publisher, retry_seconds: float) -> None:
        self._connect = connect
        self._publisher = publisher
        self._retry_seconds = retry_seconds
        self._stopped = threading.Event()
        self._client: Client | None = None

    def run(self) -> None:
        """Follow until `stop`."""
        said, waits = "", pauses(self._retry_seconds, LONGEST_PAUSE)
        while not self._stopped.is_set():
            was_here = False
            try:
                with closing(self._connect()) as client:
                    self._client = client
                    client.watch(lambda *report: self._take(client, *report))
                    was_here = True
            except EngramError as error:
                if str(error) != said:
                    log.warning("%s; it is waited for", error)
                    said = str(error)
            finally:
                self._client = None
                self._publisher.daemon_is_gone()
            if was_here:
                said, waits = "", pauses(self._retry_seconds, LONGEST_PAUSE)
            self._stopped.wait(next(waits))

    def stop(self) -> None:
        """End `run`, from any thread."""
        self._stopped.set()
        client = self._client
        if client is not None:
            client.stop()

    def _take(self, client: Client, kind: str, path: str, interface: str, payload: Any) -> bool:
        if kind == "ready":
            manager = client.properties(names.ROOT, names.MANAGER)
            self._publisher.daemon_is_here(payload, manager, _totals(client))
            log.info("the daemon is there, version %s", manager["Version"])
        elif kind == "lost":
            log.warning("the daemon went away; it is waited for")
        elif kind == "event":
            _, event, about, sentence, details = payload
            self._publisher.happened(event, about, sentence, details)
            if event == "filed":
                self._publisher.has_filed(_totals(client))
        else:
            self._publisher.change(kind, path, interface, payload)
        return self._stopped.is_set()


def _totals(client: Client) -> dict[str, Any]:
    found: dict[str, Any] = client.call(names.ROOT, names.MANAGER, "Statistics", "a{sv}", ({},))
    return found
