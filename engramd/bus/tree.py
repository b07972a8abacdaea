"""The objects on the bus and their property values; lives on the main loop's thread.

A new object is announced (InterfacesAdded) before anything else of it; a change is sent once, and only if the
value differs; InterfacesRemoved comes last.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from engramd.bus import names
from engramd.bus.introspection import Interface, interfaces
from engramd.bus.service import Answer, Exported, Request, Service
from engramd.bus.variants import clean, empty, join, message, pack, pack_arguments, pack_or_empty

log = logging.getLogger(__name__)

Values = Mapping[str, Mapping[str, Any]]
CallHandler = Callable[[Request, Answer, Any], None]


class TreeNode:
    """One object: its interfaces, its values, and the key of what it stands for (a number, a drive's id)."""

    def __init__(self, path: str, known: list[Interface], key: Any, on_call: CallHandler) -> None:
        self.path = path
        self.interfaces = known
        self.key = key
        self._on_call = on_call
        self._values: dict[str, dict[str, Any]] = {
            item.name: {name: empty(signature) for name, signature in item.properties.items()}
            for item in known
        }
        self._packed: Any = None

    def get(self, interface: str, name: str) -> Any:
        """Give one property as GVariant."""
        return self._values[interface][name]

    def get_all(self, interface: str) -> dict[str, Any]:
        """Give all properties of an interface; those of a standard interface are none."""
        return self._values.get(interface, {})

    def packed(self) -> Any:
        """Give all interfaces with their properties as GVariant; kept until something changes."""
        if self._packed is None:
            self._packed = pack("a{sa{sv}}", self._values)
        return self._packed

    def call(self, request: Request, answer: Answer) -> None:
        """Hand a call to the handlers."""
        self._on_call(request, answer, self.key)

    def update(self, interface: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Take new values; give those that differ, as GVariants."""
        known, changed = self._values[interface], {}
        signatures = next(item.properties for item in self.interfaces if item.name == interface)
        for name, value in values.items():
            if name not in signatures:
                log.error("%s.%s is not in the interface", interface, name)
                continue
            variant = pack_or_empty(f"{interface}.{name}", signatures[name], value)
            if not variant.equal(known[name]):
                changed[name] = known[name] = variant
        if changed:
            self._packed = None
        return changed


class ObjectTree:
    """What is published; the root object, with the ObjectManager, is there from the start."""

    def __init__(self, service: Service, on_call: CallHandler) -> None:
        self._service = service
        self._on_call = on_call
        self._nodes: dict[str, tuple[TreeNode, Exported]] = {}
        self._root = self._export(names.ROOT, (names.MANAGER, names.SETTINGS, names.OBJECT_MANAGER), None)

    def __contains__(self, path: str) -> bool:
        return path in self._nodes

    def put(self, path: str, values: Values, key: Any = None) -> None:
        """Publish an object, or the changes of one that is there. The interfaces are those of `values`.

        Nothing is published any more when the root is gone.
        """
        if names.ROOT not in self._nodes:
            return
        if path not in self._nodes:
            self._add(path, values, key)
            return
        for interface, properties in values.items():
            self._change(path, interface, properties)

    def change(self, path: str, interface: str, values: Mapping[str, Any]) -> None:
        """Publish what changed of some properties, if the object is there."""
        if path in self._nodes:
            self._change(path, interface, values)

    def drop(self, path: str) -> None:
        """Take an object and all below it off the bus."""
        gone = [other for other in self._nodes if other == path or other.startswith(path + "/")]
        for other in sorted(gone, reverse=True):
            node, exported = self._nodes.pop(other)
            exported.unregister()
            interfaces_gone = [item.name for item in node.interfaces]
            self._emit_root("InterfacesRemoved", pack_arguments("oas", (other, interfaces_gone)))

    def emit(self, path: str, interface: str, signal: str, arguments: tuple[Any, ...]) -> None:
        """Send a signal of an object; of one that is gone there is nothing to tell."""
        if path in self._nodes:
            signature = interfaces()[interface].signals[signal]
            self._nodes[path][1].emit(interface, signal, pack_arguments(signature, clean(arguments)))

    def managed(self) -> Any:
        """Give all objects below the root, as GetManagedObjects wants them."""
        below = {path: node.packed() for path, (node, _) in self._nodes.items() if path != names.ROOT}
        return message(join("a{oa{sa{sv}}}", below))

    def close(self) -> None:
        """Take everything off the bus, silently."""
        for _, exported in self._nodes.values():
            exported.unregister()
        self._nodes.clear()

    def _export(self, path: str, wanted: tuple[str, ...], key: Any) -> TreeNode:
        known = interfaces()
        node = TreeNode(path, [known[name] for name in wanted], key, self._call)
        self._nodes[path] = (node, self._service.export(path, node))
        return node

    def _add(self, path: str, values: Values, key: Any) -> None:
        node = self._export(path, tuple(values), key)
        for interface, properties in values.items():
            node.update(interface, properties)
        self._emit_root("InterfacesAdded", message(pack("o", path), node.packed()))

    def _change(self, path: str, interface: str, values: Mapping[str, Any]) -> None:
        node, exported = self._nodes[path]
        changed = node.update(interface, values)
        if changed:
            body = pack_arguments("sa{sv}as", (interface, changed, []))
            exported.emit(names.PROPERTIES, "PropertiesChanged", body)

    def _emit_root(self, member: str, body: Any) -> None:
        self._nodes[names.ROOT][1].emit(names.OBJECT_MANAGER, member, body)

    def _call(self, request: Request, answer: Answer, key: Any) -> None:
        if request.interface == names.OBJECT_MANAGER:
            answer.send(self.managed())
        else:
            self._on_call(request, answer, key)
