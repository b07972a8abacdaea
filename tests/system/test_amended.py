"""The whole program corrects what it has filed: through engramctl, after real rips, and after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.support.webserver import WebServer
from tests.system.conftest import MakeDaemon
from tests.system.test_order import knows_order
from tests.system.test_sources import KEY, knows, series, with_tmdb
from tests.system.test_sources import web as web  # noqa: PLC0414 - a fixture

SHOW = "Harbor Station"


def inodes(daemon: DaemonUnderTest) -> dict[str, int]:
    """Give the files of the libraries by their names, and what each holds: no rename changes its inode."""
    return {Path(path).name: (daemon.folder / path).stat().st_ino for path in daemon.filed()}


def name(season: int, episode: int) -> str:
    return f"{SHOW} - S{season:02d}E{episode:02d}.mkv"


def numbers_of_episodes(daemon: DaemonUnderTest) -> list[int]:
    """Give the numbers, from 1, of the titles that are episodes 1, 2 and 3."""
    titles = [t for t in daemon.show(1)["titles"] if t["matched_episode"]]
    return [t["title_index"] + 1 for t in sorted(titles, key=lambda t: t["matched_episode"])]


@pytest.fixture
def filed(make_daemon: MakeDaemon, tv_dvd: AuthoredDisc) -> DaemonUnderTest:
    """Give a daemon that has filed a disc of three episodes."""
    daemon = make_daemon()
    daemon.start()
    write_references(daemon.references, SHOW, tv_dvd.episodes)
    daemon.ctl("rip", str(tv_dvd.image))
    return daemon


def test_a_filed_disc_is_corrected_step_by_step_and_all_of_it_undone(filed: DaemonUnderTest) -> None:
    daemon, before = filed, inodes(filed)
    first, second, third = numbers_of_episodes(daemon)
    one, two, three = (before[name(1, n)] for n in (1, 2, 3))
    daemon.ctl("assign", "1", f"{first}=S01E02", f"{second}=S01E01")
    assert inodes(daemon) == before | {name(1, 2): one, name(1, 1): two}
    daemon.ctl("shift", "1", "+1")
    assert {inodes(daemon)[name(1, n)] for n in (2, 3, 4)} == {one, two, three}
    refused = daemon.ctl("shift", "1", str(third), "-1", check=False)
    assert (refused.returncode, "the library has S01E03 already" in refused.stderr) == (1, True)
    daemon.ctl("identify", "1", "--season", "3")
    assert {inodes(daemon)[name(3, n)] for n in (2, 3, 4)} == {one, two, three}
    daemon.ctl("skip", "1", str(third))
    assert name(3, 4) not in inodes(daemon)
    assert name(3, 4) in daemon.ctl("trash", "list").stdout
    listed = [json.loads(line) for line in daemon.ctl("changes", "--json").stdout.splitlines()]
    assert [row["state"] for row in listed] == ["done"] * 4
    assert all(row["by"] in ("root", f"uid {row['by'].removeprefix('uid ')}") for row in listed)
    for _ in listed:
        daemon.ctl("undo")
    assert inodes(daemon) == before
    assert "undone by" in daemon.ctl("changes").stdout
    refused = daemon.ctl("undo", check=False)
    assert (refused.returncode, "nothing to undo" in refused.stderr) == (1, True)
    assert daemon.show(1)["state"] == "completed"
    assert "taken back: title 4 is discarded" in Rows(daemon).sentences()


def test_a_show_is_renamed_with_a_preview(filed: DaemonUnderTest) -> None:
    daemon, before = filed, inodes(filed)
    daemon.ctl("config", "set", "naming_episode_format", "{show} {season}x{episode:02d}")
    preview = daemon.ctl("rename", SHOW, "--dry-run").stdout
    assert f"{name(1, 1)}\n→ {SHOW} 1x01.mkv" in preview
    assert inodes(daemon) == before
    asked = daemon.ctl("rename", SHOW, check=False)
    assert asked.returncode != 0, "nobody said yes"
    assert inodes(daemon) == before
    daemon.ctl("rename", SHOW, "--yes")
    episodes = {before[name(1, n)] for n in (1, 2, 3)}
    assert {inodes(daemon)[f"{SHOW} 1x0{n}.mkv"] for n in (1, 2, 3)} == episodes
    daemon.ctl("undo")
    assert inodes(daemon) == before


def test_a_file_that_somebody_took_away_stops_a_change(filed: DaemonUnderTest) -> None:
    daemon = filed
    gone = next(path for path in daemon.filed() if path.endswith(name(1, 3)))
    (daemon.folder / gone).unlink()
    before = inodes(daemon)
    refused = daemon.ctl("shift", "1", "+1", check=False)
    assert refused.returncode == 1
    assert "somebody moved or removed it" in refused.stderr
    assert inodes(daemon) == before


def test_an_answer_is_taken_back_with_what_was_filed_by_it(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        daemon.ctl("rip", str(tv_dvd.image), check=False)
        rows = Rows(daemon)
        daemon.ctl("identify", "1", "--title", SHOW, "--season", "2", "--type", "tv")
        rows.wait(lambda: [r for r in rows.reviews() if "S02E01" in r["summary"]], "nothing is proposed")
        [review] = rows.reviews()
        daemon.ctl("answer", str(review["id"]), "accept")
        rows.until("completed")
        assert sum("S02E" in path for path in daemon.filed()) == 3
        daemon.ctl("undo", "--review", str(review["id"]))
        rows.until("review_needed")
        assert not any("S02E" in path for path in daemon.filed())
        assert [row["id"] for row in rows.reviews()] == [review["id"]]
        waiting = [title for title in rows.titles() if title["state"] == "review"]
        assert len(waiting) == 3
        assert all(Path(title["staging_file"]).is_file() for title in waiting)
        daemon.ctl("answer", str(review["id"]), "accept")
        rows.until("completed")
        assert sum("S02E" in path for path in daemon.filed()) == 3


def test_a_daemon_that_is_killed_in_a_change_ends_it_at_its_next_start(filed: DaemonUnderTest) -> None:
    """The state of a swap that died between two renames is made, and the real daemon finds it."""
    daemon, before = filed, inodes(filed)
    first, second, _ = numbers_of_episodes(daemon)
    daemon.ctl("assign", "1", f"{first}=S01E02", f"{second}=S01E01")
    swapped = inodes(daemon)
    daemon.ctl("undo")
    assert inodes(daemon) == before
    daemon.ctl("assign", "1", f"{first}=S01E02", f"{second}=S01E01")
    daemon.kill()
    _wind_back(daemon)
    daemon.start()
    daemon.wait_until(lambda: inodes(daemon) == swapped, "the change is not gone on with")
    rows = Rows(daemon)
    rows.wait(
        lambda: all(change["done_at"] for change in rows.read("SELECT * FROM changes")), "it is not recorded"
    )
    assert [t["matched_episode"] for t in rows.titles() if t["title_index"] in (first - 1, second - 1)] == [
        "S01E02",
        "S01E01",
    ]
    daemon.ctl("undo")
    assert inodes(daemon) == before


def _wind_back(daemon: DaemonUnderTest) -> None:
    """Have the last change be as it was when one file had its hidden name, and nothing else had moved."""
    import sqlite3

    connection = sqlite3.connect(daemon.folder / "state/engramd.db")
    connection.row_factory = sqlite3.Row
    with connection:
        [change] = connection.execute("SELECT id FROM changes ORDER BY id DESC LIMIT 1").fetchall()
        steps = connection.execute(
            "SELECT * FROM change_steps WHERE change_id = ? AND old_path != '' ORDER BY place",
            (change["id"],),
        ).fetchall()
        files = [step for step in steps if step["title_id"] is not None]
        for step in files:
            Path(step["new_path"]).rename(f"{step['new_path']}.made")
        for step in files[1:]:
            Path(f"{step['new_path']}.made").rename(step["old_path"])
        old = Path(files[0]["old_path"])
        aside = old.with_name(f".engramd-change-{change['id']}-{files[0]['place']}.aside")
        Path(f"{files[0]['new_path']}.made").rename(aside)
        connection.execute(
            "UPDATE change_steps SET is_done = 0, is_aside = (place = ?) WHERE change_id = ?",
            (files[0]["place"], change["id"]),
        )
        connection.execute("UPDATE changes SET done_at = NULL WHERE id = ?", (change["id"],))
        for step in files:
            before = json.loads(step["before"])
            connection.execute(
                "UPDATE disc_titles SET matched_episode = ?, organized_to = ? WHERE id = ?",
                (before["matched_episode"], before["organized_to"], step["title_id"]),
            )
    connection.close()


def test_a_season_is_renamed_into_another_order_and_back(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows_order(web)
    on = {"tmdb_enabled": True, "tmdb_api_key": KEY, "tmdb_url": web.url, "metadata_language": "en-US"}
    with make_daemon(settings=on) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        before = inodes(daemon)
        one, two, three = (before[name(1, n)] for n in (1, 2, 3))
        daemon.ctl("order", SHOW, "dvd")
        rows = Rows(daemon)
        assert inodes(daemon) == before
        preview = daemon.ctl("rename", SHOW, "--dry-run").stdout
        assert f"{name(1, 3)}\n→ {name(1, 1)}" in preview
        assert [row["ordering"] for row in rows.read("SELECT * FROM show_orders")] == ["aired"]
        daemon.ctl("rename", SHOW, "--yes")
        assert inodes(daemon) == before | {name(1, 1): three, name(1, 2): one, name(1, 3): two}
        assert [row["ordering"] for row in rows.read("SELECT * FROM show_orders")] == ["dvd"]
        daemon.ctl("undo")
        assert inodes(daemon) == before
        assert [row["ordering"] for row in rows.read("SELECT * FROM show_orders")] == ["aired"]


def test_what_engramd_wrote_beside_a_file_says_what_it_is_now(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc
) -> None:
    with make_daemon(settings={"nfo_enabled": True}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        folder = daemon.tv / SHOW / "Season 01"

        def says(number: int, told: int) -> bool:
            path = folder / name(1, number).replace(".mkv", ".nfo")
            return path.exists() and f"<episode>{told}</episode>" in path.read_text()

        daemon.wait_until(lambda: all(says(n, n) for n in (1, 2, 3)), "no .nfo is written")
        daemon.ctl("shift", "1", "+4")
        daemon.wait_until(lambda: all(says(n, n) for n in (5, 6, 7)), "the .nfo are not written anew")
        assert not list(folder.glob("*S01E01*"))
        daemon.ctl("undo")
        daemon.wait_until(lambda: all(says(n, n) for n in (1, 2, 3)), "the .nfo are not as before")
        assert not list(folder.glob("*S01E05*"))


def test_an_identity_is_taken_back_and_another_one_is_answered(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows(web, series(7, 2003), series(8, 1978))
    with make_daemon(settings=with_tmdb(web)) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), check=False)
        rows = Rows(daemon)
        (review,) = [r for r in rows.reviews() if r["kind"] == "identity"]
        daemon.ctl("answer", str(review["id"]), "tv:8")
        assert rows.until("completed")["year"] == 1978
        daemon.ctl("undo", "--review", str(review["id"]))
        job = rows.until("review_needed")
        assert (job["year"], job["tmdb_id"]) == (None, None)
        assert daemon.filed() == []
        assert review["id"] in {row["id"] for row in rows.reviews()}
        daemon.ctl("answer", str(review["id"]), "tv:7")
        assert rows.until("completed")["outcome"] == "complete"
        assert all(path.startswith(f"tv/{SHOW} (2003)/") for path in daemon.filed()), daemon.filed()
        assert len(daemon.filed()) == 4
