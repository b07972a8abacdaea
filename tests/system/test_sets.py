"""Discs of extras: they go to the series or film of their set, or one question asks which that is."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.system.conftest import MakeDaemon


@pytest.fixture
def disc_of_extras(tv_dvd: AuthoredDisc, tmp_path: Path) -> Path:
    """Give a folder with the titles of a series, whose name says that they are extras."""
    folder = tmp_path / "discs" / "QUIET_MOON_BONUS_DISC"
    shutil.copytree(tv_dvd.folder, folder)
    return folder


def extras(daemon: DaemonUnderTest) -> list[str]:
    """Give the names of what was filed as extras of disc with the bonus label."""
    return [Path(path).name for path in daemon.filed() if "BONUS" in path]


def film_is_filed(daemon: DaemonUnderTest, film: AuthoredDisc, name: str) -> None:
    """File a film, so that it is known."""
    daemon.ctl("rip", str(film.image), "--type", "film", "--show", name, "--year", "1999", "--main-only")


def test_extras_go_to_the_film_of_their_set(
    make_daemon: MakeDaemon, film_dvd: AuthoredDisc, disc_of_extras: Path
) -> None:
    with make_daemon() as daemon:
        film_is_filed(daemon, film_dvd, "Quiet Moon")
        daemon.ctl("rip", str(disc_of_extras))
        rows = Rows(daemon)
        assert (rows.job()["detected_title"], rows.job()["content_type"]) == ("Quiet Moon", "movie")
        assert len(extras(daemon)) == 4
        folders = {Path(path).parts[:2] for path in daemon.filed()}
        assert folders == {("films", "Quiet Moon (1999)")}
        assert not rows.reviews()


def test_extras_of_a_set_that_was_not_here_are_one_question(
    make_daemon: MakeDaemon, film_dvd: AuthoredDisc, disc_of_extras: Path
) -> None:
    with make_daemon() as daemon:
        film_is_filed(daemon, film_dvd, "Another Film")
        assert daemon.ctl("rip", str(disc_of_extras), check=False).returncode == 5
        rows = Rows(daemon)
        (review,) = rows.reviews()
        assert "extras" in review["summary"]
        assert not extras(daemon), "nothing is filed under a name that is not known"
        assert "Another Film (1999)" in daemon.ctl("review", "show", str(review["id"])).stdout
        daemon.ctl("answer", str(review["id"]), "movie:Quiet Moon (1998)")
        assert rows.until("completed")["outcome"] == "complete"
        assert len(extras(daemon)) == 4
        assert any(path.startswith("films/Quiet Moon (1998)/") for path in daemon.filed())
