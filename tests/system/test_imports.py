"""Files that were ripped elsewhere, through the whole program: matched, filed, and left where they were."""

from __future__ import annotations

import json
import os
import shutil
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest
from tests.support.episode_files import write_episode
from tests.support.rows import Rows
from tests.support.videos import make_video
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"
QUICK: dict[str, object] = {"import_settle_seconds": 1}


@pytest.fixture
def rips(tmp_path: Path) -> Path:
    """Give a folder of rips that lies in a folder whose name says nothing."""
    (folder := tmp_path / "import" / "rips").mkdir(parents=True)
    return folder


def seen(folder: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Give what can be seen of the files of a folder: inode, mode, time, content."""
    found = {}
    for path in sorted(folder.rglob("*.mkv")):
        status = path.stat()
        told = (status.st_ino, stat.S_IMODE(status.st_mode), status.st_mtime_ns, path.read_bytes())
        found[str(path.relative_to(folder))] = told
    return found


def season(folder: Path, disc: AuthoredDisc) -> Path:
    """Write a season of three episodes on two discs."""
    first, second, third = disc.episodes
    write_episode(folder / SHOW / "Season 1" / "Disc 1" / "title_t00.mkv", second)
    write_episode(folder / SHOW / "Season 1" / "Disc 1" / "title_t01.mkv", first)
    write_episode(folder / SHOW / "Season 1" / "Disc 2" / "title_t00.mkv", third)
    return folder / SHOW


def rows_of(done: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_tree_of_discs_is_filed_and_its_files_stay_as_they_were(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, rips: Path
) -> None:
    with make_daemon(settings=QUICK) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        season(rips, tv_dvd)
        for path in rips.rglob("*.mkv"):
            path.chmod(0o640)
        make_video(rips / "Quiet Moon (1998).mkv", seconds=40)
        (rips / "notes.txt").write_text("mine")
        (rips / "concert.mp4").write_bytes(b"some video")
        before = seen(rips)

        plan = rows_of(daemon.ctl("import", str(rips), "--dry-run", "--json"))
        told = {(row["title"], row["season"], row["disc"], row["files"]) for row in plan if "title" in row}
        assert told == {(SHOW, 1, 1, 2), (SHOW, 1, 2, 1), ("Quiet Moon", None, None, 1)}
        assert [row["path"] for row in plan if row["standing"] == "refused"] == [str(rips / "concert.mp4")]
        rows = Rows(daemon)
        assert not rows.jobs(), "a dry run does nothing"

        done = daemon.ctl("import", str(rips / SHOW))
        assert "new" in done.stdout
        assert [job["outcome"] for job in rows.jobs()] == ["complete", "complete"]
        assert [job["disc_number"] for job in rows.jobs()] == [1, 2]
        folder = f"tv/{SHOW}/Season 01/{SHOW}"
        assert daemon.filed() == [f"{folder} - S01E0{number}.mkv" for number in (1, 2, 3)]
        assert seen(rips) == before, "the originals are as they were"

        again = daemon.ctl("import", str(rips / SHOW))
        assert "already" in again.stdout
        assert "filed by job 1" in again.stdout
        assert len(rows.jobs()) == 2, "the same files are no new job"

        film = daemon.ctl("import", str(rips / "Quiet Moon (1998).mkv"), "--type", "film")
        assert film.returncode == 0
        assert daemon.filed()[0] == "films/Quiet Moon (1998)/Quiet Moon (1998).mkv"
        assert seen(rips) == before
        assert not list(daemon.staging.glob("job-*")), "staging is clean"


def test_what_is_moved_goes_when_it_is_filed_and_its_empty_folders_too(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, rips: Path
) -> None:
    settings = QUICK | {"import_paths": str(rips.parent)}
    with make_daemon(settings=settings) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        season(rips, tv_dvd)
        unknown = make_video(rips / SHOW / "Season 1" / "Disc 2" / "title_t01.mkv", seconds=120)
        assert daemon.ctl("import", str(rips), "--move", check=False).returncode == 5
        rows = Rows(daemon)
        assert sum("S01E0" in path for path in daemon.filed()) == 3
        assert list(rips.rglob("*.mkv")) == [unknown], "what is asked about stays where it is"
        rows.wait(lambda: not (rips / SHOW / "Season 1/Disc 1").exists(), "the empty folder stays")
        (review,) = rows.reviews()
        daemon.ctl("answer", str(review["id"]), "S01E04" if review["title_id"] else "2=S01E04")
        assert rows.until("completed")["outcome"] == "complete"
        rows.wait(lambda: not (rips / SHOW).exists(), "the empty folders stay")
        assert rips.exists(), "the folder that imports lie in stays"
        assert len(daemon.filed()) == 4


def test_a_tree_that_is_copied_slowly_is_taken_when_each_file_is_complete(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, rips: Path, tmp_path: Path
) -> None:
    with make_daemon(settings={"import_settle_seconds": 5}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        source = season(tmp_path / "elsewhere", tv_dvd)
        target = rips / SHOW / "Season 1"
        (target / "Disc 1").mkdir(parents=True)
        empty = daemon.ctl("import", str(rips), "--no-wait", "--move", check=False)
        assert empty.returncode == 1
        assert "no MKV file" in empty.stderr
        rows = Rows(daemon)
        for name in ("Disc 1/title_t00.mkv", "Disc 1/title_t01.mkv", "Disc 2/title_t00.mkv"):
            copy_slowly(source / "Season 1" / name, target / name)
        rows.wait(lambda: [j["outcome"] for j in rows.jobs()] == ["complete", "complete"], "not both end")
        assert [len(rows.titles(job["id"])) for job in rows.jobs()] == [2, 1]
        assert len(daemon.filed()) == 3
        assert "is complete: it changed a moment ago" not in (rows.job()["error_message"] or "")


def copy_slowly(source: Path, target: Path) -> None:
    """Copy a file in steps, each within the time for which a file must not change."""
    target.parent.mkdir(parents=True, exist_ok=True)
    content = source.read_bytes()
    step = len(content) // 5 + 1
    with target.open("wb") as file:
        for place in range(0, len(content), step):
            file.write(content[place : place + step])
            file.flush()
            os.fsync(file.fileno())
            time.sleep(0.6)


def test_a_restart_goes_on_with_files_that_were_waited_for(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, rips: Path
) -> None:
    daemon = make_daemon(settings={"import_settle_seconds": 3600})
    daemon.start()
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    path = write_episode(rips / f"{SHOW} Season 1" / "00.mkv", tv_dvd.episodes[0])
    daemon.ctl("import", str(rips), "--no-wait")
    rows = Rows(daemon)
    rows.wait(lambda: "changed a moment ago" in (rows.job()["error_message"] or ""), "it is not said")
    assert "00.mkv is complete" in daemon.ctl("jobs").stdout
    busy = daemon.ctl("import", str(rips), check=False)
    assert busy.returncode == 1
    assert "job 1 has it in hand" in busy.stderr
    daemon.kill()
    daemon.configure(QUICK)
    daemon.start()
    assert rows.until("completed")["outcome"] == "complete"
    assert len(rows.jobs()) == 1
    assert path.exists()


def test_what_is_broken_fails_with_its_reason_and_can_be_imported_again(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, rips: Path
) -> None:
    with make_daemon(settings=QUICK) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        folder = rips / SHOW / "Season 1"
        whole = write_episode(folder / "00.mkv", tv_dvd.episodes[0])
        (folder / "01.mkv").write_bytes(whole.read_bytes()[:100_000])
        (folder / "02.mkv").write_bytes(b"no video at all")
        rows = Rows(daemon)
        assert daemon.ctl("import", str(folder), check=False).returncode == 0
        assert rows.job()["outcome"] == "partial"
        assert [title["state"] for title in rows.titles()] == ["completed", "failed", "failed"]
        assert "it is not whole" in rows.titles()[1]["error_message"]
        write_episode(folder / "01.mkv", tv_dvd.episodes[1])
        (folder / "02.mkv").unlink()
        assert daemon.ctl("import", str(folder)).returncode == 0
        assert (rows.job()["id"], rows.job()["outcome"], len(rows.titles())) == (2, "complete", 1)
        assert len(daemon.filed()) == 2


def test_links_and_special_files_are_refused_with_a_reason(
    make_daemon: MakeDaemon, rips: Path, tmp_path: Path
) -> None:
    with make_daemon(settings=QUICK) as daemon:
        secret = make_video(tmp_path / "secret" / "Diary.mkv")
        (rips / "Film (1999).mkv").symlink_to(secret)
        (rips / "linked").symlink_to(secret.parent)
        os.mkfifo(rips / "pipe.mkv")
        done = daemon.ctl("import", str(rips), check=False)
        assert done.returncode == 2, done.stderr
        assert done.stdout.count("a link that leads out of the folder") == 2
        assert "pipe.mkv: it is no ordinary file" in done.stdout
        assert not Rows(daemon).jobs()
        for folder in (daemon.tv, daemon.staging):
            refused = daemon.ctl("import", str(folder), check=False)
            assert refused.returncode == 2
            assert "cannot be imported" in refused.stderr


def test_many_episodes_at_once_take_few_threads(make_daemon: MakeDaemon, rips: Path) -> None:
    with make_daemon(settings=QUICK | {"extras_min_seconds": 0}) as daemon:
        one = make_video(rips / "Long Show" / "Season 1" / "000.mkv", seconds=2)
        for number in range(1, 175):
            shutil.copy(one, one.with_name(f"{number:03}.mkv"))
        daemon.ctl("import", str(rips), "--type", "tv", "--season", "1", "--no-wait")
        rows, most = Rows(daemon), 0
        while rows.job()["state"] in ("", "identifying", "matching", "organizing"):
            most = max(most, threads_of(daemon))
            time.sleep(0.05)
        assert (rows.job()["state"], len(rows.titles())) == ("completed", 175)
        assert len(daemon.filed()) == 175
        assert 0 < most < 60
        assert len(list(one.parent.glob("*.mkv"))) == 175


def threads_of(daemon: DaemonUnderTest) -> int:
    assert daemon.process is not None
    return len(list(Path(f"/proc/{daemon.process.pid}/task").iterdir()))


def test_what_a_person_says_is_neither_goes_to_the_other_library(
    make_daemon: MakeDaemon, rips: Path, tmp_path: Path
) -> None:
    with make_daemon(settings=QUICK) as daemon:
        make_video(rips / "Summer Concert.mkv", seconds=40)
        assert daemon.ctl("import", str(rips), check=False).returncode == 5
        rows = Rows(daemon)
        (review,) = rows.reviews()
        shown = daemon.ctl("review", "show", str(review["id"])).stdout
        assert "other" in shown
        assert "a concert, a lecture, a home video" in shown
        daemon.ctl("answer", str(review["id"]), "other")
        job = rows.until_waiting("library")
        assert (job["is_other"], job["content_type"]) == (1, "unknown")
        assert "engramctl config set library_other_path" in rows.titles()[0]["error_message"]
        (other := tmp_path / "other").mkdir()
        daemon.ctl("config", "set", "library_other_path", str(other))
        assert rows.until("completed")["outcome"] == "complete"
        files = [str(path.relative_to(other)) for path in other.rglob("*.mkv")]
        assert files == ["Summer Concert/Summer Concert.mkv"]
        assert not daemon.filed()


def test_a_disc_that_is_identified_as_neither_is_filed_as_that(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    (other := tmp_path / "other").mkdir()
    with make_daemon(settings={"library_other_path": str(other)}) as daemon:
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5, "there are no references"
        daemon.ctl("identify", "1", "--type", "other", "--title", "Our Holidays")
        rows = Rows(daemon)
        job = rows.until("completed")
        assert (job["outcome"], job["content_type"], job["detected_title"]) == (
            "complete", "unknown", "Our Holidays",
        )  # fmt: skip
        names = [path.parent.name for path in other.rglob("*.mkv")]
        assert len(names) >= 3
        assert set(names) == {"Our Holidays"}
        assert not rows.reviews()
        assert not [path for path in daemon.filed() if "S01E" in path]
