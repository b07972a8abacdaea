"""When discs are given back, what is made of trays that pull themselves in, and drives that hang."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.badsectors import BadDisc, need_fuse
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.udevbed import UdevBed
from tests.system.conftest import MakeDaemon
from tests.system.test_damaged import SECOND, spot_in
from tests.system.test_makemkv import EPISODES, SHOW, episodes
from tests.tools.freezer import Freezer, freezer

pytestmark = [pytest.mark.root, pytest.mark.loop]


@pytest.fixture
def node(tv_dvd: AuthoredDisc) -> Iterator[DeviceNode]:
    """Give the device node of the first drive, with the disc of a series."""
    with DeviceNode(tv_dvd.image) as node:
        yield node


@pytest.fixture
def frozen() -> Iterator[Freezer]:
    """Give a freezer for processes that then hang in the kernel."""
    with freezer() as made:
        if made is None:
            pytest.skip("the kernel has no cgroup v1 freezer here, whose processes take no signal")
        yield made


def begun(daemon: DaemonUnderTest, disc: AuthoredDisc) -> Rows:
    """Start a daemon that knows the references."""
    write_references(daemon.references, SHOW, disc.episodes)
    daemon.start()
    return Rows(daemon)


def drive(daemon: DaemonUnderTest) -> dict[str, str]:
    """Give the first drive as a person sees it."""
    found: dict[str, str] = json.loads(daemon.ctl("drives", "--json").stdout.splitlines()[0])
    return found


def test_a_tray_that_pulls_itself_in_starts_no_second_job(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, film_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon(settings={"tray_pulled_in_seconds": 300})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.until("completed")
    daemon.wait_until(lambda: bed.ejects("sr0") == 1, "the disc is not given back")
    bed.insert("sr0", label=tv_dvd.label)
    daemon.wait_until(lambda: "pulled itself in" in str(drive(daemon)["last_decision"]), "it is not told", 20)
    assert len(rows.jobs()) == 1
    assert bed.ejects("sr0") == 1, "it would go on all night"
    assert drive(daemon)["state"] == "ready"
    bed.take_out("sr0")
    node.__exit__()
    with DeviceNode(film_dvd.image):
        bed.insert("sr0", label=film_dvd.label)
        rows.wait(lambda: len(rows.jobs()) == 2, "another disc is taken for the same one")
        daemon.ctl("cancel", "2")
    node.__enter__()


def test_a_disc_that_a_person_inserts_again_is_looked_at(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon(settings={"tray_pulled_in_seconds": 300, "auto_eject_enabled": False})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.until("completed")
    daemon.ctl("eject", "sr0")
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: len(rows.jobs()) == 2, "nothing is made of it")
    assert rows.until("completed", job=2)["outcome"] == "duplicate"


@pytest.mark.parametrize(("policy", "gives_back"), [("after_rip", True), ("never", False), ("always", True)])
def test_a_ripped_disc_is_given_back_as_the_drives_policy_says(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    node: DeviceNode,
    tv_dvd: AuthoredDisc,
    policy: str,
    gives_back: bool,
) -> None:
    daemon = drive_daemon()
    rows = begun(daemon, tv_dvd)
    daemon.ctl("drives", "set", "sr0", "--eject", policy)
    bed.insert("sr0", label=tv_dvd.label)
    rows.until("completed")
    rows.wait(lambda: drive(daemon)["state"] in ("ready", "open"), "the drive is not free")
    assert bed.ejects("sr0") == gives_back


def test_the_policy_counts_that_is_set_when_the_disc_is_ripped(
    drive_daemon: MakeDaemon, bed: UdevBed, node: DeviceNode, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.block()
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: slow.rips() == 1, "no title begins")
    daemon.ctl("drives", "set", "sr0", "--eject", "never")
    slow.release()
    rows.until("completed")
    rows.wait(lambda: drive(daemon)["state"] in ("ready", "open"), "the drive is not free")
    assert bed.ejects("sr0") == 0


@pytest.mark.parametrize(("policy", "gives_back"), [("after_rip", False), ("never", False), ("always", True)])
def test_a_disc_that_cannot_be_read_is_given_back_only_if_wanted(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    tv_dvd: AuthoredDisc,
    tmp_path: Path,
    policy: str,
    gives_back: bool,
) -> None:
    noise = tmp_path / "noise.iso"
    noise.write_bytes(b"noise" * 100_000)
    with DeviceNode(noise):
        daemon = drive_daemon()
        rows = begun(daemon, tv_dvd)
        daemon.ctl("drives", "set", "sr0", "--eject", policy)
        bed.insert("sr0", label="")
        rows.until("failed")
        daemon.wait_until(lambda: drive(daemon)["state"] in ("unreadable", "open"), "the drive is busy")
        assert bed.ejects("sr0") == gives_back


MOMENTS: dict[str, Callable[[Rows, SlowFFmpeg], object]] = {
    "identifying": lambda rows, slow: rows.job()["state"] == "identifying",
    "first title": lambda rows, slow: slow.rips() == 1 and slow.processes(),
    "second title": lambda rows, slow: slow.rips() == 2 and slow.processes(),
    "last title": lambda rows, slow: slow.rips() == 4 and slow.processes(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_the_button_at_any_point_keeps_what_is_ripped_and_the_disc_goes_on_when_it_is_back(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    node: DeviceNode,
    tv_dvd: AuthoredDisc,
    tmp_path: Path,
    moment: str,
) -> None:
    slow = SlowFFmpeg(tmp_path)
    slow.hold(after={"second title": 1, "last title": 3}.get(moment, 0))
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: MOMENTS[moment](rows, slow), moment)
    bed.press_button("sr0")
    bed.take_out("sr0")
    rows.wait(lambda: not slow.processes(), "FFmpeg reads a disc that is on its way out")
    done = {"second title": 1, "last title": 3}.get(moment, 0)
    rows.wait(lambda: len(episodes(daemon)) >= done, "what is ripped is not filed meanwhile")
    slow.release()
    before = slow.rips()
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: episodes(daemon) == EPISODES, "the rest is not ripped")
    rows.wait(lambda: all(j["state"] in ("completed", "failed") for j in rows.jobs()), "a job stays open")
    assert slow.rips() - before == 4 - done, "what is ripped is not ripped again"
    daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_a_drive_whose_program_hangs_in_the_kernel_costs_nobody_else_anything(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    node: DeviceNode,
    tv_dvd: AuthoredDisc,
    tmp_path: Path,
    frozen: Freezer,
) -> None:
    slow = SlowFFmpeg(tmp_path)
    slow.hold(after=1)
    daemon = drive_daemon(settings={"ffmpeg_path": str(slow.path), "import_paths": str(tv_dvd.image.parent)})
    rows = begun(daemon, tv_dvd)
    bed.insert("sr0", label=tv_dvd.label)
    rows.wait(lambda: slow.rips() == 2 and slow.processes(), "no second title rips")
    for pid in slow.processes():
        frozen.freeze(pid)
    bed.press_button("sr0")
    daemon.wait_until(lambda: drive(daemon)["state"] == "stuck", "the drive is not stuck", 40)
    conditions = json.loads(daemon.ctl("status", "--json").stdout)["conditions"]
    [stuck] = [c for c in conditions if c["id"] == "stuck"]
    assert "cannot be ended" in stuck["text"]
    rows.wait(lambda: "S01E01" in episodes(daemon), "what was ripped is not filed")
    slow.release()
    other = daemon.ctl("rip", str(tv_dvd.image), "--again", "--titles", "5", check=False)
    assert other.returncode == 0, "an image is ripped meanwhile"
    assert drive(daemon)["state"] == "stuck"
    frozen.thaw()
    daemon.wait_until(lambda: drive(daemon)["state"] != "stuck", "the drive stays stuck", 40)
    conditions = json.loads(daemon.ctl("status", "--json").stdout)["conditions"]
    assert not [c for c in conditions if c["id"] == "stuck"]


def test_any_drive_takes_up_the_missing_titles_of_a_damaged_disc(
    drive_daemon: MakeDaemon, bed: UdevBed, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    need_fuse()
    bed.add_drive("sr1", serial="ENG2")
    daemon = drive_daemon()
    rows = begun(daemon, tv_dvd)
    with (
        BadDisc(tv_dvd.image, tmp_path / "bad", spot_in(tv_dvd.image, SECOND, sectors=4)) as scratched,
        DeviceNode(scratched.path),
    ):
        bed.insert("sr0", label=tv_dvd.label)
        rows.until("review_needed", seconds=90)
        assert episodes(daemon) == ["S01E01", "S01E03"]
        daemon.wait_until(lambda: bed.ejects("sr0") == 1, "the disc is not given back to be cleaned")
        before = {t["title_index"]: t["rip_attempts"] for t in rows.titles(1)}
    with DeviceNode(tv_dvd.image, Path("/dev/sr1")):
        bed.insert("sr1", label=tv_dvd.label)
        assert rows.until("completed", job=1)["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        after = {t["title_index"]: t["rip_attempts"] for t in rows.titles(1)}
        assert [index for index in after if after[index] != before[index]] == [SECOND]
        assert rows.reviews() == []
        time.sleep(0.2)
        assert [job["outcome"] for job in rows.jobs()] == ["complete", "duplicate"]
