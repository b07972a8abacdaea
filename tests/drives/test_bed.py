"""The real pyudev and the real ioctls, in a process of their own, against mocked drives."""

from __future__ import annotations

import json
import queue
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.udevbed import UdevBed, missing_for_bed

ROOT = Path(__file__).parents[2]
REASON = missing_for_bed()
pytestmark = pytest.mark.skipif(bool(REASON), reason=REASON or "never")


class Watch:
    """The watching program, and what it says."""

    def __init__(self, bed: UdevBed) -> None:
        argv = [sys.executable, "-m", "tests.support.drivewatch"]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            argv, env=bed.environment, cwd=ROOT, stdin=pipe, stdout=pipe, text=True
        )
        self.lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.seen: list[dict[str, Any]] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def until(self, kind: str, limit: float = 10) -> dict[str, Any]:
        """Wait for the next line of a kind."""
        end = time.monotonic() + limit
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {kind} within {limit} s; seen: {self.seen}") from None
            self.seen.append(line)
            if line["kind"] == kind:
                return line

    def count(self, kind: str) -> int:
        return sum(line["kind"] == kind for line in self.seen)

    def finish(self) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.close()
        end = self.until("end")
        assert self.process.wait(5) == 0
        return end

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def bed() -> Iterator[UdevBed]:
    with UdevBed() as bed:
        bed.add_drive("sr0", serial="K1")
        yield bed


@pytest.fixture
def watch(bed: UdevBed) -> Iterator[Watch]:
    watch = Watch(bed)
    watch.until("DriveAdded")
    yield watch
    watch.kill()


def run(bed: UdevBed, code: str) -> str:
    """Run a piece of Python in the bed, with `tray` for its drive; give what it prints."""
    start = "from engramd.drives.ioctls import CdromTray\ntray = CdromTray('/dev/sr0')\n"
    argv = [sys.executable, "-c", start + code]
    done = subprocess.run(
        argv, env=bed.environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_an_insertion_is_told_at_once(bed: UdevBed, watch: Watch, capsys: pytest.CaptureFixture[str]) -> None:
    delays = []
    for turn in range(15):
        before = time.monotonic()
        diskseq = bed.insert("sr0", label=f"DISC_{turn}")
        told = watch.until("insertion")
        delays.append(told["t"] - before)
        assert (told["label"], told["diskseq"], told["at_start"]) == (f"DISC_{turn}", diskseq, False)
        bed.take_out("sr0")
        watch.until("removal")
    median, slowest = statistics.median(delays) * 1000, max(delays) * 1000
    with capsys.disabled():
        sys.stdout.write(f"\n[insertion to on_insertion: median {median:.1f} ms, slowest {slowest:.1f} ms]")
    assert min(delays) < 0.05, "something waits before it tells"


def test_a_storm_of_events_is_one_insertion(bed: UdevBed, watch: Watch) -> None:
    bed.insert("sr0", label="ONE")
    bed.storm("sr0", 300)
    bed.insert("sr0", label="TWO")
    while watch.until("insertion")["label"] != "TWO":
        pass
    assert watch.count("insertion") == 2, watch.seen
    assert watch.count("removal") == 1


def test_the_button_is_told_before_the_disc_is_gone(bed: UdevBed, watch: Watch) -> None:
    bed.insert("sr0", label="ONE")
    watch.until("insertion")
    bed.press_button("sr0")
    watch.until("button")
    assert watch.count("removal") == 0
    bed.take_out("sr0")
    assert watch.until("removal")["reason"] == "the disc was taken out"
    assert watch.finish()["states"] == {"/dev/sr0": "open"}


def test_drives_come_and_go(bed: UdevBed, watch: Watch) -> None:
    bed.add_drive("sr1", serial="K2")
    assert watch.until("DriveAdded")["id"] == "MOCK_DVD_Mock_K2"
    bed.insert("sr1", label="ONE", media="bluray")
    assert watch.until("insertion")["media"] == "bluray"
    bed.remove_drive("sr1")
    assert watch.until("removal")["reason"] == "the drive was unplugged"
    watch.until("DriveRemoved")
    bed.add_drive("sr1", serial="K2")
    assert watch.until("DriveAdded")["id"] == "MOCK_DVD_Mock_K2"


def test_the_watcher_can_be_killed_and_started_again(bed: UdevBed, watch: Watch) -> None:
    diskseq = bed.insert("sr0", label="ONE")
    watch.until("insertion")
    watch.kill()
    bed.storm("sr0", 20)
    again = Watch(bed)
    told = again.until("insertion")
    assert (told["diskseq"], told["at_start"]) == (diskseq, True)
    end = again.finish()
    assert end["stopped"]
    assert end["seconds"] < 0.5


def test_an_idle_watcher_sleeps(bed: UdevBed, watch: Watch) -> None:
    def switches() -> int:
        tasks = Path(f"/proc/{watch.process.pid}/task").iterdir()
        lines = [line for task in tasks for line in (task / "status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary"))

    time.sleep(0.5)
    before = switches()
    time.sleep(2)
    assert switches() == before


def test_status_and_auto_close_reach_the_drive(bed: UdevBed) -> None:
    for status, name in enumerate(["NO_INFO", "NO_DISC", "TRAY_OPEN", "NOT_READY", "DISC_OK"]):
        bed.status("sr0", status)
        assert run(bed, "print(tray.status().name)") == name
    assert bed.drive("sr0")["auto_close"]
    run(bed, "tray.clear_auto_close()")
    assert not bed.drive("sr0")["auto_close"]
    assert run(bed, "print(tray.disc_status().name, int(tray.capabilities()))") == "NO_INFO 32911"
    assert bed.opens("sr0") > 0


def test_the_speed_reaches_the_drive_unless_it_has_none_that_can_be_set(bed: UdevBed) -> None:
    code = """
from engramd.drives.abilities import kernel_speed, words_of
from engramd.discs.model import Media
print(tray.set_speed(kernel_speed(4, Media.DVD)), *words_of(tray.capabilities()))
"""
    assert run(bed, code) == "True eject close lock speed"
    assert bed.drive("sr0")["speed"] == 32, "4 x 1385 kB/s in units of 177 kB/s"
    bed.fix_speed("sr0")
    assert run(bed, code) == "False eject close lock"
    assert bed.drive("sr0")["speed"] == 32


def test_a_locked_disc_is_unlocked_and_ejected_and_udev_says_so(bed: UdevBed, watch: Watch) -> None:
    bed.insert("sr0", label="ONE")
    watch.until("insertion")
    run(bed, "tray.lock()")
    assert bed.drive("sr0")["locked"]
    code = "from engramd.drives.ready import eject_disc\nprint(eject_disc(tray), tray.status().name)"
    assert run(bed, code) == "True TRAY_OPEN"
    assert bed.ejects("sr0") == 1
    watch.until("removal")


def test_a_drive_in_use_is_reported_after_three_tries(bed: UdevBed) -> None:
    bed.insert("sr0", label="ONE")
    bed.hold("sr0")
    code = """
from engramd.drives.ready import eject_disc
from engramd.errors import Busy
try:
    eject_disc(tray, pause=0.01)
except Busy as error:
    print(error)
"""
    assert "could not be ejected (/dev/sr0)" in run(bed, code)
    assert bed.drive("sr0")["requests"].count(0x5309) == 3
    bed.hold("sr0", False)
    assert "True" in run(bed, "print(tray.eject())")


def test_a_disc_that_spins_up_is_waited_for(bed: UdevBed) -> None:
    bed.insert("sr0", label="ONE", status=3)
    threading.Timer(1.5, bed.status, ("sr0", 4)).start()
    code = """
from engramd.drives.ready import wait_until_ready
from engramd.tools import CancelToken
print(wait_until_ready(tray, CancelToken(), poll=0.1).name)
"""
    assert run(bed, code) == "DISC_OK"


def test_an_image_is_what_the_device_reads(bed: UdevBed, tmp_path: Path) -> None:
    image = tmp_path / "disc.iso"
    image.write_bytes(b"\0" * 32768 + b"\1CD001")
    bed.insert("sr0", label="ONE", image=image)
    code = "f = open('/dev/sr0', 'rb'); f.seek(32769); print(f.read(5).decode(), tray.status().name)"
    assert run(bed, code) == "CD001 DISC_OK"
