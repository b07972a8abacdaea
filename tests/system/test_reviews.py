"""Questions of the whole program, as the bus has them: what they say, and what answers do."""

from __future__ import annotations

from pathlib import Path

from engramd.bus import names
from tests.support.authoring import AuthoredDisc, make_tv_dvd, write_references
from tests.support.authoring.cache import cached_disc
from tests.support.busservice import connected
from tests.support.privatebus import PrivateBus
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"


def test_what_is_sure_is_filed_while_the_rest_is_asked_about_with_all_that_helps(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, session_bus: PrivateBus
) -> None:
    """There is no reference of the second episode, and extras are asked about."""
    with make_daemon(settings={"extras_policy": "ask"}) as daemon:
        known = write_references(daemon.references, SHOW, tv_dvd.episodes)
        next(path for path in known if "S01E02" in path.name).unlink()
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        rows = Rows(daemon)
        filed = [Path(path).name for path in daemon.filed()]
        assert sorted(filed) == [f"{SHOW} - S01E01.mkv", f"{SHOW} - S01E03.mkv"], "a neighbour waits"
        by_kind = {review["kind"]: review for review in rows.reviews()}
        assert set(by_kind) == {"episode", "extra"}
        number = next(
            t["title_index"] + 1 for t in rows.titles() if t["id"] == by_kind["episode"]["title_id"]
        )
        with connected(session_bus) as client:
            path = names.review_path(by_kind["episode"]["id"])
            question = client.properties(path, names.REVIEW)
            assert question["Question"].endswith("?")
            assert "engramctl" not in f"{question['Question']} {question['Why']} {question['OtherAnswers']}"
            assert question["Why"]
            assert "staging folder" in question["Unanswered"]
            details = client.call(path, names.REVIEW, "Details", "a{sv}", ({},))
            extras = client.properties(names.review_path(by_kind["extra"]["id"]), names.REVIEW)
        assert details["title"] == number
        assert Path(details["file"]).is_file()
        assert 0 < details["at"] < 130
        assert len(details["captions"]) == 3, "the disc's own subtitles tell what is said"
        states = {row["episode"]: row["state"] for row in details["roster"]}
        assert (states[1], states[3]) == ("filed", "filed")
        assert states.get(2, "missing") in ("missing", "this", "candidate")
        assert [option["id"] for option in extras["Options"]] == ["keep", "skip", "one_by_one"]
        assert (extras["Default"], extras["Scope"], extras["Scopes"]) == (
            "keep",
            "disc",
            ["disc", "season", "set"],
        )
        daemon.ctl("answer", str(by_kind["episode"]["id"]), "S01E02")
        rows.wait(lambda: len(daemon.filed()) == 3, "the answer takes no effect at once")
        rows.wait(lambda: rows.job()["state"] == "review_needed", "the extra waits no more")
        daemon.ctl("answer", str(by_kind["extra"]["id"]), "keep")
        assert rows.until("completed")["outcome"] == "complete"
        assert len(daemon.filed()) == 4


def test_the_next_disc_of_a_season_is_not_asked_the_same_again(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    """Both are kept, and the extras not: said once, also after the daemon was killed."""
    other = cached_disc(
        make_tv_dvd, "second", volume_label="HARBOR_STATION_S1_D2", first_episode=4, play_all=False
    )
    with make_daemon(settings={"extras_policy": "ask"}) as daemon:
        write_references(daemon.references, SHOW, [*tv_dvd.episodes, *other.episodes], extra_episodes=0)
        for code in ("S01E02", "S01E05"):
            taken = daemon.tv / SHOW / "Season 01" / f"{SHOW} - {code}.mkv"
            taken.parent.mkdir(parents=True, exist_ok=True)
            taken.write_bytes(b"an older copy")
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        rows = Rows(daemon)
        by_kind = {review["kind"]: review["id"] for review in rows.reviews()}
        assert set(by_kind) == {"conflict", "extra"}
        daemon.ctl("answer", str(by_kind["extra"]), "skip", "--for", "set")
        daemon.ctl("answer", str(by_kind["conflict"]), "keep_both", "--for", "season")
        assert rows.until("completed")["outcome"] == "complete"
        daemon.kill()
        daemon.start()
        daemon.ctl("rip", str(other.image), "--no-wait")
        assert rows.until("completed", job=2, seconds=60)["outcome"] == "complete"
        assert rows.reviews() == []
        asked = rows.read("SELECT kind, answer, answered_by FROM review_tasks WHERE job_id = 2 ORDER BY kind")
        assert [(task["kind"], task["answer"]) for task in asked] == [
            ("conflict", "keep_both"),
            ("extra", "skip"),
        ]
        assert sum("S01E05" in path for path in daemon.filed()) == 2
