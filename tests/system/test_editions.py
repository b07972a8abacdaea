"""A film in two cuts on one disc, from the image to the library."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.sources.tmdb_answers import hits
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.cuts import make_cuts_dvd
from tests.support.fixtures import DVD_TOOLS
from tests.support.rows import Rows
from tests.support.webserver import WebServer, json_answer
from tests.system.conftest import MakeDaemon
from tests.system.test_sources import with_tmdb

FILM = "The Long Voyage (1971)"
SAID = ("--show", "The Long Voyage", "--year", "1971")


@pytest.fixture(scope="module")
def cuts_dvd() -> AuthoredDisc:
    """Give a DVD whose title 1 is a film of 75 minutes, and title 2 the same with 4 minutes more."""
    missing = [tool for tool in DVD_TOOLS if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"making discs needs {', '.join(missing)}")
    return cached_disc(make_cuts_dvd, "cuts_dvd")


def films(filed: list[str]) -> list[str]:
    """Give the names of the films that were filed."""
    return [Path(path).name for path in filed if "/Other/" not in path]


def test_both_cuts_are_filed_as_editions_of_one_film(make_daemon: MakeDaemon, cuts_dvd: AuthoredDisc) -> None:
    with make_daemon() as daemon:
        daemon.ctl("rip", str(cuts_dvd.image), *SAID)
        rows = Rows(daemon)
        assert rows.until("completed")["outcome"] == "complete"
        assert films(daemon.filed()) == [f"{FILM} {{edition-75 min}}.mkv", f"{FILM} {{edition-79 min}}.mkv"]
        folders = {Path(path).parent.name for path in daemon.filed() if "/Other/" not in path}
        assert folders == {FILM}
        assert [title["edition"] for title in rows.titles()] == ["75 min", "79 min", None]


def test_only_the_longest_is_ripped_where_that_is_set(
    make_daemon: MakeDaemon, cuts_dvd: AuthoredDisc
) -> None:
    with make_daemon(settings={"editions_policy": "longest"}) as daemon:
        daemon.ctl("rip", str(cuts_dvd.image), *SAID)
        rows = Rows(daemon)
        assert rows.until("completed")["outcome"] == "complete"
        first, second, _ = rows.titles()
        assert (first["state"], first["rip_attempts"]) == ("skipped", 0)
        assert first["match_reason"] == "skipped: title 2 is a longer cut of the film (editions_policy)"
        assert second["state"] == "completed"
        assert films(daemon.filed()) == [f"{FILM} {{edition-79 min}}.mkv"]


def test_each_cut_is_asked_about_where_that_is_set(make_daemon: MakeDaemon, cuts_dvd: AuthoredDisc) -> None:
    with make_daemon(settings={"editions_policy": "ask"}) as daemon:
        assert daemon.ctl("rip", str(cuts_dvd.image), *SAID, check=False).returncode == 5
        rows = Rows(daemon)
        reviews = rows.reviews()
        assert [review["kind"] for review in reviews] == ["edition", "edition"]
        assert "title 2 with 79 min" in reviews[0]["why"]
        daemon.ctl("answer", str(reviews[0]["id"]), "film")
        daemon.ctl("answer", str(reviews[1]["id"]), "Director's Cut")
        assert rows.until("completed")["outcome"] == "complete"
        assert films(daemon.filed()) == [f"{FILM} {{edition-Director's Cut}}.mkv", f"{FILM}.mkv"]


def test_a_person_s_word_is_the_edition_of_the_longest_cut(
    make_daemon: MakeDaemon, cuts_dvd: AuthoredDisc
) -> None:
    with make_daemon() as daemon:
        daemon.ctl("rip", str(cuts_dvd.image), *SAID, "--edition", "Extended Cut")
        assert films(daemon.filed()) == [
            f"{FILM} {{edition-75 min}}.mkv",
            f"{FILM} {{edition-Extended Cut}}.mkv",
        ]


def test_the_cut_that_tmdb_lists_has_no_edition(make_daemon: MakeDaemon, cuts_dvd: AuthoredDisc) -> None:
    film = {
        "id": 7,
        "title": "The Long Voyage",
        "original_title": "The Long Voyage",
        "original_language": "en",
        "release_date": "1971-05-01",
    }
    details = film | {
        "runtime": 75,
        "alternative_titles": {"titles": []},
        "translations": {"translations": []},
    }
    with WebServer() as web:
        web.script("/3/search/tv", json_answer(hits()))
        web.script("/3/search/movie", json_answer(hits(film)))
        web.script("/3/movie/7", json_answer(details))
        with make_daemon(settings=with_tmdb(web)) as daemon:
            daemon.ctl("rip", str(cuts_dvd.image))
            rows = Rows(daemon)
            assert rows.until("completed")["outcome"] == "complete"
            assert films(daemon.filed()) == [f"{FILM} {{edition-79 min}}.mkv", f"{FILM}.mkv"]
