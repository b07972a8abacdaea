"""The end of engramd-mqtt, with stand-ins for the broker and for a daemon that still tells something."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from engramd.mqtt import bridge
from engramd.mqtt.config import Config
from tests.mqtt import samples


class StandInBroker:
    """Notes what it hears, and its end."""

    def __init__(self, _config: Config, **_edges: Any) -> None:
        self.heard: list[str] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        self._stopped.wait(30)

    def stop(self) -> None:
        self.heard.append("stop")
        self._stopped.set()

    def send(self, topic: str, payload: str, _retain: bool) -> None:
        if topic == "engramd/availability":
            self.heard.append(payload)


class LateDaemon:
    """A daemon that comes up just as the bridge is stopped."""

    watched = threading.Event()

    def __init__(self, _bus: str, **_options: Any) -> None:
        self._stopped = threading.Event()

    def watch(self, tell: Any) -> None:
        self.watched.set()
        self._stopped.wait(30)
        tell("ready", "", "", samples.objects())

    def stop(self) -> None:
        self._stopped.set()

    def properties(self, _path: str, _interface: str) -> dict[str, Any]:
        return samples.manager()

    def call(self, *_call: Any) -> dict[str, Any]:
        return {}

    def close(self) -> None:
        """Nothing is open."""


def test_the_last_that_the_broker_hears_is_that_nothing_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[StandInBroker] = []

    def broker(config: Config, **edges: Any) -> StandInBroker:
        made.append(StandInBroker(config, **edges))
        return made[0]

    monkeypatch.setattr(bridge, "Broker", broker)
    monkeypatch.setattr(bridge, "Client", LateDaemon)
    stopped = bridge.Bridge(Config(), "session", on_end=lambda: None)
    stopped.start()
    assert LateDaemon.watched.wait(30)
    stopped.stop()
    assert made[0].heard == ["offline", "online", "offline", "stop"]
