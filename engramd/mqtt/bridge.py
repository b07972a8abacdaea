"""The bridge between the broker and the daemon; either may come and go."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from engramd.bus.client import Client
from engramd.bus.names import BusKind
from engramd.errors import EngramError
from engramd.mqtt.broker import Broker
from engramd.mqtt.commands import Commands
from engramd.mqtt.config import Config
from engramd.mqtt.discovery import OFFLINE
from engramd.mqtt.link import Link
from engramd.mqtt.publisher import Publisher

log = logging.getLogger(__name__)

#: Seconds that each thread gets to end.
_PATIENCE = 8.0


class Bridge:
    """The whole program but for its command line; `on_end` is called when it ends by itself."""

    def __init__(self, config: Config, bus: BusKind, on_end: Callable[[], object]) -> None:
        def connect() -> Client:
            return Client(bus, interactive=False)

        self._publisher = Publisher(config, self._send)
        self._topics = topics = self._publisher.topics
        self._broker = Broker(
            config,
            will=(topics.availability, OFFLINE),
            subscriptions=(topics.every_drive, topics.every_command),
            on_connected=self._publisher.broker_is_here,
            on_message=self._take,
        )
        self._link = Link(connect, self._publisher, config.retry_seconds)
        self._commands = Commands(connect, self._publisher)
        self._on_end = on_end
        self._failure: EngramError | None = None
        runs = {"broker": self._broker.run, "bus": self._link.run}
        self._threads = {
            name: threading.Thread(target=self._guard, args=(run,), name=name, daemon=True)
            for name, run in runs.items()
        }

    def start(self) -> None:
        """Begin."""
        for thread in self._threads.values():
            thread.start()

    def stop(self) -> None:
        """Mark what is published as no longer true, and end; raises what made it end by itself.

        The link may publish until its end; the broker goes after it, so that the mark is the last it hears.
        """
        self._publisher.daemon_is_gone()
        self._link.stop()
        self._threads["bus"].join(_PATIENCE)
        self._broker.stop()
        self._threads["broker"].join(_PATIENCE)
        if self._failure is not None:
            raise self._failure

    def _guard(self, run: Callable[[], None]) -> None:
        """Run one side on its thread; one without the other is of no use, so its failure ends both."""
        try:
            run()
        except EngramError as error:
            self._failure = error
            self._on_end()
        except BaseException:  # a thread's edge
            log.exception("this should not have happened")
            self._failure = EngramError("engramd-mqtt failed", remedy="its log says where")
            self._on_end()

    def _send(self, topic: str, payload: str, retain: bool) -> None:
        self._broker.send(topic, payload, retain)

    def _take(self, topic: str, payload: bytes, retained: bool) -> None:
        """Take a message: a command, or a drive's state that the broker kept."""
        drive_id = self._topics.drive_of(topic)
        if self._topics.is_command(topic):
            self._commands.take(drive_id, payload, retained)
        elif retained and payload:
            self._publisher.broker_keeps(drive_id)
