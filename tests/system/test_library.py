"""The whole program with libraries that are away, hang, or have everything already."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.deadshare import hanging_share
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"


@pytest.mark.root
def test_a_library_that_hangs_is_said_to_hang_and_waited_for(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("library", "init", str(daemon.tv))
        rows = Rows(daemon)
        with hanging_share(daemon.tv):
            daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
            rows.until_waiting("library", seconds=60)
            status = json.loads(daemon.ctl("status", "--json").stdout)
            [told] = [c["text"] for c in status["conditions"] if c["id"] == "job-1"]
            assert "The library does not answer" in told
            listed = daemon.ctl("library", "list", "--json", check=False)
            lacks = {row["path"]: row["lack"] for row in map(json.loads, listed.stdout.splitlines())}
            assert listed.returncode == 1
            assert "does not answer" in lacks[str(daemon.tv)]
            assert not lacks[str(daemon.films)]
        assert rows.until("completed")["outcome"] == "complete"
        assert sum("S01E" in path for path in daemon.filed()) == 3


def test_a_library_that_has_an_episode_is_adopted_and_asked_about(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        taken = daemon.tv / f"{SHOW} (2019)/Staffel 1/hs.s01e02.mkv"
        taken.parent.mkdir(parents=True)
        taken.write_bytes(b"an older copy")
        scanned = json.loads(daemon.ctl("library", "scan", "--json").stdout)
        assert (scanned["kind"], scanned["name"], scanned["episodes"]) == ("tv", SHOW, 1)
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        rows = Rows(daemon)
        [review] = rows.reviews()
        assert review["kind"] == "conflict"
        assert "the library has S01E02 already, as hs.s01e02.mkv" in review["why"]
        assert "13 bytes, no video that can be read" in review["why"]
        daemon.ctl("answer", str(review["id"]), "replace")
        assert rows.until("completed")["outcome"] == "complete"
        episodes = [path for path in daemon.filed() if "01e" in Path(path).name.lower()]
        folder = f"tv/{SHOW} (2019)/Staffel 1/{SHOW}"
        assert episodes == [f"{folder} - S01E0{number}.mkv" for number in (1, 2, 3)]
        assert not taken.exists()
        trash = [path.parent.name for path in daemon.tv.rglob("hs.s01e02*")]
        assert len(trash) == 1, "it is in the trash"
        assert "3 episodes in 1 season" in daemon.ctl("library", "scan").stdout
        assert "marked" in daemon.ctl("library", "list").stdout


def test_the_roster_counts_what_the_library_has_beside_what_discs_gave(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        theirs = daemon.tv / f"{SHOW} (2019)/Season 1"
        theirs.mkdir(parents=True)
        (theirs / "hs.s01e05.mkv").write_bytes(b"an older copy")
        before = daemon.ctl("season", SHOW).stdout
        assert f"{SHOW} (2019)/Season 1/hs.s01e05.mkv" in before, "no disc was here yet"
        assert "1 of 5 episodes are filed; 4 missing: S01E01-E04." in before
        daemon.ctl("rip", str(tv_dvd.image))
        (theirs / "hs.1x02.avi").write_bytes(b"a second copy")
        told = map(json.loads, daemon.ctl("season", SHOW, "1", "--json").stdout.splitlines())
        rows = {row["episode"]: row for row in told}
        assert {number: (row["standing"], row["state"]) for number, row in rows.items()} == {
            1: ("filed", "completed"),
            2: ("double", "completed"),
            3: ("filed", "completed"),
            4: ("missing", "missing"),
            5: ("library", "missing"),
        }
        assert rows[2]["also"] == [f"in the library as {SHOW} (2019)/Season 1/hs.1x02.avi"]
        assert (rows[1]["job"], rows[1]["disc"]) == (1, 1)
        assert (daemon.tv / rows[1]["file"]).is_file()
        shown = daemon.ctl("season", SHOW, "1").stdout.splitlines()
        assert max(map(len, shown)) <= 80
        assert (
            "4 of 5 episodes are filed; 1 double: S01E02; 1 missing: S01E04." in shown[-2] + " " + shown[-1]
        )
