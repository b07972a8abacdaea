"""Publishes the daemon's objects: states, what Home Assistant is told of them, and events."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from engramd.mqtt import discovery, states
from engramd.mqtt.config import Config
from engramd.mqtt.mirror import Mirror
from engramd.mqtt.outbox import Outbox, Send, to_json
from engramd.mqtt.topics import Topics

#: Events of the bus that are told, by kind.
_TOLD = {"filed": "filed", "review": "review_asked", "notice": "notice"}


class Publisher:
    """Keeps the broker up to date; every method may be called from any thread.

    Drives that the broker knows and the daemon does not are taken away there.
    """

    def __init__(self, config: Config, send: Send, **edges: Any) -> None:
        """`edges` are those of `Outbox`: the clock and the timer."""
        self.topics = Topics(config.base_topic, config.discovery_prefix)
        self._config = config
        self._lock = threading.RLock()
        self._outbox = Outbox(send, config.progress_seconds, self._publish_again, **edges)
        self._mirror: Mirror | None = None
        self._last: Mapping[str, Any] = {}
        self._platforms: dict[str, dict[str, str]] = {}
        self._drives: set[str] = set()

    def daemon_is_here(
        self, objects: states.Objects, manager: Mapping[str, Any], last: Mapping[str, Any]
    ) -> None:
        """Publish the daemon; `last` is what its method Statistics gives."""
        with self._lock:
            self._mirror, self._last = Mirror(objects, manager), last
            self._publish()

    def daemon_is_gone(self) -> None:
        """Say that the states count no longer."""
        with self._lock:
            self._mirror = None
            self._publish()

    def broker_is_here(self) -> None:
        """Publish everything, to a broker that may know nothing of it any more."""
        with self._lock:
            self._outbox.start_anew()
            self._publish()

    def broker_keeps(self, drive_id: str) -> None:
        """Hear that the broker has the state of a drive, perhaps from a former life of this program."""
        with self._lock:
            self._drives.add(drive_id)
            self._publish()

    def change(self, kind: str, path: str, interface: str, payload: Any) -> None:
        """Take a report of the bus; see `Client.watch`."""
        with self._lock:
            mirror = self._mirror
            if mirror is None:
                return
            before = mirror.manager["Conditions"]
            if mirror.take(kind, path, interface, payload):
                self._publish()
                for event, values in states.conditions_changed(before, mirror.manager["Conditions"]):
                    self.tell(event, values)

    def has_filed(self, last: Mapping[str, Any]) -> None:
        """Publish what was filed last."""
        with self._lock:
            self._last = last
            self._publish()

    def happened(self, kind: str, path: str, sentence: str, details: Mapping[str, Any]) -> None:
        """Tell an event of the bus, if it is one for people."""
        if kind in _TOLD:
            self.tell(_TOLD[kind], {**details, "object": path, "sentence": sentence})

    def tell(self, event: str, values: Mapping[str, Any]) -> None:
        """Send an event."""
        with self._lock:
            self._outbox.tell(self.topics.event, {**values, "event_type": event})

    def knows(self, drive_id: str) -> bool:
        """Whether the daemon has that drive."""
        with self._lock:
            return self._mirror is not None and drive_id in states.drive_ids(self._mirror.objects)

    def _publish_again(self) -> None:
        with self._lock:
            self._publish()

    def _publish(self) -> None:
        mirror = self._mirror
        if mirror is None:
            self._outbox.keep(self.topics.availability, discovery.OFFLINE)
            return
        present = states.drive_ids(mirror.objects)
        for gone in self._drives - set(present):
            self._take_away(gone)
        self._drives = set(present)
        self._publish_station(mirror)
        for drive_id in present:
            self._publish_drive(mirror, drive_id)
        self._outbox.keep(self.topics.availability, discovery.ONLINE)

    def _publish_station(self, mirror: Mirror) -> None:
        manager, name = mirror.manager, self._config.device_name
        folders = sorted(manager["FreeSpace"])
        self._discover("", discovery.station_device(self.topics, name, manager["Version"], folders))
        self._outbox.keep_state(self.topics.station, states.station_state(manager, self._last))

    def _publish_drive(self, mirror: Mirror, drive_id: str) -> None:
        drive = states.drive_of(mirror.objects, drive_id)
        self._discover(drive_id, discovery.drive_device(self.topics, drive_id, drive))
        state = states.drive_state(drive, states.job_of(mirror.objects, drive))
        self._outbox.keep_state(self.topics.drive(drive_id), state)

    def _discover(self, drive_id: str, device: discovery.Device) -> None:
        if not self._config.discovery_prefix:
            return
        now, ever = discovery.platforms(device), self._platforms.setdefault(drive_id, {})
        ever.update(now)
        gone = {name: platform for name, platform in ever.items() if name not in now}
        self._outbox.keep(self.topics.discovery(drive_id), to_json(discovery.without(device, gone)))

    def _take_away(self, drive_id: str) -> None:
        """Have Home Assistant and the broker forget a drive."""
        if self._config.discovery_prefix:
            self._outbox.take_away(self.topics.discovery(drive_id))
        self._outbox.take_away(self.topics.drive(drive_id))
        self._platforms.pop(drive_id, None)
