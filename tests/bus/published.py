"""What was published on the bus, kept for good: `published.txt` has a line for every member, by version.

A client that was written once works for ever: a member keeps its signature, and none goes. The file grows at
its end only, by `python -m tests.bus.published`, after INTERFACE_VERSION was raised; each version ends with a
seal over all that is above it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("published.txt")
_SEAL = "sealed"


class Member(NamedTuple):
    """A method, signal or property of an interface, and its signature."""

    interface: str
    kind: str
    name: str
    signature: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by."""
        return self.interface, self.kind, self.name

    def __str__(self) -> str:
        return f"{self.interface} {self.kind} {self.name} {self.signature}".rstrip()


def members(xml: str) -> list[Member]:
    """Give every member of an introspection document that belongs to this program, in order."""
    root = ET.fromstring(xml)
    interfaces = [node for node in root.iter("interface") if node.get("name", "").startswith("org.engramd.")]
    return sorted(
        Member(interface.get("name", ""), node.tag, node.get("name", ""), _signature(node))
        for interface in interfaces
        for node in interface
        if node.tag != "annotation"
    )


def _signature(node: ET.Element) -> str:
    if node.tag == "property":
        return f"{node.get('type')} {node.get('access')}"
    given = "".join(arg.get("type", "") for arg in node.iter("arg") if arg.get("direction") != "out")
    back = "".join(arg.get("type", "") for arg in node.iter("arg") if arg.get("direction") == "out")
    return f"({given}) -> ({back})" if node.tag == "method" else f"({given})"


def complaints(text: str, now: Iterable[Member], version: int) -> Iterator[str]:
    """Say what is wrong: of the file, and of the members and the version that the program has now."""
    yield from _broken_seals(text)
    published = {member.key: member for member in _published(text)}
    last = _last_version(text)
    present = {member.key: member for member in now}
    for key, member in present.items():
        if key not in published:
            how = "run python -m tests.bus.published"
            raised = (
                f"raise INTERFACE_VERSION to {last + 1}, by which a client knows what there is, and {how}"
            )
            raised += f"\n  (as long as version {last} is in no commit, that alone takes it into {last})"
            yield f"new: {member}\n  {raised if version <= last else how}"
        elif published[key] != member:
            yield (
                f"changed: {published[key]}\n  is now {member.signature}: clients that know the first break."
                " Give what is new another name, or take it in an a{sv}"
            )
    for key in published.keys() - present.keys():
        yield f"gone: {published[key]}\n  clients that call it break: it has to stay"
    if version < last:
        yield f"INTERFACE_VERSION is {version}, and {last} was published"
    if version > last and published.keys() == present.keys():
        yield f"INTERFACE_VERSION is {version}, and nothing is new since {last}"


def appended(text: str, now: Iterable[Member], version: int) -> str:
    """Give the file with what is new as a version of its own; ValueError where that is not so."""
    known = {member.key for member in _published(text)}
    lines = [f"{version} {member}" for member in now if member.key not in known]
    if version <= _last_version(text) or not lines:
        raise ValueError("nothing is new, or INTERFACE_VERSION was not raised")
    return _sealed(text + "\n".join(lines) + "\n", version)


def reopened(text: str, version: int) -> str:
    """Give the file without its last version, if that is the one: what nobody has yet may still change."""
    if version != _last_version(text):
        return text
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines[:-1] if not line.startswith(f"{version} "))


def _sealed(text: str, version: int) -> str:
    return f"{text}{_SEAL} {version} {_digest(text)}\n"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _published(text: str) -> list[Member]:
    lines = [line.split(" ", 4) for line in text.splitlines() if line[:1].isdigit()]
    return [Member(*line[1:4], line[4] if len(line) > 4 else "") for line in lines]


def _last_version(text: str) -> int:
    seals = [line.split() for line in text.splitlines() if line.startswith(f"{_SEAL} ")]
    return int(seals[-1][1]) if seals else 0


def _broken_seals(text: str) -> Iterator[str]:
    above = ""
    for line in text.splitlines(keepends=True):
        if line.startswith(f"{_SEAL} "):
            _, version, digest = line.split()
            if digest != _digest(above):
                yield (
                    f"the lines above the seal of version {version} were changed: what was published stays as"
                    " it is, and new lines come after the last seal, by python -m tests.bus.published"
                )
        above += line
    if text and not text.splitlines()[-1].startswith(f"{_SEAL} "):
        yield "there are lines below the last seal: python -m tests.bus.published writes them with theirs"


def main() -> None:
    """Append what is new, or make a version anew that is in no commit."""
    from engramd.bus import names
    from engramd.bus.introspection import xml

    text, version = FILE.read_text(), names.INTERFACE_VERSION
    show = ["git", "show", f"HEAD:./{FILE.name}"]
    committed = subprocess.run(show, cwd=FILE.parent, capture_output=True, text=True, check=False).stdout
    if _last_version(committed) < version:
        text = reopened(text, version)
    try:
        FILE.write_text(appended(text, members(xml()), version))
    except ValueError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
