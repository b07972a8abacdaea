"""A small service on each implementation of the bus's boundary, and on pydbus as it is.

Run by the tests with the implementation (pydbus, gio or stock) and perhaps the bus name of a stock one; the
process ends with its standard input.
"""

from __future__ import annotations

import gc
import os
import resource
import sys
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gi.repository import GLib

from engramd.bus import names
from engramd.bus.boundary import Answer, Bus, Request
from engramd.bus.introspection import interfaces_of
from engramd.bus.variants import pack_or_empty
from engramd.errors import EngramError, NotFound

PATH = "/org/engramd/Contract"
NAME = "org.engramd.Contract"
XML = f"""<node><interface name="{NAME}">
  <method name="Say"><arg type="s" direction="in"/><arg type="s" direction="out"/></method>
  <method name="Pair"><arg type="u" direction="out"/><arg type="as" direction="out"/></method>
  <method name="Bytes"><arg type="u" direction="in"/><arg type="ay" direction="out"/></method>
  <method name="Count"><arg type="ay" direction="in"/><arg type="t" direction="out"/></method>
  <method name="Weigh"><arg type="a{{sv}}" direction="in"/><arg type="t" direction="out"/></method>
  <method name="Fail"><arg type="s" direction="in"/></method>
  <method name="Late"><arg type="u" direction="in"/><arg type="s" direction="out"/></method>
  <method name="Long"><arg type="u" direction="in"/><arg type="s" direction="out"/></method>
  <method name="Shout"><arg type="u" direction="in"/></method>
  <method name="Caller"><arg type="s" direction="out"/><arg type="b" direction="out"/></method>
  <method name="Churn"><arg type="u" direction="in"/></method>
  <method name="Left"><arg type="u" direction="out"/></method>
  <method name="Memory"><arg type="t" direction="out"/></method>
  <property name="Name" type="s" access="readwrite"/>
  <property name="Wrong" type="u" access="read"/>
  <signal name="Told"><arg type="s"/></signal>
</interface></node>"""
gone: list[weakref.ref[Any]] = []
VALUES = {"Name": "contract", "Wrong": "no number"}


def memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def fail(kind: str) -> None:
    """Raise what a handler may raise."""
    if kind == "known":
        raise NotFound("there is none", where="shelf 3")
    if kind == "text":
        raise EngramError("half a character \udcff and a NUL \0 end here")
    if kind == "name":
        raise type("no legal name!", (Exception,), {})("secret detail")
    if kind == "exit":
        raise SystemExit(3)


class Served:
    """The node on the boundary."""

    def __init__(self, bus: Bus | None = None) -> None:
        self.interfaces = list(interfaces_of(XML).values())
        self._bus = bus
        self._values = {
            name: pack_or_empty(name, signature, VALUES[name])
            for name, signature in self.interfaces[0].properties.items()
        }

    def publish(self) -> None:
        assert self._bus is not None
        self.exported = self._bus.export(PATH, self)

    def get(self, interface: str, name: str) -> Any:
        return {NAME: self._values}[interface][name]

    def get_all(self, interface: str) -> Any:
        return self._values

    def call(self, request: Request, answer: Answer) -> None:
        if request.method == "Late":
            GLib.timeout_add(request.arguments[0], lambda: answer.give("at last"))
        elif request.method == "Caller":
            answer.give((request.sender, request.interactive))
        else:
            handlers: dict[str, Callable[..., Any]] = {
                "Say": lambda text: text,
                "Pair": lambda: (2, ["a", "b"]),
                "Bytes": bytes,
                "Count": len,
                "Weigh": len,
                "Fail": fail,
                "Long": lambda size: "x" * size,
                "Shout": self._shout,
                "Churn": self._churn,
                "Left": left,
                "Memory": memory,
            }
            answer.give(handlers[request.method](*request.arguments))

    def _shout(self, size: int) -> None:
        self.exported.emit(NAME, "Told", GLib.Variant("(s)", ("x" * size,)))

    def _churn(self, times: int) -> None:
        assert self._bus is not None
        for number in range(times):
            node = Served()
            gone.append(weakref.ref(node))
            self._bus.export(f"{PATH}/{number}", node).unregister()


class Stock:
    """The same on pydbus as it is."""

    dbus = XML

    def __init__(self, bus: Any) -> None:
        from pydbus.generic import signal

        type(self).Told = signal()
        self._bus = bus
        self.Name, self.Wrong = VALUES.values()

    def Say(self, text: str) -> str:
        return text

    def Pair(self) -> tuple[int, list[str]]:
        return 2, ["a", "b"]

    def Bytes(self, size: int) -> bytes:
        return bytes(size)

    def Count(self, given: list[int]) -> int:
        return len(given)

    def Weigh(self, given: dict[str, Any]) -> int:
        return len(given)

    def Fail(self, kind: str) -> None:
        fail(kind)

    def Late(self, milliseconds: int) -> str:
        time.sleep(milliseconds / 1000)
        return "at last"

    def Long(self, size: int) -> str:
        return "x" * size

    def Shout(self, size: int) -> None:
        self.Told("x" * size)

    def Caller(self, dbus_context: Any) -> tuple[str, bool]:
        return dbus_context.sender, False

    def Churn(self, times: int) -> None:
        for number in range(times):
            node = Stock(self._bus)
            gone.append(weakref.ref(node))
            self._bus.register_object(f"{PATH}/{number}", node, None).unregister()

    def Left(self) -> int:
        return left()

    def Memory(self) -> int:
        return memory()


def left() -> int:
    """Count the nodes that are gone from the bus and that somebody still holds."""
    gc.collect()
    return sum(reference() is not None for reference in gone)


def begin(implementation: str, loop: GLib.MainLoop) -> Callable[[], None]:
    """Publish; give what ends it."""
    if implementation == "stock":
        from pydbus import SystemBus

        bus = SystemBus()
        publication = bus.publish(*sys.argv[2:] or (names.BUS_NAME,), (PATH, Stock(bus)))
        return publication.unpublish

    def lost(sentence: str) -> None:
        say(f"lost: {sentence}")
        loop.quit()

    ours = make(implementation)("system", lost)
    ours.connect()
    Served(ours).publish()
    try:
        ours.own_name()
    except EngramError as error:
        say(f"refused: {error.code}")
        sys.exit(1)
    return ours.close


def make(implementation: str) -> Any:
    if implementation == "gio":
        from tests.support.giobus import GioBus

        return GioBus
    from engramd.bus.service import Service

    return Service


def say(line: str) -> None:
    os.write(1, line.encode() + b"\n")


def main() -> None:
    loop = GLib.MainLoop()
    end = begin(sys.argv[1], loop)

    def wait() -> None:
        sys.stdin.read()
        GLib.idle_add(loop.quit)

    threading.Thread(target=wait, daemon=True).start()
    say("ready")
    loop.run()
    end()
    say("closed")


if __name__ == "__main__":
    main()
