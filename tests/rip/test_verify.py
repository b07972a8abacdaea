"""A file is compared with the title that it was ripped from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from engramd.discs import Stream, Title
from engramd.errors import RipFailed
from engramd.rip.verify import verify


@pytest.fixture(scope="module")
def ripped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a file of ten seconds with a picture and one sound track."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    target = tmp_path_factory.mktemp("verify") / "title.mkv"
    sources = ["-f", "lavfi", "-i", "color=s=64x64:r=5:d=10", "-f", "lavfi", "-i", "sine=d=10"]
    codecs = ["-c:v", "mpeg2video", "-r", "25", "-c:a", "ac3"]
    subprocess.run(["ffmpeg", "-v", "error", *sources, *codecs, target], check=True)
    return target


def title(duration: float, *kinds: str) -> Title:
    streams = tuple(
        Stream.model_validate({"kind": kind, "codec": "x", "stream_id": place})
        for place, kind in enumerate(kinds)
    )
    return Title(
        index=0,
        number=1,
        source_file="01",
        segment_map="1",
        segments=(),
        duration=duration,
        size=1,
        streams=streams,
    )


def test_a_sound_file_is_described(ripped: Path) -> None:
    result = verify(ripped, title(10, "video", "audio"), "log")
    assert result.duration == pytest.approx(10, abs=0.2)
    assert result.size == ripped.stat().st_size
    assert [track.kind for track in result.tracks] == ["video", "audio"]
    assert (result.notes, result.log_tail) == ((), "log")


@pytest.mark.parametrize("promised", [4.0, 16.0, 3600.0])
def test_another_length_is_a_failure_that_says_both(ripped: Path, promised: float) -> None:
    with pytest.raises(RipFailed, match=rf"10\.\d s instead of {promised:.1f} s"):
        verify(ripped, title(promised, "video", "audio"))


def test_small_differences_are_rounding(ripped: Path) -> None:
    assert verify(ripped, title(12, "video", "audio")).duration < 11


def test_tracks_that_the_disc_only_names_are_noted(ripped: Path) -> None:
    result = verify(ripped, title(10, "video", "audio", "audio", "subtitle"))
    assert result.notes == (
        "The disc names 2 of its streams as audio, but has 1.",
        "The disc names 1 of its streams as subtitle, but has 0.",
    )


def test_a_file_without_sound_is_a_failure(ripped: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mkv"
    subprocess.run(["ffmpeg", "-v", "error", "-i", ripped, "-map", "0:v", "-c", "copy", silent], check=True)
    assert verify(silent, title(10, "video")).tracks
    with pytest.raises(RipFailed, match="no audio"):
        verify(silent, title(10, "video", "audio"))


def test_an_unfinished_file_is_a_failure(ripped: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.mkv"
    part.write_bytes(ripped.read_bytes()[:-500])
    with pytest.raises(RipFailed, match="not finished"):
        verify(part, title(10, "video", "audio"))
