"""Says which packages, installed here or pinned, are older than packaging/floors.toml allows."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path

from packaging.version import Version

FLOORS = Path(__file__).with_name("floors.toml")


def too_old(versions: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Give a line for each package, by name and version, that is below its floor."""
    floors = tomllib.loads(FLOORS.read_text("utf-8"))["floors"]
    for name, version in sorted(versions):
        floor, hole = floors.get(name, ("0", ""))
        if Version(version) < Version(floor):
            yield f"{name} {version} has a known hole, mended in {floor}: {hole}"


def pinned(text: str) -> list[tuple[str, str]]:
    """Give what a lock file pins."""
    return re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", text)


def installed() -> list[tuple[str, str]]:
    """Give what is imported here: of packages that are there twice, the first."""
    found: dict[str, str] = {}
    for each in distributions():
        found.setdefault(re.sub(r"[-_.]+", "-", each.name).lower(), each.version)
    return list(found.items())


def main(arguments: list[str]) -> int:
    """Print what is too old in a lock file and, with --installed, here; 1 where something is."""
    lock = Path(arguments[-1])
    found = [f"{lock}: {line}" for line in too_old(pinned(lock.read_text("utf-8")))]
    if "--installed" in arguments:
        found += [f"installed: {line}" for line in too_old(installed())]
    sys.stdout.write("".join(f"{line}\n" for line in found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
