"""The daemon's objects as the bus tells of them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engramd.bus import names
from engramd.mqtt.states import Objects, Properties


class Mirror:
    """Keeps objects and properties up to date from the reports of `Client.watch`; titles are left out."""

    def __init__(self, objects: Objects, manager: Properties) -> None:
        self.objects: dict[str, dict[str, Properties]] = {
            path: dict(found) for path, found in objects.items() if names.TITLE not in found
        }
        self.manager: Properties = dict(manager)

    def take(self, kind: str, path: str, interface: str, payload: Any) -> bool:
        """Take a report; False where nothing changed that is kept here."""
        if kind == "added":
            return self._add(path, payload)
        if kind == "removed":
            return self.objects.pop(path, None) is not None
        return kind == "properties" and self._change(path, interface, payload)

    def _add(self, path: str, found: Mapping[str, Properties]) -> bool:
        if names.TITLE in found:
            return False
        self.objects[path] = dict(found)
        return True

    def _change(self, path: str, interface: str, changed: Properties) -> bool:
        if interface == names.MANAGER:
            self.manager = {**self.manager, **changed}
            return True
        known = self.objects.get(path, {})
        if interface not in known:
            return False
        known[interface] = {**known[interface], **changed}
        return True
