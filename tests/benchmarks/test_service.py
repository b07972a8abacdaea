"""How long a daemon takes to be ready, and what a long history costs it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.bus import names
from engramd.store import Store, default_url, open_engine
from tests.benchmarks.conftest import Figure, Report, is_short, resident
from tests.support.busservice import connected
from tests.support.crowd import crowd
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

pytestmark = [pytest.mark.bench, pytest.mark.timeout(900)]

ROUNDS = 2 if is_short() else 7
AT_ONCE = 10_000
MANY = 1000 if is_short() else 100_000
IMPORTS = "import pydbus, sqlmodel, structlog, pyudev"


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """Give a private session bus."""
    with PrivateBus(system=False) as bus:
        yield bus


def test_start_and_history(tmp_path: Path, bus: PrivateBus, report: Report, figures: list[Figure]) -> None:
    daemon = DaemonUnderTest(tmp_path, bus)
    with daemon:
        pass  # its database is made
    crowd_of(daemon, 10)
    imports = statistics.median(seconds_of_imports() for _ in range(ROUNDS))
    few_ready, few_page, few_memory = measured(daemon, bus)
    crowd_of(daemon, MANY)
    ready, page, memory = measured(daemon, bus)

    title = f"{MANY:,} jobs in the history"
    figures += [
        Figure("start to READY", few_ready, "s", imports, "the bare imports", "2 s"),
        Figure(f"start to READY, {title}", ready, "s", few_ready, "10 jobs", "2 times"),
        Figure(
            f"a page of History, {title}", page * 1000, "ms", few_page * 1000, "10 jobs", "50 ms; 2 times"
        ),
        Figure(f"memory, {title}", memory, "MB", few_memory, "10 jobs", "2 MB more"),
    ]
    report(f"start to READY {few_ready:.2f} s, with {title} {ready:.2f} s; a page {page * 1000:.1f} ms")
    assert page < 5 * few_page, "a page costs what it shows"


def crowd_of(daemon: DaemonUnderTest, count: int) -> None:
    """Put jobs that ended a month ago into a database whose daemon is not there."""
    store = Store(open_engine(default_url(daemon.folder / "state")))
    for _ in range(max(1, count // AT_ONCE)):
        crowd(store, min(count, AT_ONCE), state="completed", titles=2, tracks=0, days_ago=30)
    store.close()


def measured(daemon: DaemonUnderTest, bus: PrivateBus) -> tuple[float, float, float]:
    """Give the seconds to READY and of a page of ten jobs (medians), and the resident memory in MB."""
    starts, pages = [], []
    for _ in range(ROUNDS):
        start = time.monotonic()
        with daemon, connected(bus) as client:
            starts.append(time.monotonic() - start)
            for _ in range(3):
                start = time.monotonic()
                client.call(names.ROOT, names.MANAGER, "History", "a{sv}", ({"limit": 10},))
                pages.append(time.monotonic() - start)
            assert daemon.process is not None
            memory = resident(daemon.process.pid)
    return statistics.median(starts), statistics.median(pages), memory


def seconds_of_imports() -> float:
    """Give how long Python takes to load what every such daemon loads."""
    start = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True)
    return time.monotonic() - start
