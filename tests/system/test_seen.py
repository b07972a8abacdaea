"""Discs that come again: the library decides what is ripped, and earlier decisions stand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest, DeviceNode
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.support.udevbed import UdevBed
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"
SEASON = f"tv/{SHOW}/Season 01"
#: Seconds in which a disc that is in the library already is given back.
GIVEN_BACK_WITHIN = 10
ALL = [
    *(f"{SEASON}/{SHOW} - S01E0{number}.mkv" for number in (1, 2, 3)),
    f"{SEASON}/Other/{SHOW} - Disc 1 - Title 05.mkv",
]


@pytest.fixture
def ffmpeg(tmp_path: Path) -> SlowFFmpeg:
    """Give an FFmpeg that counts, as quick as it is."""
    return SlowFFmpeg(tmp_path, held=False)


def begun(daemon: DaemonUnderTest, disc: AuthoredDisc) -> Rows:
    """Start a daemon that knows the references."""
    write_references(daemon.references, SHOW, disc.episodes)
    daemon.start()
    return Rows(daemon)


def rip(daemon: DaemonUnderTest, rows: Rows, disc: AuthoredDisc, *options: str) -> dict[str, object]:
    """Rip an image to its end; give the job."""
    daemon.ctl("rip", str(disc.image), *options, check=False)
    return rows.until("completed", "failed", "review_needed")


@pytest.mark.root
@pytest.mark.loop
def test_a_disc_that_is_in_the_library_is_given_back_at_once(
    drive_daemon: MakeDaemon, bed: UdevBed, tv_dvd: AuthoredDisc, ffmpeg: SlowFFmpeg
) -> None:
    daemon = drive_daemon(settings={"ffmpeg_path": str(ffmpeg.path)})
    rows = begun(daemon, tv_dvd)
    with DeviceNode(tv_dvd.image):
        bed.insert("sr0", label=tv_dvd.label)
        assert rows.until("completed")["outcome"] == "complete"
        rows.wait(lambda: bed.ejects("sr0") == 1, "the first disc is not ejected")
        assert daemon.filed() == ALL
        rips = ffmpeg.rips()

        bed.insert("sr0", label=tv_dvd.label)
        rows.wait(lambda: bed.ejects("sr0") == 2, "the disc is not given back", GIVEN_BACK_WITHIN)
    job = rows.until("completed", job=2)
    assert job["outcome"] == "duplicate"
    said = r"filed on \d{4}-\d\d-\d\d as Harbor Station - S01E01 and 3 more \(job 1\)"
    assert re.search(said, job["error_message"]), job["error_message"]
    assert ffmpeg.rips() == rips, "a disc that is in the library is not ripped"
    assert daemon.filed() == ALL


def test_what_is_missing_in_the_library_is_ripped_again_under_its_name(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, ffmpeg: SlowFFmpeg
) -> None:
    daemon = make_daemon(settings={"ffmpeg_path": str(ffmpeg.path)})
    rows = begun(daemon, tv_dvd)
    assert rip(daemon, rows, tv_dvd)["outcome"] == "complete"
    (daemon.folder / SEASON / f"{SHOW} - S01E02.mkv").unlink()
    shutil.rmtree(daemon.references / SHOW)  # nothing is compared: what was decided stands
    rips = ffmpeg.rips()
    job = rip(daemon, rows, tv_dvd)
    assert (job["id"], job["outcome"], job["detected_title"], job["detected_season"]) == (
        2,
        "complete",
        SHOW,
        1,
    ), daemon.log()
    assert ffmpeg.rips() == rips + 1, "one title is missing"
    assert daemon.filed() == ALL
    titles = {title["title_index"]: title for title in rows.titles()}
    assert (titles[2]["state"], titles[2]["match_source"]) == ("completed", "earlier")
    assert "already in the library as Harbor Station - S01E01 (job 1)" in titles[1]["match_reason"]
    assert "1 title is no longer in the library" in rows.sentences()
    third = rip(daemon, rows, tv_dvd)
    assert third["outcome"] == "duplicate", "two jobs together have filed the disc"
    assert "(job 2)" in str(third["error_message"])


def test_a_cancelled_disc_comes_again_and_only_the_rest_is_ripped(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path)
    slow.hold(after=1)
    daemon = make_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    rows.wait(lambda: slow.rips() == 2, "the second title does not rip")
    daemon.ctl("cancel", "1")
    assert rows.until("completed")["outcome"] == "cancelled"
    filed = daemon.filed()
    assert filed == [f"{SEASON}/{SHOW} - S01E01.mkv"]
    slow.release()
    assert rip(daemon, rows, tv_dvd)["outcome"] == "complete"
    assert slow.rips() == 2 + 3
    assert daemon.filed() == ALL
    assert "seen before: 1 title is in the library; the rest is ripped" in rows.sentences()


def test_again_rips_all_and_other_wishes_only_what_is_new(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, ffmpeg: SlowFFmpeg
) -> None:
    daemon = make_daemon(settings={"ffmpeg_path": str(ffmpeg.path)})
    rows = begun(daemon, tv_dvd)
    assert rip(daemon, rows, tv_dvd, "--titles", "2")["outcome"] == "complete"
    assert rip(daemon, rows, tv_dvd, "--titles", "2-3")["outcome"] == "complete"
    assert ffmpeg.rips() == 2
    assert rip(daemon, rows, tv_dvd, "--titles", "2-3")["outcome"] == "duplicate"
    assert ffmpeg.rips() == 2
    assert len(daemon.filed()) == 2
    assert rip(daemon, rows, tv_dvd, "--again")["outcome"] == "complete"
    assert ffmpeg.rips() == 6
    assert daemon.filed() == ALL, "the same bytes are no conflict"


def test_a_better_pressing_is_another_disc(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    better = cached_disc(make_tv_dvd, "tv_dvd_better", gop=12)
    daemon = make_daemon()
    rows = begun(daemon, tv_dvd)
    assert rip(daemon, rows, tv_dvd)["outcome"] == "complete"
    job = rip(daemon, rows, better)
    hashes = {row["content_hash"] for row in rows.jobs()}
    assert (len(hashes), job["state"]) == (2, "review_needed")
    assert {review["kind"] for review in rows.reviews()} == {"conflict"}
    extra = ALL[-1].replace(".mkv", " (2).mkv")
    assert sorted(daemon.filed()) == sorted([*ALL, extra]), "an extra is not asked about"


def test_what_a_person_said_of_a_disc_stands_when_it_comes_again(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path)
    slow.block()
    daemon = make_daemon(settings={"ffmpeg_path": str(slow.path)})
    rows = begun(daemon, tv_dvd)
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    rows.wait(lambda: rows.count("ripping"), "no title rips")
    daemon.ctl("identify", "1", "--type", "tv", "--title", "Harbour Stories", "--season", "7")
    daemon.ctl("cancel", "1")
    assert rows.until("completed", "failed")["outcome"] == "cancelled"
    daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
    job = rows.until("ripping", job=2)
    said = (job["detected_title"], job["detected_season"], job["classification_source"])
    assert said == ("Harbour Stories", 7, "user")
    assert re.fullmatch(r"as you said on \d{4}-\d\d-\d\d \(job 1\)", job["identity_reason"])
    daemon.ctl("cancel", "2")
    rows.until("completed", "failed", job=2)
    daemon.ctl("rip", str(tv_dvd.image), "--show", "Another", "--no-wait")
    assert rows.until("ripping", job=3)["detected_title"] == "Another", "what is said now counts"
    slow.release()
