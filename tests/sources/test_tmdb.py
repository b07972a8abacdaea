"""TMDB as it answers: what it knows, what it does not, keys that it refuses. The server is a stand-in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.errors import InvalidArgument
from engramd.sources.names import choose_title
from engramd.sources.problems import SourceChanged, SourceRefused, SourceUnreachable
from engramd.sources.tmdb import MOST_NAMESAKES, Tmdb, connect, key_parts, names_of
from engramd.sources.tmdb_model import GroupType
from engramd.sources.work import WorkId
from tests.sources import tmdb_answers as answers
from tests.support.webserver import Answer, WebServer, json_answer

KEY = "0123456789abcdef0123456789ABCDEF"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJhIiwic3ViIjoiYiJ9.c2ln-bmF0_dXJl"


@pytest.fixture
def tmdb(server: WebServer, tmp_path: Path) -> Iterator[Tmdb]:
    client = connect(KEY, tmp_path, language="de-DE", address=server.url)
    yield client
    client.close()


def test_a_key_goes_with_the_question_and_a_token_with_the_headers(server: WebServer, tmp_path: Path) -> None:
    server.script("/3/authentication", json_answer(answers.KEY_ACCEPTED))
    for key in (KEY, f" {TOKEN}\n"):
        client = connect(key, tmp_path, address=server.url)
        client.check()
        client.close()
    by_key, by_token = server.requests
    assert by_key.query == {"api_key": KEY}
    assert "authorization" not in by_key.headers
    assert by_token.query == {}
    assert by_token.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("key", ["", "geheim", KEY[:-1], KEY + "0", "a.b", "a.b.c.d", "a.ü.c", "a.b.c\nX: y"])
def test_what_is_no_key_is_named_without_being_shown(key: str) -> None:
    with pytest.raises(InvalidArgument, match="neither an API key") as caught:
        key_parts(key)
    assert not key or key not in str(caught.value)


def test_a_key_that_tmdb_refuses(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/authentication", json_answer(answers.INVALID_KEY, 401))
    with pytest.raises(SourceRefused, match="Invalid API key: You must be granted a valid key"):
        tmdb.check()
    server.script("/3/authentication", json_answer({"success": False}))
    with pytest.raises(SourceRefused):
        tmdb.check()
    server.script("/3/authentication", json_answer(answers.KEY_ACCEPTED))
    tmdb.check()


def test_too_many_questions_are_asked_again_when_tmdb_says(server: WebServer, tmdb: Tmdb) -> None:
    server.script(
        "/3/tv/1972", json_answer(answers.OVER_LIMIT, 429, Retry_After="0"), json_answer(answers.TV_DETAILS)
    )
    assert tmdb.tv(1972) is not None
    server.script("/3/tv/5", json_answer(answers.OFFLINE, 503, Retry_After="7200"))
    with pytest.raises(SourceUnreachable, match="temporarily offline") as caught:
        tmdb.tv(5)
    assert caught.value.retry_at is not None


def test_a_series_is_searched_by_its_year_first(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/tv", json_answer(answers.hits()), json_answer(answers.hits(answers.TV_HIT)))
    (hit,) = tmdb.search_tv("  Battlestar \n Galactica ", 2003)
    assert (hit.id, hit.name, hit.first_air_date) == (1972, "Battlestar Galactica", "2004-10-18")
    first, second = (dict(seen.query) for seen in server.requests)
    assert first.pop("first_air_date_year") == "2003"
    assert first == second
    assert second["query"] == "Battlestar Galactica"
    assert second["language"] == "de-DE"


def test_a_film_is_searched_by_its_year_first(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/movie", json_answer(answers.hits(answers.MOVIE_HIT)))
    (hit,) = tmdb.search_movie("The Film", 1999)
    assert hit.title == "The Film"
    assert server.requests[0].query["primary_release_year"] == "1999"
    assert len(server.requests) == 1


def test_nothing_found_is_nothing(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/tv", json_answer(answers.hits()))
    server.script("/3/search/movie", json_answer(answers.hits()))
    server.script("/3/tv/7", json_answer(answers.NOT_FOUND, 404))
    assert tmdb.search_tv("No Such Show", 1999) == ()
    assert tmdb.search_movie("No Such Film") == ()
    assert tmdb.tv(7) is None
    assert tmdb.candidate(WorkId("tv", 7)) is None
    asked = len(server.requests)
    assert tmdb.search_tv(" \n ") == ()
    assert len(server.requests) == asked, "an empty question was asked"


def test_an_error_is_never_nothing_found(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/tv", json_answer(answers.INVALID_KEY, 401))
    with pytest.raises(SourceRefused):
        tmdb.search_tv("Show")
    server.script("/3/search/tv", Answer(body=b"<html>", content_type="text/html"))
    with pytest.raises(SourceUnreachable):
        tmdb.search_tv("Show")


def test_mixed_results_keep_series_and_film_of_one_number_apart(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/multi", json_answer(answers.MULTI))
    found = tmdb.search_multi("Galactica")
    assert found == (WorkId("tv", 1972), WorkId("movie", 1972))
    assert len(set(found)) == 2
    assert [str(work) for work in found] == ["tv/1972", "movie/1972"]


def test_a_candidate_of_a_series_has_all_that_tells_it_from_others(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/tv/1972", json_answer(answers.TV_DETAILS))
    server.script("/3/tv/1972/season/2", json_answer(answers.SEASON))
    candidate = tmdb.candidate(WorkId("tv", 1972), season=2)
    assert candidate is not None
    assert candidate.work == WorkId("tv", 1972)
    assert candidate.name == "Kampfstern Galactica"
    assert candidate.original_name == "Battlestar Galactica"
    assert candidate.names == ("Kampfstern Galactica", "BSG")
    assert candidate.year == 2004
    assert candidate.seasons == {1, 2, 3, 4}
    assert candidate.season_years == {2004, 2005, 2006}
    assert candidate.runtimes == (45, 60)
    assert candidate.season_runtimes == {2: (44,)}
    assert server.asked("/3/tv/1972")[0].query["append_to_response"] == "alternative_titles,translations"


def test_candidates_of_a_title_begin_with_those_of_exactly_that_name(server: WebServer, tmdb: Tmdb) -> None:
    def hit(number: int, name: str) -> dict[str, object]:
        return {**answers.TV_HIT, "id": number, "name": name, "original_name": ""}

    by_year = answers.hits(hit(3, "The Office Party"))
    by_name = answers.hits(
        hit(4, "Office Life"), hit(1, "The Office"), hit(3, "The Office Party"), hit(2, "THE OFFICE!")
    )
    server.script(
        "/3/search/tv",
        lambda seen: json_answer(by_year if "first_air_date_year" in seen.query else by_name),
    )
    server.script("/3/search/movie", json_answer(answers.hits()))
    for number in (1, 2, 3):
        server.script(f"/3/tv/{number}", json_answer({**answers.TV_DETAILS, "id": number}))
    found = tmdb.find("The Office", year=2005, most=3)
    assert [candidate.work for candidate in found] == [WorkId("tv", 1), WorkId("tv", 2), WorkId("tv", 3)]


def test_a_candidate_that_is_gone_is_left_out(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/search/movie", json_answer(answers.hits(answers.MOVIE_HIT)))
    server.script("/3/movie/1972", json_answer(answers.NOT_FOUND, 404))
    assert tmdb.find("The Film", namespaces=["movie"]) == ()


def test_a_season_that_the_series_lacks_is_not_asked_for(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/tv/1972", json_answer(answers.TV_DETAILS))
    candidate = tmdb.candidate(WorkId("tv", 1972), season=9)
    assert candidate is not None
    assert candidate.season_runtimes == {}
    assert [seen.path for seen in server.requests] == ["/3/tv/1972"]


def test_a_candidate_of_a_film(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/movie/1972", json_answer(answers.MOVIE_DETAILS))
    candidate = tmdb.candidate(WorkId("movie", 1972))
    assert candidate is not None
    assert candidate.title == "The Film (1999)"
    assert candidate.original_name == "Le Film"
    assert candidate.names == ("Il Film", "Der Film")
    assert candidate.runtimes == (101,)
    assert candidate.seasons == frozenset()


def test_episodes_of_a_season(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/tv/1972/season/2", json_answer(answers.SEASON))
    season = tmdb.season(1972, 2)
    assert season is not None
    assert [(e.episode_number, e.name, e.runtime) for e in season.episodes] == [
        (1, "Scattered", 44),
        (2, "Valley", 0),
    ]


def test_orders_of_episodes(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/tv/1972/episode_groups", json_answer(answers.GROUPS))
    server.script("/3/tv/episode_group/5acf93e60e0a26346d0000ce", json_answer(answers.GROUP))
    (summary,) = tmdb.episode_groups(1972)
    assert summary.type == GroupType.DVD
    order = tmdb.episode_group(summary.id)
    assert order is not None
    (part,) = order.groups
    assert [(e.order, e.season_number, e.episode_number) for e in part.episodes] == [(0, 2, 2), (1, 2, 1)]


@pytest.mark.parametrize("number", ["", "../account", "a?b", "x" * 41])
def test_an_id_of_an_order_that_is_none(number: str, tmdb: Tmdb) -> None:
    with pytest.raises(InvalidArgument):
        tmdb.episode_group(number)


def test_answers_are_kept_by_language(server: WebServer, tmdb: Tmdb, tmp_path: Path) -> None:
    server.script("/3/movie/1972", json_answer(answers.MOVIE_DETAILS))
    english = connect(TOKEN, tmp_path, language="en-US", address=server.url)
    for client in (tmdb, tmdb, english, english):
        client.movie(1972)
    english.close()
    assert [seen.query["language"] for seen in server.requests] == ["de-DE", "en-US"]


def test_names_by_language(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/tv/1972", json_answer(answers.TV_DETAILS))
    details = tmdb.tv(1972)
    assert details is not None
    names = names_of(details)
    assert choose_title(names, ("de-DE", "en-US"), original=False) == "Kampfstern Galactica"
    assert choose_title(names, ("sv-SE", "en-US"), original=False) == "Battlestar Galactica"


@pytest.mark.parametrize(
    ("details", "field"),
    [
        ({**answers.TV_DETAILS, "name": 7}, "name"),
        ({**answers.TV_DETAILS, "id": -1}, "id"),
        ({k: v for k, v in answers.TV_DETAILS.items() if k != "id"}, "id"),
        ({**answers.TV_DETAILS, "seasons": [{"season_number": "first"}]}, "seasons.0.season_number"),
        ([], "body"),
        ("text", "body"),
    ],
)
def test_a_changed_answer_names_the_field_and_is_not_kept(
    details: object, field: str, server: WebServer, tmdb: Tmdb
) -> None:
    server.script("/3/tv/1972", json_answer(details), json_answer(answers.TV_DETAILS))
    with pytest.raises(SourceChanged) as caught:
        tmdb.tv(1972)
    assert caught.value.field == field
    assert field in str(caught.value)
    assert tmdb.tv(1972) is not None


def test_a_changed_hit_among_mixed_results_is_not_passed_over(server: WebServer, tmdb: Tmdb) -> None:
    server.script(
        "/3/search/multi", json_answer(answers.hits({"media_type": "tv", "id": 1, "title": "no name"}))
    )
    with pytest.raises(SourceChanged, match="name"):
        tmdb.search_multi("x")


def test_names_lose_what_no_name_has(server: WebServer, tmdb: Tmdb) -> None:
    server.script("/3/movie/1", json_answer({**answers.MOVIE_DETAILS, "title": "A\x00B\x1b[2J \ud800 C\n"}))
    film = tmdb.movie(1)
    assert film is not None
    assert film.title == "AB[2J  C"


def test_a_search_that_is_not_there_is_no_miss(server: WebServer, tmdb: Tmdb) -> None:
    for kind in ("tv", "movie", "multi"):
        server.script(f"/3/search/{kind}", json_answer(answers.NOT_FOUND, 404))
    for search in (tmdb.search_tv, tmdb.search_movie, tmdb.search_multi):
        with pytest.raises(SourceChanged, match="no search") as caught:
            search("Show")
        assert "tmdb_url" in caught.value.remedy


def test_all_works_of_one_name_are_candidates(server: WebServer, tmdb: Tmdb) -> None:
    def page(first: int, count: int) -> dict[str, object]:
        same = [{**answers.MOVIE_HIT, "id": first + n, "title": "Alone"} for n in range(count)]
        return answers.hits({**answers.MOVIE_HIT, "id": 900, "title": "Home Alone"}, *same)

    server.script("/3/search/movie", json_answer(page(1, 9)), json_answer(page(1, MOST_NAMESAKES + 5)))
    for number in range(1, MOST_NAMESAKES + 6):
        server.script(f"/3/movie/{number}", json_answer({**answers.MOVIE_DETAILS, "id": number}))
    found = tmdb.find("Alone", namespaces=["movie"], most=5)
    assert [candidate.work.id for candidate in found] == list(range(1, 10))
    many = tmdb.find("alone", namespaces=["movie"], most=5)
    assert len(many) == MOST_NAMESAKES


def test_a_flood_of_names_is_cut(server: WebServer, tmdb: Tmdb) -> None:
    flood = {"titles": [{"iso_3166_1": "US", "title": f"Name {n}"} for n in range(5000)]}
    server.script("/3/movie/1972", json_answer({**answers.MOVIE_DETAILS, "alternative_titles": flood}))
    candidate = tmdb.candidate(WorkId("movie", 1972))
    assert candidate is not None
    assert len(candidate.names) == 1000
