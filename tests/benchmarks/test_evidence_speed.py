"""Evidence of a title of 1.3 GB, beside reading that file bare: by its index, by walking, by demuxing all."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from engramd.match.evidence import read_container, read_matroska
from tests.benchmarks.conftest import Report
from tests.support.authoring import AuthoredDisc

pytestmark = pytest.mark.bench

#: Copies of an episode of two minutes, and bytes that each picture is lengthened by (MPEG-2 allows zeros).
COPIES, PADDING = 22, 15_800
ROUNDS = 5


def _grown(source: Path, out: Path) -> Path:
    """Make a title of 46 minutes and 1.3 GB: an episode again and again, with pictures of a usual size."""
    import av

    with av.open(str(source)) as once:
        length = once.duration / 1e6
    with av.open(str(out), "w", format="matroska") as grown:
        streams = {}
        for copy in range(COPIES):
            with av.open(str(source)) as episode:
                streams = streams or {s.index: grown.add_stream_from_template(s) for s in episode.streams}
                for packet in (p for p in episode.demux() if p.dts is not None):
                    padding = PADDING if packet.stream.type == "video" else 0
                    longer = av.Packet(bytes(packet) + bytes(padding))
                    shift = round(copy * length / packet.time_base)
                    longer.stream, longer.time_base = streams[packet.stream.index], packet.time_base
                    longer.pts, longer.dts = packet.pts + shift, packet.dts + shift
                    longer.duration, longer.is_keyframe = packet.duration, packet.is_keyframe
                    grown.mux(longer)
    return out


@pytest.fixture(scope="module")
def title(tv_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grown")
    program = str(pytest.importorskip("imageio_ffmpeg").get_ffmpeg_exe())
    command = [program, "-nostdin", "-v", "error", "-f", "dvdvideo", "-title", str(tv_dvd.episodes[0].number)]
    command += ["-i", str(tv_dvd.image), "-map", "0", "-c", "copy", str(folder / "once.mkv")]
    subprocess.run(command, check=True, env={**os.environ, "DVDCSS_CACHE": "off"})
    return _grown(folder / "once.mkv", folder / "grown.mkv")


def _seconds(work: Callable[[], object], rounds: int = ROUNDS) -> tuple[float, float]:
    """Give the median of the time that passes, and of the processor's, that of ended children included."""
    passed, spent = [], []
    for _ in range(rounds):
        begin, used = time.perf_counter(), sum(os.times()[:4])
        work()
        passed.append(time.perf_counter() - begin)
        spent.append(sum(os.times()[:4]) - used)
    return statistics.median(passed), statistics.median(spent)


def _bare(path: Path) -> None:
    with Path(os.devnull).open("wb") as nowhere:
        subprocess.run(["cat", str(path)], check=True, stdout=nowhere)


def _child(path: Path) -> None:
    command = [sys.executable, "-P", "-m", "engramd.match", "evidence", str(path)]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    out = path.with_suffix(".json")
    subprocess.run(
        [*command, "--out", str(out)],
        check=True,
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )


def test_evidence_of_a_large_title(title: Path, report: Report) -> None:
    files = {"index": title}
    if merge := shutil.which("mkvmerge"):
        files["walk"] = title.with_name("walk.mkv")
        subprocess.run([merge, "-q", "--cues", "2:none", "-o", str(files["walk"]), str(title)], check=True)
    size = title.stat().st_size / 1e9
    bare, spent = _seconds(lambda: _bare(title))
    report(f"a title of {size:.2f} GB read bare: {bare:.2f} s, of the processor {spent:.2f} s")
    for name, path in files.items():
        evidence = read_matroska(path)
        cues = ", ".join(f"{len(track.starts)} {track.codec}" for track in evidence.tracks)
        passed, spent = _seconds(lambda path=path: read_matroska(path))  # type: ignore[misc]
        report(f"by {name} ({cues}): {passed:.2f} s, of the processor {spent:.2f} s")
    passed, spent = _seconds(lambda: _child(title))
    report(f"as a child, with its start and its file: {passed:.2f} s, of the processor {spent:.2f} s")
    passed, spent = _seconds(lambda: read_container(title), 1)
    report(f"by demuxing everything: {passed:.2f} s, of the processor {spent:.2f} s")
    assert all(len(read_matroska(path).tracks) == 2 for path in files.values())
