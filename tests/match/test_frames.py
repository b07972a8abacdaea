"""Frames of a video as pictures: at their times, in the shape in which they are shown."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from engramd.containers import open_container
from engramd.match.frames import frames_in, save_frames, write_frames
from engramd.match.model import MatchFailed
from engramd.tools import Tools
from tests.support.videos import make_video


def seen(picture: Path) -> Any:
    """Give what a picture shows, decoded."""
    with open_container(picture) as container:
        return next(container.decode(video=0))


def test_frames_are_written_in_a_child_with_their_times_as_names(tmp_path: Path) -> None:
    video, folder = tmp_path / "a.mkv", tmp_path / "frames"
    folder.mkdir()
    make_video(video, size="720x576", seconds=3)
    found = write_frames(Tools(), video, folder, [0, 2, 90])
    assert [picture.name for picture in found] == ["000000.jpg", "000002.jpg", "000090.jpg"]
    first, second, last = (seen(picture) for picture in found)
    assert (first.width, first.height) == (640, 512), "it is made smaller, in its shape"
    assert bytes(first.planes[0]) != bytes(second.planes[0]), "another second shows something else"
    assert last.width == 640, "after the end comes the last one"


def test_pixels_that_are_not_square_are_shown_as_they_are_meant(tmp_path: Path) -> None:
    square, video = tmp_path / "a.mkv", tmp_path / "b.mkv"
    make_video(square, size="352x288", seconds=1)
    wide = ["ffmpeg", "-v", "error", "-i", str(square), "-an", "-aspect", "16:9", "-c:v", "mpeg2video"]
    subprocess.run([*wide, str(video)], check=True)
    save_frames(video, tmp_path, [0])
    [picture] = frames_in(tmp_path)
    assert (seen(picture).width, seen(picture).height) == (512, 288)


@pytest.mark.parametrize("content", [b"", b"no video at all" * 1000])
def test_what_is_no_video_gives_none(tmp_path: Path, content: bytes) -> None:
    video, folder = tmp_path / "a.mkv", tmp_path / "frames"
    folder.mkdir()
    video.write_bytes(content)
    with pytest.raises(MatchFailed, match="no picture"):
        write_frames(Tools(), video, folder, [0])
    assert list(folder.iterdir()) == []
