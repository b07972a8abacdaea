"""The programs that engramd starts: where they are, and of which version. Also for engramctl."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import EngramError
from engramd.pipeline.findings import Finding
from engramd.rip import find_ffmpeg
from engramd.rip.ffmpeg import INSTALL as INSTALL_FFMPEG
from engramd.tools import Tools

#: Seconds in which a program must say its version.
ANSWERS_WITHIN = 8.0
_VERSION = re.compile(r"\bv?(\d+(?:\.\d+)+)")


@dataclass(frozen=True)
class Program:
    """A program beside the rippers: the package that has it, and what is without it."""

    name: str
    package: str
    without: str


PROGRAMS = (
    Program("ddrescue", "gddrescue", "damaged places of a disc are read once"),
    Program("mkvpropedit", "mkvtoolnix", "tracks keep the flags of the disc"),
    Program("setpriv", "util-linux", "programs may outlive an engramd that was killed"),
)


def look_at(tools: Tools, program: Program) -> Finding:
    """Ask a program its version."""
    path = tools.find(program.name)
    if path is None:
        text = f"{program.name} is not installed: {program.without}"
        return Finding(f"tool-{program.name}", text, install(program.package), "warning")
    version = version_of(tools, path)
    if not version:
        text = f"{program.name} does not say its version ({path}): {program.without}"
        return Finding(f"tool-{program.name}", text, f"{path} --version", "warning", str(path))
    said = f"{program.name} {version}"
    return Finding(f"tool-{program.name}", f"{said} ({path})", where=str(path), short=said)


def look_at_ffmpeg(tools: Tools, configured: str = "") -> Iterator[Finding]:
    """Say which FFmpeg reads discs without protection, and which it reads."""
    try:
        found = find_ffmpeg(tools, configured)
    except EngramError as error:
        yield Finding("ffmpeg", str(error), error.remedy, "error")
        return
    version = found.version.removeprefix("n").partition("-")[0]
    readers = {"DVDs": found.dvdvideo, "Blu-rays": found.bluray}
    reads = " and ".join(name for name, there in readers.items() if there)
    not_read = " and ".join(name for name, there in readers.items() if not there)
    if not_read:
        text = f"FFmpeg {version} cannot read {not_read} ({found.path})"
        yield Finding("ffmpeg", text, INSTALL_FFMPEG, "warning", str(found.path))
    else:
        text = f"FFmpeg {version} reads {reads} ({found.path})"
        yield Finding("ffmpeg", text, where=str(found.path), short=f"FFmpeg {version}")


def version_of(tools: Tools, path: Path, word: str = "--version") -> str:
    """Give the first version that a program prints; empty where it says none, or cannot be started."""
    try:
        outcome = tools.run([path, word], timeout=ANSWERS_WITHIN)
    except EngramError:
        return ""
    lines = [*outcome.stdout.splitlines(), *outcome.stderr.splitlines()]
    return next((found[1] for line in lines if (found := _VERSION.search(line))), "")


def install(package: str) -> str:
    """Give the command that installs a package of Debian."""
    return f"sudo apt install {package}"
