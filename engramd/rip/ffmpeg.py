"""The FFmpeg that reads discs: the configured one, the system's, or the one of imageio-ffmpeg."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engramd.errors import ToolMissing
from engramd.optional import how_to_get
from engramd.tools import Tools

PROBE_TIMEOUT = 20.0
INSTALL = f"install FFmpeg 7.1 or newer with dvdvideo, or another one: {how_to_get('imageio-ffmpeg')}"
#: A child never cracks or decrypts: no key cache, and no library that knows keys.
ENVIRONMENT = {
    "DVDCSS_CACHE": "off",
    "LIBAACS_PATH": "/nonexistent/libaacs",
    "LIBBDPLUS_PATH": "/nonexistent/libbdplus",
}


@dataclass(frozen=True)
class FFmpeg:
    """An FFmpeg, its version, and whether it reads DVDs (demuxer) and Blu-rays (protocol)."""

    path: Path
    version: str
    dvdvideo: bool
    bluray: bool


def find_ffmpeg(tools: Tools, configured: str = "") -> FFmpeg:
    """Find the FFmpeg to rip with: the configured path, else the first that reads DVDs and Blu-rays.

    Where none reads both, the first that reads DVDs is taken, else the first that reads Blu-rays, else the
    first at all. Raises ToolMissing when there is none, or when the configured one does not run.
    """
    if configured:
        found = _probe(tools, Path(configured))
        if found is None:
            raise ToolMissing(
                "the configured FFmpeg does not run", where=configured, remedy="correct or clear ffmpeg_path"
            )
        return found
    best: FFmpeg | None = None
    for path in _candidates(tools):
        found = _probe(tools, path)
        if found is not None and (best is None or _worth(found) > _worth(best)):
            best = found
        if best is not None and best.dvdvideo and best.bluray:
            return best
    if best is None:
        raise ToolMissing("there is no FFmpeg", remedy=INSTALL)
    return best


def _worth(ffmpeg: FFmpeg) -> int:
    return 2 * ffmpeg.dvdvideo + ffmpeg.bluray


def _candidates(tools: Tools) -> Iterator[Path]:
    system = tools.find("ffmpeg")
    if system is not None:
        yield system
    try:
        import imageio_ffmpeg
    except ImportError:
        return
    try:
        yield Path(imageio_ffmpeg.get_ffmpeg_exe())
    except RuntimeError:  # its wheel for this machine has no program
        return


def _probe(tools: Tools, path: Path) -> FFmpeg | None:
    """Ask a program what it can do; None when it does not run or is no FFmpeg."""
    try:
        version = _ask(tools, path, "-version")
        demuxers = _ask(tools, path, "-demuxers")
        protocols = _ask(tools, path, "-protocols")
    except ToolMissing:
        return None
    named = re.match(r"ffmpeg version (\S+)", version)
    if named is None:
        return None
    dvdvideo = re.search(r"^\s*D\S*\s+dvdvideo\b", demuxers, re.MULTILINE)
    bluray = re.search(r"^\s*bluray\s*$", protocols, re.MULTILINE)
    return FFmpeg(path, named[1], dvdvideo is not None, bluray is not None)


def _ask(tools: Tools, path: Path, question: str) -> str:
    argv: list[str | Path] = [path, "-hide_banner", question]
    return tools.run(argv, timeout=PROBE_TIMEOUT, env=ENVIRONMENT, keep_output=True).stdout
