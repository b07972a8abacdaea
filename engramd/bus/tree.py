"""The objects on the bus and their property values; lives on the main loop's thread.

A new object is announced (InterfacesAdded) before anything else of it; a change is sent once, and only if the
value differs; InterfacesRemoved comes last.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gi.repository import GLib

from engramd.bus import names
from engramd.bus.boundary import Answer, Bus, Exported, Request
from engramd.bus.introspection import Interface, interfaces
from engramd.bus.mainloop import MainLoop
from engramd.bus.properties import Packed, Properties
from engramd.bus.turns import Turns
from engramd.bus.variants import clean, message, pack, pack_arguments

CallHandler = Callable[[Request, Answer, Any], None]

_MANAGED = GLib.VariantType("{oa{sa{sv}}}")


class TreeNode:
    """One object: its interfaces, its values, and the key of what it stands for (a number, a drive's id)."""

    def __init__(
        self, path: str, known: list[Interface], key: Any, on_call: CallHandler, values: Mapping[str, Packed]
    ) -> None:
        self.path = path
        self.interfaces = known
        self.key = key
        self._on_call = on_call
        self._properties = {item.name: Properties(item, values.get(item.name)) for item in known}
        self._entry: Any = None

    def get(self, interface: str, name: str) -> Any:
        """Give one property as GVariant."""
        return self._properties[interface].get(name)

    def get_all(self, interface: str) -> Any:
        """Give all properties of an interface; those of a standard interface are none."""
        found = self._properties.get(interface)
        return {} if found is None else found.packed()

    def packed(self) -> Any:
        """Give all interfaces with their properties, `a{sa{sv}}`."""
        return pack("a{sa{sv}}", {name: found.packed() for name, found in self._properties.items()})

    def entry(self) -> Any:
        """Give the object as GetManagedObjects has it, `{oa{sa{sv}}}`; kept until something changes."""
        if self._entry is None:
            self._entry = GLib.Variant.new_dict_entry(pack("o", self.path), self.packed())
        return self._entry

    def call(self, request: Request, answer: Answer) -> None:
        """Hand a call to the handlers."""
        self._on_call(request, answer, self.key)

    def update(self, interface: str, values: Packed) -> dict[str, Any]:
        """Take new values; give those that differ."""
        changed = self._properties[interface].update(values)
        if changed:
            self._entry = None
        return changed


class ObjectTree:
    """What is published; the root object, with the ObjectManager, is there from the start."""

    def __init__(self, bus: Bus, on_call: CallHandler, loop: MainLoop) -> None:
        self._bus = bus
        self._on_call = on_call
        self._nodes: dict[str, tuple[TreeNode, Exported]] = {}
        self._managed: Any = None
        self._overviews = Turns(lambda answer: answer.send(self.managed()), loop)
        self._export(names.ROOT, (names.MANAGER, names.SETTINGS, names.OBJECT_MANAGER), None, {})

    def __contains__(self, path: str) -> bool:
        return path in self._nodes

    def put(self, path: str, values: Mapping[str, Packed], key: Any = None) -> None:
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

    def change(self, path: str, interface: str, values: Packed) -> None:
        """Publish what changed of some properties, if the object is there."""
        if path in self._nodes:
            self._change(path, interface, values)

    def drop(self, path: str) -> None:
        """Take an object off the bus; those below it go before it."""
        if path not in self._nodes:
            return
        node, exported = self._nodes.pop(path)
        self._managed = None
        exported.unregister()
        gone = [item.name for item in node.interfaces]
        self._emit_root("InterfacesRemoved", pack_arguments("oas", (path, gone)))

    def emit(self, path: str, interface: str, signal: str, arguments: tuple[Any, ...]) -> None:
        """Send a signal of an object; of one that is gone there is nothing to tell."""
        if path in self._nodes:
            signature = interfaces()[interface].signals[signal]
            self._nodes[path][1].emit(interface, signal, pack_arguments(signature, clean(arguments)))

    def managed(self) -> Any:
        """Give all objects below the root, as GetManagedObjects wants them; kept until something changes."""
        if self._managed is None:
            below = [node.entry() for path, (node, _) in self._nodes.items() if path != names.ROOT]
            self._managed = message(GLib.Variant.new_array(_MANAGED, below))
        return self._managed

    def close(self) -> None:
        """Take everything off the bus, silently."""
        for _, exported in self._nodes.values():
            exported.unregister()
        self._nodes.clear()

    def _export(self, path: str, wanted: tuple[str, ...], key: Any, values: Mapping[str, Packed]) -> TreeNode:
        known = interfaces()
        node = TreeNode(path, [known[name] for name in wanted], key, self._call, values)
        self._nodes[path] = (node, self._bus.export(path, node))
        self._managed = None
        return node

    def _add(self, path: str, values: Mapping[str, Packed], key: Any) -> None:
        node = self._export(path, tuple(values), key, values)
        self._emit_root("InterfacesAdded", message(pack("o", path), node.packed()))

    def _change(self, path: str, interface: str, values: Packed) -> None:
        node, exported = self._nodes[path]
        changed = node.update(interface, values)
        if changed:
            self._managed = None
            body = pack_arguments("sa{sv}as", (interface, changed, []))
            exported.emit(names.PROPERTIES, "PropertiesChanged", body)

    def _emit_root(self, member: str, body: Any) -> None:
        self._nodes[names.ROOT][1].emit(names.OBJECT_MANAGER, member, body)

    def _call(self, request: Request, answer: Answer, key: Any) -> None:
        if request.interface == names.OBJECT_MANAGER:
            self._overviews.take(request.sender, answer)
        else:
            self._on_call(request, answer, key)
