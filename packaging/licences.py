"""Writes packaging/LICENCES.md: the licence of each Python package that engramd needs, from its own metadata.

With --check nothing is written: 1 where the file is not as it would be made here. No versions are in it:
every package has its own.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "packaging/LICENCES.md"
_HEAD = """\
# Licences of what engramd needs

Made by `packaging/licences` from the packages' own metadata. engramd itself is under the MIT licence; the
programs that it starts (FFmpeg, MakeMKV, mkvtoolnix, ddrescue, tesseract) are in none of its packages.

| package | for | licence |
|---|---|---|
"""
#: Where the metadata says less than the package's own text, or Debian gives the package without metadata.
KNOWN = {
    "faster-whisper": "MIT",
    "pycairo": "LGPL-2.1-only OR MPL-1.1",
    "pydbus": "LGPL-2.1-or-later",
    "pygobject": "LGPL-2.1-or-later",
    "pyudev": "LGPL-2.1-or-later",
}
#: Of these only the package itself is listed: they are optional, and what they bring changes often.
OPTIONAL = ("mqtt", "notify", "open", "speech", "subliminal", "whisper")


def main(arguments: list[str]) -> int:
    """Write the list, or compare it."""
    text = _HEAD + "".join(f"| {name} | {use} | {licence} |\n" for name, use, licence in sorted(_rows()))
    if "--check" not in arguments:
        TARGET.write_text(text, "utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text("utf-8") == text:
        return 0
    sys.stderr.write("packaging/LICENCES.md is not as packaging/licences makes it\n")
    return 1


def _rows() -> Iterator[tuple[str, str, str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    core = _closure([*project["dependencies"], "pygobject"])
    for name in core:
        yield name, "always", licence_of(name)
    for extra in OPTIONAL:
        for line in project["optional-dependencies"][extra]:
            name = _canonical(Requirement(line).name)
            if name not in core:
                yield name, f"`engramd[{extra}]`", licence_of(name)


def _closure(lines: list[str]) -> set[str]:
    """Give the names of these requirements, and of all that they need in turn."""
    found: set[str] = set()
    waiting = list(lines)
    while waiting:
        wanted = Requirement(waiting.pop())
        name = _canonical(wanted.name)
        if name in found or (wanted.marker and not wanted.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        package = _installed(name)
        waiting += (package.requires or []) if package else []
    return found


def licence_of(name: str) -> str:
    """Give a package's licence as it names it; the SPDX expression where there is one."""
    package = _installed(name)
    if name in KNOWN or package is None:
        return KNOWN.get(name, "(not installed here)")
    data = package.metadata
    classes = [line.rpartition(" :: ")[2] for line in data.get_all("Classifier", []) if "License ::" in line]
    free = (data.get("License") or "").strip().splitlines()
    said = data.get("License-Expression") or (free[0] if len(free) == 1 else "") or ", ".join(sorted(classes))
    return said.replace("|", "/") or "(says none)"


def _installed(name: str) -> Distribution | None:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
