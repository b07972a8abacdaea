"""Two hundred discs in a row with one daemon, and faults by chance: nothing grows, nothing is left behind.

`ENGRAMD_BENCH=short` has twenty of them.
"""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from engramd.errors import NotFound, WrongState
from tests.benchmarks.conftest import Figure, Report, is_short
from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.broken import data_image, truncated_copy
from tests.support.authoring.cache import cached_disc
from tests.support.busservice import connected
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

DISCS, WARM_UP, EVERY = (20, 10, 5) if is_short() else (200, 60, 20)
SHOW = "Harbor Station"
#: Connections to the database, and threads, that come and go.
POOLED = 3
ENDED = ("completed", "failed", "review_needed")
#: What becomes of a disc, and how often in a hundred.
FAULTS = {
    "whole": 50,
    "killed": 15,
    "cancelled": 10,
    "cut short": 10,
    "no disc": 5,
    "data only": 5,
    "no library": 5,
}


@dataclass(frozen=True)
class Size:
    """How large the daemon and what it keeps is."""

    memory: int
    threads: int
    descriptors: int
    children: int
    database: int
    staged: int
    cached: int


class Evening:
    """A daemon that is given one disc after another, and what became of them."""

    def __init__(
        self, daemon: DaemonUnderTest, client: Client, ffmpeg: SlowFFmpeg, disc: AuthoredDisc
    ) -> None:
        self.daemon, self.client, self.ffmpeg, self.disc = daemon, client, ffmpeg, disc
        self.rows = Rows(daemon)
        self.outcomes: Counter[str] = Counter()
        bad = daemon.folder / "bad"
        bad.mkdir()
        self.cut_short = truncated_copy(disc.image, bad / "cut_short.iso", 0.7)
        self.data_only = data_image(bad / "data.iso")
        self.no_disc = bad / "none.iso"
        self.no_disc.write_bytes(b"no disc" * 1000)

    def play(self, fault: str) -> None:
        """Give the daemon a disc, with what happens to it; and put all in order again.

        Ended jobs are objects on the bus for a day, unless they are cleared as a person would.
        """
        getattr(self, f"_{fault.replace(' ', '_')}")()
        for review in self.rows.reviews():
            self._object(f"reviews/{review['id']}", names.REVIEW, "Answer", {"option": "skip"})
        for path in self.daemon.filed():
            (self.daemon.folder / path).unlink()
        self.client.call(names.ROOT, names.MANAGER, "ClearFinished")

    def size(self) -> Size:
        """Look at the process and its folders."""
        assert self.daemon.process is not None
        proc = Path(f"/proc/{self.daemon.process.pid}")
        state = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
        children = (proc / f"task/{proc.name}/children").read_text().split()
        return Size(
            int(state["VmRSS"].split()[0]),
            int(state["Threads"]),
            len(list((proc / "fd").iterdir())),
            len(children),
            (self.daemon.folder / "state/engramd.db").stat().st_size // 1000,
            len(list(self.daemon.staging.glob("[!.]*"))),
            sum(path.is_file() for path in (self.daemon.folder / "cache").rglob("*")),
        )

    def is_tidy(self) -> bool:
        """Whether no child runs, and nothing is left in staging."""
        size = self.size()
        return not size.children and not size.staged

    def _whole(self) -> None:
        self._ended(self._rip(self.disc.image), "completed")
        assert len(self.daemon.filed()) == 3, self.daemon.filed()

    def _killed(self) -> None:
        """FFmpeg dies with a title, which is tried again."""
        job = self._in_the_middle()
        for process in self.ffmpeg.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.ffmpeg.release()
        self.rows.until(*ENDED, job=job)
        if self.rows.count("failed", job):
            self._object(f"jobs/{job}", names.JOB, "Retry")
        self._ended(job, "completed")
        assert len(self.daemon.filed()) == 3, self.daemon.filed()

    def _cancelled(self) -> None:
        job = self._in_the_middle()
        self._object(f"jobs/{job}", names.JOB, "Cancel")
        self.ffmpeg.release()
        self._ended(job, "failed")

    def _cut_short(self) -> None:
        """What can be read is filed, and the rest is asked about; it is skipped."""
        self._ended(self._rip(self.cut_short), "review_needed")

    def _data_only(self) -> None:
        self._ended(self._rip(self.data_only), "completed")

    def _no_disc(self) -> None:
        self._ended(self._rip(self.no_disc), "failed")

    def _no_library(self) -> None:
        """The library is away before the disc is filed, and comes back."""
        away = self.daemon.tv.with_name("away")
        self.daemon.tv.rename(away)
        job = self._rip(self.disc.image)
        self.rows.until_waiting("library", job=job)
        away.rename(self.daemon.tv)
        self._ended(job, "completed")

    def _rip(self, image: Path) -> int:
        wanted = (str(image), {"again": True})
        path = self.client.call(names.ROOT, names.MANAGER, "Rip", "sa{sv}", wanted)
        number: int = names.last_number(path)
        return number

    def _in_the_middle(self) -> int:
        self.ffmpeg.block()
        job = self._rip(self.disc.image)
        self.rows.wait(
            lambda: self.ffmpeg.processes() or self.rows.count("ripping", job), "nothing is ripped"
        )
        return job

    def _ended(self, job: int, state: str) -> None:
        row = self.rows.until(*ENDED, job=job)
        self.outcomes[f"{row['state']} ({row['outcome']})"] += 1
        assert row["state"] == state, self.rows.sentences(job)

    def _object(self, path: str, interface: str, method: str, *options: dict[str, object]) -> None:
        with suppress(WrongState, NotFound):  # it ended by itself in this moment
            self.client.call(f"{names.ROOT}/{path}", interface, method, "a{sv}" * len(options), options)


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    """Give a daemon with a small disc of three episodes."""
    disc = cached_disc(make_tv_dvd, "soak", seconds=120, spoken=False, play_all=False, extra_seconds=0)
    with PrivateBus(system=False) as bus:
        ffmpeg = SlowFFmpeg(tmp_path, held=False)
        daemon = DaemonUnderTest(tmp_path / "daemon", bus, settings={"ffmpeg_path": str(ffmpeg.path)})
        write_references(daemon.references, SHOW, disc.episodes)
        with daemon, connected(bus) as client:
            yield Evening(daemon, client, ffmpeg, disc)


def test_two_hundred_discs(evening: Evening, report: Report, figures: list[Figure]) -> None:
    luck = random.Random(2026)
    faults = luck.choices(list(FAULTS), list(FAULTS.values()), k=DISCS - len(FAULTS)) + list(FAULTS)
    luck.shuffle(faults)
    sizes: dict[int, Size] = {}
    for number, fault in enumerate(faults, 1):
        evening.play(fault)
        if number >= WARM_UP and number % EVERY == 0:
            evening.rows.wait(evening.is_tidy, "all is put away")
            sizes[number] = evening.size()
    for line in told(faults, evening.outcomes, sizes):
        report(line)

    first, last = sizes[WARM_UP], sizes[DISCS]
    for name, unit in (("memory", "kB"), ("threads", "threads"), ("descriptors", "descriptors")):
        measured, before = getattr(last, name), getattr(first, name)
        figures.append(Figure(f"{DISCS} discs: {name}", measured, unit, before, f"after {WARM_UP}", "flat"))
    assert last.threads <= first.threads + POOLED, sizes
    assert last.descriptors <= first.descriptors + POOLED, sizes
    assert last.cached <= first.cached, sizes
    assert last.memory - first.memory < 4096, sizes


def told(faults: list[str], outcomes: Counter[str], sizes: dict[int, Size]) -> Iterator[str]:
    """Give the lines of the report."""
    yield f"{len(faults)} discs: {counted(Counter(faults))}"
    yield f"became: {counted(outcomes)}"
    yield f"{'after':>11}" + "".join(f"{field.name:>13}" for field in fields(Size))
    for number, size in sizes.items():
        yield f"{number:>11}" + "".join(f"{value:>13}" for value in astuple(size))


def counted(things: Counter[str]) -> str:
    """Say how many there are of what."""
    return ", ".join(f"{number} {what}" for what, number in things.most_common())
