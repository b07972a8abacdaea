"""Media servers are told of one folder, in their own way, and no error tells their key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.notify.servers import configured, media_server
from engramd.sources.problems import SourceChanged, SourceError, SourceRefused, SourceUnreachable
from engramd.tools import CancelToken
from tests.support.media_servers_stand_in import TOKEN, UPDATED, StandInMediaBrowser, StandInPlex
from tests.support.webserver import Answer, WebServer, json_answer

FOLDER = "/data/tv/Ça va & Co (2002)/Season 01"


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


def settings(web: WebServer, key: str = TOKEN, **values: str) -> AppConfig:
    url = web.url
    given = {
        "plex_url": url,
        "plex_token": key,
        "jellyfin_url": url,
        "jellyfin_api_key": key,
        "emby_url": url,
        "emby_api_key": key,
    }
    return AppConfig(id=1, **(given | values))


def scan(name: str, config: AppConfig, folder: str = FOLDER) -> None:
    server = media_server(name, config)
    try:
        server.scan(folder, CancelToken())
    finally:
        server.close()


def test_plex_looks_at_the_folder_in_the_sections_that_hold_it(web: WebServer) -> None:
    plex = StandInPlex(web, {"1": ["/data/films"], "2": ["/data/anime", "/data/tv"], "7": ["/data/tv-4k"]})
    scan("plex", settings(web))

    assert plex.scanned() == [("2", FOLDER)]


def test_plex_on_windows_knows_its_own_folders(web: WebServer) -> None:
    plex = StandInPlex(web, {"3": ["D:\\Media\\TV"]})
    scan("plex", settings(web), "D:\\Media\\tv\\Show\\Season 01")

    assert plex.scanned() == [("3", "D:\\Media\\tv\\Show\\Season 01")]


def test_plex_without_such_a_library_names_the_map(web: WebServer) -> None:
    StandInPlex(web, {"1": ["/data/films"]})
    with pytest.raises(SourceRefused, match="no library that holds") as raised:
        scan("plex", settings(web))

    assert "media_server_path_map" in raised.value.remedy
    assert "/data/films" in raised.value.why


@pytest.mark.parametrize(
    "body", [b"<xml/>", b"[]", b'{"MediaContainer": {"Directory": [{"x": 1}]}}', b"[" * 5000]
)
def test_plex_that_answers_something_else_is_understood_as_no_plex(web: WebServer, body: bytes) -> None:
    web.script("/library/sections", Answer(body=body))

    with pytest.raises(SourceChanged):
        scan("plex", settings(web))


def test_an_empty_plex_has_no_library(web: WebServer) -> None:
    web.script("/library/sections", json_answer({"MediaContainer": {"size": 0}}))

    with pytest.raises(SourceRefused, match="no library"):
        scan("plex", settings(web))


@pytest.mark.parametrize("name", ["jellyfin", "emby"])
def test_jellyfin_and_emby_are_told_of_the_folder(name: str, web: WebServer) -> None:
    server = StandInMediaBrowser(web, emby=name == "emby")
    scan(name, settings(web))

    assert server.scanned() == [FOLDER]


def test_an_address_of_emby_may_have_its_path(web: WebServer) -> None:
    server = StandInMediaBrowser(web, emby=True)
    scan("emby", settings(web, emby_url=f"{web.url}/emby/"))

    assert server.scanned() == [FOLDER]


@pytest.mark.parametrize("name", ["plex", "jellyfin", "emby"])
def test_a_wrong_key_is_said_and_not_repeated(name: str, web: WebServer) -> None:
    StandInPlex(web, {"1": ["/data/tv"]})
    StandInMediaBrowser(web)
    StandInMediaBrowser(web, emby=True)
    with pytest.raises(SourceRefused, match="does not accept the key") as raised:
        scan(name, settings(web, "wr0ng-k3y"))

    assert "wr0ng-k3y" not in f"{raised.value!s}{raised.value!r}"
    assert f"config set {name}_" in raised.value.remedy


@pytest.mark.parametrize("name", ["plex", "jellyfin", "emby"])
@pytest.mark.parametrize("status", [404, 500, 503])
def test_a_server_in_trouble_is_an_error_without_the_key(name: str, status: int, web: WebServer) -> None:
    echo = Answer(status, f'{{"message": "you sent {TOKEN}"}}'.encode())
    for path in ("/library/sections", UPDATED, f"/emby{UPDATED}"):
        web.script(path, echo)
    with pytest.raises(SourceError) as raised:
        scan(name, settings(web))

    assert TOKEN not in str(raised.value)
    assert len(web.requests) == 1


def test_a_server_that_is_away_is_unreachable(web: WebServer) -> None:
    config = settings(web, jellyfin_url="http://127.0.0.1:9")
    with pytest.raises(SourceUnreachable):
        scan("jellyfin", config)


def test_a_key_that_can_be_none_is_refused(web: WebServer) -> None:
    for key in ('a"b', "schlüssel"):
        with pytest.raises(InvalidArgument) as raised:
            media_server("jellyfin", settings(web, key))
        assert key not in str(raised.value)


def test_only_servers_with_an_address_are_told(web: WebServer) -> None:
    assert configured(settings(web, plex_url="")) == ["jellyfin", "emby"]
    assert configured(AppConfig(id=1)) == []
