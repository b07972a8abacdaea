"""Posters of TMDB: from the server that its configuration names, checked, and without the key."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.sources.problems import SourceChanged, SourceUnreachable
from engramd.sources.tmdb import Tmdb, connect
from engramd.sources.tmdb_images import LARGEST, fetch_poster
from engramd.sources.tmdb_model import ImageSizes
from tests.support.webserver import Answer, WebServer, json_answer

KEY = "0123456789abcdef0123456789ABCDEF"
JPEG = b"\xff\xd8\xff\xe0" + bytes(500)


@pytest.fixture
def tmdb(server: WebServer, tmp_path: Path) -> Iterator[Tmdb]:
    configure(server, f"{server.url}/t/p/")
    client = connect(KEY, tmp_path, address=server.url)
    yield client
    client.close()


def sizes_of(tmdb: Tmdb) -> ImageSizes:
    sizes = tmdb.images()
    assert sizes is not None
    return sizes


def configure(server: WebServer, address: str, *sizes: str) -> None:
    offered = sizes or ("w92", "w342", "w780", "w1280", "original")
    images = {"secure_base_url": address, "poster_sizes": offered, "base_url": "http://elsewhere/"}
    server.script("/3/configuration", json_answer({"images": images, "change_keys": []}))


def test_the_widest_moderate_size_is_fetched_without_the_key(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/t/p/w780/abc.jpg", Answer(body=JPEG, content_type="image/jpeg"))
    assert fetch_poster(sizes_of(tmdb), "/abc.jpg", server.url) == JPEG
    [asked] = server.asked("/t/p/w780/abc.jpg")
    assert asked.query == {}
    assert KEY not in str(asked.headers)
    assert asked.headers["accept"] == "image/jpeg"


def test_no_poster_is_no_error(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/t/p/w780/gone.jpg", Answer(404, b"", None))
    assert fetch_poster(sizes_of(tmdb), "/gone.jpg", server.url) is None


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=JPEG, content_type="text/html"),
        Answer(body=b"<html>", content_type="image/jpeg"),
        Answer(body=b"", content_type="image/jpeg"),
        Answer(403, JPEG, "image/jpeg"),
    ],
)
def test_what_is_no_jpeg_is_not_taken(server: WebServer, tmdb: Tmdb, answer: Answer) -> None:
    server.script("/t/p/w780/abc.jpg", answer)
    with pytest.raises(SourceChanged, match="no poster"):
        fetch_poster(sizes_of(tmdb), "/abc.jpg", server.url)


def test_what_is_too_large_is_not_taken(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/t/p/w780/abc.jpg", Answer(body=JPEG + bytes(LARGEST), content_type="image/jpeg"))
    with pytest.raises(SourceUnreachable, match="larger"):
        fetch_poster(sizes_of(tmdb), "/abc.jpg", server.url)


@pytest.mark.parametrize("path", ["/../../etc/x.jpg", "/a.png", "//host/a.jpg", "/a.jpg?x=1", "a.jpg"])
def test_paths_that_are_none_are_not_asked_for(server: WebServer, tmdb: Tmdb, path: str) -> None:
    with pytest.raises(SourceChanged):
        fetch_poster(sizes_of(tmdb), path, server.url)
    assert not [seen for seen in server.requests if seen.path.startswith("/t/")]


def test_a_server_of_pictures_without_tls_is_not_asked_where_tmdb_has_it(
    server: WebServer, tmdb: Tmdb
) -> None:
    with pytest.raises(SourceChanged):
        fetch_poster(sizes_of(tmdb), "/abc.jpg", "https://api.themoviedb.org")
    for bad in ("file:///etc/", "nowhere", ""):
        configure(server, bad)
        client = connect(KEY, None, address=server.url)
        with pytest.raises(SourceChanged):
            fetch_poster(sizes_of(client), "/abc.jpg", server.url)
        client.close()
