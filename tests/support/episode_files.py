"""MKV files as somebody else ripped them: an authored episode's captions in a video of its length."""

from __future__ import annotations

import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

from tests.support.authoring import AuthoredTitle
from tests.support.authoring.model import write_srt


def write_episode(path: Path, title: AuthoredTitle) -> Path:
    """Write an episode's file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_content(title))
    return path


@lru_cache(maxsize=8)
def _content(title: AuthoredTitle) -> bytes:
    with tempfile.TemporaryDirectory(prefix="engramd-episode-") as folder:
        captions, video = Path(folder) / "captions.srt", Path(folder) / "video.mkv"
        write_srt(title.cues, captions)
        length = f"duration={title.seconds}"
        sources = [
            *("-f", "lavfi", "-i", f"testsrc=size=320x240:rate=5:{length}"),
            *("-f", "lavfi", "-i", f"sine={length}", "-i", str(captions)),
        ]
        codecs = ["-c:v", "mpeg2video", "-q:v", "31", "-c:a", "ac3", "-b:a", "64k", "-c:s", "srt"]
        labels = ["-metadata:s:a:0", "language=eng", "-metadata:s:s:0", "language=eng"]
        maps = ["-map", "0", "-map", "1", "-map", "2"]
        words = ["ffmpeg", "-v", "error", *sources, *maps, *codecs, *labels, str(video)]
        subprocess.run(words, check=True)
        return video.read_bytes()
