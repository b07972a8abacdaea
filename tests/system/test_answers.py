"""What people decide: through engramctl, during the rip and after it."""

from __future__ import annotations

from pathlib import Path

from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.rows import Rows
from tests.support.slowffmpeg import SlowFFmpeg
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"


def test_answers_end_a_job_without_references(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        rows = Rows(daemon)
        daemon.ctl("identify", "1", "--title", "Harbour Station", "--season", "2", "--type", "tv")
        rows.wait(lambda: [r for r in rows.reviews() if "S02E01" in r["summary"]], "it is not asked again")
        daemon.ctl("assign", "1", "2", "S02E05")
        rows.wait(lambda: rows.count("completed") == 2, "the assigned title is not filed at once")
        (of_disc,) = rows.reviews()
        assert of_disc["summary"].endswith("titles 3-4 are S02E06-E07?")
        daemon.ctl("answer", str(of_disc["id"]), "one_by_one")
        (review,) = (r for r in rows.reviews() if r["title_id"] == rows.titles()[2]["id"])
        daemon.ctl("answer", str(review["id"]), "extra")
        daemon.ctl("skip", "1", "4")
        job = rows.until("completed")
        assert job["outcome"] == "complete"
        assert rows.reviews() == []
        names = [Path(path).name for path in daemon.filed()]
        assert "Harbour Station - S02E05.mkv" in names
        assert len(names) == 3
        assert daemon.ctl("retry", "1", check=False).returncode in (0, 5), "nothing failed, nothing breaks"
        assert rows.until("completed")["outcome"] == "complete"


def test_what_is_said_during_the_rip_counts(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.block()
    with make_daemon(settings={"ffmpeg_path": str(slow.path)}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
        rows = Rows(daemon)
        rows.wait(lambda: rows.count("ripping"), "no title rips")
        number = next(t["title_index"] for t in rows.titles() if t["state"] == "ripping") + 1
        daemon.ctl("assign", "1", str(number), "S01E30")
        slow.release()
        assert rows.until("completed", seconds=15)["outcome"] == "complete"
        names = [Path(path).name for path in daemon.filed()]
        assert f"{SHOW} - S01E30.mkv" in names, names
        assert sum("S01E0" in name for name in names) == 2


def test_what_it_is_said_to_be_during_the_rip_changes_what_its_titles_are(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.hold(after=1)
    with make_daemon(settings={"ffmpeg_path": str(slow.path)}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
        rows = Rows(daemon)
        rows.wait(lambda: slow.rips() == 2 and slow.processes(), "no title rips slowly")
        assert rows.count("matching") == 1, "one is ripped, and would be an episode"
        daemon.ctl("identify", "1", "--type", "film", "--title", "Three Tales", "--year", "1999")
        roles = {title["role"] for title in rows.titles()}
        assert "episode" not in roles
        assert rows.job()["state"] == "ripping", "the rip goes on"
        assert rows.job()["content_type"] == "movie"


def test_cancel_in_the_middle_files_what_is_finished(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.hold(after=1)
    with make_daemon(settings={"ffmpeg_path": str(slow.path)}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
        rows = Rows(daemon)
        rows.wait(lambda: slow.rips() == 2 and slow.processes(), "no title rips slowly")
        ripped = 1
        daemon.ctl("cancel", "1")
        job = rows.until("completed")
        assert job["outcome"] == "cancelled"
        assert len(daemon.filed()) == ripped
        assert rows.count("completed") == ripped
        assert rows.count("pending") + rows.count("ripping") == 0
        assert not slow.processes()
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")
        assert daemon.ctl("cancel", "1", check=False).returncode == 1, "it has ended"


def test_a_conflict_is_asked_and_both_are_kept(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        taken = daemon.tv / SHOW / "Season 01" / f"{SHOW} - S01E02.mkv"
        taken.parent.mkdir(parents=True)
        taken.write_bytes(b"an older copy")
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        rows = Rows(daemon)
        (review,) = rows.reviews()
        assert review["kind"] == "conflict"
        daemon.ctl("rematch", "1")
        rows.wait(lambda: [r["id"] for r in rows.reviews()] > [review["id"]], "it is not asked again")
        (review,) = rows.reviews()
        daemon.ctl("answer", str(review["id"]), "rename")
        assert rows.until("completed")["outcome"] == "complete"
        assert taken.read_bytes() == b"an older copy"
        assert sum("S01E02" in path for path in daemon.filed()) == 2
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")


def test_the_same_disc_again(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        rows = Rows(daemon)
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        daemon.ctl("rip", str(tv_dvd.image))
        assert (rows.job()["outcome"], "job 1" in rows.job()["error_message"]) == ("duplicate", True)
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        assert rows.until("completed", job=1)["outcome"] == "complete"
        before = {path: (daemon.folder / path).stat().st_mtime_ns for path in daemon.filed()}
        daemon.ctl("rip", str(tv_dvd.image))
        job = rows.job()
        assert (job["outcome"], "job 1" in job["error_message"]) == ("duplicate", True)
        assert "--again" in job["error_message"]
        daemon.ctl("rip", str(tv_dvd.image), "--again")
        assert (rows.job()["id"], rows.job()["outcome"]) == (4, "complete")
        assert {path: (daemon.folder / path).stat().st_mtime_ns for path in daemon.filed()} == before
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not cleaned")


def test_nothing_is_named_after_a_disc_that_is_not_known(make_daemon: MakeDaemon) -> None:
    """One title of two minutes and a label that says nothing: neither series nor film, so it is asked."""
    label, count = "DVD_VIDEO", {"episodes": 1, "play_all": False, "subtitles": False, "captions": False}
    disc = cached_disc(make_tv_dvd, "nameless", volume_label=label, **count)
    with make_daemon() as daemon:
        rows = Rows(daemon)
        assert daemon.ctl("rip", str(disc.image), check=False).returncode == 5
        assert "type" in {review["kind"] for review in rows.reviews()}
        assert daemon.filed() == []
        daemon.ctl("identify", "1", "--type", "movie", "--title", "The Long Voyage", "--year", "1998")
        assert rows.until("completed", "review_needed")["detected_title"] == "The Long Voyage"
        for title in rows.titles():
            if title["state"] == "review":
                daemon.ctl("answer", str(rows.reviews()[0]["id"]), "extra")
        assert rows.until("completed")["outcome"] == "complete"
        films = [path for path in daemon.filed() if path.startswith("films/The Long Voyage (1998)/")]
        assert len(films) == len(disc.titles), daemon.filed()


def test_a_title_that_is_a_film_of_its_own_gets_a_folder_of_its_own(
    make_daemon: MakeDaemon, film_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    slow = SlowFFmpeg(tmp_path, held=False)
    slow.block()
    with make_daemon(settings={"ffmpeg_path": str(slow.path)}) as daemon:
        daemon.ctl("rip", str(film_dvd.image), "--no-wait", "--show", "The Long Voyage", "--year", "1971")
        rows = Rows(daemon)
        rows.wait(lambda: rows.count("ripping"), "no title rips")
        daemon.ctl("assign", "1", "2", "The Short Voyage (1969)")
        assert daemon.ctl("assign", "1", "3", "no film", check=False).returncode == 2
        slow.release()
        assert rows.until("completed")["outcome"] == "complete"
        films = [path for path in daemon.filed() if "/Other/" not in path]
        assert films == [
            "films/The Long Voyage (1971)/The Long Voyage (1971).mkv",
            "films/The Short Voyage (1969)/The Short Voyage (1969).mkv",
        ]
