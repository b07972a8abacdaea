"""A disc of five episodes of 22 minutes: what matching costs the daemon, and a title of each kind."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.benchmarks.test_whole_way import EVENING, Report, resident
from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

#: Captions decide, the times of pictures do, or only what stands in the pictures can.
KINDS = {
    "captions": {"subtitles": False},
    "times": {"captions": False},
    "pictures": {"captions": False},
}
GOALS = {"captions": 2.0, "times": 2.0, "pictures": 3.5}
OTHERS = 195


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """Give a private session bus."""
    with PrivateBus(system=False) as bus:
        yield bus


def evening(kind: str) -> AuthoredDisc:
    """Give the disc of a kind of evidence."""
    options = EVENING | {"play_all": False, "extra_seconds": 0} | KINDS[kind]
    return cached_disc(make_tv_dvd, f"matching_{kind}", **options)


def test_the_daemons_memory_while_its_children_match(tmp_path: Path, bus: PrivateBus, report: Report) -> None:
    disc = evening("captions")
    with DaemonUnderTest(tmp_path, bus) as daemon:
        assert daemon.process is not None
        pid = daemon.process.pid
        for show in ("Warm", "Measured"):
            write_references(daemon.references, show, disc.episodes)
        words = ("--season", "1", "--type", "tv", "--again")
        daemon.ctl("rip", str(disc.image), "--show", "Warm", *words, timeout=300)
        before, most, stop = resident(pid), [0.0], threading.Event()

        def watch() -> None:
            while not stop.wait(0.02):
                most[0] = max(most[0], resident(pid))

        watcher = threading.Thread(target=watch)
        watcher.start()
        daemon.ctl("rip", str(disc.image), "--show", "Measured", *words, timeout=300)
        stop.set()
        watcher.join()
    more = most[0] - before
    report(f"daemon while a disc is ripped and matched: {more:+.1f} MB (goal +10), {most[0]:.1f} in all")
    assert most[0] >= before


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_title_against_two_hundred_episodes(tmp_path: Path, report: Report, kind: str) -> None:
    """Evidence included, from the ripped files; on one core."""
    disc = evening(kind)
    videos = rip(disc, tmp_path)
    made = write_references(tmp_path / "refs", "Show", disc.episodes, extra_episodes=OTHERS)
    if kind == "pictures":
        for path in made:
            path.write_text(coarse(path.read_text()))
    alone = timed([videos[0]], tmp_path / "refs")
    together = timed(videos, tmp_path / "refs") / len(videos)
    report(f"{kind}: {alone:.1f} s a title alone, {together:.1f} s as one of five (goal {GOALS[kind]})")


def timed(videos: list[Path], references: Path) -> float:
    """Match files with `engramctl` on one core; give the seconds of its CPU and of its children."""
    core = min(os.sched_getaffinity(0))
    command = [sys.executable, "-m", "engramd.ctl", "match", *map(str, videos)]
    command += ["--references", str(references)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        ["taskset", "-c", str(core), *command, "--show", "Show", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["accepted"] for one in said] == [True] * len(videos), done.stdout + done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rip(disc: AuthoredDisc, folder: Path) -> list[Path]:
    """Rip the episodes of a disc with bare FFmpeg."""
    import imageio_ffmpeg

    videos = []
    for title in disc.episodes:
        target = folder / f"title{title.number}.mkv"
        source = ["-f", "dvdvideo", "-title", str(title.number), "-i", str(disc.image)]
        maps = ["-map", "0:v", "-map", "0:a?", "-map", "0:s?", "-c", "copy"]
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", *source, *maps, str(target)]
        subprocess.run(command, check=True)
        videos.append(target)
    return videos


def coarse(text: str) -> str:
    """Give all times of a SubRip file whole seconds, so that only words can decide."""
    lines = [line if "-->" not in line else _whole(line) for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _whole(line: str) -> str:
    begin, end = line.split(" --> ")
    return f"{begin[:8]},000 --> {end[:8]},900"
