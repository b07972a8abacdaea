"""TheDiscDB over HTTP: the question fits the real schema, and an error is never a miss.

The server is a stand-in for the internet; its answers have the form that the schema documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engramd.sources.discdb_model import DiscEntry
from engramd.sources.discdb_online import BASE_URL, BY_HASH, MOST_PAGES, PATH, OnlineDiscDb, entries_in
from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits
from engramd.sources.problems import SourceChanged, SourceError, SourceUnreachable
from tests.sources.discdb_made import HASH, bluray, episode, recorded
from tests.support.webserver import Answer, WebServer, json_answer

SCHEMA = Path(__file__).parents[2].parent / "shared" / "apis" / "thediscdb.graphql"
DISC = bluray([(800, "1", 2500.4), (801, "2", 2600.0)])
GONE = {
    "errors": [
        {
            "message": "The field `contentHash` does not exist on the type `ReleaseDisc`.",
            "locations": [{"line": 12, "column": 39}],
            "path": ["mediaItems"],
            "extensions": {"type": "ReleaseDisc", "field": "contentHash", "code": "HC0020"},
        }
    ]
}
FAILED = {
    "errors": [{"message": "Unexpected Execution Error", "path": ["mediaItems"]}],
    "data": {"mediaItems": None},
}


def camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {name[0].lower() + name[1:]: camel(item) for name, item in value.items()}
    return [camel(item) for item in value] if isinstance(value, list) else value


def node(name: str = "Harbor Station", content_hash: str = HASH) -> dict[str, Any]:
    titles = camel(recorded(DISC, {0: episode(1)}))
    for title in titles:
        title.setdefault("item", None)
    disc = {"index": 1, "slug": "d1", "name": "Disc 1", "format": "Blu-Ray", "contentHash": content_hash}
    return {
        "title": name,
        "year": 2019,
        "type": "Series",
        "slug": "harbor-station-2019",
        "externalids": {"tmdb": "4711", "imdb": "tt7654321"},
        "releases": [{"slug": "2020-set", "title": None, "discs": [{**disc, "titles": titles}]}],
    }


def page(*nodes: object, cursor: str | None = None) -> dict[str, Any]:
    info = {"hasNextPage": cursor is not None, "endCursor": cursor}
    return {"data": {"mediaItems": {"pageInfo": info, "nodes": list(nodes)}}}


@pytest.fixture
def online(server: WebServer) -> Iterator[OnlineDiscDb]:
    fetcher = Fetcher("TheDiscDB", server.url, limits=Limits(tries=1))
    yield OnlineDiscDb(fetcher)
    fetcher.close()


def test_the_question_fits_the_schema() -> None:
    graphql = pytest.importorskip("graphql")
    if not SCHEMA.exists():
        pytest.skip("the schema of TheDiscDB is not beside the checkout")
    schema = graphql.build_schema(SCHEMA.read_text("utf-8"))

    assert graphql.validate(schema, graphql.parse(BY_HASH)) == []
    broken = BY_HASH.replace("sourceFile", "sourceFiles")
    assert graphql.validate(schema, graphql.parse(broken)), "the check would see a field that is gone"


def test_every_field_that_is_asked_for_is_read() -> None:
    (entry,) = entries_in(page(node()))

    assert (entry.work.name, entry.work.namespace, entry.work.year) == ("Harbor Station", "tv", 2019)
    assert (entry.work.tmdb_id, entry.work.imdb_id) == (4711, "tt7654321")
    assert (entry.disc_name, entry.disc_format, entry.content_hash) == ("Disc 1", "Blu-Ray", HASH)
    assert entry.where == "harbor-station-2019/2020-set/d1"
    first, second = entry.titles
    assert (first.source_file, first.segment_map, first.duration) == ("00800.mpls", "1", 2500)
    assert first.size == DISC.titles[0].size
    assert first.item is not None
    assert first.item.episodes == (1, 1)
    assert second.item is None


def test_only_the_hash_is_sent(server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(page(node())))

    assert len(online.lookup(HASH.lower())) == 1

    (asked,) = server.asked(PATH)
    body = asked.json()
    assert isinstance(body, dict)
    assert body["variables"] == {"hash": HASH, "first": 10, "after": None}
    assert body["query"] == BY_HASH
    assert asked.method == "POST"
    assert BASE_URL == "https://thediscdb.com"


@pytest.mark.parametrize("nodes", [[], None])
def test_a_disc_that_is_not_known_is_a_miss(
    server: WebServer, online: OnlineDiscDb, nodes: list[Any] | None
) -> None:
    answer = page()
    answer["data"]["mediaItems"]["nodes"] = nodes
    server.script(PATH, json_answer(answer))

    assert online.lookup(HASH) == []


def test_other_discs_of_the_answer_are_left_out(server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(page(node(content_hash="E" * 32), node("Bay"))))

    assert [entry.work.name for entry in online.lookup(HASH)] == ["Bay"]


def test_further_pages_are_asked_for_up_to_a_limit(server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(page(node("A"), cursor="c1")), json_answer(page(node("B"))))
    assert [entry.work.name for entry in online.lookup(HASH)] == ["A", "B"]
    bodies = [json.loads(seen.body) for seen in server.asked(PATH)]
    assert [body["variables"]["after"] for body in bodies] == [None, "c1"]

    before = len(server.asked(PATH))
    server.script(PATH, json_answer(page(node("A"), cursor="again")))
    online.lookup("D" * 32)
    assert len(server.asked(PATH)) - before == MOST_PAGES


def test_a_field_that_is_gone_is_named(server: WebServer, online: OnlineDiscDb) -> None:
    server.script(PATH, json_answer(GONE))

    with pytest.raises(SourceChanged) as caught:
        online.lookup(HASH)

    assert caught.value.field == "ReleaseDisc.contentHash"
    assert "does not exist" in caught.value.why


def test_a_question_that_is_refused_for_its_cost_is_a_change(server: WebServer, online: OnlineDiscDb) -> None:
    error = {"message": "The maximum allowed field cost was exceeded.", "extensions": {"code": "HC0047"}}
    server.script(PATH, json_answer({"errors": [error]}))

    with pytest.raises(SourceChanged, match="HC0047"):
        online.lookup(HASH)


@pytest.mark.parametrize("answer", [FAILED, {"errors": [{"message": None}], "data": page(node())["data"]}])
def test_an_error_beside_data_is_no_miss(
    server: WebServer, online: OnlineDiscDb, answer: dict[str, Any]
) -> None:
    server.script(PATH, json_answer(answer))

    with pytest.raises(SourceUnreachable):
        online.lookup(HASH)


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("data",), None, "data"),
        (("data", "mediaItems"), None, "mediaItems"),
        (("data", "mediaItems", "nodes"), {}, "nodes"),
        (("data", "mediaItems", "nodes", 0, "releases", 0, "discs", 0, "titles", 0, "size"), "big", "size"),
        (("data", "mediaItems", "nodes", 0, "type"), "Opera", "type"),
        (("data", "mediaItems", "nodes", 0, "title"), None, "title"),
    ],
)
def test_an_answer_of_another_form_names_the_field(
    server: WebServer, online: OnlineDiscDb, path: tuple[str | int, ...], value: object, field: str
) -> None:
    answer: Any = page(node())
    inner = answer
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    server.script(PATH, json_answer(answer))

    with pytest.raises(SourceChanged) as caught:
        online.lookup(HASH)
    assert caught.value.field == field


@pytest.mark.parametrize("status", [500, 503, 502])
def test_a_server_that_fails_is_no_miss(server: WebServer, online: OnlineDiscDb, status: int) -> None:
    server.script(PATH, Answer(status=status))

    with pytest.raises(SourceUnreachable):
        online.lookup(HASH)


def test_an_error_is_not_kept_as_an_answer(server: WebServer, tmp_path: Path) -> None:
    fetcher = Fetcher("TheDiscDB", server.url, cache_folder=tmp_path, limits=Limits(tries=1))
    online = OnlineDiscDb(fetcher)
    server.script(PATH, json_answer(FAILED), json_answer(page(node())))

    with pytest.raises(SourceUnreachable):
        online.lookup(HASH)
    assert len(online.lookup(HASH)) == 1
    assert len(online.lookup(HASH)) == 1
    assert len(server.asked(PATH)) == 2, "the good answer came from the cache"
    fetcher.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["data", "errors", "mediaItems", "nodes", "releases", "discs", "titles", "message", "title"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(deadline=None)
def test_whatever_is_answered_gives_entries_or_an_error_of_the_source(answer: object) -> None:
    try:
        found = list(entries_in(answer))
    except SourceError as error:
        assert error.source == "TheDiscDB"  # noqa: PT017 (any answer may be good)
        return
    assert all(isinstance(entry, DiscEntry) for entry in found)
