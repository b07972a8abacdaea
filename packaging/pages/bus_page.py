"""org.engramd.Engram1(5): the bus, from its XML file, the table of polkit's actions, and the errors."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engramd.bus import authority, names
from pages.bus_xml import Argument, Interface, Member, read_comment
from pages.document import (
    Block,
    Item,
    Items,
    Page,
    Paragraph,
    Part,
    code,
    item,
    items,
    marked,
    prose,
)
from pages.keyed_text import blocks_of

_TYPES = (
    ("s", "text"),
    ("b", "true or false"),
    ("u, i", "a whole number of 32 bits; i may be negative"),
    ("t, x", "a whole number of 64 bits; x may be negative"),
    ("d", "a number with a fraction"),
    ("o", "the path of an object"),
    ("v", "a value of any type"),
    ("as, ao", "a list of texts, of objects"),
    ("a{sv}", "a dictionary"),
    ("aa{sv}", "a list of dictionaries"),
)
#: Paragraphs of the file's comment that the sections on notation and errors take the place of.
_SAID_BELOW = ("Errors are", "The annotation")
#: What polkit's defaults mean.
_ALLOWED = {
    "yes": "without more ado",
    "no": "never",
    "auth_self": "with their own password",
    "auth_self_keep": "with their own password",
    "auth_admin": "with an administrator's password",
    "auth_admin_keep": "with an administrator's password",
}


def bus_page(xml: str, interfaces: Sequence[Interface], policy: Path) -> Page:
    """Give the page; `policy` is polkit's file with the actions."""
    return Page(
        names.BUS_NAME,
        5,
        "D-Bus Interfaces",
        "the bus interface of the disc ripping service engramd",
        (
            Part("Synopsis", (code(f"busctl introspect {names.BUS_NAME} {names.ROOT}"),)),
            Part("Description", tuple(_description(xml))),
            Part("Notation", tuple(_notation())),
            Part("Authorization", tuple(_authorization(interfaces, policy))),
            Part("Errors", tuple(_errors())),
            *(_interface(one) for one in interfaces),
            Part("Examples", (_examples(),)),
            Part("See also", prose("`busctl`(1), `engramctl`(1), `polkit`(8), `engramd`(8)")),
        ),
    )


def action_of(interface: str, method: str) -> str:
    """Give polkit's action for a method, by its last word; empty: it only reads, and is open to all."""
    return authority.ACTIONS.get((interface, method), "").rpartition(".")[2]


def _description(xml: str) -> Iterator[Block]:
    """Give the paragraphs of the file's comment; a table of objects as items."""
    for paragraph in read_comment(xml):
        lines = paragraph.splitlines()
        rows = [line.split(maxsplit=1) for line in lines if line.startswith("/")]
        if len(rows) == len(lines):
            yield items([(f"`{path}`", what) for path, what in rows])
        elif not paragraph.startswith(_SAID_BELOW):
            yield Paragraph((("", " ".join(lines)),))


def _notation() -> Iterator[Block]:
    yield from prose(
        "A method is written with what it takes and, behind the arrow, what it gives; a signal with what it"
        " carries. Each value has its name and its D-Bus type, and so have the keys of dictionaries:"
    )
    yield items([(f"*{types}*", text) for types, text in _TYPES], close=True)
    yield from prose(
        "Behind the type of a property stands how a change is told: *emits* (PropertiesChanged carries the"
        " new value), *constant* (it never changes), *invalidates* (PropertiesChanged only names it) or"
        " *silent*.",
        f"An example is what follows `busctl call {names.BUS_NAME}` *OBJECT* *INTERFACE*. There a dictionary"
        " begins with the number of its entries, and each entry of an a{sv} has a key, a type and a value.",
    )


def _authorization(interfaces: Sequence[Interface], policy: Path) -> Iterator[Block]:
    yield from prose(
        "On the system bus everybody may read. What changes something is a matter of `polkit`(8), whose"
        f" action is named with each method. Root and members of the group `{authority.GROUP}` need nobody's"
        " leave; where polkit does not run, only they may. A caller that allows it"
        " (ALLOW_INTERACTIVE_AUTHORIZATION) may be asked for a password, while the call waits. On a session"
        " bus the user that runs the daemon may do everything, and polkit is not asked."
    )
    for action in ET.parse(policy).getroot().iter("action"):
        name = action.get("id", "")
        yield Items((item(f"`{name}`", *_action(action, name.rpartition(".")[2], interfaces)),))


def _action(action: ET.Element, name: str, interfaces: Sequence[Interface]) -> Iterator[Block]:
    def allowed(who: str) -> str:
        return _ALLOWED[action.findtext(f"defaults/{who}", "no")]

    yield from prose(
        f"{action.findtext('description', '')}: who sits at the machine may {allowed('allow_active')}; from"
        f" elsewhere one may {allowed('allow_any')}."
    )
    methods = [f"{short}.{method}" for short, method in methods_of(interfaces, name)]
    yield from prose(", ".join(methods) + ".")


def methods_of(interfaces: Sequence[Interface], action: str) -> Iterator[tuple[str, str]]:
    """Give the methods of our interfaces that need an action (empty: none), each with its interface."""
    for interface in interfaces:
        for method in interface.methods:
            if interface.name.startswith(names.BUS_NAME) and action_of(interface.name, method.name) == action:
                yield interface.short, method.name


def _errors() -> Iterator[Block]:
    yield from prose(f"All begin with `{names.ERROR_PREFIX}`; their message is one sentence for people.")
    ordered = sorted(names.ERROR_TYPES.items(), key=lambda pair: pair[0].endswith(".Failed"))
    texts: Mapping[str, str] = {
        name.removeprefix(names.ERROR_PREFIX): _first_paragraph(kind.__doc__) for name, kind in ordered
    }
    texts = {**texts, "Failed": "Anything else."}
    yield items([(f"`{name}`", text) for name, text in texts.items()], close=True)


def _first_paragraph(text: str | None) -> str:
    return " ".join((text or "").split("\n\n")[0].split())


def _interface(interface: Interface) -> Part:
    groups = (
        ("Methods", tuple(_method(interface, one) for one in interface.methods)),
        ("Signals", tuple(_signal(one) for one in interface.signals)),
        ("Properties", tuple(_property(one) for one in interface.properties)),
    )
    blocks = blocks_of(interface.doc)
    parts = tuple(Part(f"{name} of {interface.short}", (Items(found),)) for name, found in groups if found)
    return Part(interface.name, blocks, parts)


def _method(interface: Interface, method: Member) -> Item:
    gives = f" -> {_arguments(method.gives)}" if method.gives else ""
    action = action_of(interface.name, method.name)
    body: list[Block] = [*_deprecation(method), *blocks_of(method.doc)]
    if action:
        body += prose(f"Needs `{authority.ACTIONS[interface.name, method.name]}`.")
    if method.example:
        body += prose(f"Example: `{method.example}`")
    return Item(marked(f"`{method.name}`({_arguments(method.takes)}){gives}"), tuple(body))


def _signal(signal: Member) -> Item:
    body = (*_deprecation(signal), *blocks_of(signal.doc))
    return Item(marked(f"`{signal.name}`({_arguments(signal.gives)})"), body)


def _property(one: Member) -> Item:
    access = "" if one.access == "read" else f", {one.access}"
    return Item(
        marked(f"`{one.name}` *{one.type}* ({one.change}{access})"), (*_deprecation(one), *blocks_of(one.doc))
    )


def _deprecation(member: Member) -> tuple[Paragraph, ...]:
    return prose("Deprecated.") if member.is_deprecated else ()


def _arguments(arguments: Sequence[Argument]) -> str:
    return ", ".join(f"{one.name} *{one.type}*" for one in arguments)


def _examples() -> Block:
    return code(
        "# The question 7 is about episode 2 of the first season",
        f"busctl call {names.BUS_NAME} {names.ROOT}/reviews/7 {names.REVIEW} \\",
        "    Answer 'a{sv}' 1 option s S01E02",
        "# What goes on, in one sentence",
        f"busctl get-property {names.BUS_NAME} {names.ROOT} {names.MANAGER} Summary",
        "# All objects, and then all of their properties at once",
        f"busctl tree {names.BUS_NAME}",
        f"busctl call {names.BUS_NAME} {names.ROOT} {names.OBJECT_MANAGER} GetManagedObjects",
        "# Each change and each event as it happens",
        f"busctl monitor --match=sender={names.BUS_NAME}",
    )
