"""The MKV files of an authored disc's titles, made by the real FFmpeg once and kept beside the disc."""

from __future__ import annotations

import fcntl
import subprocess
from pathlib import Path


def title_mkv(image: Path, number: int, *, dvd: bool = True) -> Path:
    """Give the MKV file of a title; `number` is the DVD title number, or the playlist number of a Blu-ray.

    Safe for several runs at once: one makes the file, the others wait for it.
    """
    import imageio_ffmpeg

    target = image.parent / f"{image.stem}.title-{number}.mkv"
    with (image.parent / f"{image.stem}.titles.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists() or target.stat().st_mtime < image.stat().st_mtime:
            new = target.with_suffix(".part")
            words = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-v", "error", "-y"]
            maps = ["-map", "0:v:0", "-map", "0:a?", "-map", "0:s?", "-c", "copy"]
            output = ["-fflags", "+bitexact", "-f", "matroska", str(new)]
            subprocess.run([*words, *_input(image, number, dvd=dvd), *maps, *output], check=True)
            new.replace(target)
    return target


def _input(image: Path, number: int, *, dvd: bool) -> list[str]:
    if dvd:
        return ["-f", "dvdvideo", "-title", str(number), "-i", str(image)]
    return ["-playlist", str(number), "-i", f"bluray:{image}"]
