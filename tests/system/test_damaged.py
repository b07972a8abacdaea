"""Discs with real read errors, ripped without MakeMKV: what can be read is filed, the rest is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.discs.udf import read_udf
from engramd.discs.volume import SECTOR, OpenVolume
from engramd.organize.trash_entry import TRASH
from tests.support.authoring import AuthoredDisc, write_references
from tests.support.authoring.broken import truncated_copy
from tests.support.badsectors import BadDisc, Spot, need_fuse
from tests.support.daemon import DaemonUnderTest
from tests.support.slowffmpeg import SlowFFmpeg
from tests.system.conftest import MakeDaemon
from tests.system.test_makemkv import begin, episodes

SHOW = "Harbor Station"
EPISODES = ["S01E01", "S01E02", "S01E03"]
#: Indexes of the second episode and of the extra.
SECOND, EXTRA = 2, 4


def spot_in(image: Path, title_index: int, part: float = 0.5, sectors: int = 1) -> Spot:
    """Give a bad spot in the middle of a title."""
    title = read_disc(image).titles[title_index]
    title_set, _, cells = title.segments[0].key.partition(":")
    first = int(cells.partition("-")[0])
    last = int(title.segments[-1].key.rpartition("-")[2])
    with OpenVolume(image) as volume:
        [extent] = read_udf(volume).extents(f"VIDEO_TS/VTS_{int(title_set):02}_1.VOB")
    assert extent.offset is not None
    sector = first + int((last - first) * part)
    return Spot(extent.offset + sector * SECTOR, sectors * SECTOR)


@pytest.fixture
def daemon(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> DaemonUnderTest:
    made = make_daemon()
    write_references(made.references, SHOW, tv_dvd.episodes)
    return made


@pytest.fixture
def scratched(tv_dvd: AuthoredDisc, tmp_path: Path) -> Iterator[BadDisc]:
    """Give the disc of a series with a scratch in its second episode."""
    need_fuse()
    with BadDisc(tv_dvd.image, tmp_path / "bad", spot_in(tv_dvd.image, SECOND, sectors=4)) as disc:
        yield disc


def test_the_other_titles_are_filed_and_cleaning_the_disc_brings_the_rest(
    daemon: DaemonUnderTest, scratched: BadDisc
) -> None:
    with daemon:
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        assert episodes(daemon) == ["S01E01", "S01E03"]
        [task] = rows.reviews()
        assert (task["kind"], task["needs_disc"]) == ("damaged", 1)
        [title] = [t for t in rows.titles() if t["state"] == "review"]
        assert (title["title_index"], title["rip_outcome"], title["rip_backend"]) == (
            SECOND,
            "damaged",
            "open",
        )
        assert title["read_errors"] >= 1
        status = daemon.ctl("status").stdout
        assert "damaged" in status
        rescue = next(daemon.staging.glob("*/rescue"))
        assert list(rescue.iterdir()), "what was read of the damaged title is kept"
        scratched.heal()
        scratched.forget_reads()
        daemon.ctl("answer", str(task["id"]), "retry")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        read = sum(size for _, size in scratched.reads())
        assert read < read_disc(scratched.path).titles[SECOND].size, "what was read before is not read again"
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_what_could_be_read_is_kept_if_a_person_says_so(daemon: DaemonUnderTest, scratched: BadDisc) -> None:
    with daemon:
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        [task] = rows.reviews()
        daemon.ctl("answer", str(task["id"]), "keep")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert "kept with gaps" in rows.sentences()


def test_of_a_damaged_title_that_nobody_wants_nothing_stays(
    daemon: DaemonUnderTest, scratched: BadDisc
) -> None:
    with daemon:
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        [task] = rows.reviews()
        assert list(daemon.staging.glob("*/*.partial.mkv"))
        daemon.ctl("answer", str(task["id"]), "skip")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == ["S01E01", "S01E03"]
        daemon.wait_until(
            lambda: [p.name for p in daemon.staging.iterdir()] == [TRASH], "staging is not empty"
        )
        [thrown] = daemon.staging.glob(f"{TRASH}/*/*.partial.mkv")
        assert thrown.stat().st_size > 0, "what a person does not want can be had back"


def test_saying_what_the_disc_is_leaves_a_file_with_gaps_where_it_is(
    daemon: DaemonUnderTest, scratched: BadDisc
) -> None:
    with daemon:
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        [before] = [t for t in rows.titles() if t["state"] == "review"]
        daemon.ctl("identify", "1", "--title", SHOW, "--season", "1")
        [title] = [t for t in rows.titles() if t["title_index"] == SECOND]
        assert (title["state"], title["staging_file"]) == ("review", before["staging_file"])
        [task] = rows.reviews()
        assert task["kind"] == "damaged"
        scratched.heal()
        daemon.ctl("answer", str(task["id"]), "retry")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert "with gaps" not in rows.sentences()
        [title] = [t for t in rows.titles() if t["title_index"] == SECOND]
        assert title["rip_outcome"] == "saved"


def test_a_scratch_that_a_second_look_gets_over_costs_nobody_anything(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    need_fuse()
    spot = spot_in(tv_dvd.image, SECOND)
    daemon = make_daemon()
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    with BadDisc(tv_dvd.image, tmp_path / "bad", Spot(spot.start, spot.size, times=2)) as disc, daemon:
        rows = begin(daemon, disc.path)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert rows.reviews() == []


def test_a_scratch_where_nobody_wants_anything_is_not_even_noticed(
    daemon: DaemonUnderTest, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    need_fuse()
    with BadDisc(tv_dvd.image, tmp_path / "bad", spot_in(tv_dvd.image, EXTRA)) as disc, daemon:
        rows = begin(daemon, disc.path, "--extras", "skip")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


def test_a_truncated_image_gives_what_is_in_it(
    daemon: DaemonUnderTest, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    image = truncated_copy(tv_dvd.image, tmp_path / "short.iso", 0.7)
    with daemon:
        rows = begin(daemon, image)
        rows.until("review_needed", "completed", "failed")
        assert "S01E01" in episodes(daemon)
        assert {task["kind"] for task in rows.reviews()} == {"damaged"}


def test_a_restart_forgets_no_question_and_no_file_with_gaps(
    daemon: DaemonUnderTest, scratched: BadDisc
) -> None:
    daemon.start()
    rows = begin(daemon, scratched.path)
    rows.until("review_needed")
    [title] = [t for t in rows.titles() if t["state"] == "review"]
    partial = title["staging_file"]
    assert partial
    assert Path(partial).stat().st_size > 0
    daemon.kill()
    daemon.start()
    rows.wait(lambda: "ready" in daemon.log(), "it does not start")
    [task] = rows.reviews()
    assert Path(partial).exists()
    daemon.ctl("answer", str(task["id"]), "keep")
    assert rows.until("completed")["outcome"] == "complete"


def test_the_time_for_one_disc_is_limited(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.block()
    daemon = make_daemon(
        settings={
            "ffmpeg_path": str(slow.path),
            "rip_inactivity_seconds": 10,
            "disc_budget_seconds": 15,
        }
    )
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    with daemon:
        rows = begin(daemon, tv_dvd.image)
        rows.until("review_needed", seconds=90)
        assert [t["state"] for t in rows.titles()].count("review") == 4
        assert slow.rips() == 2, "what was not begun by then is asked about at once"
        slow.release()
        daemon.ctl("retry", "1", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


def test_a_disc_that_comes_back_is_known_and_only_its_missing_title_is_read(
    daemon: DaemonUnderTest, scratched: BadDisc, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    with daemon:
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        done = begin(daemon, tv_dvd.image)  # the same disc in another drive, and clean
        assert done.until("completed", job=1)["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert [job["outcome"] for job in rows.jobs()] == ["complete", "duplicate"]
        assert {t["title_index"]: t["rip_attempts"] for t in rows.titles(1)}[1] == 1


def test_a_restart_while_a_disc_that_came_back_waits_for_space_loses_nothing(
    make_daemon: MakeDaemon, scratched: BadDisc, tv_dvd: AuthoredDisc
) -> None:
    daemon = make_daemon(settings={"min_free_bytes": None})
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    with daemon:
        daemon.ctl("config", "set", "min_free_bytes", "1000000")
        rows = begin(daemon, scratched.path)
        rows.until("review_needed")
        daemon.ctl("config", "set", "min_free_bytes", str(10**15))
        begin(daemon, tv_dvd.image)
        job = rows.until_waiting("space", job=1)
        assert job["state"] == "ripping", "it is at its disc, and says so"
        daemon.stop()
        daemon.start()
        rows.until_waiting("space", job=1)
        daemon.ctl("config", "set", "min_free_bytes", "1000000")
        assert rows.until("completed", job=1)["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
