"""Videos with picture subtitles: captions drawn here, encoded by FFmpeg and by the authoring tools."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.support.authoring import pgs
from tests.support.authoring.tools import FONT

FONTS = FONT.parent
FIRST, STEP, SHOWN = 3.0, 3.5, 2.0
ENGLISH = (
    "I'm not sure what I'll do.",
    "If I were you, I'd leave\nbefore the others arrive.",
    "- Is that your suitcase?\n- No, it isn't.",
    "It was a fine life, they said,\nand they were right.",
    "Stop! Don't move, or I'll scream.",
    "We have to cross the bridge tonight.",
    "Where is my old friend now?",
    "[DOOR CREAKS]\nWho's there?",
    "Your father has spoken with us.",
    "It's a long way to the market.",
)
#: What tests of reading need; the reason of a skip names what is missing.
READS = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@dataclass(frozen=True)
class Video:
    """A video with one picture track; `starts` are its cues' in seconds."""

    path: Path
    stream: int
    starts: tuple[float, ...]


def draw(text: str, size: int, font: str = "DejaVuSans.ttf", edge: int = 2, levels: int = 16) -> Image.Image:
    """Draw a caption with soft edges: colours 1 to 15 are a black edge, 16 to 31 go from black to white.

    Of both, no more than `levels` are used.
    """
    letters = ImageFont.truetype(str(FONTS / font), size)
    scratch = ImageDraw.Draw(Image.new("L", (1, 1)))
    left, top, right, bottom = scratch.multiline_textbbox((0, 0), text, font=letters, stroke_width=edge)
    area, place = (int(right - left) + 8, int(bottom - top) + 8), (4 - left, 4 - top)
    body, rim = Image.new("L", area), Image.new("L", area)
    ImageDraw.Draw(body).multiline_text(place, text, 255, font=letters, align="center")
    ImageDraw.Draw(rim).multiline_text(place, text, 255, font=letters, align="center", stroke_width=edge)
    inner, outer = np.asarray(body, np.int32), np.asarray(rim, np.int32)
    if levels == 1:
        return Image.fromarray(np.where(inner > 127, 31, outer > 127).astype(np.uint8))
    soft, rough = 15 // (levels - 1), 17 * (15 // (levels - 1))
    colors = np.where(outer > 8, 1 + outer // rough * soft * 14 // 15, 0)
    return Image.fromarray(np.where(inner > 8, 16 + inner // rough * soft, colors).astype(np.uint8))


SOFT = b"".join(bytes((n, 16, 128, 128, n * 17)) for n in range(1, 16)) + b"".join(
    bytes((n, 16 + (n - 16) * 219 // 15, 128, 128, 255)) for n in range(16, 32)
)


def display_set(
    picture: Image.Image | None,
    *,
    size: tuple[int, int] = (1920, 1080),
    number: int = 1,
    colors: bytes = SOFT,
) -> list[tuple[int, bytes]]:
    """Make the segments of a PGS display set: a new epoch with one picture, or an empty screen."""
    state = pgs.EPOCH_START if picture is not None or number == 0 else pgs.NORMAL
    head = struct.pack(">HHBHBBBB", *size, 0x10, number, state, 0, 0, int(picture is not None))
    if picture is None:
        return [
            (pgs.COMPOSITION, head),
            (pgs.WINDOWS, struct.pack(">BBHHHH", 1, 0, 0, 0, 8, 8)),
            (pgs.END, b""),
        ]
    left, top = (size[0] - picture.width) // 2, size[1] - picture.height - size[1] // 18
    drawn = struct.pack(">HH", *picture.size) + pgs.run_lengths(picture)
    return [
        (pgs.COMPOSITION, head + struct.pack(">HBBHH", 0, 0, 0, left, top)),
        (pgs.WINDOWS, struct.pack(">BBHHHH", 1, 0, left, top, *picture.size)),
        (pgs.PALETTE, b"\0\0" + colors),
        (pgs.OBJECT, struct.pack(">HBB", 0, 0, 0xC0) + len(drawn).to_bytes(3, "big") + drawn),
        (pgs.END, b""),
    ]


def packet(segments: Sequence[tuple[int, bytes]]) -> bytes:
    """Join segments as Matroska keeps them."""
    return b"".join(bytes((kind,)) + len(body).to_bytes(2, "big") + body for kind, body in segments)


def write_video(
    target: Path,
    captions: Sequence[str],
    *,
    codec: str = "pgs",
    height: int = 1080,
    **look: Any,
) -> Video:
    """Write an MKV with captions as a `pgs`, `dvdsub` or `dvbsub` track; the last two FFmpeg encodes."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("making videos needs ffmpeg")
    size = (height * 16 // 9, height) if height > 600 else (720, height)
    starts = tuple(FIRST + STEP * number for number in range(len(captions)))
    data = _stamped(0.0, display_set(None, size=size, number=0))
    for number, (start, text) in enumerate(zip(starts, captions, strict=True)):
        picture = draw(text, size[1] // 21, **look)
        data += _stamped(start, display_set(picture, size=size, number=2 * number + 1))
        data += _stamped(start + SHOWN, display_set(None, size=size, number=2 * number + 2))
    sup = target.with_suffix(".sup")
    sup.write_bytes(data)
    seconds = FIRST + STEP * len(captions) + 1
    video = ["-f", "lavfi", "-i", f"color=black:s=320x180:r=25:d={seconds}"]
    encoder = ["-fix_sub_duration"] if codec != "pgs" else []
    run(
        *video,
        *encoder,
        "-i",
        sup,
        *("-map", "0", "-map", "1", "-c:v", "mpeg2video", "-g", "12"),
        *("-c:s", "copy" if codec == "pgs" else codec),
        target,
    )
    return Video(target, 1, starts)


def write_behind(video: Video, target: Path) -> Video:
    """Write the same video with all subtitles behind the picture, as a careless muxer does."""
    options = {"max_interleave_delta": "1"}
    with av.open(str(video.path)) as source, av.open(str(target), "w", options=options) as copy:
        streams = {s.index: copy.add_stream_from_template(s) for s in source.streams}
        packets = [packet for packet in source.demux() if packet.dts is not None]
        for packet in sorted(packets, key=lambda p: p.stream.index):
            packet.stream = streams[packet.stream.index]
            copy.mux(packet)
    return Video(target, video.stream, video.starts)


def run(*words: object) -> None:
    """Run FFmpeg."""
    command = ["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)]
    subprocess.run(command, check=True, timeout=120)


def _stamped(at: float, segments: Sequence[tuple[int, bytes]]) -> bytes:
    clock = struct.pack(">II", int(at * pgs.CLOCK), 0)
    return b"".join(
        b"PG" + clock + bytes((kind,)) + len(body).to_bytes(2, "big") + body for kind, body in segments
    )


def words(text: str) -> list[str]:
    """Give the words of a caption as they are compared."""
    return "".join(c if c.isalnum() or c == "'" else " " for c in text.casefold()).split()


def word_errors(truth: Sequence[str], read: Sequence[str]) -> float:
    """Give the word error rate over all captions."""
    from rapidfuzz.distance import Levenshtein

    pairs = [(words(a), words(b)) for a, b in zip(truth, read, strict=True)]
    return sum(Levenshtein.distance(a, b) for a, b in pairs) / sum(len(a) for a, _ in pairs)
