"""Names that people give drives work wherever a drive can be named, and appear wherever one is shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import Result

from engramd.bus import names
from engramd.ctl import job_screen, job_words, screens
from engramd.ctl.app import app
from engramd.ctl.follow import Follower
from engramd.drives.ids import object_id
from tests.ctl.samples import job, objects
from tests.ctl.test_follow import Heard
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

LEFT = names.drive_path(object_id("SERIAL@usb-1"))
DRIVE = {"Name": "left", "Vendor": "MOCK", "Model": "DVD", "Device": "/dev/sr1", "Serial": "SERIAL"}


# -- how they are shown --------------------------------------------------------------------------------


def test_jobs_and_conditions_are_shown_with_the_name_of_their_drive() -> None:
    ripping = job(state="ripping", drive_id="/dev/sr1", drive_identity="SERIAL@usb-1")
    row = click.unstyle(screens.jobs([ripping], {LEFT: DRIVE})).splitlines()[1]
    assert row.split()[:4] == ["4", "ripping", "left", "series"]
    assert "left (/dev/sr1)" in job_screen.job(ripping, [], [], {LEFT: DRIVE})
    lacking = {"severity": "error", "text": "it hangs", "remedy": "", "scope": LEFT.rpartition("/")[2]}
    assert click.unstyle(screens.conditions([lacking], {LEFT: DRIVE})) == "error: left: it hangs"


@pytest.mark.parametrize(
    ("drives", "identity", "shown"),
    [
        ({LEFT: {**DRIVE, "Name": "MOCK DVD"}}, "SERIAL@usb-1", "/dev/sr1"),
        ({}, "SERIAL@usb-1", "/dev/sr0"),
        ({LEFT: DRIVE}, "another", "/dev/sr0"),
        ({LEFT: DRIVE}, None, ""),
    ],
    ids=["without a name of its own", "drive is gone", "of another drive", "an image"],
)
def test_without_a_name_it_is_the_device(
    drives: dict[str, dict[str, Any]], identity: str | None, shown: str
) -> None:
    assert job_words.job_drive(job(drive_identity=identity), drives) == shown


def test_a_follower_calls_drives_by_their_names() -> None:
    screen = Heard()
    follower = Follower(screen)
    one = job(state="identifying", drive_identity="SERIAL@usb-1")
    follower.take("ready", names.ROOT, "", objects(one) | {LEFT: {names.DRIVE: DRIVE}})
    follower.take("event", names.ROOT, "", (0, "drive", LEFT, "the disc was taken out", {}))
    follower.take("properties", LEFT, names.DRIVE, {"Name": "upper"})
    follower.take("properties", names.job_path(4), names.JOB, {"State": "ripping"})
    follower.take("properties", LEFT, names.DRIVE, {"Name": "MOCK DVD"})
    follower.take("event", names.ROOT, "", (0, "drive", LEFT, "gone", {}))
    assert screen.lines == [
        "job 4 (left): identifying: Harbor Station, season 1, disc 1",
        "left: the disc was taken out",
        "job 4 (upper): ripping: Harbor Station, season 1, disc 1",
        "/dev/sr1: gone",
    ]


# -- with a daemon and two drives that have one serial -------------------------------------------------


@dataclass
class House:
    """A daemon on a bus with a system bus's rules, and its drives."""

    bed: UdevBed
    daemon: DaemonUnderTest

    def ctl(self, *words: object) -> Result:
        """Run engramctl."""
        bus = self.daemon.bus.environment
        return runner().invoke(app, ["--bus", "system", *map(str, words)], env=bus)

    def names(self) -> dict[str, str]:
        """Give what the drives are called, by device."""
        done = self.ctl("drives", "--json")
        assert done.exit_code == 0, done.output
        drives = [json.loads(line) for line in done.stdout.splitlines()]
        return {one["device"]: one["name"] for one in drives}

    def until(self, condition: Any, what: str) -> None:
        self.daemon.wait_until(condition, what, 10)


@contextmanager
def two_drives(folder: Path) -> Iterator[House]:
    if missing := missing_for_bed():
        pytest.skip(missing)
    with PrivateBus() as bus, UdevBed() as bed:
        for number in (0, 1):
            bed.add_drive(f"sr{number}", serial="CHEAP", port=f"usb-{number}")
        with DaemonUnderTest(folder, bus, environment=bed.environment) as daemon:
            yield House(bed, daemon)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with two_drives(tmp_path_factory.mktemp("two")) as found:
        yield found


@pytest.fixture
def named(house: House) -> House:
    """A house whose drives are called left and right."""
    for device, name in (("sr0", "left"), ("/dev/sr1", "right")):
        done = house.ctl("drives", "name", device, name)
        assert done.exit_code == 0, done.output
    house.until(lambda: house.names() == {"/dev/sr0": "left", "/dev/sr1": "right"}, "they have no names")
    return house


def test_a_name_is_given_shown_and_taken_away(named: House) -> None:
    assert "left" in named.ctl("drives").stdout
    assert "left" in named.ctl("status").stdout
    [said] = [json.loads(named.ctl("drives", "name", "--json", "left", "  the  left one ").stdout)]
    assert said == {"device": "/dev/sr0", "name": "the left one"}
    named.until(lambda: named.names()["/dev/sr0"] == "the left one", "it has no new name")
    assert named.ctl("drives", "name", "The Left One", "").exit_code == 0
    named.until(lambda: named.names()["/dev/sr0"] == "MOCK DVD Mock", "it is not called by its model")


@pytest.mark.parametrize("said", ["right", "RIGHT", "sr1", "/dev/sr1"])
def test_a_tray_is_opened_by_any_name_of_its_drive(named: House, said: str) -> None:
    before = named.bed.ejects("sr0"), named.bed.ejects("sr1")
    done = named.ctl("eject", said)
    assert done.exit_code == 0, done.output
    assert (named.bed.ejects("sr0"), named.bed.ejects("sr1")) == (before[0], before[1] + 1)


def test_an_id_names_the_second_of_two_drives_with_one_serial(named: House) -> None:
    before = named.bed.ejects("sr1")
    assert named.ctl("eject", "MOCK_DVD_Mock_CHEAP@usb-1").exit_code == 0
    assert named.ctl("eject", object_id("MOCK_DVD_Mock_CHEAP@usb-1")).exit_code == 0
    assert named.bed.ejects("sr1") == before + 2


@pytest.mark.parametrize("words", [("eject",), ("drives", "name", "CHEAP", "x"), ("eject", "CHEAP")])
def test_what_may_be_either_of_two_drives_is_refused_with_their_names(
    named: House, words: tuple[str, ...]
) -> None:
    before = named.bed.ejects("sr0"), named.bed.ejects("sr1")
    done = named.ctl(*words)
    assert done.exit_code == 1
    assert "left (/dev/sr0), right (/dev/sr1)" in done.stderr
    assert (named.bed.ejects("sr0"), named.bed.ejects("sr1")) == before


def test_a_serial_of_two_drives_is_refused_by_the_daemon_too(named: House) -> None:
    done = named.ctl("next", "--drive", "CHEAP", "--show", "Harbor Station")
    assert done.exit_code == 2
    assert "say which: /dev/sr0, /dev/sr1" in done.stderr


def test_a_hint_is_for_the_drive_that_was_named_and_says_its_name(named: House) -> None:
    for said in ("right", "sr1"):
        assert (
            "next disc in right: Harbor Station"
            in named.ctl("next", "--drive", said, "--show", "Harbor Station").stdout
        )
    named.ctl("drives", "name", "right", "lower")
    named.until(lambda: "next disc in lower" in named.ctl("next").stdout, "the hint has the old name")
    assert named.ctl("next", "--clear", "--drive", "lower").stdout.startswith("What was said")


@pytest.mark.parametrize("said", ["left", "Left", "sr0"])
def test_a_drive_is_ripped_by_its_name(named: House, said: str, tmp_path: Path) -> None:
    """It holds no disc: the daemon says so of the device, not of a file."""
    done = named.ctl("rip", said)
    assert done.exit_code == 1
    assert "/dev/sr0" in done.stderr
    assert "disc" in done.stderr
    assert "import" not in done.stderr


def test_a_file_of_the_same_name_has_to_be_told_from_the_drive(
    named: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "left").mkdir()
    done = named.ctl("rip", "left")
    assert done.exit_code == 2
    assert "./left or /dev/sr0" in done.stderr
    assert str(tmp_path / "left") in named.ctl("rip", "./left").stderr, "a path is a path"


@pytest.mark.parametrize("words", [("rip", "nothing"), ("rip", "./left"), ("rip", "--dry-run", "nothing")])
def test_what_is_neither_a_drive_nor_a_file_is_refused(
    named: House, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = named.ctl(*words)
    assert done.exit_code in (1, 2)
    assert words[-1].removeprefix("./") in done.stderr


@pytest.mark.parametrize("name", ["right", "RIGHT", "sr1", "/dev/sr5", "CHEAP", "7", "MOCK_DVD_Mock_CHEAP"])
def test_a_name_that_would_not_be_the_drives_alone_is_refused_with_a_remedy(named: House, name: str) -> None:
    done = named.ctl("drives", "name", "left", name)
    assert done.exit_code == 2
    assert "choose" in done.stderr
    assert named.names() == {"/dev/sr0": "left", "/dev/sr1": "right"}


def test_a_job_is_shown_with_the_drive_that_it_came_in(named: House) -> None:
    """There is no such node on this machine, so the job fails; what it is called is what counts."""
    named.bed.insert("sr1", label="SOME_DISC")
    named.until(lambda: "SOME_DISC" in named.ctl("jobs").stdout, "no job")
    named.bed.take_out("sr1")
    [found] = [json.loads(line) for line in named.ctl("jobs", "--json").stdout.splitlines()]
    assert (found["drive_id"], found["drive_name"]) == ("/dev/sr1", "right")
    row = next(line for line in named.ctl("jobs").stdout.splitlines() if "SOME_DISC" in line)
    assert row.split()[2] == "right"
    shown = named.ctl("show", found["id"]).stdout
    assert "right (/dev/sr1)" in shown
    assert json.loads(named.ctl("show", found["id"], "--json").stdout)["drive_name"] == "right"


def test_names_stay_with_their_drives_over_restarts_and_other_nodes(tmp_path: Path) -> None:
    with two_drives(tmp_path) as found:
        assert found.ctl("drives", "name", "sr0", "left").exit_code == 0
        assert found.ctl("drives", "name", "sr1", "right").exit_code == 0
        found.daemon.stop()
        for number in (0, 1):
            found.bed.remove_drive(f"sr{number}")
        found.bed.add_drive("sr0", serial="CHEAP", port="usb-1")
        found.bed.add_drive("sr1", serial="CHEAP", port="usb-0")
        found.daemon.start()
        assert found.names() == {"/dev/sr0": "right", "/dev/sr1": "left"}
        found.bed.remove_drive("sr0")
        found.until(lambda: found.names() == {"/dev/sr1": "left"}, "the drive is not gone")
        found.bed.add_drive("sr0", serial="CHEAP", port="usb-1")
        found.until(lambda: found.names() == {"/dev/sr0": "right", "/dev/sr1": "left"}, "it is another")


def test_the_name_of_a_drive_that_is_gone_is_free(tmp_path: Path) -> None:
    with two_drives(tmp_path) as found:
        assert found.ctl("drives", "name", "sr1", "left").exit_code == 0
        found.bed.remove_drive("sr1")
        found.until(lambda: found.names().keys() == {"/dev/sr0"}, "the drive is not gone")
        assert found.ctl("drives", "name", "sr0", "left").exit_code == 0
        found.bed.add_drive("sr1", serial="CHEAP", port="usb-1")
        found.until(lambda: len(found.names()) == 2, "the drive is not there")
        assert found.names() == {"/dev/sr0": "left", "/dev/sr1": "MOCK DVD Mock"}
