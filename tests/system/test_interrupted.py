"""Power cuts and orderly stops at every moment: the library is right in the end, and nothing is left over."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"

MOMENTS: dict[str, Callable[[Rows], object]] = {
    "identifying": lambda rows: rows.job()["state"] == "identifying",
    "titles listed": lambda rows: rows.titles(),
    "ripping": lambda rows: rows.count("ripping"),
    "second title": lambda rows: rows.count("matching") and rows.count("ripping"),
    "matching": lambda rows: rows.job()["state"] == "matching",
    "matched": lambda rows: rows.count("matched"),
    "organizing": lambda rows: rows.job()["state"] == "organizing",
    "one is filed": lambda rows: rows.count("completed"),
    "three are filed": lambda rows: rows.count("completed") >= 3,
    "completed": lambda rows: rows.job()["state"] == "completed",
}


def assert_right(daemon: DaemonUnderTest, rows: Rows) -> None:
    """One job, four files of the right names, all whole, nothing in staging."""
    job = rows.until("completed", "failed", "review_needed")
    assert (job["state"], job["outcome"]) == ("completed", "complete"), daemon.log()
    names = sorted(Path(path).name for path in daemon.filed())
    assert names == [
        f"{SHOW} - Disc 1 - Title 05.mkv",
        *(f"{SHOW} - S01E0{number}.mkv" for number in (1, 2, 3)),
    ], daemon.log()
    for title in rows.titles():
        if title["organized_to"]:
            assert Path(title["organized_to"]).stat().st_size == title["file_size_bytes"]
    daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not cleaned")
    assert rows.reviews() == []
    check = sqlite3.connect(daemon.folder / "state/engramd.db").execute("PRAGMA integrity_check")
    assert check.fetchone() == ("ok",)


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_at(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, moment: str) -> None:
    daemon = make_daemon()
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.start()
    rows = Rows(daemon)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    rows.wait(lambda: MOMENTS[moment](rows), moment)
    daemon.kill()
    daemon.start()
    assert_right(daemon, rows)
    assert len(rows.jobs()) == 1


@pytest.mark.parametrize("seed", range(2))
def test_killed_again_and_again(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, seed: int) -> None:
    luck = random.Random(seed)
    daemon = make_daemon()
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.start()
    rows = Rows(daemon)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    for _ in range(4):
        time.sleep(luck.uniform(0, 0.8))
        daemon.kill()
        daemon.start()
    assert_right(daemon, rows)


@pytest.mark.root
def test_killed_while_it_copies_to_another_file_system(
    make_daemon: MakeDaemon, film_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    daemon = make_daemon()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "none", daemon.films], check=True)
    try:
        daemon.start()
        rows = Rows(daemon)
        daemon.ctl("rip", str(film_dvd.image), "--no-wait", "--main-only", "--show", "Voyage")
        rows.wait(lambda: list(daemon.films.rglob("*.partial")) or rows.count("completed"), "no copy")
        daemon.kill()
        daemon.start()
        rows.until("completed")
        assert [path.name for path in daemon.films.rglob("[!.]*") if path.is_file()] == ["Voyage.mkv"]
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not cleaned")
    finally:
        daemon.__exit__()
        subprocess.run(["umount", "-l", daemon.films], check=True)


def test_stopped_in_the_middle_of_a_rip(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path)
    daemon = make_daemon(settings={"ffmpeg_path": str(slow.path)})
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.start()
    rows = Rows(daemon)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    rows.wait(slow.processes, "no title rips")
    begin = time.monotonic()
    assert daemon.stop() == 0
    assert time.monotonic() - begin < 10
    assert not slow.processes()
    assert not list(daemon.staging.rglob("*.mkv")), "what is half ripped does not stay"
    assert rows.job()["state"] == "ripping"
    assert rows.count("pending") == 4
    slow.release()
    daemon.start()
    assert_right(daemon, rows)


def test_children_do_not_outlive_a_killed_daemon(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path)
    daemon = make_daemon(settings={"ffmpeg_path": str(slow.path)})
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.start()
    rows = Rows(daemon)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    rows.wait(slow.processes, "no title rips")
    rows.wait(lambda: list(daemon.staging.rglob("*.mkv")), "nothing is written")
    daemon.kill()
    rows.wait(lambda: not slow.processes(), "FFmpeg lives on")
    slow.release()
    daemon.start()
    assert_right(daemon, rows)
