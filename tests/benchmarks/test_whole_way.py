"""The figures of the README: every one against a baseline of the same run. `packaging/bench`."""

from __future__ import annotations

import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from tests.benchmarks.conftest import Figure, Report, is_short, resident
from tests.support.authoring import make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

EVENING: dict[str, Any] = {"episodes": 5, "seconds": 1320, "cues": 350, "spoken": False}
#: Discs by name: how much noise makes them large, and the goal.
DISCS: list[tuple[str, int, float]] = [("evening", 0, 1.2), ("large", 22, 1.05)]
INSERTIONS, ROUNDS, IDLE_SECONDS = 20, 3, 30.0
SETTLED = 5.0
if is_short():
    EVENING |= {"episodes": 3, "seconds": 120, "cues": 100}
    DISCS = [("short", 0, 0)]
    INSERTIONS, ROUNDS, IDLE_SECONDS = 3, 1, 2.0
BARE_IMPORTS = "import pydbus, sqlmodel, structlog, pyudev, time; print(flush=True); time.sleep(60)"


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """Give a private session bus."""
    with PrivateBus(system=False) as bus:
        yield bus


@pytest.mark.parametrize(("name", "noise", "goal"), DISCS)
def test_rip_against_bare_ffmpeg(
    tmp_path: Path,
    bus: PrivateBus,
    report: Report,
    figures: list[Figure],
    name: str,
    noise: int,
    goal: float,
) -> None:
    disc = cached_disc(make_tv_dvd, f"tv_{name}", **EVENING, noise=noise)
    wanted = [title.number for title in disc.titles if title.kind != "play_all"]
    bare_rip(disc.image, wanted, tmp_path)  # fills the page cache; not counted
    bare, whole, rest = [], [], []
    for number in range(ROUNDS):
        bare.append(bare_rip(disc.image, wanted, tmp_path))
        daemon = DaemonUnderTest(tmp_path / str(number), bus)
        write_references(daemon.references, "Harbor Station", disc.episodes)
        with daemon:
            start = time.time()
            daemon.ctl("rip", str(disc.image), timeout=600)
            ripped, completed = moments(daemon)
        assert len(daemon.filed()) == len(wanted), daemon.log()
        whole.append(ripped - start)
        rest.append(completed - ripped)
        shutil.rmtree(daemon.folder)
    ours, theirs = statistics.median(whole), statistics.median(bare)
    size = disc.image.stat().st_size / 1e6
    figures += [
        Figure(f"rip, a disc of {size:.0f} MB", ours, "s", theirs, "bare FFmpeg and sync", f"{goal} times"),
        Figure("last title ripped to completed", statistics.median(rest), "s", goal="5 s"),
    ]
    report(
        f"rip of a disc of {size:.0f} MB, median of {ROUNDS}: {ours:.2f} s from command to last title,"
        f" bare FFmpeg and sync {theirs:.2f} s: ratio {ours / theirs:.3f} (goal {goal})"
    )
    report(
        f"last title ripped to job completed, five episodes: median {statistics.median(rest):.2f} s (goal 5)"
    )


def bare_rip(image: Path, titles: list[int], folder: Path) -> float:
    """Rip titles with FFmpeg alone, each file synced; give the seconds that took."""
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    start = time.monotonic()
    for title in titles:
        target = folder / f"bare-{title}.mkv"
        command = [ffmpeg, "-nostdin", "-v", "error", "-xerror", "-y", "-f", "dvdvideo", "-title", str(title)]
        subprocess.run(
            [*command, "-i", str(image), "-map", "0", "-c", "copy", str(target)],
            check=True,
            stderr=subprocess.PIPE,
        )
        subprocess.run(["sync", str(target)], check=True)
    took = time.monotonic() - start
    for title in titles:
        (folder / f"bare-{title}.mkv").unlink()
    return took


def moments(daemon: DaemonUnderTest) -> tuple[float, float]:
    """Give when the last title was ripped, and when the job was completed (seconds since the epoch)."""
    with sqlite3.connect(daemon.folder / "state/engramd.db") as database:
        rows = database.execute("SELECT at, old, new FROM job_events").fetchall()
    ripped = max(at for at, old, _new in rows if old == "ripping" and _new in ("matching", "matched"))
    completed = max(at for at, _old, new in rows if new == "completed")
    return epoch(ripped), epoch(completed)


def epoch(text: str) -> float:
    """Read the database's naive UTC."""
    return datetime.fromisoformat(f"{text}+00:00").timestamp()


@pytest.mark.skipif(bool(missing_for_bed()), reason=missing_for_bed() or "umockdev is there")
def test_event_to_identifying(tmp_path: Path, bus: PrivateBus, report: Report, figures: list[Figure]) -> None:
    with UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        with DaemonUnderTest(tmp_path, bus, environment=bed.environment) as daemon:
            database = sqlite3.connect(daemon.folder / "state/engramd.db")
            took = []
            for number in range(1, INSERTIONS + 1):
                start = time.monotonic()
                bed.insert("sr0", label=f"DISC_{number}", status=3)
                while count(database, "state = 'identifying'") == 0:
                    time.sleep(0.001)
                took.append(time.monotonic() - start)
                bed.take_out("sr0")
                daemon.wait_until(lambda: count(database, "state = 'identifying'") == 0, "still identifying")
            database.close()
    median, slowest = statistics.median(took) * 1000, max(took) * 1000
    figures.append(Figure("a disc is in to `identifying`", median, "ms", goal="50 ms"))
    report(
        f"event to `identifying`, {INSERTIONS} insertions: median {median:.0f} ms (goal 50),"
        f" slowest {slowest:.0f} ms"
    )
    assert len(took) == INSERTIONS


def count(database: sqlite3.Connection, where: str) -> int:
    """Count jobs."""
    return int(database.execute(f"SELECT count(*) FROM disc_jobs WHERE {where}").fetchone()[0])


def test_idle_daemon(tmp_path: Path, bus: PrivateBus, report: Report, figures: list[Figure]) -> None:
    with subprocess.Popen([sys.executable, "-c", BARE_IMPORTS], stdout=subprocess.PIPE) as bare:
        assert bare.stdout is not None
        bare.stdout.readline()
        baseline = resident(bare.pid)
        bare.kill()
    with DaemonUnderTest(tmp_path, bus) as daemon:
        assert daemon.process is not None
        time.sleep(SETTLED)
        before = cpu_seconds(daemon.process.pid)
        time.sleep(IDLE_SECONDS)
        share = (cpu_seconds(daemon.process.pid) - before) / IDLE_SECONDS * 100
        memory = resident(daemon.process.pid)
    figures += [
        Figure("idle memory", memory, "MB", baseline, "the bare imports", "80 MB, 15 more"),
        Figure("idle CPU", share, "%", goal="0.03 %"),
    ]
    report(
        f"idle daemon: {memory:.1f} MB (goal 80), bare imports {baseline:.1f} MB,"
        f" {memory - baseline:.1f} MB over them (goal 15); CPU {share:.4f} % (goal 0.03)"
    )
    assert memory > baseline > 0


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process, from the scheduler's nanoseconds."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(path.read_text().split()[0]) for path in tasks) / 1e9
