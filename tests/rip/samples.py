"""Small Matroska files with picture, sound and text subtitles, made by FFmpeg."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest


def text_sample(target: Path, events: Mapping[str, int], *options: str) -> Path:
    """Make a file of 12 s: picture, one sound track, and for each language a text track of so many events."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    inputs: list[str | Path] = [
        "-f",
        "lavfi",
        "-i",
        "color=s=64x64:r=25:d=12",
        "-f",
        "lavfi",
        "-i",
        "sine=d=12",
    ]
    maps = ["-map", "0:v", "-map", "1:a"]
    languages: list[str] = []
    for place, (language, count) in enumerate(events.items()):
        srt = target.with_name(f"{target.stem}.{place}.srt")
        cues = (f"{n + 1}\n00:00:{n:02},000 --> 00:00:{n + 1:02},000\nLine {n}\n" for n in range(count))
        srt.write_text("\n".join(cues), "utf-8")
        inputs += ["-i", srt]
        maps += ["-map", f"{place + 2}:s"]
        languages += [f"-metadata:s:s:{place}", f"language={language}"]
    codecs = ["-c:v", "mpeg2video", "-c:a", "ac3", "-c:s", "srt", "-fflags", "+bitexact"]
    command = ["ffmpeg", "-v", "error", "-y", *inputs, *maps, *codecs, *languages, *options, target]
    subprocess.run(command, check=True)
    return target


def need_its_own_check(ffmpeg: Path, dvd: Path) -> None:
    """Skip the test if this FFmpeg, as Debian's, does not itself look whether a DVD is scrambled."""
    probe = [ffmpeg, "-hide_banner", "-f", "dvdvideo", "-i", dvd]
    said = subprocess.run(probe, capture_output=True, text=True, errors="replace", check=False).stderr
    if "Encrypted DVD support unavailable" in said:
        pytest.skip("this FFmpeg does not look for scrambling")
