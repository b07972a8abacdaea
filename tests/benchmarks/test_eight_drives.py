"""Eight drives that rip at once on two cores, against eight bare FFmpeg processes on the same nodes."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import imageio_ffmpeg
import pytest

from tests.benchmarks.test_whole_way import epoch, resident
from tests.support.authoring import AuthoredDisc, make_tv_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

pytestmark = [
    pytest.mark.bench,
    pytest.mark.root,
    pytest.mark.loop,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(bool(missing_for_bed()), reason=missing_for_bed() or "umockdev is there"),
]

DRIVES = 8
ROUNDS = 3
#: Two episodes of 22 minutes of noise, 310 MB each; the lengths differ, so that no disc is another one.
DISC = {"episodes": 2, "cues": 0, "spoken": False, "captions": False, "subtitles": False, "noise": 22}


@pytest.fixture
def discs() -> list[AuthoredDisc]:
    """Give eight discs of their own."""
    made = []
    for number in range(DRIVES):
        options = DISC | {"seconds": 1320.0 + number, "extra_seconds": 0, "play_all": False}
        label = f"BENCH_S1_D{number + 1}"
        made.append(cached_disc(make_tv_dvd, f"bench_drive_{number}", **options, volume_label=label))
    return made


@pytest.fixture
def nodes(discs: list[AuthoredDisc]) -> Iterator[list[Path]]:
    """Give a device node for each disc."""
    paths = [Path(f"/dev/sr{number}") for number in range(DRIVES)]
    with ExitStack() as stack:
        for disc, path in zip(discs, paths, strict=True):
            stack.enter_context(DeviceNode(disc.image, path))
        yield paths


def test_eight_drives_at_once(
    tmp_path: Path, discs: list[AuthoredDisc], nodes: list[Path], report: Callable[[str], None]
) -> None:
    bare_rips(nodes, tmp_path)  # fills the page cache; not counted
    bare, ours, memory = [], [], []
    for number in range(ROUNDS):
        bare.append(bare_rips(nodes, tmp_path))
        took, most = daemon_rips(tmp_path / str(number), discs)
        ours.append(took)
        memory.append(most)
    size = sum(disc.image.stat().st_size for disc in discs) / 1e6
    theirs, mine = statistics.median(bare), statistics.median(ours)
    report(
        f"{DRIVES} discs of {size:.0f} MB together, median of {ROUNDS}: {mine:.2f} s from the first insertion"
        f" to the last title, bare FFmpeg and sync {theirs:.2f} s: throughput {theirs / mine:.3f} of it"
        f" (goal 0.9); the daemon's memory at most {max(memory):.1f} MB (goal 120)"
    )


def bare_rips(nodes: list[Path], folder: Path) -> float:
    """Rip all titles of all discs with one FFmpeg a disc at a time; give the seconds that took."""
    start = time.monotonic()
    threads = [threading.Thread(target=bare_rip, args=(node, folder)) for node in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - start
    made = list(folder.glob("bare-*.mkv"))
    assert len(made) == 2 * len(nodes)
    for path in made:
        path.unlink()
    return took


def bare_rip(node: Path, folder: Path) -> None:
    """Rip both titles of a disc, each synced."""
    for title in (1, 2):
        target = folder / f"bare-{node.name}-{title}.mkv"
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-xerror", "-y"]
        command += ["-f", "dvdvideo", "-title", str(title), "-i", str(node), "-map", "0", "-c", "copy"]
        subprocess.run([*command, str(target)], check=True, stderr=subprocess.PIPE)
        subprocess.run(["sync", str(target)], check=True)


def daemon_rips(folder: Path, discs: list[AuthoredDisc]) -> tuple[float, float]:
    """Insert all discs; give the seconds to the last ripped title, and the daemon's most memory in MB."""
    with PrivateBus(system=True) as bus, UdevBed() as bed:
        for number in range(DRIVES):
            bed.add_drive(f"sr{number}", serial=f"ENG{number}")
        with DaemonUnderTest(folder, bus, environment=bed.environment) as daemon:
            assert daemon.process is not None
            most, start = 0.0, time.time()
            for number, disc in enumerate(discs):
                bed.insert(f"sr{number}", label=disc.label)
            while ripped(daemon) < 2 * DRIVES:
                assert time.time() - start < 600, daemon.log()
                most = max(most, resident(daemon.process.pid))
                time.sleep(0.05)
            took = last_ripped(daemon) - start
    shutil.rmtree(folder, ignore_errors=True)
    return took, most


def ripped(daemon: DaemonUnderTest) -> int:
    """Count the titles that are ripped."""
    return len(_moments(daemon))


def last_ripped(daemon: DaemonUnderTest) -> float:
    """Give when the last title was ripped (seconds since the epoch)."""
    return max(map(epoch, _moments(daemon)))


def _moments(daemon: DaemonUnderTest) -> list[str]:
    path = daemon.folder / "state/engramd.db"
    if not path.exists():
        return []
    query = "SELECT at FROM job_events WHERE old = 'ripping' AND new IN ('matching', 'matched')"
    with sqlite3.connect(path, timeout=10) as database:
        return [row[0] for row in database.execute(query)]
