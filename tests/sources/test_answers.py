"""Answers are kept for their lifetime, and a cache that is broken costs nothing but the cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import diskcache
import pytest

from engramd.sources.answers import AnswerCache
from engramd.sources.fetch import Fetcher
from engramd.sources.problems import SourceChanged, SourceError
from tests.sources.clock import HandClock
from tests.support.webserver import Answer, WebServer, json_answer

KEY = "0123456789abcdef0123456789abcdef"
DAY = timedelta(days=1)


@pytest.fixture
def fetcher(server: WebServer, clock: HandClock, tmp_path: Path) -> Iterator[Fetcher]:
    made = Fetcher(
        "Test Source",
        server.url,
        params={"api_key": KEY},
        headers={"Authorization": f"Bearer {KEY}"},
        cache_folder=tmp_path,
        lifetime=DAY,
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
    )
    yield made
    made.close()


def test_an_answer_is_asked_for_once_in_its_lifetime(
    server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", json_answer({"n": 1}), json_answer({"n": 2}))
    assert fetcher.get_json("/x", {"q": "a"}) == {"n": 1}
    clock.seconds += DAY.total_seconds() - 1
    assert fetcher.get_json("/x", {"q": "a"}) == {"n": 1}
    clock.seconds += 2
    assert fetcher.get_json("/x", {"q": "a"}) == {"n": 2}
    assert len(server.requests) == 2


def test_a_lifetime_of_its_own_and_a_fresh_question(
    server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", json_answer({"n": 1}), json_answer({"n": 2}), json_answer({"n": 3}))
    fetcher.get_json("/x")
    assert fetcher.get_json("/x", fresh=True) == {"n": 2}
    clock.seconds += 61
    assert fetcher.get_json("/x", lifetime=timedelta(minutes=1)) == {"n": 3}


def test_an_answer_without_a_lifetime_is_not_kept(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", json_answer({"n": 1}), json_answer({"n": 2}))
    fetcher.get_json("/x", lifetime=timedelta(0))
    assert fetcher.get_json("/x") == {"n": 2}


def test_questions_are_told_apart(server: WebServer, fetcher: Fetcher) -> None:
    for path in ("/x", "/y"):
        server.script(path, lambda seen: json_answer({"seen": [seen.method, seen.path, seen.query.get("q")]}))
    asked = [
        fetcher.get_json("/x", {"q": "a"}),
        fetcher.get_json("/x", {"q": "b"}),
        fetcher.get_json("/y", {"q": "a"}),
        fetcher.post_json("/x", {"q": 1}),
        fetcher.post_json("/x", {"q": 2}),
    ]
    assert len(server.requests) == 5
    again = [fetcher.get_json("/x", {"q": "a"}), fetcher.post_json("/x", {"q": 2})]
    assert again == [asked[0], asked[4]]
    assert len(server.requests) == 5


@pytest.mark.parametrize(
    "bad",
    [
        json_answer({}, 404),
        json_answer({}, 401),
        Answer(400),
        Answer(body=b"{"),
        Answer(body=b"<p>", content_type="text/html"),
    ],
)
def test_neither_errors_nor_misses_are_kept(bad: Answer, server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", bad, json_answer({"fine": True}))
    with contextlib.suppress(SourceError):
        assert fetcher.get_json("/x") is None
    assert fetcher.get_json("/x") == {"fine": True}


def test_an_answer_that_fails_its_check_is_not_kept(server: WebServer, fetcher: Fetcher) -> None:
    def check(answer: object) -> None:
        if answer != {"fine": True}:
            raise SourceChanged("no", source="Test Source", field="fine")

    server.script("/x", json_answer({"errors": []}), json_answer({"fine": True}))
    with pytest.raises(SourceChanged):
        fetcher.get_json("/x", check=check)
    assert fetcher.get_json("/x", check=check) == {"fine": True}


def test_a_kept_answer_that_is_no_longer_understood_is_asked_for_again(
    server: WebServer, fetcher: Fetcher
) -> None:
    server.script("/x", json_answer({"old": 1}), json_answer({"new": 1}))
    fetcher.get_json("/x")

    def check(answer: object) -> None:
        if answer != {"new": 1}:
            raise SourceChanged("no", source="Test Source", field="new")

    assert fetcher.get_json("/x", check=check) == {"new": 1}


def test_the_key_is_in_no_file(server: WebServer, fetcher: Fetcher, tmp_path: Path) -> None:
    server.script("/x", json_answer({"long": "y" * 100_000}))
    fetcher.get_json("/x", {"q": "a"})
    fetcher.post_json("/x", {"q": "a"})
    fetcher.close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    for path in files:
        assert KEY.encode() not in path.read_bytes(), path
        assert KEY not in str(path)


def test_the_cache_outlives_the_process_that_made_it(tmp_path: Path, clock: HandClock) -> None:
    first = AnswerCache(tmp_path, clock.now)
    first.put("k", {"a": ["ü", 1, None]}, DAY)
    first.close()
    second = AnswerCache(tmp_path, clock.now)
    assert second.get("k", DAY) == {"a": ["ü", 1, None]}
    second.close()


def test_an_answer_from_the_future_is_a_miss(tmp_path: Path, clock: HandClock) -> None:
    cache = AnswerCache(tmp_path, clock.now)
    cache.put("k", 1, DAY)
    clock.seconds -= 3600
    assert cache.get("k", DAY) is None
    cache.close()


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b'{"at": "x", "answer": 1}',
        b'{"at": 1}',
        b'{"at": 1' + b"0" * 400 + b"}",
        "text",
        7,
    ],
)
def test_a_corrupt_entry_is_a_miss(junk: object, tmp_path: Path, clock: HandClock) -> None:
    cache = AnswerCache(tmp_path, clock.now)
    cache.put("k", 1, DAY)
    with diskcache.Cache(str(tmp_path / "answers")) as below:
        below.set("k", junk)
    assert cache.get("k", DAY) is None
    cache.put("k", 2, DAY)
    assert cache.get("k", DAY) == 2
    cache.close()


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return sys.exit, ("a pickle ran code",)


def test_a_pickle_in_the_cache_is_never_loaded(tmp_path: Path, clock: HandClock) -> None:
    with diskcache.Cache(str(tmp_path / "answers")) as below:
        below.set("k", _Bomb())
    cache = AnswerCache(tmp_path, clock.now)
    assert cache.get("k", DAY) is None
    cache.close()


def test_a_database_full_of_junk_is_thrown_away(tmp_path: Path, clock: HandClock) -> None:
    cache = AnswerCache(tmp_path, clock.now)
    cache.put("k", 1, DAY)
    cache.close()
    (tmp_path / "answers" / "cache.db").write_bytes(b"no database " * 10_000)
    assert cache.get("k", DAY) is None
    cache.put("k", 2, DAY)
    assert cache.get("k", DAY) == 2
    cache.close()


def test_a_cache_that_cannot_be_written_costs_only_the_cache(
    server: WebServer, clock: HandClock, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    server.script("/x", json_answer({"fine": True}))
    fetcher = Fetcher("Test Source", server.url, cache_folder=tmp_path / "file")
    assert fetcher.get_json("/x") == {"fine": True}
    assert fetcher.get_json("/x") == {"fine": True}
    assert len(server.requests) == 2
    fetcher.close()


def test_a_full_disk_costs_only_the_cache(tmp_path: Path, clock: HandClock) -> None:
    cache = AnswerCache(tmp_path, clock.now)
    cache.put("small", 1, DAY)
    full = sqlite3.connect(tmp_path / "answers" / "cache.db")
    pages = full.execute("PRAGMA page_count").fetchone()[0]
    full.close()
    # SQLite itself says "database or disk is full" when a database reaches its limit of pages.
    cache._open()._con.execute(f"PRAGMA max_page_count = {pages}")
    for n in range(40):
        cache.put(f"k{n}", "x" * 20_000, DAY)
    assert cache.get("k39", DAY) is None
    assert cache.get("small", DAY) == 1
    cache.close()


@pytest.mark.parametrize("emptied", [True, False])
def test_a_folder_that_somebody_removed_is_made_anew(tmp_path: Path, clock: HandClock, emptied: bool) -> None:
    one, other = AnswerCache(tmp_path, clock.now), AnswerCache(tmp_path, clock.now)
    one.put("k", 1, DAY)
    assert other.get("k", DAY) == 1
    shutil.rmtree(tmp_path / "answers")
    if not emptied:
        one.put("k", 2, DAY)
    other.put("l", 3, DAY)
    assert one.get("l", DAY) == 3, "both see the files that are there now"
    assert other.get("k", DAY) == (None if emptied else 2)
    one.close()
    other.close()


def test_a_cache_that_is_closed_under_a_question_loses_nothing(tmp_path: Path, clock: HandClock) -> None:
    cache = AnswerCache(tmp_path, clock.now)
    cache.put("k", 1, DAY)
    cache._open()._con.close()
    assert cache.get("k", DAY) is None, "SQLite refuses a closed database"
    cache.close()
    assert cache.get("k", DAY) == 1
    cache.close()


def test_nobody_else_may_read_what_was_asked(tmp_path: Path, clock: HandClock) -> None:
    before = os.umask(0o002)
    try:
        cache = AnswerCache(tmp_path, clock.now)
        cache.put("k", 1, DAY)
        cache.close()
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "answers").stat().st_mode) == 0o700


def test_a_question_without_a_lifetime_leaves_the_disk_alone(
    server: WebServer, fetcher: Fetcher, tmp_path: Path
) -> None:
    server.script("/x", json_answer({"fine": True}))
    assert fetcher.get_json("/x", lifetime=timedelta(0)) == {"fine": True}
    assert not list(tmp_path.iterdir())
