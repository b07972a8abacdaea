"""Files are cut into pieces that hold all of them, with mkvmerge and without; a failure leaves none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engramd.errors import RipFailed, ToolMissing
from engramd.rip.cutting import cut_file
from engramd.rip.matroska import read_head
from engramd.rip.subtitle_facts import read_facts
from engramd.tools import Tools
from tests.rip.samples import text_sample


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return text_sample(tmp_path_factory.mktemp("cutting") / "whole.mkv", {"eng": 12, "fre": 6}, "-g", "5")


@pytest.fixture
def without_mkvmerge(tmp_path: Path) -> Tools:
    """Give tools whose search path has FFmpeg, and no mkvmerge."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("ffmpeg", "setpriv"):
        if found := shutil.which(name):
            (programs / name).symlink_to(found)
    return Tools({"PATH": str(programs), "HOME": str(tmp_path)})


def no_ffmpeg() -> Path:
    raise ToolMissing("there is no FFmpeg")


def ffmpeg() -> Path:
    return Path(shutil.which("ffmpeg") or "")


def test_pieces_hold_all_of_the_whole(whole: Path, tmp_path: Path) -> None:
    pieces = cut_file(Tools(), whole, [4.0, 8.0], tmp_path / "shed", ffmpeg=no_ffmpeg)
    heads = [read_head(piece) for piece in pieces]
    assert [round(head.duration) for head in heads] == [4, 4, 4]
    kinds = [(track.kind, (track.language or "")[:2]) for track in read_head(whole).tracks]
    assert all([(t.kind, (t.language or "")[:2]) for t in head.tracks] == kinds for head in heads)
    facts = [read_facts(piece) for piece in pieces]
    events = [sorted(one.events for one in of.values()) for of in facts]
    assert [sum(of) for of in zip(*events, strict=True)] == [6, 12], "no line of either track is lost"


def test_without_mkvmerge_ffmpeg_cuts(whole: Path, tmp_path: Path, without_mkvmerge: Tools) -> None:
    pieces = cut_file(without_mkvmerge, whole, [4.0, 8.0], tmp_path / "shed", ffmpeg=ffmpeg)
    assert [round(read_head(piece).duration) for piece in pieces] == [4, 4, 4]
    assert all(len(read_head(piece).tracks) == 4 for piece in pieces)


def test_without_either_it_is_said_what_to_install(
    whole: Path, tmp_path: Path, without_mkvmerge: Tools
) -> None:
    with pytest.raises(ToolMissing, match="mkvtoolnix"):
        cut_file(without_mkvmerge, whole, [4.0], tmp_path / "shed", ffmpeg=no_ffmpeg)


def test_what_an_earlier_try_left_is_not_taken_for_a_piece(whole: Path, tmp_path: Path) -> None:
    shed = tmp_path / "shed"
    shed.mkdir()
    (shed / "piece-003.mkv").write_bytes(whole.read_bytes())
    assert len(cut_file(Tools(), whole, [6.0], shed, ffmpeg=no_ffmpeg)) == 2


def test_a_file_that_is_none_and_cuts_that_are_none_fail(whole: Path, tmp_path: Path) -> None:
    with pytest.raises(RipFailed):
        cut_file(Tools(), whole, [4000.0], tmp_path / "shed", ffmpeg=no_ffmpeg)
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no Matroska")
    with pytest.raises(RipFailed):
        cut_file(Tools(), broken, [4.0], tmp_path / "shed", ffmpeg=no_ffmpeg)
    with pytest.raises(RipFailed):
        cut_file(Tools(), tmp_path / "missing.mkv", [4.0], tmp_path / "shed", ffmpeg=no_ffmpeg)
