"""The daemon is killed at a hundred random moments; nothing is lost, doubled or done again."""

from __future__ import annotations

import hashlib
import random
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]

KILLS = 100
#: Kills of one job; with the fifth run it comes to its end.
KILLS_OF_A_JOB = 4
#: Seconds of a whole job on a quick machine, within which it is killed.
LENGTH = 5.0
SHOW = "Harbor Station"
#: States of a title that is not ripped.
NOT_RIPPED = ("pending", "ripping", "skipped", "failed")


@pytest.fixture
def disc() -> AuthoredDisc:
    """Give a disc of five titles that are wanted."""
    return cached_disc(make_tv_dvd, "five_titles", episodes=4)


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    """Give a private session bus."""
    with PrivateBus(system=False) as bus:
        yield bus


def test_killed_a_hundred_times(
    tmp_path: Path, bus: PrivateBus, disc: AuthoredDisc, report: Callable[[str], None]
) -> None:
    ffmpeg = SlowFFmpeg(tmp_path, held=False)  # the real one, which writes its calls down
    daemon = DaemonUnderTest(tmp_path / "daemon", bus, settings={"ffmpeg_path": str(ffmpeg.path)})
    write_references(daemon.references, SHOW, disc.episodes)
    rows, luck = Rows(daemon), random.Random(2026)
    right = whole_job(daemon, rows, disc, 1)
    states: dict[str, int] = {}
    targets: list[str] = []
    for job in range(2, 2 + KILLS // KILLS_OF_A_JOB):
        empty(daemon)
        ripped: set[str] = set()
        for attempt in range(KILLS_OF_A_JOB):
            daemon.start()
            if attempt == 0:
                daemon.ctl("rip", str(disc.image), "--again", "--no-wait")
            time.sleep(luck.uniform(0, LENGTH / KILLS_OF_A_JOB))
            daemon.kill()
            assert not repeated(ffmpeg, job, ripped), "a title that was ripped is ripped again"
            targets += re.findall(r"/(job-\S+\.mkv)", text_of(ffmpeg))
            ripped |= {number(t) for t in rows.titles(job) if t["state"] not in NOT_RIPPED}
            state = rows.job(job)["state"] or "not begun"
            states[state] = states.get(state, 0) + 1
            (ffmpeg.folder / "calls").write_text("")
        assert whole_job(daemon, rows, disc, job) == right
        assert not repeated(ffmpeg, job, ripped)
    assert len(targets) == len(set(targets)), "two programs wrote one file"
    told = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    report(f"{sum(states.values())} kills of {KILLS // KILLS_OF_A_JOB} jobs, whose state then was: {told}")


def whole_job(daemon: DaemonUnderTest, rows: Rows, disc: AuthoredDisc, job: int) -> dict[str, str]:
    """Let a job come to its end; give its files in the library with their hashes."""
    daemon.start()
    if not rows.job(job)["state"]:
        daemon.ctl("rip", str(disc.image), "--again", "--no-wait")
    done = rows.until("completed", "failed", "review_needed", job=job)
    assert (done["state"], done["outcome"]) == ("completed", "complete"), daemon.log()
    daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty", 10)
    daemon.stop()
    check = sqlite3.connect(daemon.folder / "state/engramd.db").execute("PRAGMA integrity_check")
    assert check.fetchone() == ("ok",)
    found = daemon.filed()
    assert len(found) == 5, found
    assert [t["organized_to"] for t in rows.titles(job) if t["state"] == "completed"]
    return {path: hashlib.sha256((daemon.folder / path).read_bytes()).hexdigest() for path in found}


def empty(daemon: DaemonUnderTest) -> None:
    """Take everything out of the library."""
    for path in daemon.filed():
        (daemon.folder / path).unlink()


def number(title: dict[str, object]) -> str:
    """Give a title's number as its files have it."""
    return f"{int(str(title['title_index'])) + 1:03d}"


def repeated(ffmpeg: SlowFFmpeg, job: int, ripped: set[str]) -> set[str]:
    """Give the titles that were begun again though they were ripped."""
    return set(re.findall(rf"job-{job}/title-(\d+)\.attempt", text_of(ffmpeg))) & ripped


def text_of(ffmpeg: SlowFFmpeg) -> str:
    """Give the calls since the last kill."""
    calls = ffmpeg.folder / "calls"
    return calls.read_text() if calls.exists() else ""
