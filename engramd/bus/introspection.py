"""The published interfaces, read once from the XML file of this package."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gi.repository import Gio

XML_NAME = "org.engramd.Engram1.xml"


@dataclass(frozen=True)
class Interface:
    """One interface: GDBus's description, and the signatures of its members by name."""

    name: str
    info: Any
    properties: dict[str, str]
    arguments: dict[str, str]
    results: dict[str, str]
    signals: dict[str, str]


def xml() -> str:
    """Give the text of the file."""
    return (files("engramd.bus") / XML_NAME).read_text(encoding="utf-8")


@cache
def interfaces() -> dict[str, Interface]:
    """Give all interfaces by name."""
    return interfaces_of(xml())


def interfaces_of(text: str) -> dict[str, Interface]:
    """Give the interfaces that a document describes, by name."""
    return {info.name: _interface(info) for info in Gio.DBusNodeInfo.new_for_xml(text).interfaces}


def _interface(info: Any) -> Interface:
    return Interface(
        name=info.name,
        info=info,
        properties={item.name: item.signature for item in info.properties},
        arguments={item.name: _joined(item.in_args) for item in info.methods},
        results={item.name: _joined(item.out_args) for item in info.methods},
        signals={item.name: _joined(item.args) for item in info.signals},
    )


def _joined(arguments: Any) -> str:
    return "".join(argument.signature for argument in arguments)
