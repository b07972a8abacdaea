"""Still-picture video of any length: one group of pictures is encoded, its bytes are repeated."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from .captions608 import FrameCaptions, user_data
from .tools import FONT, run

GOP_START = b"\0\0\1\xb8"
SEQUENCE_END = b"\0\0\1\xb7"


@dataclass(frozen=True)
class Picture:
    """How a title looks: text, colour (rrggbb), size, frame rate and pictures per group.

    `noise` (0 to 100) costs bits: 20 makes about 1.5 Mbit/s of MPEG-2 at 352x240.
    """

    text: str
    color: str = "304050"
    width: int = 352
    height: int = 240
    rate: Fraction = Fraction(30000, 1001)
    gop: int = 15
    noise: int = 0

    @property
    def source(self) -> tuple[str, ...]:
        """Give FFmpeg's arguments for one group of this picture."""
        text = self.text.replace(":", "").replace("'", "")
        place = f"fontcolor=white:fontsize={self.height // 14}:x={self.width // 10}:y={self.height // 3}"
        still = f"color=c=0x{self.color}:s={self.width}x{self.height}:r={self.rate}"
        draw = f"drawtext=fontfile={FONT}:text='{text}':{place}"
        if self.noise:
            draw += f",noise=alls={self.noise}:allf=t"
        return ("-f", "lavfi", "-i", still, "-vf", draw, "-frames:v", str(self.gop))


def write_mpeg2(
    picture: Picture, seconds: float, target: Path, captions: FrameCaptions | None = None
) -> float:
    """Write MPEG-2 video with EIA-608 captions in its groups; return its exact length in seconds."""
    head, tail = _mpeg2_group(picture, target)
    groups = max(1, round(seconds * picture.rate / picture.gop))
    with target.open("wb") as file:
        for group in range(groups):
            frame = group * picture.gop
            file.write(head + _time_code(frame, round(picture.rate)))
            if captions is not None:
                file.write(user_data(captions, frame, picture.gop))
            file.write(tail)
        file.write(SEQUENCE_END)
    return float(groups * picture.gop / picture.rate)


def _mpeg2_group(picture: Picture, scratch: Path) -> tuple[bytes, bytes]:
    """Encode one closed group; return what is before its time code and what is after it."""
    options = ("-c:v", "mpeg2video", "-g", picture.gop, "-bf", 0, "-q:v", 12, "-flags", "+cgop")
    limits = ("-sc_threshold", 1000000000, "-maxrate", "6000k", "-bufsize", "1835k", "-aspect", "4:3")
    run(
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-y",
        *picture.source,
        *options,
        *limits,
        "-f",
        "mpeg2video",
        scratch,
    )
    group = scratch.read_bytes().removesuffix(SEQUENCE_END)
    cut = group.index(GOP_START) + len(GOP_START)
    return group[:cut], group[cut + 4 :]


def _time_code(frame: int, rate: int) -> bytes:
    seconds, picture = divmod(frame, rate)
    hours, minutes = seconds // 3600 % 24, seconds // 60 % 60
    code = hours << 19 | minutes << 13 | 1 << 12 | seconds % 60 << 6 | picture
    return (code << 7 | 1 << 6).to_bytes(4, "big")


def write_h264(picture: Picture, seconds: float, target: Path) -> float:
    """Write H.264 video as Blu-ray allows it; return its exact length in seconds."""
    blu_ray = (
        f"bluray-compat=1:level=4.1:keyint={picture.gop}:scenecut=0:vbv-maxrate=8000:vbv-bufsize=8000:aud=1"
    )
    options = (
        "-c:v",
        "libx264",
        "-preset",
        "veryfast",
        "-crf",
        30,
        "-bf",
        0,
        "-threads",
        1,
        "-x264-params",
        blu_ray,
    )
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *picture.source, *options, "-f", "h264", target)
    groups = max(1, round(seconds * picture.rate / picture.gop))
    target.write_bytes(target.read_bytes() * groups)
    return float(groups * picture.gop / picture.rate)


def write_hevc(picture: Picture, seconds: float, target: Path) -> float:
    """Write HEVC video as Ultra HD Blu-rays have it; return its exact length in seconds."""
    closed = f"keyint={picture.gop}:min-keyint={picture.gop}:scenecut=0:open-gop=0:repeat-headers=1:aud=1"
    options = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", 40, "-bf", 0)
    quiet = ("-x265-params", f"{closed}:log-level=error")
    run("ffmpeg", "-nostdin", "-v", "error", "-y", *picture.source, *options, *quiet, "-f", "hevc", target)
    groups = max(1, round(seconds * picture.rate / picture.gop))
    target.write_bytes(target.read_bytes() * groups)
    return float(groups * picture.gop / picture.rate)
