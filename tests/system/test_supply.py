"""A daemon without references of its own fetches them, from a stand-in for OpenSubtitles, for a real disc."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.fixtures import SHOW
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon


@pytest.fixture
def server(tv_dvd: AuthoredDisc, tmp_path: Path) -> Iterator[StandInOpenSubtitles]:
    with StandInOpenSubtitles(show=SHOW, tmdb_id=None) as running:
        for path in write_references(tmp_path / "made", SHOW, tv_dvd.episodes):
            number = re.search(r"S01E(\d\d)", path.name)
            assert number is not None
            running.files[1, int(number[1]), "eng"] = path.read_bytes()
        yield running


def test_what_is_lacking_is_fetched_and_nobody_is_asked(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, server: StandInOpenSubtitles
) -> None:
    with make_daemon(settings=server.settings | {"references_path": None}) as daemon:
        daemon.ctl("rip", str(tv_dvd.image))
        rows = Rows(daemon)
        assert rows.job()["outcome"] == "complete"
        assert sum("S01E" in path for path in daemon.filed()) == 3
        assert rows.read("SELECT * FROM review_tasks") == []
        kept = rows.read("SELECT * FROM subtitle_files WHERE refused = '' ORDER BY episode")
        assert [row["episode"] for row in kept] == [1, 2, 3]
        assert all(Path(row["path"]).is_relative_to(daemon.folder / "cache/subtitles") for row in kept)
        told = daemon.log() + rows.sentences()
        assert not any(secret in told for secret in (server.key, server.password, server.token))
    assert len(server.served) == 3


def test_out_of_quota_it_waits_through_a_crash_and_goes_on_by_itself(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, server: StandInOpenSubtitles
) -> None:
    server.quota = server.allowed = 1
    with make_daemon(settings=server.settings | {"references_path": None}) as daemon:
        daemon.ctl("rip", "--no-wait", str(tv_dvd.image))
        rows = Rows(daemon)
        rows.wait(lambda: rows.job().get("waiting_until"), "it does not wait for the quota")
        job = rows.job()
        assert (job["waiting_for"], job["state"]) == ("references", "matching")
        assert rows.reviews() == []
        since = job["waiting_since"]
        daemon.kill()
        daemon.start()
        rows.wait(lambda: rows.job().get("waiting_until"), "it does not wait any more")
        assert rows.job()["waiting_since"] == since
        daemon.kill()
        server.quota = 20
        daemon.start()
        assert rows.until("completed")["outcome"] == "complete"
        assert rows.read("SELECT * FROM review_tasks") == []
    assert len(server.served) == len({seen.path for seen in server.served}), "nothing is fetched twice"
