"""A season whose DVDs have another order than TMDB's: files are named by the one that a person chose."""

from __future__ import annotations

from typing import Any

from tests.support.authoring import AuthoredDisc, write_references
from tests.support.webserver import WebServer, json_answer
from tests.system.conftest import MakeDaemon
from tests.system.test_sources import KEY, SHOW, knows, series
from tests.system.test_sources import web as web  # noqa: PLC0414 - a fixture

NUMBER, GROUP = 7, "5acf93e60e0a26346d0000ce"


def knows_order(web: WebServer) -> None:
    """Have TMDB know a DVD order of the show, whose first episode is the third that was aired."""
    show = series(NUMBER, 2003, seasons=1)
    show["seasons"][0]["episode_count"] = 3
    knows(web, show)
    turns: list[dict[str, Any]] = [
        {"season_number": 1, "episode_number": number, "id": number, "name": f"Part {number}", "order": turn}
        for turn, number in enumerate((3, 1, 2))
    ]
    group = {"id": GROUP, "name": "DVD order", "type": 3, "episode_count": 3, "group_count": 1}
    parts = [{"id": "1", "name": "Season 1", "order": 1, "episodes": turns}]
    web.script(f"/3/tv/{NUMBER}/episode_groups", json_answer({"results": [group]}))
    web.script(f"/3/tv/episode_group/{GROUP}", json_answer({**group, "groups": parts}))


def test_a_season_is_named_by_its_dvds_and_matched_as_it_was_aired(
    make_daemon: MakeDaemon, tv_dvd: AuthoredDisc, web: WebServer
) -> None:
    knows_order(web)
    on = {"tmdb_enabled": True, "tmdb_api_key": KEY, "tmdb_url": web.url, "metadata_language": "en-US"}
    with make_daemon(settings=on | {"episode_ordering_preference": "dvd"}) as daemon:
        write_references(daemon.references, SHOW, tv_dvd.episodes)
        daemon.ctl("rip", str(tv_dvd.image))
        titles = daemon.show(1)["titles"]
        named = {
            title["matched_episode"]: title["organized_to"].rsplit(" ", 1)[1]
            for title in titles
            if title["matched_episode"]
        }
        assert named == {"S01E01": "S01E02.mkv", "S01E02": "S01E03.mkv", "S01E03": "S01E01.mkv"}
        said = daemon.ctl("order", SHOW, "aired").stdout
        assert "season 1 (dvd)" in said
