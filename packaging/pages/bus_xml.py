"""What the bus's one XML file says: interfaces and their members, with what is written of each."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass

_DOC = "org.gtk.GDBus.DocString"
_EXAMPLE = "org.engramd.Example"
_EMITS = "org.freedesktop.DBus.Property.EmitsChangedSignal"
_DEPRECATED = "org.freedesktop.DBus.Deprecated"
#: How a change of a property is told, in a word.
CHANGES = {"true": "emits", "const": "constant", "invalidates": "invalidates", "false": "silent"}


@dataclass(frozen=True)
class Argument:
    """A value that goes in or comes out."""

    name: str
    type: str


@dataclass(frozen=True)
class Member:
    """A method, signal or property; what it has not is empty."""

    name: str
    doc: str
    example: str = ""
    takes: tuple[Argument, ...] = ()
    gives: tuple[Argument, ...] = ()
    type: str = ""
    access: str = ""
    change: str = ""
    is_deprecated: bool = False


@dataclass(frozen=True)
class Interface:
    """An interface, its members in the order of the file."""

    name: str
    doc: str
    methods: tuple[Member, ...]
    signals: tuple[Member, ...]
    properties: tuple[Member, ...]

    @property
    def short(self) -> str:
        """The last word of its name, such as Manager."""
        return self.name.rpartition(".")[2]


def read_interfaces(text: str) -> tuple[Interface, ...]:
    """Read the interfaces of the file."""
    return tuple(map(_interface, ET.fromstring(text).findall("interface")))


def read_comment(text: str) -> list[str]:
    """Give the paragraphs of the file's comment, lines and all."""
    found = re.search(r"<!--(.*?)-->", text, re.DOTALL)
    lines = "\n".join(line.strip() for line in (found[1] if found else "").strip().splitlines())
    return re.split(r"\n{2,}", lines) if lines else []


def _interface(node: ET.Element) -> Interface:
    every = _notes(node).get(_EMITS, "true")
    return Interface(
        name=node.get("name", ""),
        doc=_notes(node).get(_DOC, ""),
        methods=tuple(_member(one) for one in node.findall("method")),
        signals=tuple(_member(one, "out") for one in node.findall("signal")),
        properties=tuple(_property(one, every) for one in node.findall("property")),
    )


def _member(node: ET.Element, direction: str = "in") -> Member:
    notes = _notes(node)
    arguments = [
        (one.get("direction", direction), Argument(one.get("name", ""), one.get("type", "")))
        for one in node.findall("arg")
    ]
    return Member(
        name=node.get("name", ""),
        doc=notes.get(_DOC, ""),
        example=notes.get(_EXAMPLE, ""),
        takes=tuple(argument for way, argument in arguments if way == "in"),
        gives=tuple(argument for way, argument in arguments if way == "out"),
        is_deprecated=notes.get(_DEPRECATED) == "true",
    )


def _property(node: ET.Element, every: str) -> Member:
    notes = _notes(node)
    return Member(
        name=node.get("name", ""),
        doc=notes.get(_DOC, ""),
        type=node.get("type", ""),
        access=node.get("access", ""),
        change=CHANGES[notes.get(_EMITS, every)],
        is_deprecated=notes.get(_DEPRECATED) == "true",
    )


def _notes(node: ET.Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in node.findall("annotation")}
