"""Insertions, removals and restarts at mocked drives whose discs are real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.udevbed import UdevBed
from tests.system.conftest import MakeDaemon

pytestmark = [pytest.mark.root, pytest.mark.loop]

SHOW = "Harbor Station"


@pytest.fixture
def slow(tmp_path: Path) -> SlowFFmpeg:
    """Give a slow drive."""
    return SlowFFmpeg(tmp_path)


@pytest.fixture
def node(tv_dvd: AuthoredDisc) -> Iterator[DeviceNode]:
    """Give the device node of the first drive, with the disc of a series."""
    with DeviceNode(tv_dvd.image) as node:
        yield node


def begun(daemon: DaemonUnderTest, disc: AuthoredDisc) -> Rows:
    """Start a daemon that knows the references."""
    write_references(daemon.references, SHOW, disc.episodes)
    daemon.start()
    return Rows(daemon)


def assert_all_filed(daemon: DaemonUnderTest) -> None:
    """The library has the three episodes and the extra, and nothing else; staging is empty."""
    names = sorted(Path(path).name for path in daemon.filed())
    assert names == [
        "Harbor Station - Disc 1 - Title 05.mkv",
        *(f"Harbor Station - S01E0{n}.mkv" for n in (1, 2, 3)),
    ], daemon.log()
    daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not cleaned")


def test_a_storm_is_one_job_and_a_restart_makes_no_second(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon(settings={"auto_eject_enabled": False})
    bed.insert("sr0", label=tv_dvd.label)
    rows = begun(daemon, tv_dvd)
    bed.storm("sr0", 300)
    assert rows.until("completed")["outcome"] == "complete", "a disc that was there at the start"
    assert_all_filed(daemon)
    daemon.stop()
    daemon.start()
    bed.storm("sr0", 5)
    time.sleep(0.3)
    assert len(rows.jobs()) == 1, "the same insertion is the same job"
    assert bed.ejects("sr0") == 0
    done = daemon.ctl("rip", "/dev/sr0", check=False)
    assert done.returncode == 0
    assert (rows.job()["id"], rows.job()["outcome"]) == (2, "duplicate")
    assert "job 1" in rows.job()["error_message"]


def test_a_drive_that_appears_later_and_vanishes_in_the_middle(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, slow: SlowFFmpeg
) -> None:
    bed.remove_drive("sr0")
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    bed.add_drive("sr0", serial="ENG1")
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: rows.count("ripping"), "no title rips")
    bed.remove_drive("sr0")
    job = rows.until_waiting("disc")
    assert job["state"] == "ripping"
    rows.wait(lambda: not slow.processes(), "FFmpeg still runs")
    slow.release()
    bed.add_drive("sr0", serial="ENG1")
    bed.insert("sr0", label=tv_dvd.label)
    assert rows.until("completed", job=job["id"])["outcome"] == "complete"
    assert rows.job()["outcome"] == "duplicate"
    assert_all_filed(daemon)


def test_a_disc_taken_out_and_inserted_again_goes_on(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, slow: SlowFFmpeg
) -> None:
    slow.hold(after=1)
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: slow.rips() == 2 and slow.processes(), "no title rips slowly")
    bed.take_out("sr0")
    first = rows.until_waiting("disc")
    assert any("S01E01" in path for path in daemon.filed()), "what was ripped is filed meanwhile"
    assert not slow.processes()
    bed.insert("sr0", label="ANOTHER_LABEL_IN_UDEV")
    rows.wait(lambda: rows.count("ripping", first["id"]), "the old job does not go on")
    assert daemon.ctl("cancel", "2", check=False).returncode == 1, "the second job has ended"
    bed.take_out("sr0")
    rows.until_waiting("disc", first["id"])
    slow.release()
    bed.insert("sr0", label=tv_dvd.label)
    done = rows.until("completed", job=first["id"])
    assert done["outcome"] == "complete"
    assert [job["outcome"] for job in rows.jobs()] == ["complete", "duplicate", "duplicate"]
    assert_all_filed(daemon)


def test_a_drive_that_loads_for_a_while_is_left_alone(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, slow: SlowFFmpeg
) -> None:
    slow.release()
    rows = begun(daemon := drive_daemon(settings={"ffmpeg_path": str(slow.path)}), tv_dvd)
    rows.wait(lambda: drive_state(daemon) in ("empty", "open"), "the empty drive was not asked")
    opens = bed.opens("sr0")
    bed.insert("sr0", label=tv_dvd.label, status=3)
    rows.until("identifying")
    rows.wait(lambda: drive_state(daemon) == "loading", "it is not shown that the drive loads")
    time.sleep(1.5)
    assert rows.job()["state"] == "identifying"
    assert (rows.job()["content_hash"], slow.rips()) == (None, 0), "nobody reads a disc that is not ready"
    polls = bed.opens("sr0") - opens
    assert polls <= 6, f"the drive was opened {polls} times"
    bed.status("sr0", 4)
    assert rows.until("completed")["outcome"] == "complete"
    assert_all_filed(daemon)


def drive_state(daemon: DaemonUnderTest) -> str:
    """What `engramctl drives` says of the first drive."""
    return str(json.loads(daemon.ctl("drives", "--json").stdout.splitlines()[0])["state"])


def test_a_disc_that_cannot_be_read_is_shown_at_its_drive(
    drive_daemon: MakeDaemon, bed: UdevBed, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    (noise := tmp_path / "noise.img").write_bytes(os.urandom(3_000_000))
    rows = begun(daemon := drive_daemon(), tv_dvd)
    with DeviceNode(noise):
        bed.insert("sr0", label="NOISE")
        assert rows.until("failed")["outcome"] == "failed"
        rows.wait(lambda: drive_state(daemon) == "unreadable", "the drive does not say so")
    bed.take_out("sr0")
    rows.wait(lambda: drive_state(daemon) == "open", "the state outlives the disc")


def test_a_tray_that_stays_open_ends_the_job(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    rows = begun(drive_daemon(), tv_dvd)
    bed.insert("sr0", label=tv_dvd.label, status=2)
    job = rows.until("failed")
    assert job["outcome"] == "cancelled"
    assert "no disc in the drive" in job["error_message"]
    assert "insert the disc" in job["error_message"]


@pytest.mark.parametrize(
    ("media", "says", "remedy"),
    [
        ("audio", "an audio CD", "another program can rip it"),
        ("blank", "a blank disc", "there is nothing to rip"),
        ("data", "a data disc without DVD or Blu-ray video", "there is nothing to rip"),
        ("unclosed", "a disc that was not closed", "close it where it was written"),
    ],
)
def test_discs_without_video_end_at_once_and_stay_in_the_drive_which_is_said(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    tv_dvd: AuthoredDisc,
    tmp_path: Path,
    media: str,
    says: str,
    remedy: str,
) -> None:
    daemon = drive_daemon(settings={"eject_on_failure": True})
    rows = begun(daemon, tv_dvd)
    with DeviceNode(content_of(media, tmp_path)):
        bed.insert("sr0", media=media)
        job = rows.until("completed")
        rows.wait(lambda: says in decision(daemon), f"it is not said: {decision(daemon)}")
        told = decision(daemon)
        assert job["outcome"] == "nothing_to_do"
        assert told == job["error_message"]
        assert remedy in told
        assert told.endswith("it stays in the drive: engramctl eject /dev/sr0")
        assert says in daemon.ctl("status").stdout
        assert fields_of_drive(daemon)["media"] == media
        daemon.stop()
        daemon.start()
        rows.wait(lambda: says in decision(daemon), "it is not said after a restart")
    assert bed.ejects("sr0") == 0


def content_of(media: str, folder: Path) -> Path:
    """Give what a disc of a kind holds: a file system with a text, or nothing that is one."""
    image = folder / "disc.img"
    if media == "data":
        (folder / "files").mkdir()
        (folder / "files" / "letter.txt").write_text("no video")
        subprocess.run(["genisoimage", "-quiet", "-o", str(image), str(folder / "files")], check=True)
    else:
        image.write_bytes(bytes(2_000_000))
    return image


def fields_of_drive(daemon: DaemonUnderTest) -> dict[str, Any]:
    """What is told of the first drive."""
    fields: dict[str, Any] = json.loads(daemon.ctl("drives", "--json").stdout.splitlines()[0])
    return fields


def decision(daemon: DaemonUnderTest) -> str:
    """What was decided about the disc in the first drive."""
    return str(fields_of_drive(daemon)["last_decision"])


def test_a_disc_that_was_not_closed_and_can_be_read_is_ripped(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon()
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", media="unclosed", label=tv_dvd.label)
    assert rows.until("completed")["outcome"] == "complete"
    assert rows.job()["media"] == "dvd"
    assert_all_filed(daemon)


def test_two_drives_at_once(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    node: DeviceNode,
    tv_dvd: AuthoredDisc,
    film_dvd: AuthoredDisc,
) -> None:
    bed.add_drive("sr1", serial="ENG2")
    daemon = drive_daemon()
    rows = begun(daemon, tv_dvd)
    with DeviceNode(film_dvd.image, Path("/dev/sr1")):
        bed.insert("sr0", label=tv_dvd.label)
        bed.insert("sr1", label=film_dvd.label)
        rows.wait(lambda: {j["state"] for j in rows.jobs()} == {"completed"}, "not both end")
        assert [job["outcome"] for job in rows.jobs()] == ["complete", "complete"]
        rows.wait(lambda: bed.ejects("sr0") == bed.ejects("sr1") == 1, "not both are ejected")
    assert sum("S01E" in path for path in daemon.filed()) == 3
    assert sum(path.startswith("films/") for path in daemon.filed()) == 3


def test_the_next_disc_is_ripped_while_the_last_one_is_matched(
    drive_daemon: MakeDaemon, bed: UdevBed, tv_dvd: AuthoredDisc, film_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon()
    rows = begun(daemon, tv_dvd)
    with DeviceNode(tv_dvd.image):
        bed.insert("sr0", label=tv_dvd.label)
        rows.wait(lambda: bool(matchers()), "nothing is matched")
        for matcher in matchers():
            os.kill(matcher, signal.SIGSTOP)
        rows.wait(lambda: bed.ejects("sr0") == 1, "the disc is not ejected while it is matched")
    with DeviceNode(film_dvd.image):
        bed.insert("sr0", label=film_dvd.label)
        assert rows.until("completed", job=2)["outcome"] == "complete"
        assert rows.job(1)["state"] == "matching"
    for matcher in matchers():
        os.kill(matcher, signal.SIGCONT)
    assert rows.until("completed", job=1)["outcome"] == "complete"


def matchers() -> list[int]:
    """Processes that assign the titles of a disc."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if b"engramd.match" in words and b"assign" in words and b"setpriv" not in words[0]:
            found.append(int(path.parent.name))
    return found


def test_the_same_disc_in_two_drives_is_ripped_once(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, slow: SlowFFmpeg
) -> None:
    bed.add_drive("sr1", serial="ENG2")
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    with DeviceNode(tv_dvd.image, Path("/dev/sr1")):
        bed.insert("sr0", label=tv_dvd.label)
        rows.wait(slow.processes, "no title rips")
        bed.insert("sr1", label=tv_dvd.label)
        job = rows.until("completed")
        assert (job["outcome"], "job 1" in job["error_message"]) == ("duplicate", True)
        assert slow.rips() == 1
        assert rows.job(1)["state"] == "ripping"
