"""Which FFmpeg is taken."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engramd.errors import ToolMissing
from engramd.rip import OpenBackend, find_ffmpeg
from engramd.tools import Tools


def program(folder: Path, *, dvdvideo: bool, bluray: bool, version: str = "7.1.1-1+b1") -> Path:
    """Make a stand-in that answers FFmpeg's questions."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "ffmpeg"
    demuxers = " D   dvdvideo       DVD-Video" if dvdvideo else " D   dv       DV"
    protocols = "  bluray" if bluray else "  file"
    file.write_text(
        "#!/bin/sh\ncase $2 in\n"
        f"-version) echo 'ffmpeg version {version} Copyright (c) the FFmpeg developers';;\n"
        f"-demuxers) echo '{demuxers}';;\n-protocols) echo Input:; echo '{protocols}';;\nesac\n"
    )
    file.chmod(0o755)
    return file


def tools(folder: Path) -> Tools:
    return Tools({"PATH": f"{folder}:/usr/bin:/bin"})


@pytest.fixture(autouse=True)
def no_wheel(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Hide imageio-ffmpeg, but from the tests that are about it."""
    if "wheel" not in request.node.name:
        monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)


def test_the_systems_ffmpeg_is_taken_where_it_reads_discs(tmp_path: Path) -> None:
    path = program(tmp_path, dvdvideo=True, bluray=True)
    found = find_ffmpeg(tools(tmp_path))
    assert (found.path, found.version, found.dvdvideo, found.bluray) == (path, "7.1.1-1+b1", True, True)


def test_the_configured_one_comes_first_even_if_it_can_less(tmp_path: Path) -> None:
    program(tmp_path / "system", dvdvideo=True, bluray=True)
    mine = program(tmp_path / "mine", dvdvideo=False, bluray=True)
    found = find_ffmpeg(tools(tmp_path / "system"), str(mine))
    assert (found.path, found.dvdvideo) == (mine, False)


@pytest.mark.parametrize("broken", ["missing", "no-ffmpeg"])
def test_a_configured_one_that_does_not_run_is_named(tmp_path: Path, broken: str) -> None:
    path = tmp_path / broken
    if broken == "no-ffmpeg":
        path.write_text("#!/bin/sh\necho hello\n")
        path.chmod(0o755)
    with pytest.raises(ToolMissing, match="ffmpeg_path") as failure:
        find_ffmpeg(Tools(), str(path))
    assert str(path) in str(failure.value)


def test_the_wheel_serves_where_the_systems_cannot(tmp_path: Path) -> None:
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    program(tmp_path, dvdvideo=False, bluray=True, version="5.1.9-0+deb12u1")
    found = find_ffmpeg(tools(tmp_path))
    assert found.path == Path(imageio_ffmpeg.get_ffmpeg_exe())
    assert found.dvdvideo
    assert found.bluray


def test_a_lesser_one_is_better_than_none(tmp_path: Path) -> None:
    path = program(tmp_path, dvdvideo=False, bluray=True)
    found = find_ffmpeg(tools(tmp_path))
    assert (found.path, found.dvdvideo, found.bluray) == (path, False, True)


def test_without_any_the_remedy_is_named(tmp_path: Path) -> None:
    empty = Tools({"PATH": str(tmp_path)})
    with pytest.raises(ToolMissing, match="pip install imageio-ffmpeg"):
        find_ffmpeg(empty)


def test_it_is_asked_once_per_back_end(tmp_path: Path) -> None:
    path = program(tmp_path, dvdvideo=True, bluray=True)
    backend = OpenBackend(tools(tmp_path))
    first = backend.ffmpeg()
    path.unlink()
    assert backend.ffmpeg() is first
