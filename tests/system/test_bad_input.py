"""What is no good disc: each ends in a state and a sentence, and the daemon rips the next disc."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import aacs_folder, data_image, truncated_copy
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon


def test_bad_input_ends_in_a_sentence_and_hurts_nobody(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    bad = tmp_path / "bad"
    bad.mkdir()
    (bad / "empty.iso").touch()
    (bad / "noise.iso").write_bytes(bytes(range(256)) * 4096)
    (bad / "folder").mkdir()
    (bad / "folder/holiday.txt").write_text("no disc")
    truncated_copy(tv_dvd.image, bad / "head.iso", 0.004)
    data_image(bad / "data.iso")
    with make_daemon() as daemon:
        ended(daemon, bad / "empty.iso", "failed", "failed", "the file is empty", "make the image again")
        ended(daemon, bad / "noise.iso", "failed", "failed", "noise.iso", "check that the image is whole")
        ended(daemon, bad / "folder", "failed", "failed", "/bad/folder", "")
        ended(daemon, bad / "data.iso", "completed", "nothing_to_do", "a data disc", "")
        ended(daemon, bad / "head.iso", "failed", "failed", "It is cut off", "make the image again")
        gone = daemon.ctl("rip", str(bad / "gone.iso"), check=False)
        assert gone.returncode == 2
        assert "gone.iso" in gone.stderr
        aacs_folder(tv_bluray.folder, bad / "locked")
        daemon.ctl("rip", str(bad / "locked"), "--no-wait")
        rows = Rows(daemon)
        rows.until_waiting("tool")
        daemon.wait_until(lambda: not list(daemon.staging.iterdir()), "staging is not empty")
        done = daemon.ctl("rip", str(tv_dvd.image), "--titles", "5", check=False)
        assert done.returncode == 0, "a good disc is ripped while a protected one waits"
        assert len(daemon.filed()) == 1
        assert [p.name for p in daemon.staging.iterdir()] == []


def ended(daemon: DaemonUnderTest, path: Path, state: str, outcome: str, what: str, remedy: str) -> None:
    """Rip something and see how it ends."""
    done = daemon.ctl("rip", str(path), "--json", check=False)
    job = Rows(daemon).job()
    assert (job["state"], job["outcome"]) == (state, outcome), (path.name, job)
    assert done.returncode == (0 if state == "completed" else 1)
    assert what in job["error_message"], job["error_message"]
    assert remedy in job["error_message"]
    assert what in json.dumps(daemon.show(job["id"])), "a client sees the sentence"


@pytest.mark.parametrize("keep", [0.45, 0.8])
def test_a_truncated_image_files_what_is_whole(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, tmp_path: Path, keep: float
) -> None:
    image = truncated_copy(tv_dvd.image, tmp_path / "cut.iso", keep)
    with make_daemon() as daemon:
        daemon.ctl("rip", str(image), check=False)
        rows = Rows(daemon)
        job = rows.job()
        damaged = [t for t in rows.titles() if t["rip_outcome"] == "damaged"]
        assert damaged, rows.titles()
        assert {t["state"] for t in damaged} == {"review"}
        assert job["state"] == "review_needed"
        assert rows.count("review") + rows.count("completed") + rows.count("skipped") == len(rows.titles())
        for title in damaged:
            assert "cut.iso" in title["error_message"]
        kept = [t for t in rows.titles() if t["state"] == "review" and t["staging_file"]]
        assert len(list(daemon.staging.glob("*/*.mkv"))) == len(kept)
