"""Pictures of a title for a person who is asked what it is: single frames, as JPEG files.

`python -P -m engramd.match.frames FILE FOLDER SECOND…` writes them; it is run as a child, since damaged files
crash FFmpeg.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from engramd import durable
from engramd.containers import open_container
from engramd.match.model import MatchFailed
from engramd.tools import CancelToken, Tools

TIMEOUT = 120.0
#: Frames that are decoded after a seek at most: more than any group of pictures has.
_MOST_DECODED = 600
#: Pixels; a wider picture is made smaller.
_WIDEST = 640
_SUFFIX = ".jpg"


def write_frames(
    tools: Tools, file: Path, folder: Path, seconds: Sequence[int], *, cancel: CancelToken | None = None
) -> list[Path]:
    """Write frames of a video into a folder, in a child, and give the files in their order.

    Those that cannot be decoded are left out. Raises MatchFailed where there are none, and Cancelled.
    """
    words = [sys.executable, "-P", "-m", "engramd.match.frames", str(file.absolute()), str(folder)]
    own = {"PYTHONPATH": str(Path(__file__).parents[2])}
    outcome = tools.run([*words, *map(str, seconds)], timeout=TIMEOUT, cancel=cancel, env=own)
    found = frames_in(folder)
    if not found:
        raise MatchFailed("no picture could be taken", where=file, why=outcome.stderr.strip()[-200:])
    return found


def frames_in(folder: Path) -> list[Path]:
    """Give the pictures of a folder, in the order of the video."""
    return sorted(folder.glob(f"*{_SUFFIX}"))


def save_frames(file: Path, folder: Path, seconds: Sequence[int]) -> None:
    """Write the frame at each of these seconds into the folder. Raises av.FFmpegError and OSError."""
    with open_container(file) as container:
        stream = container.streams.video[0]
        for second in seconds:
            frame = _frame_at(container, stream, second)
            if frame is not None:
                _save(frame, _shape(stream, frame), folder / f"{second:06}{_SUFFIX}")


def _frame_at(container: Any, stream: Any, second: int) -> Any:
    """Give the first whole frame at or after a time; the last one before it where the video ends."""
    container.seek(second * 1_000_000)
    last = None
    for number, frame in enumerate(container.decode(stream)):
        last = frame
        if number >= _MOST_DECODED or (frame.time is not None and frame.time >= second):
            break
    return last


def _shape(stream: Any, frame: Any) -> tuple[int, int]:
    """Give how large a frame is shown: a DVD's pixels are not square."""
    ratio = stream.sample_aspect_ratio or Fraction(1)
    wide = frame.width * (ratio if 0 < ratio < 4 else 1)
    factor = min(1, _WIDEST / wide)
    return max(2, round(wide * factor / 2) * 2), max(2, round(frame.height * factor / 2) * 2)


def _save(frame: Any, shape: tuple[int, int], target: Path) -> None:
    """Write a frame whole, or not at all."""
    import av

    encoder = av.CodecContext.create("mjpeg", "w")
    encoder.width, encoder.height = shape
    encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 25)
    picture = frame.reformat(*shape, format="yuvj420p")
    picture.pts, picture.time_base = 0, Fraction(1, 25)
    data = b"".join(bytes(packet) for packet in [*encoder.encode(picture), *encoder.encode(None)])
    durable.write(target, data)


if __name__ == "__main__":
    save_frames(Path(sys.argv[1]), Path(sys.argv[2]), [int(word) for word in sys.argv[3:]])
