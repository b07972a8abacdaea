"""What video files hold, read with FFmpeg's library in a short-lived child: damaged files and shares hang."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

import engramd
from engramd.tools import Tools

#: Seconds for the heads of some files, on a slow share too.
TIMEOUT = 60.0
#: Lowest heights (or widths, for wide pictures) of the classes of resolution that people speak of.
_CLASSES = (("4K", 2880, 1600), ("1080p", 1500, 900), ("720p", 1080, 650), ("576p", 10**6, 520))


class Sound(BaseModel):
    """One audio stream; `language` is ISO 639-2, or empty."""

    model_config = ConfigDict(frozen=True)

    codec: str
    language: str = ""
    channels: int = 0


class FileFacts(BaseModel):
    """What a video file holds. `size` in bytes, `duration` in seconds (0: it does not say)."""

    model_config = ConfigDict(frozen=True)

    size: int
    duration: float = 0.0
    width: int = 0
    height: int = 0
    codec: str = ""
    sounds: tuple[Sound, ...] = ()
    subtitles: tuple[str, ...] = ()

    @property
    def is_video(self) -> bool:
        """Whether it could be read as a video."""
        return self.width > 0

    @property
    def resolution(self) -> str:
        """Give the class of its picture: 480p, 576p, 720p, 1080p, 4K; empty where there is none."""
        if not self.is_video:
            return ""
        classes = (n for n, wide, high in _CLASSES if self.width >= wide or self.height >= high)
        return next(classes, "480p")


def read_facts(tools: Tools, paths: Sequence[Path]) -> list[FileFacts]:
    """Give what each file holds; only its size where it is no video, none of a link to nowhere. OSError."""
    sizes = [0 if path.is_symlink() and not path.exists() else path.stat().st_size for path in paths]
    found = _in_child(tools, paths)
    if len(found) < len(paths) > 1:
        # One of them ended the child, and need not keep the others from being read.
        return [facts for path in paths for facts in read_facts(tools, [path])]
    return found or [FileFacts(size=size) for size in sizes]


def _in_child(tools: Tools, paths: Sequence[Path]) -> list[FileFacts]:
    package_folder = Path(engramd.__file__).resolve().parent.parent
    outcome = tools.run(
        [sys.executable, "-m", "engramd.containers", *(str(path.absolute()) for path in paths)],
        timeout=TIMEOUT,
        keep_output=True,
        env={"PYTHONPATH": str(package_folder)},
    )
    try:
        return [FileFacts.model_validate_json(line) for line in outcome.stdout.splitlines()]
    except ValidationError:
        return []
