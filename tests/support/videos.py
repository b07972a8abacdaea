"""Small real videos, made by FFmpeg once for all tests: seconds of colour and tone in Matroska files."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import gettempdir, mkdtemp


def make_video(
    path: Path,
    *,
    size: str = "720x480",
    seconds: float = 2,
    languages: Sequence[str] = ("eng",),
    channels: int = 2,
    quality: int = 8,
) -> Path:
    """Write a video with a sound track for each language. `quality` is MPEG-2's: 2 is large, 31 is small."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_video(size, seconds, tuple(languages), channels, quality))
    return path


@lru_cache(maxsize=64)
def _video(size: str, seconds: float, languages: tuple[str, ...], channels: int, quality: int) -> bytes:
    folder = Path(mkdtemp(prefix="engramd-video-", dir=gettempdir()))
    path = folder / "video.mkv"
    words = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=size={size}:rate=5:duration={seconds}"]
    for _ in languages:
        words += ["-f", "lavfi", "-i", f"sine=duration={seconds}"]
    words += ["-map", "0"]
    for number, language in enumerate(languages):
        words += ["-map", str(number + 1), f"-metadata:s:a:{number}", f"language={language}"]
    words += ["-c:v", "mpeg2video", "-q:v", str(quality), "-c:a", "ac3", "-ac", str(channels), str(path)]
    subprocess.run(words, check=True)
    content = path.read_bytes()
    path.unlink()
    folder.rmdir()
    return content
