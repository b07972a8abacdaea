"""A drive that somebody holds, and one that is to be quiet: mocked drives whose discs are real."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.client import Client
from engramd.errors import WrongState
from tests.support.authoring import AuthoredDisc
from tests.support.busservice import connected
from tests.support.daemon import ROOT, DaemonUnderTest, DeviceNode
from tests.support.rows import Rows
from tests.support.udevbed import UdevBed, missing_for_bed
from tests.system.conftest import MakeDaemon

pytestmark = [pytest.mark.root, pytest.mark.loop]

#: A node that no other tests use: these need not wait for them.
SR, NODE = "sr6", Path("/dev/sr6")
#: Says that it runs, and goes on until its input ends.
PROGRAM = ("sh", "-c", "echo begun; cat; exit 7")


@pytest.fixture
def bed() -> Iterator[UdevBed]:
    """Give a bed with one empty drive."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    with UdevBed() as bed:
        bed.add_drive(SR, serial="ENG6")
        yield bed


@pytest.fixture
def node(tv_dvd: AuthoredDisc) -> Iterator[DeviceNode]:
    """Give the device node of the drive, with the disc of a series."""
    with DeviceNode(tv_dvd.image, NODE) as node:
        yield node


class Drive:
    """The drive of a daemon, as a client sees it."""

    def __init__(self, daemon: DaemonUnderTest, client: Client) -> None:
        self._daemon, self._client = daemon, client
        self.path = next(path for path in client.objects() if "/drives/" in path)

    def __getitem__(self, name: str) -> Any:
        return self._client.properties(self.path, names.DRIVE)[name]

    def call(self, method: str, signature: str = "", *values: Any) -> None:
        """Call a method."""
        self._client.call(self.path, names.DRIVE, method, signature, values)

    def until(self, name: str, wanted: Any) -> None:
        """Wait until a property has a value."""
        what = f"{name} does not become {wanted}"
        self._daemon.wait_until(lambda: self[name] == wanted, what)


@pytest.fixture
def daemon(drive_daemon: MakeDaemon) -> DaemonUnderTest:
    """Give a daemon that only identifies discs, and leaves them in the drive."""
    daemon = drive_daemon(settings={"auto_eject_enabled": False})
    daemon.start()
    return daemon


@pytest.fixture
def drive(daemon: DaemonUnderTest) -> Iterator[Drive]:
    """Give its drive."""
    with connected(daemon.bus) as client:
        drive = Drive(daemon, client)
        drive.call("SetPolicy", "a{sv}", {"on_insert": "identify"})
        yield drive


def holding(daemon: DaemonUnderTest, *words: str) -> subprocess.Popen[str]:
    """Start a program that holds the drive, and wait until it runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "engramd.ctl", "--bus", "system", "drives", "hold", *words, SR, *PROGRAM],
        env=os.environ | daemon.bus.environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    return process


def test_nothing_is_begun_while_a_drive_is_held_and_the_disc_is_taken_up_afterwards(
    daemon: DaemonUnderTest, drive: Drive, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    rows = Rows(daemon)
    asked = 2  # what the drive can do, and whether its tray is open
    daemon.wait_until(lambda: bed.opens(SR) == asked, "an empty drive is not asked")
    holder = holding(daemon, "--why", "a film is watched")
    bed.insert(SR, label=tv_dvd.label)
    drive.until("LastDecision", "it waits, since the drive is held by sh: a film is watched")
    assert [(one["who"], one["why"]) for one in drive["Inhibitors"]] == [("sh", "a film is watched")]
    bed.take_out(SR)
    drive.until("State", "open")
    bed.insert(SR, label=tv_dvd.label)
    drive.until("LastEvent", "disc inserted")
    refused = daemon.ctl("rip", str(NODE), "--no-wait", check=False)
    assert (refused.returncode, "the drive is held" in refused.stderr) == (1, True), refused.stderr
    assert daemon.ctl("drives").stdout.endswith("\n/dev/sr6 is held by sh: a film is watched\n")
    assert (rows.jobs(), bed.opens(SR)) == ([], asked), "a drive that is held is left alone"
    assert (holder.communicate("")[0], holder.returncode) == ("", 7), "the exit code is the program's"
    assert rows.until("completed")["outcome"] == "nothing_to_do", "the disc is not taken up"
    assert (len(rows.jobs()), drive["Inhibitors"]) == (1, [])
    bed.take_out(SR)
    drive.until("State", "open")
    holding(daemon).communicate("")
    drive.until("LastEvent", "nobody holds it any more")
    assert len(rows.jobs()) == 1, "a disc that is gone is taken up"


def test_a_drive_reads_as_fast_as_its_policy_says_if_it_can(
    daemon: DaemonUnderTest, drive: Drive, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    rows = Rows(daemon)
    drive.until("Capabilities", ["dvd", "eject", "close", "lock", "speed"])
    daemon.ctl("drives", "set", SR, "--speed", "8")
    assert bed.drive(SR)["speed"] is None, "an empty drive is told with its disc"
    bed.insert(SR, label=tv_dvd.label)
    rows.until("completed")
    assert bed.drive(SR)["speed"] == 63, "8 x 1385 kB/s in units of 177 kB/s"
    drive.call("SetPolicy", "a{sv}", {"speed": 2})
    assert bed.drive(SR)["speed"] == 16, "a disc that is in the drive is read so at once"
    drive.call("SetPolicy", "a{sv}", {"speed": 0})
    assert bed.drive(SR)["speed"] == 0
    drive.call("SetPolicy", "a{sv}", {"speed": 4})
    bed.fix_speed(SR)
    with pytest.raises(WrongState, match="does not let its speed be set"):
        drive.call("SetPolicy", "a{sv}", {"speed": 2})
    assert drive["Policy"] == {"on_insert": "identify", "eject": "after_rip", "speed": 4}
    bed.take_out(SR)
    drive.until("State", "open")
    bed.insert(SR, label=tv_dvd.label)
    rows.wait(lambda: len(rows.jobs()) == 2, "a drive that cannot be slow reads nothing")
    rows.until("completed", job=2)
    assert "the drive reads as it likes: this drive does not let its speed be set" in rows.sentences()
    drive.until("Capabilities", ["dvd", "eject", "close", "lock"])
