"""A real daemon, real discs, and sources in the network; a stand-in replays their documented answers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import read_disc
from tests.sources.discdb_made import SHOW as RECORDED
from tests.sources.discdb_made import episode, recorded
from tests.sources.test_discdb_online import camel, page
from tests.sources.tmdb_answers import hits
from tests.support.authoring import AuthoredDisc, write_references
from tests.support.daemon import DaemonUnderTest
from tests.support.rows import Rows
from tests.support.webserver import Answer, WebServer, json_answer
from tests.system.conftest import MakeDaemon

SHOW = "Harbor Station"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def web() -> Iterator[WebServer]:
    """Give a server in the place of the internet."""
    with WebServer() as web:
        web.script("/3/search/movie", json_answer(hits()))
        yield web


def series(number: int, year: int, *, seasons: int = 3, original: str = SHOW) -> dict[str, Any]:
    """Give the details of a series as TMDB has them."""
    names = [{"iso_3166_1": "DE", "iso_639_1": "de", "name": "Deutsch", "data": {"name": "Hafenwache"}}]
    return {
        "id": number,
        "name": SHOW,
        "original_name": original,
        "original_language": "en",
        "origin_country": ["US"],
        "first_air_date": f"{year}-10-18",
        "number_of_seasons": seasons,
        "episode_run_time": [],
        "seasons": [
            {"air_date": f"{year + n}-01-01", "id": n, "name": f"Season {n}", "season_number": n}
            for n in range(1, seasons + 1)
        ],
        "alternative_titles": {"results": []},
        "translations": {"translations": names},
    }


def knows(web: WebServer, *shows: dict[str, Any]) -> None:
    """Have TMDB know these series."""
    found = [{key: show[key] for key in ("id", "name", "original_name", "first_air_date")} for show in shows]
    web.script("/3/search/tv", json_answer(hits(*found)))
    for show in shows:
        web.script(f"/3/tv/{show['id']}", json_answer(show))
        names = [
            {"episode_number": n, "season_number": 1, "id": n, "name": f"Part {n}", "runtime": 2}
            for n in (1, 2, 3)
        ]
        web.script(f"/3/tv/{show['id']}/season/1", json_answer({"season_number": 1, "episodes": names}))


def with_tmdb(web: WebServer, **more: object) -> dict[str, object]:
    """Give the settings of a person who turned TMDB on."""
    return {
        "tmdb_enabled": True,
        "tmdb_api_key": KEY,
        "tmdb_url": web.url,
        "metadata_language": "en-US",
    } | more


def episodes(daemon: DaemonUnderTest) -> list[str]:
    """Give what is filed as episodes."""
    return [path for path in daemon.filed() if "/Other/" not in path]


def test_nothing_leaves_the_machine_until_a_person_turns_it_on(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows(web, series(7, 2003))
    off = with_tmdb(web, discdb_enabled=True, discdb_url=web.url, network_enabled=False)
    with make_daemon(settings=off) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        assert len(episodes(daemon)) == 3
    assert web.requests == []


def test_a_work_that_is_sure_names_the_folder(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows(web, series(7, 2003))
    with make_daemon(settings=with_tmdb(web)) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        folder = "tv/Harbor Station (2003)/Season 01"
        assert episodes(daemon) == [f"{folder}/Harbor Station - S01E0{n}.mkv" for n in (1, 2, 3)]
        job = daemon.show(1)
        assert (job["tmdb_id"], job["tmdb_namespace"], job["year"]) == (7, "tv", 2003)
        assert job["classification_source"] == "tmdb"
        sources = {row["source"] for row in job["evidence"]}
        assert {"structure", "label", "tmdb"} <= sources
        assert KEY not in daemon.log() + str(job)
    assert {seen.query.get("api_key") for seen in web.requests} == {KEY}
    said = {seen.query["query"] for seen in web.requests if "query" in seen.query}
    assert said == {SHOW}, "only the name is told"


def test_the_name_of_a_folder_is_decided_once(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows(web, series(7, 2003))
    with make_daemon(settings=with_tmdb(web, metadata_language="de-DE")) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        assert all(path.startswith("tv/Hafenwache (2003)/") for path in daemon.filed()), daemon.filed()
        knows(web, series(7, 2003) | {"translations": {"translations": []}})
        daemon.ctl("rip", str(tv_dvd.image), "--again", check=False)
        folders = {Path(path).parts[1] for path in daemon.filed()}
        assert folders == {"Hafenwache (2003)"}
        assert Rows(daemon).job(2)["detected_title"] == "Hafenwache"


def test_two_shows_of_one_name_are_a_question_that_does_not_block_the_rip(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows(web, series(7, 2003), series(8, 1978))
    with make_daemon(settings=with_tmdb(web)) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        assert daemon.ctl("rip", str(tv_dvd.image), check=False).returncode == 5
        assert daemon.filed() == [], "nothing is filed under a name that is not sure"
        rows = Rows(daemon)
        (review,) = [r for r in rows.reviews() if r["kind"] == "identity"]
        assert rows.count("ripping") + rows.count("pending") == 0, "the disc is free"
        works = {work["tmdb_id"]: work for work in daemon.show(1)["works"]}
        assert works.keys() == {7, 8}
        shown = daemon.ctl("review", "show", str(review["id"])).stdout
        assert "1978" in shown
        daemon.ctl("answer", str(review["id"]), "tv:8")
        assert rows.until("completed")["outcome"] == "complete"
        assert all(path.startswith("tv/Harbor Station (1978)/") for path in daemon.filed())


def test_a_source_that_fails_is_a_condition_and_costs_no_disc(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    refused = {"status_code": 7, "status_message": "Invalid API key", "success": False}
    web.script("/3/search/tv", json_answer(refused, 401))
    web.script("/3/authentication", json_answer(refused, 401))
    with make_daemon(settings=with_tmdb(web)) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        assert len(episodes(daemon)) == 3
        assert "source-tmdb" in daemon.ctl("status", "--json").stdout
        assert "TMDB" in Rows(daemon).sentences()
        assert KEY not in daemon.log() + daemon.ctl("doctor", check=False).stdout


def test_an_answer_that_is_late_holds_the_names_and_nothing_else(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    gate = threading.Event()
    knows(web, series(7, 2003))
    found = {"id": 7, "name": SHOW, "original_name": SHOW, "first_air_date": "2003-10-18"}
    slow = json_answer(hits(found))
    web.script("/3/search/tv", Answer(slow.status, slow.body, gate=gate))
    with make_daemon(settings=with_tmdb(web)) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image), "--no-wait")
        rows = Rows(daemon)
        rows.wait(lambda: rows.count("matching") == 3, "the rip waits for the network")
        rows.wait(lambda: rows.count("ripping") + rows.count("pending") == 0, "the disc is not free")
        assert daemon.filed() == []
        gate.set()
        assert rows.until("completed")["outcome"] == "complete"
        assert all(path.startswith("tv/Harbor Station (2003)/") for path in daemon.filed())


@pytest.mark.parametrize("references", [True, False], ids=["with subtitles", "without subtitles"])
def test_a_recorded_disc_needs_no_person(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer, *, references: bool
) -> None:
    disc = read_disc(tv_dvd.image)
    items = {1: episode(1), 2: episode(2), 3: episode(3)}
    items[4] = {"Type": "Extra", "Title": "Bloopers", "Season": "1"}
    titles = [{"item": None, **title} for title in camel(recorded(disc, items))]
    place = {"index": 1, "slug": "d1", "name": "Disc 1", "format": "DVD", "contentHash": disc.content_hash}
    node = {
        "title": RECORDED.name,
        "year": RECORDED.year,
        "type": "Series",
        "slug": "harbor-station",
        "externalids": {"tmdb": str(RECORDED.tmdb_id), "imdb": None},
        "releases": [{"slug": "set", "title": None, "discs": [{**place, "titles": titles}]}],
    }
    web.script("/graphql", json_answer(page(node)))
    on = {"discdb_enabled": True, "discdb_url": web.url}
    with make_daemon(settings=on) as daemon:
        if references:
            write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        folder = "tv/Harbor Station (2019)/Season 01"
        assert daemon.filed() == [
            *(f"{folder}/Harbor Station - S01E0{n}.mkv" for n in (1, 2, 3)),
            f"{folder}/Other/Bloopers (Disc 1, Title 05).mkv",
        ]
        job = daemon.show(1)
        assert job["classification_source"] == "discdb_hash"
        assert (job["tmdb_namespace"], job["tmdb_id"]) == ("tv", RECORDED.tmdb_id)
        assert all(title["match_confidence"] > 0.9 for title in job["titles"] if title["matched_episode"])
        assert not Rows(daemon).reviews()
    (asked,) = web.asked("/graphql")
    assert asked.json()["variables"]["hash"] == disc.content_hash  # type: ignore[index]
