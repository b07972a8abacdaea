"""What people say the next discs are: counted through a stack, over restarts, and never forced on a disc."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.udevbed import UdevBed
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"
HINT = ("--show", SHOW, "--season", "1")


@pytest.fixture(scope="session")
def nameless_dvd(tv_dvd: AuthoredDisc) -> AuthoredDisc:
    """Give a disc of the series whose label says nothing."""
    return cached_disc(make_tv_dvd, "tv_dvd_nameless", volume_label="LOGICAL_VOLUME_ID")


def begun(daemon: DaemonUnderTest, disc: AuthoredDisc) -> Rows:
    """Start a daemon that knows the references."""
    write_references(daemon.references, SHOW, disc.episodes)
    daemon.start()
    return Rows(daemon)


def hints(daemon: DaemonUnderTest) -> list[dict[str, Any]]:
    """What `engramctl next` shows."""
    return [json.loads(line) for line in daemon.ctl("next", "--json").stdout.splitlines()]


def left(daemon: DaemonUnderTest) -> list[tuple[int | None, int | None]]:
    """How many discs of each hint are left, and the number of the next one."""
    return [(hint["discs_left"], hint["disc"]) for hint in hints(daemon)]


@pytest.mark.root
@pytest.mark.loop
def test_a_stack_goes_through_a_drive(
    drive_daemon: MakeDaemon,
    bed: UdevBed,
    nameless_dvd: AuthoredDisc,
    film_dvd: AuthoredDisc,
) -> None:
    daemon = drive_daemon()
    rows = begun(daemon, nameless_dvd)
    assert daemon.ctl("next", *HINT, "--drive", "/dev/sr7", check=False).returncode == 1, "no such drive"
    daemon.ctl("next", *HINT, "--disc", "1", "--discs", "3", "--drive", "/dev/sr0")
    daemon.kill()
    daemon.start()
    assert left(daemon) == [(3, 1)], "the hint survives a power cut"
    assert "Harbor Station, season 1" in daemon.ctl("status").stdout
    with DeviceNode(nameless_dvd.image):
        bed.insert("sr0", label=nameless_dvd.label)
        job = rows.until("completed", "failed", "review_needed")
        assert (job["outcome"], job["hint_id"], job["disc_number"]) == ("complete", 1, 1), daemon.log()
        assert job["classification_source"] == "user"
        assert job["identity_reason"].startswith("hint 1 of ")
        assert job["identity_reason"].endswith(": Harbor Station, season 1, disc 1")
        assert sorted(Path(path).name for path in daemon.filed()) == [
            "Harbor Station - Disc 1 - Title 05.mkv",
            *(f"Harbor Station - S01E0{number}.mkv" for number in (1, 2, 3)),
        ]
        rows.wait(lambda: bed.ejects("sr0") == 1, "the disc is not ejected")
        assert left(daemon) == [(2, 2)]
        bed.insert("sr0", label=nameless_dvd.label)
        assert rows.until("completed", job=2)["outcome"] == "duplicate"
        rows.wait(lambda: bed.ejects("sr0") == 2, "the disc is not given back")
        assert left(daemon) == [(2, 2)], "a disc that is known already does not count"
    with DeviceNode(film_dvd.image):
        bed.insert("sr0", label=film_dvd.label)
        job = rows.until("review_needed", "completed", "failed", job=3)
    assert (job["state"], job["content_type"], job["detected_title"]) == (
        "review_needed",
        "movie",
        "The Long Voyage",
    ), "a disc that contradicts keeps its own verdict"
    question = next(r["question"] for r in rows.reviews() if r["kind"] == "identity")
    assert "You said Harbor Station, season 1, disc 2; the label says THE_LONG_VOYAGE." in question
    assert not [path for path in daemon.filed() if path.startswith("films/")], "and nothing is forced"
    assert left(daemon) == [(1, 3)]
    daemon.ctl("identify", "3", "--type", "movie", "--title", "The Long Voyage", "--year", "1999")
    assert rows.until("completed", job=3)["outcome"] == "complete"
    daemon.ctl("next", "--clear")
    assert hints(daemon) == []


@pytest.mark.root
@pytest.mark.loop
def test_a_power_cut_neither_loses_a_disc_nor_counts_it_twice(
    drive_daemon: MakeDaemon, bed: UdevBed, nameless_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon(settings={"auto_eject_enabled": False})
    rows = begun(daemon, nameless_dvd)
    daemon.ctl("next", *HINT, "--disc", "1", "--discs", "2")
    with DeviceNode(nameless_dvd.image):
        bed.insert("sr0", label=nameless_dvd.label, status=3)
        rows.until("identifying")
        daemon.wait_until(lambda: left(daemon) == [(1, 2)], "the hint is not taken")
        daemon.kill()
        daemon.start()
        assert left(daemon) == [(1, 2)]
        bed.status("sr0", 4)
        job = rows.until("completed", "failed", "review_needed")
    assert (job["id"], job["outcome"], job["hint_id"], job["disc_number"]) == (1, "complete", 1, 1)
    assert left(daemon) == [(1, 2)]


@pytest.mark.root
@pytest.mark.loop
def test_a_disc_that_goes_before_it_was_read_gives_the_hint_back(
    drive_daemon: MakeDaemon, bed: UdevBed, nameless_dvd: AuthoredDisc
) -> None:
    daemon = drive_daemon()
    rows = begun(daemon, nameless_dvd)
    daemon.ctl("next", *HINT, "--disc", "1")
    bed.insert("sr0", label=nameless_dvd.label, status=3)
    rows.until("identifying")
    daemon.wait_until(lambda: hints(daemon) == [], "the hint is not taken")
    bed.take_out("sr0")
    assert rows.until("failed")["hint_id"] is None
    assert left(daemon) == [(1, 1)]
    bed.insert("sr0", media="audio")
    assert rows.until("completed", job=2)["outcome"] == "nothing_to_do"
    assert left(daemon) == [(1, 1)]


def test_an_image_takes_the_hint_unless_it_is_told_what_it_is(
    make_daemon: MakeDaemon, nameless_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path)
    slow.block()
    daemon = make_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, nameless_dvd)
    daemon.ctl("next", *HINT, "--until-changed", "--extras", "skip", "--tmdb", "tv:77")
    daemon.ctl("rip", str(nameless_dvd.image), "--show", "Another", "--season", "3", "--no-wait")
    told = rows.until("ripping", job=1)
    assert (told["detected_title"], told["detected_season"], told["hint_id"]) == ("Another", 3, None)
    daemon.ctl("cancel", "1")
    rows.until("failed", "completed", job=1)
    daemon.ctl("rip", str(nameless_dvd.image), "--again", "--no-wait")
    hinted = rows.until("ripping", job=2)
    assert (hinted["detected_title"], hinted["detected_season"], hinted["hint_id"]) == (SHOW, 1, 1)
    assert (hinted["tmdb_id"], hinted["tmdb_namespace"], hinted["extras_policy"]) == (77, "tv", "skip")
    assert "extras are not kept" in rows.titles(2)[4]["match_reason"]
    assert left(daemon) == [(None, None)], "until it is changed, and without numbers"
    daemon.ctl("cancel", "2")
    slow.release()
