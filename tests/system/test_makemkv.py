"""Protected discs, ripped by a stand-in for MakeMKV that replays their scans and writes their real titles."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.broken import scrambled_copy
from tests.support.authoring.cache import cached_disc
from tests.support.daemon import DaemonUnderTest
from tests.support.makemkv import StandInMakemkv, stand_in, title_mkv
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon
from tests.system.test_waits import conditions

SHOW = "Harbor Station"
EPISODES = ["S01E01", "S01E02", "S01E03"]


@pytest.fixture
def locked(tmp_path: Path, tv_dvd: AuthoredDisc, makemkv: StandInMakemkv) -> Path:
    """Give the image of a protected disc that the stand-in can read."""
    image = scrambled_copy(tv_dvd.image, tmp_path / "locked.iso")
    makemkv.insert(image, tv_dvd.image, css=True)
    return image


@pytest.fixture
def daemon(make_daemon: MakeDaemon, makemkv: StandInMakemkv, tv_dvd: AuthoredDisc) -> DaemonUnderTest:
    made = make_daemon(settings={"makemkv_path": str(makemkv.path)})
    write_references(made.references, SHOW, tv_dvd.episodes)
    return made


def begin(daemon: DaemonUnderTest, image: Path, *words: str) -> Rows:
    """Begin a rip."""
    daemon.ctl("rip", str(image), "--no-wait", *words)
    return Rows(daemon)


def episodes(daemon: DaemonUnderTest) -> list[str]:
    """Give the episodes in the library."""
    return [Path(path).name[-10:-4] for path in daemon.filed() if "S01E" in path]


def rips(makemkv: StandInMakemkv) -> list[str]:
    """Give the titles that were asked for, in order."""
    return [call.title for call in makemkv.calls("mkv")]


def test_a_protected_disc_is_filed(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path, tv_dvd: AuthoredDisc
) -> None:
    with daemon:
        rows = begin(daemon, locked)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        ripped = [t for t in rows.titles() if t["state"] == "completed"]
        assert {(t["rip_backend"], t["rip_outcome"], t["read_errors"]) for t in ripped} == {
            ("makemkv", "saved", 0)
        }
        assert len(makemkv.calls("info")) == 1
        assert {call.home for call in makemkv.calls()} == {str(daemon.folder / "state/makemkv")}
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_a_plain_disc_is_ripped_by_makemkv_too_and_by_ffmpeg_where_its_key_is_bad(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, tv_dvd: AuthoredDisc
) -> None:
    makemkv.insert(tv_dvd.image)
    makemkv.needs_key("T-good")
    with daemon:
        rows = begin(daemon, tv_dvd.image)
        assert rows.until("completed")["outcome"] == "complete"
        assert {t["rip_backend"] for t in rows.titles() if t["state"] == "completed"} == {"open"}
        assert "makemkv-key" in conditions(daemon), "it is told all the same"
        makemkv.takes_any_key()
        daemon.ctl("doctor", check=False)
        rows = begin(daemon, tv_dvd.image, "--again")
        rows.until("completed", "review_needed")
        assert {t["rip_backend"] for t in rows.titles() if t["staging_file"]} == {"makemkv"}


def test_a_disc_waits_for_a_key_and_goes_on_by_itself(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.needs_key("T-good")
    with daemon:
        rows = begin(daemon, locked)
        job = rows.until_waiting("key")
        assert job["state"] == "identifying"
        told = conditions(daemon)
        assert "makemkv_key" in told["makemkv-key"]["remedy"]
        assert "waits" in told["job-1"]["text"]
        assert rows.count("failed") == 0
        daemon.ctl("config", "set", "makemkv_key", "T-good")
        assert rows.until("completed")["outcome"] == "complete"
        daemon.wait_until(lambda: "makemkv-key" not in conditions(daemon), "the condition stays", 10)
        assert episodes(daemon) == EPISODES
        shown = daemon.ctl("config", "get", "makemkv_key", check=False)
        assert "T-good" not in shown.stdout + daemon.log()


def test_a_key_that_expires_during_the_rip_costs_nothing(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.needs_key("T-good", after_calls=4)  # the probe, the scan, and two titles
    with daemon:
        rows = begin(daemon, locked)
        job = rows.until_waiting("key", seconds=60)
        assert job["state"] == "ripping"
        done = rows.count("matching")
        assert done >= 1
        before = rips(makemkv)
        makemkv.takes_any_key()
        daemon.ctl("doctor", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        again = rips(makemkv)[len(before) :]
        assert not set(again) & set(before[:done]), "what is ripped is not ripped again"
        assert episodes(daemon) == EPISODES


@pytest.mark.parametrize(
    ("messages", "waits_for", "condition"),
    [
        (stand_in.UNKNOWN_DISC_KEY, "key", "job-1"),
        (stand_in.NO_LIBREDRIVE, "tool", "makemkv-uhd"),
        (stand_in.NO_ACCESS, "tool", "makemkv-access"),
        ([(3343, ["the page about Java"], 0)], "tool", "makemkv-java"),
    ],
)
def test_what_the_drive_or_the_discs_key_lacks_is_waited_for(
    daemon: DaemonUnderTest,
    makemkv: StandInMakemkv,
    locked: Path,
    messages: list[stand_in.Said],
    waits_for: str,
    condition: str,
) -> None:
    makemkv.refuse(messages, command="info")
    with daemon:
        rows = begin(daemon, locked)
        rows.until_waiting(waits_for)
        assert condition in conditions(daemon)
        assert rows.count("failed") == 0
        makemkv.heal()
        daemon.ctl("doctor", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        assert condition not in conditions(daemon)


def test_a_bad_title_costs_itself_only_and_is_read_again_after_cleaning(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path, tv_dvd: AuthoredDisc
) -> None:
    makemkv.storm(40, 2003, title="03")
    makemkv.stop_short(0.5, title="03", times=None)
    with daemon:
        rows = begin(daemon, locked)
        rows.until("review_needed")
        assert episodes(daemon) == ["S01E01", "S01E03"]
        [task] = rows.reviews()
        assert (task["kind"], task["needs_disc"]) == ("damaged", 1)
        [title] = [t for t in rows.titles() if t["state"] == "review"]
        assert (title["rip_outcome"], title["title_index"]) == ("damaged", 2)
        assert title["read_errors"] >= 40
        assert rips(makemkv).count("2") == 2, "it is tried again at the end, and then asked about"
        makemkv.heal()
        before = len(rips(makemkv))
        daemon.ctl("answer", str(task["id"]), "retry")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert rips(makemkv)[before:] == ["2"], "only what was missing is read"
        assert rows.reviews() == []


def test_what_could_be_read_can_be_kept(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path, tv_dvd: AuthoredDisc
) -> None:
    makemkv.storm(40, 2003, title="03")
    makemkv.write_other_title(media=title_mkv(tv_dvd.image, 5), title="03", times=None)
    with daemon:
        rows = begin(daemon, locked)
        rows.until("review_needed")
        [task] = rows.reviews()
        assert "keep" in task["question"]
        [title] = [t for t in rows.titles() if t["state"] == "review"]
        assert Path(title["staging_file"]).exists()
        daemon.ctl("assign", "1", "3", "S01E02")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


def test_a_damaged_title_can_be_left_out(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.storm(40, 2003, title="03")
    makemkv.stop_short(0.5, title="03", times=None)
    with daemon:
        rows = begin(daemon, locked)
        rows.until("review_needed")
        daemon.ctl("answer", str(rows.reviews()[0]["id"]), "skip")
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == ["S01E01", "S01E03"]


def test_a_title_that_stalls_is_tried_again_at_the_end(
    make_daemon: MakeDaemon, makemkv: StandInMakemkv, locked: Path, tv_dvd: AuthoredDisc
) -> None:
    makemkv.hang(title="02", times=1, ignores_sigterm=True)
    daemon = make_daemon(settings={"makemkv_path": str(makemkv.path), "rip_inactivity_seconds": 10})
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    with daemon:
        rows = begin(daemon, locked)
        assert rows.until("completed", seconds=90)["outcome"] == "complete"
        assert episodes(daemon) == EPISODES
        assert rips(makemkv) == ["1", "2", "3", "4", "1"]
        assert "tried again after the others" in rows.sentences()
        assert not makemkv.processes()


def test_a_scan_that_lost_titles_is_noticed_and_asked_about(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.lose_titles(3)
    with daemon:
        rows = begin(daemon, locked)
        rows.until("review_needed")
        assert episodes(daemon) == ["S01E01", "S01E02"]
        assert {task["kind"] for task in rows.reviews()} == {"damaged"}
        assert all("lost the title" in t["error_message"] for t in rows.titles() if t["state"] == "review")


def test_a_scan_without_titles_is_told_and_can_be_tried_again(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.no_titles(times=5)
    with daemon:
        rows = begin(daemon, locked)
        job = rows.until("failed")
        assert "found no title" in job["error_message"]
        daemon.ctl("retry", "1", check=False)
        rows.until("completed", "failed")
        daemon.ctl("retry", "1", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(lambda m: m.write_other_title("05", title="02"), id="another title's data"),
        pytest.param(lambda m: m.stop_short(0.4, told=False, title="02"), id="too short"),
        pytest.param(lambda m: m.extra_file(of="05", instead=True, title="02"), id="another title's file"),
    ],
)
def test_a_file_that_is_not_the_title_is_never_filed(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path, wrong: Callable[[StandInMakemkv], None]
) -> None:
    wrong(makemkv)
    with daemon:
        rows = begin(daemon, locked)
        assert rows.until("completed")["outcome"] == "partial"
        assert episodes(daemon) == ["S01E02", "S01E03"]
        [failed] = [t for t in rows.titles() if t["state"] == "failed"]
        assert (failed["title_index"], failed["rip_outcome"]) == (1, "failed")
        daemon.ctl("retry", "1", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


def test_a_crash_of_the_program_fails_one_title_and_retry_mends_it(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.crash(signal.SIGKILL, title="02", times=1)
    with daemon:
        rows = begin(daemon, locked)
        assert rows.until("completed")["outcome"] == "partial"
        assert episodes(daemon) == ["S01E02", "S01E03"]
        assert "signal 9" in rows.job()["error_message"]
        daemon.ctl("retry", "1", check=False)
        assert rows.until("completed")["outcome"] == "complete"
        assert episodes(daemon) == EPISODES


def test_what_hangs_or_is_cancelled_at_one_disc_changes_nothing_at_another(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    disc = cached_disc(
        make_tv_dvd, "other_dvd", episodes=2, first_episode=4, volume_label="HARBOR_STATION_S1_D2"
    )
    write_references(daemon.references, SHOW, disc.episodes)
    other = scrambled_copy(disc.image, tmp_path / "other.iso")
    makemkv.insert(other, disc.image)
    makemkv.hang(source=locked, ignores_sigterm=True)
    with daemon:
        rows = begin(daemon, locked)
        rows.wait(lambda: rows.count("ripping", 1) and makemkv.processes(), "the first disc is not begun")
        begin(daemon, other)
        assert rows.until("completed", job=2)["outcome"] == "complete"
        assert rows.job(1)["state"] == "ripping"
        daemon.ctl("cancel", "1")
        assert rows.until("failed", job=1)["outcome"] == "cancelled"
        assert not makemkv.processes()
        assert episodes(daemon) == ["S01E04", "S01E05"]


def test_titles_are_ripped_in_one_pass_where_the_scan_takes_long(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.slow_scan(3.0, command="info")
    with daemon:
        rows = begin(daemon, locked)
        assert rows.until("completed")["outcome"] == "complete", rows.sentences() + daemon.log()
        assert rips(makemkv) == ["all"]
        assert episodes(daemon) == EPISODES
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_a_killed_daemon_repeats_no_title_that_was_ripped(
    daemon: DaemonUnderTest, makemkv: StandInMakemkv, locked: Path
) -> None:
    makemkv.set(rate=6_000_000)
    daemon.start()
    rows = begin(daemon, locked)
    rows.wait(lambda: rows.count("matching") >= 1 and rows.count("ripping"), "no second title")
    ripped = [str(t["title_index"]) for t in rows.titles() if t["state"] == "matching"]
    before = len(rips(makemkv))
    daemon.kill()
    rows.wait(lambda: not makemkv.processes(), "the program lives on", 10)
    makemkv.release()
    daemon.start()
    assert rows.until("completed")["outcome"] == "complete"
    assert not set(rips(makemkv)[before:]) & set(ripped)
    assert episodes(daemon) == EPISODES
