"""Opens media files with PyAV, whatever bytes their names of tracks hold.

`python -m engramd.containers FILE…` prints what each file holds, as JSON, one a line; it is run as a child,
since damaged files crash FFmpeg, and files on shares hang.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def open_container(path: Path) -> Any:
    """Give a container that closes itself at the end of a `with`.

    Raises av.FFmpegError and OSError. Older PyAVs refuse names that are not UTF-8 unless they are told
    otherwise; newer ones cannot be told, and need not be.
    """
    import av

    try:
        return av.open(str(path), metadata_errors="replace")
    except TypeError:
        return av.open(str(path))


def facts_of(path: Path) -> dict[str, Any]:
    """Give what a video holds: size (bytes), duration (seconds), width, height, codec, sounds, subtitles.

    A file that is no video has its size only. Raises OSError.
    """
    from av import FFmpegError

    facts: dict[str, Any] = {"size": path.stat().st_size}
    try:
        with open_container(path) as container:
            return facts | _held(container)
    except (FFmpegError, ValueError):
        return facts


def _held(container: Any) -> dict[str, Any]:
    sounds = [
        {
            "codec": stream.codec_context.name,
            "language": stream.metadata.get("language", ""),
            "channels": stream.codec_context.channels,
        }
        for stream in container.streams.audio
    ]
    held = {
        "duration": (container.duration or 0) / 1_000_000,
        "sounds": sounds,
        "subtitles": [stream.metadata.get("language", "") for stream in container.streams.subtitles],
    }
    if container.streams.video:
        video = container.streams.video[0].codec_context
        held |= {"width": video.width, "height": video.height, "codec": video.name}
    return held


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(json.dumps(facts_of(Path(name))) + "\n")
        sys.stdout.flush()
