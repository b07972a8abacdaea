"""What a job waits for: it says so with the remedy, loses nothing, and goes on by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.authoring.broken import scrambled_copy
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"


def rip(daemon: DaemonUnderTest, disc: AuthoredDisc | Path, *words: str) -> Rows:
    """Begin a rip and give the daemon's rows."""
    path = disc.image if isinstance(disc, AuthoredDisc) else disc
    daemon.ctl("rip", str(path), "--no-wait", *words)
    return Rows(daemon)


def conditions(daemon: DaemonUnderTest) -> dict[str, dict[str, str]]:
    """Give what the daemon says that it lacks, by id."""
    status = json.loads(daemon.ctl("status", "--json").stdout)
    return {condition["id"]: condition for condition in status["conditions"]}


def condition(daemon: DaemonUnderTest, name: str) -> dict[str, str]:
    """Give one of them; it may come a moment after the state of the job that it stops."""
    found: dict[str, dict[str, str]] = {}

    def is_there() -> bool:
        found.update(conditions(daemon))
        return name in found

    daemon.wait_until(is_there, f"there is no condition {name}")
    return found[name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of its own for staging, too small for most things."""
    folder = tmp_path / "staging"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_without_a_library_a_disc_is_identified_and_waits(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon(settings={"library_tv_path": None, "library_movies_path": None}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        rows = rip(daemon, tv_dvd)
        job = rows.until_waiting("library")
        assert (job["state"], job["detected_title"], job["detected_season"]) == ("identifying", SHOW, 1)
        assert list(daemon.staging.iterdir()) == [], "nothing is written yet"
        assert "config set library_tv_path" in condition(daemon, "library")["remedy"]
        daemon.ctl("assign", "1", "2", "S01E05")
        daemon.stop()
        daemon.start()
        rows.until_waiting("library")
        daemon.ctl("config", "set", "library_tv_path", str(daemon.tv))
        assert rows.until("completed")["outcome"] == "complete"
        assert [Path(p).name[-10:-4] for p in daemon.filed() if "S01E" in p] == ["S01E02", "S01E03", "S01E05"]
        assert "library" not in conditions(daemon)


def test_a_protected_disc_waits_for_a_tool_and_is_never_opened(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    image = scrambled_copy(tv_dvd.image, tmp_path / "locked.iso")
    slow = SlowFFmpeg(tmp_path, held=False)
    with make_daemon(settings={"ffmpeg_path": str(slow.path)}) as daemon:
        rows = rip(daemon, image)
        rows.until_waiting("tool")
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")
        lacking = condition(daemon, "job-1")
        assert "copy protected" in lacking["text"]
        assert "without copy protection only" in lacking["remedy"]
        assert slow.rips() == 0
        daemon.ctl("cancel", "1")
        job = rows.until("failed")
        assert job["outcome"] == "cancelled"
        assert "job-1" not in conditions(daemon)
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5, "the next disc is ripped"
        assert slow.rips() > 0


@pytest.mark.root
def test_too_little_space_is_seen_before_the_rip(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, small_disk: Path
) -> None:
    with make_daemon(settings={"min_free_bytes": 0}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        (small_disk / "other").write_bytes(bytes(11_000_000))
        rows = rip(daemon, tv_dvd)
        rows.until_waiting("space")
        assert "are needed and" in condition(daemon, "job-1")["text"]
        assert [path.name for path in small_disk.iterdir()] == ["other"]
        (small_disk / "other").unlink()
        subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
        assert rows.until("completed")["outcome"] == "complete"
        daemon.wait_until(lambda: not list(small_disk.iterdir()), "staging is not empty")


@pytest.mark.root
def test_a_disk_that_fills_up_in_the_middle_loses_nothing(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, small_disk: Path, tmp_path: Path
) -> None:
    subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
    slow = SlowFFmpeg(tmp_path, held=False)
    with make_daemon(settings={"min_free_bytes": 0, "ffmpeg_path": str(slow.path)}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        slow.block()
        rows = rip(daemon, tv_dvd)
        rows.wait(lambda: slow.rips() == 1, "no title rips")
        room = os.statvfs(small_disk)
        (small_disk / "other").write_bytes(bytes(room.f_bavail * room.f_frsize - 500_000))
        slow.release()
        job = rows.until_waiting("space")
        assert job["state"] == "ripping"
        assert rows.count("failed") == 0
        assert slow.rips() == 1
        assert not list(small_disk.rglob("*.mkv")), "what is half ripped does not stay"
        (small_disk / "other").unlink()
        assert rows.until("completed")["outcome"] == "complete"
        assert sum("S01E" in path for path in daemon.filed()) == 3
        daemon.wait_until(lambda: not list(small_disk.iterdir()), "staging is not empty")


@pytest.mark.root
def test_a_library_without_room_is_seen_before_the_rip(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    library = tmp_path / "full"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "none", library], check=True)
    try:
        (library / "other").write_bytes(bytes(11_000_000))
        with make_daemon(settings={"library_tv_path": str(library), "min_free_bytes": 0}) as daemon:
            write_references(daemon.references, SHOW, tv_dvd.episodes)
            rows = rip(daemon, tv_dvd)
            job = rows.until_waiting("space")
            assert job["state"] == "identifying"
            assert str(library) in condition(daemon, "job-1")["text"]
            (library / "other").unlink()
            assert rows.until("completed")["outcome"] == "complete"
            assert len(list(library.rglob("*S01E*.mkv"))) == 3
    finally:
        subprocess.run(["umount", "-l", library], check=True)


@pytest.mark.root
def test_a_library_that_fills_up_meanwhile_keeps_the_files_in_staging(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    library = tmp_path / "full"
    library.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "none", library], check=True)
    slow = SlowFFmpeg(tmp_path, held=False)
    try:
        settings = {"library_tv_path": str(library), "min_free_bytes": 0, "ffmpeg_path": str(slow.path)}
        with make_daemon(settings=settings) as daemon:
            write_references(daemon.references, SHOW, tv_dvd.episodes)
            slow.block()
            rows = rip(daemon, tv_dvd, "--titles", "2")
            rows.wait(lambda: slow.rips() == 1, "no title rips")
            room = os.statvfs(library)
            (library / "other").write_bytes(bytes(room.f_bavail * room.f_frsize - 100_000))
            slow.release()
            job = rows.until_waiting("space")
            assert job["state"] == "organizing"
            assert len(list(daemon.staging.glob("*/*.mkv"))) == 1
            assert not [p for p in library.rglob("*") if p.name.endswith((".mkv", ".partial"))]
            (library / "other").unlink()
            assert rows.until("completed")["outcome"] == "complete"
            assert len(list(library.rglob("*S01E01.mkv"))) == 1
    finally:
        subprocess.run(["umount", "-l", library], check=True)


@pytest.mark.root
@pytest.mark.unprivileged
def test_a_library_that_cannot_be_written_keeps_the_files_in_staging(
    tmp_path: Path, session_bus: PrivateBus, tv_dvd: AuthoredDisc
) -> None:
    daemon = DaemonUnderTest(tmp_path, session_bus, wrapper=_as_root_without_override())
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.tv.chmod(0o555)
    with daemon:
        rows = rip(daemon, tv_dvd)
        job = rows.until_waiting("library")
        assert job["state"] == "organizing"
        rows.wait(lambda: "may not be written" in rows.sentences(), "the history does not say why")
        daemon.wait_until(lambda: "library_tv_path" in conditions(daemon), "no condition", 10)
        assert "cannot be written" in condition(daemon, "library_tv_path")["text"]
        assert len(list(daemon.staging.glob("*/*.mkv"))) == 4
        daemon.tv.chmod(0o755)
        assert rows.until("completed")["outcome"] == "complete"
        assert sum("S01E" in path for path in daemon.filed()) == 3
        daemon.wait_until(lambda: "library_tv_path" not in conditions(daemon), "the condition stays", 10)


def _as_root_without_override() -> tuple[str, ...]:
    """Begin a command line for a root that the permissions of folders bind."""
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all")


def test_a_library_that_is_away_for_a_while(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.tv.rmdir()
        rows = rip(daemon, tv_dvd)
        rows.until_waiting("library")
        assert len(list(daemon.staging.glob("*/*.mkv"))) == 4
        assert not daemon.tv.exists(), "a mount point that is away is not made"
        daemon.stop()
        daemon.start()
        rows.until_waiting("library")
        daemon.tv.mkdir()
        assert rows.until("completed")["outcome"] == "complete"
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_references_that_come_later(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    with make_daemon() as daemon:
        done = daemon.ctl("rip", str(tv_dvd.image), check=False)
        assert done.returncode == 5
        rows = Rows(daemon)
        assert (rows.job()["state"], rows.job()["waiting_for"]) == ("review_needed", "references")
        (review,) = rows.reviews()
        assert "no reference" in review["why"]
        write_references(tmp_path / "made", SHOW, tv_dvd.episodes)
        shutil.copytree(tmp_path / "made", daemon.references, dirs_exist_ok=True)
        assert rows.until("completed")["outcome"] == "complete"
        assert rows.reviews() == []
        assert sum("S01E" in path for path in daemon.filed()) == 3


def test_one_reference_is_missing_and_some_are_broken(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        made = write_references(daemon.references, SHOW, tv_dvd.episodes)
        second = next(path for path in made if "S01E02" in path.name)
        kept = second.read_bytes()
        second.unlink()
        season = daemon.references / SHOW / "Season 01"
        (season / f"{SHOW} - S01E08.srt").write_bytes(os.urandom(5000))
        (season / f"{SHOW} - S01E09.srt").write_bytes(b"")
        daemon.ctl("rip", str(tv_dvd.image), check=False)
        rows = Rows(daemon)
        assert rows.job()["state"] == "review_needed"
        assert [Path(p).name[-10:-4] for p in daemon.filed() if "S01E" in p] == ["S01E01", "S01E03"]
        assert [task["kind"] for task in rows.reviews()] == ["episode"]
        history = rows.sentences()
        assert "S01E08" in history
        assert "S01E09" in history
        second.write_bytes(kept)
        daemon.ctl("rematch", "1")
        assert rows.until("completed")["outcome"] == "complete"
        assert sum("S01E" in path for path in daemon.filed()) == 3
