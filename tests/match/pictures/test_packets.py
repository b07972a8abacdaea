"""The packets of wanted cues, found by seeking in real files."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import av
import pytest

from engramd.match.pictures.packets import Packets
from engramd.match.pictures.pgs import draw_pgs
from engramd.match.pictures.plane import BrokenPicture
from tests.match.pictures.made import FIRST, SHOWN, STEP, Video, run, write_behind, write_video

#: Each caption is wider than the one before it, so that its width tells which one it is.
CAPTIONS = tuple("m" * number + "!" for number in range(1, 13))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Video:
    return write_video(tmp_path_factory.mktemp("packets") / "video.mkv", CAPTIONS)


@pytest.fixture(scope="module")
def widths(video: Video) -> list[int]:
    """Give the width of each caption's picture, from a reading of the whole file."""
    with av.open(str(video.path)) as container:
        stream = container.streams[video.stream]
        data = [bytes(p) for p in container.demux(stream) if p.size > 200]
    assert len(data) == len(CAPTIONS)
    return [draw_pgs([d]).pixels.shape[1] for d in data]


def width(packets: list[bytes]) -> int | None:
    try:
        return draw_pgs(packets).pixels.shape[1] if packets else None
    except BrokenPicture:
        return None


def found(path: Path, stream: int, starts: Sequence[float]) -> list[int | None]:
    with av.open(str(path)) as container:
        packets = Packets(container, container.streams[stream])
        return [width(packets.find(start)) for start in starts]


@pytest.mark.parametrize("numbers", [range(12), (0, 5, 11), (2, 3, 9), (11,), (9, 4, 0)])
def test_cues_are_found_in_any_order(video: Video, widths: list[int], numbers: Sequence[int]) -> None:
    got = found(video.path, video.stream, [video.starts[number] for number in numbers])
    assert got == [widths[number] for number in numbers]


def test_a_time_rounded_to_milliseconds_is_enough_and_another_time_finds_nothing(
    video: Video, widths: list[int]
) -> None:
    assert found(video.path, video.stream, [video.starts[4] + 0.001]) == [widths[4]]
    nowhere = [FIRST + SHOWN / 2, FIRST + STEP * 5 + 1.0, 9000.0, -4.0]
    assert found(video.path, video.stream, nowhere) == [None] * 4


def test_what_came_before_is_given_too(video: Video, widths: list[int]) -> None:
    with av.open(str(video.path)) as container:
        packets = Packets(container, container.streams[video.stream])
        near = packets.find(video.starts[8])
        far = packets.find(video.starts[8], from_afar=True)
    assert len(far) > len(near)
    assert width(far) == widths[8]


def test_files_of_mkvmerge_and_without_an_index(video: Video, widths: list[int], tmp_path: Path) -> None:
    if shutil.which("mkvmerge") is None:
        pytest.skip("needs mkvmerge")
    for options in ((), ("--no-cues",)):
        other = tmp_path / f"{len(options)}.mkv"
        subprocess.run(["mkvmerge", "-q", "-o", other, *options, video.path], check=True, timeout=60)
        some = (1, 2, 7, 10)
        assert found(other, 1, [video.starts[n] for n in some]) == [widths[n] for n in some]


def test_a_transport_stream(tmp_path: Path) -> None:
    other = tmp_path / "video.ts"
    source = write_video(tmp_path / "dvb.mkv", CAPTIONS[:6], codec="dvbsub", height=576)
    run("-i", source.path, "-map", "0", "-c", "copy", "-muxdelay", "0", "-muxpreload", "0", other)
    with av.open(str(other)) as container:
        stream = container.streams.subtitles[0]
        times = [
            float(p.pts * p.time_base) for p in container.demux(stream) if p.pts is not None and p.size > 200
        ]
    assert len(times) == 6
    with av.open(str(other)) as container:
        packets = Packets(container, container.streams.subtitles[0])
        assert all(len(packets.find(at)[-1]) > 200 for at in (times[1], times[4]))


def test_a_file_is_read_straight_where_seeking_never_comes_to_its_subtitles(
    video: Video, widths: list[int], tmp_path: Path
) -> None:
    late = write_behind(video, tmp_path / "late.mkv")
    with av.open(str(late.path)) as container:
        packets = Packets(container, container.streams[late.stream])
        assert not any(packets.find(start) for start in late.starts[:8])
        assert packets.go_straight()
        assert not packets.go_straight()
        assert [width(packets.find(start)) for start in late.starts] == widths


def test_damage_costs_what_it_hits(video: Video, widths: list[int], tmp_path: Path) -> None:
    data = bytearray(video.path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    hurt = tmp_path / "hurt.mkv"
    hurt.write_bytes(data)
    got = found(hurt, 1, video.starts)
    right = sum(a == b for a, b in zip(got, widths, strict=True))
    assert right >= 8
    assert len(got) == len(CAPTIONS)
