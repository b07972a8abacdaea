"""Writes the lock file of the private environment: what Debian 12 lacks or has too old, with hashes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
#: What Debian 12 has, and is not taken from elsewhere: what is new enough; numpy and scipy, which are large;
#: and PyAV, so that its FFmpeg is the system's: the tests pass with them but for what only PyAV 14 tells.
FROM_DEBIAN = frozenset({"av", "certifi", "click", "idna", "numpy", "pydbus", "pyudev", "scipy", "sdnotify"})
PYTHON = "3.11"
MACHINES = ("x86_64", "aarch64")
#: The C library of Debian 12 is 2.36; a file for an older one runs too.
GLIBC = (17, 24, 26, 27, 28, 31, 34, 35, 36)
_HEAD = """\
# The private environment of the package for Debian 12, made by packaging/lock-deb12: do not edit.
# These are Debian's own packages there: {}.
"""


def main(target: Path) -> None:
    """Ask pip for each kind of machine, and write one file for all."""
    found = [_resolved(machine) for machine in MACHINES]
    versions = [{name: version for name, (version, _) in one.items()} for one in found]
    if any(one != versions[0] for one in versions):
        raise SystemExit(f"the machines would get different versions: {versions}")
    lines = [_HEAD.format(", ".join(sorted(FROM_DEBIAN)))]
    for name in sorted(versions[0]):
        hashes = sorted({one[name][1] for one in found})
        pins = [f"{name}=={versions[0][name]}", *(f"    --hash=sha256:{each}" for each in hashes)]
        lines.append(" \\\n".join(pins) + "\n")
    target.write_text("".join(lines), "utf-8")


def platforms(machine: str) -> list[str]:
    """Give pip's arguments for a kind of machine with Debian 12."""
    names = [f"manylinux2014_{machine}", *(f"manylinux_2_{minor}_{machine}" for minor in GLIBC)]
    return [word for name in names for word in ("--platform", name)]


def _resolved(machine: str) -> dict[str, tuple[str, str]]:
    """Give version and hash of each package that is not Debian's, by name."""
    wanted = [each for each in _dependencies() if name_of(each) not in FROM_DEBIAN]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "--quiet", "install", "--dry-run", "--ignore-installed"),
                *("--only-binary", ":all:", "--python-version", PYTHON, "--implementation", "cp"),
                *platforms(machine),
                *("--target", folder, "--report", f"{folder}/report.json", *wanted),
            ],
            check=True,
        )
        report: dict[str, Any] = json.loads(Path(folder, "report.json").read_text("utf-8"))
    return {name: pin for name, pin in map(_pin, report["install"]) if name not in FROM_DEBIAN}


def _pin(entry: dict[str, Any]) -> tuple[str, tuple[str, str]]:
    hashes = entry["download_info"]["archive_info"]
    digest = hashes.get("hashes", {}).get("sha256") or hashes["hash"].removeprefix("sha256=")
    return name_of(entry["metadata"]["name"]), (entry["metadata"]["version"], digest)


def _dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names: list[str] = project["dependencies"]
    return names


def name_of(requirement: str) -> str:
    """Give the name of a requirement, as package indexes compare it."""
    name = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", name[0] if name else "").lower()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
