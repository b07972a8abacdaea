"""The property values of an object in one piece of memory: 2 to 10 kB, where a GVariant of each takes 100."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from engramd.bus.introspection import Interface, interfaces
from engramd.bus.variants import empty, pack, pack_or_empty

log = logging.getLogger(__name__)

#: Properties of one interface, all or some: a GVariant of type `a{sv}`.
Packed = Any


def pack_values(interface: str, values: Mapping[str, Any]) -> Packed:
    """Give values packed with their types; for any thread. What the interface does not have is left out.

    A value that does not fit becomes none, and goes to the log.
    """
    signatures = interfaces()[interface].properties
    for name in values.keys() - signatures.keys():
        log.error("%s.%s is not in the interface", interface, name)
    return _compact(
        {
            name: pack_or_empty(f"{interface}.{name}", signatures[name], value)
            for name, value in values.items()
            if name in signatures
        }
    )


class Properties:
    """The properties of one interface of one object."""

    def __init__(self, interface: Interface, values: Packed | None) -> None:
        """Those that are not among the values are none."""
        self._names = interface.properties
        self._changed: dict[str, Any] = {}
        if values is None or values.n_children() < len(self._names):
            nones = {name: empty(signature) for name, signature in self._names.items()}
            values = _compact({**nones, **({} if values is None else dict(_items(values)))})
        self._packed = values

    def get(self, name: str) -> Any:
        """Give one as GVariant; KeyError if there is none of that name."""
        if name not in self._names:
            raise KeyError(name)
        changed = self._changed.get(name)
        return self._packed.lookup_value(name, None) if changed is None else changed

    def packed(self) -> Packed:
        """Give all."""
        if self._changed:
            self._packed = _compact({name: self.get(name) for name in self._names})
            self._changed.clear()
        return self._packed

    def update(self, values: Packed) -> dict[str, Any]:
        """Take new values; give those that differ."""
        if not self._changed and values.equal(self._packed):
            return {}
        differing = {name: value for name, value in _items(values) if not value.equal(self.get(name))}
        if values.n_children() == len(self._names):
            self._packed = values
            self._changed.clear()
        else:
            self._changed |= differing
        return differing


def _items(values: Packed) -> Iterator[tuple[str, Any]]:
    for place in range(values.n_children()):
        entry = values.get_child_value(place)
        yield entry.get_child_value(0).get_string(), entry.get_child_value(1).get_variant()


def _compact(values: Mapping[str, Any]) -> Packed:
    packed = pack("a{sv}", values)
    packed.get_data_as_bytes()  # this makes it one piece
    return packed
