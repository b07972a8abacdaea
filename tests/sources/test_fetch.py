"""How a source is asked: tries, limits, redirects, answers that are none. The server is local and real."""

from __future__ import annotations

import contextlib
import gzip
import logging
import select
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest

from engramd.errors import Cancelled, InvalidArgument
from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits, Pace
from engramd.sources.problems import SourceChanged, SourceError, SourceRefused, SourceUnreachable
from engramd.tools.cancel import CancelToken
from tests.sources.clock import HandClock
from tests.support.webserver import Answer, Seen, WebServer, json_answer

KEY = "0123456789abcdef0123456789abcdef"
#: Far more than are needed: at 7 s each the deadline is long past.
MOST_DROPS = 5_000
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture
def fetcher(server: WebServer, clock: HandClock) -> Iterator[Fetcher]:
    made = make(server.url, clock)
    yield made
    made.close()


def make(url: str, clock: HandClock, **more: object) -> Fetcher:
    return Fetcher(
        "Test Source",
        url,
        headers={"Authorization": f"Bearer {TOKEN}"},
        params={"api_key": KEY},
        now=clock.now,
        monotonic=clock.monotonic,
        sleep=clock.sleep,
        **more,  # type: ignore[arg-type]
    )


def test_a_question_arrives_with_its_parameters_and_the_key(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/3/search", json_answer({"results": []}))
    assert fetcher.get_json("/3/search", {"query": "Čapek & søn"}) == {"results": []}
    (seen,) = server.requests
    assert seen.query == {"query": "Čapek & søn", "api_key": KEY}
    assert seen.headers["authorization"] == f"Bearer {TOKEN}"
    assert seen.headers["accept-encoding"] == "gzip"


def test_a_posted_question_arrives_as_json(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/graphql", json_answer({"data": {}}))
    question = {"query": "{ x }", "variables": {"label": "odd \udce4"}}
    assert fetcher.post_json("/graphql", question) == {"data": {}}
    assert server.requests[0].json() == question
    assert server.requests[0].headers["content-type"] == "application/json"


def test_text_without_utf8_is_sent_with_replacements(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/s", json_answer([1]))
    fetcher.get_json("/s", {"query": "odd \udce4"})
    assert server.requests[0].query["query"] == "odd ?"


def test_not_found_is_a_miss(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/3/tv/1", json_answer({"status_code": 34, "status_message": "not found"}, 404))
    assert fetcher.get_json("/3/tv/1") is None


def test_a_page_that_is_not_found_is_no_miss(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/3/tv/1", Answer(404, b"<html>", content_type="text/html"))
    with pytest.raises(SourceUnreachable, match="text/html"):
        fetcher.get_json("/3/tv/1")


def test_a_place_to_post_to_that_is_gone_is_no_miss(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/graphql", json_answer({}, 404))
    with pytest.raises(SourceChanged, match="404"):
        fetcher.post_json("/graphql", {})


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 522])
def test_trouble_that_passes_is_tried_again(
    status: int, server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", Answer(status), Answer(status), json_answer({"fine": True}))
    assert fetcher.get_json("/x") == {"fine": True}
    assert clock.pauses == [0.5, 1.0]


@pytest.mark.parametrize("drop", ["before", "after"])
def test_a_dropped_connection_is_tried_again(drop: str, server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", Answer(body=b'{"fine', length=100, drop=drop), json_answer({"fine": True}))
    assert fetcher.get_json("/x") == {"fine": True}
    assert len(server.requests) == 2


def test_trouble_that_stays_ends_after_four_tries(
    server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", json_answer({"status_message": "Backend\x1b[31m server offline"}, 503))
    with pytest.raises(SourceUnreachable) as caught:
        fetcher.get_json("/x")
    assert len(server.requests) == 4
    assert clock.pauses == [0.5, 1.0, 2.0]
    assert "it answered 503 Backend [31m server offline" in str(caught.value)
    assert caught.value.source == "Test Source"
    assert caught.value.remedy


def test_nobody_listens(clock: HandClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: the port refuses
        fetcher = make(f"http://127.0.0.1:{taken.getsockname()[1]}", clock)
        with pytest.raises(SourceUnreachable, match="refused"):
            fetcher.get_json("/x")
        fetcher.close()
    assert len(clock.pauses) == 3


def test_silence_ends_in_a_time_out(server: WebServer, clock: HandClock) -> None:
    gate = threading.Event()
    server.script("/x", Answer(gate=gate))
    fetcher = make(server.url, clock, limits=Limits(tries=2, read_timeout=0.05))
    with pytest.raises(SourceUnreachable, match="timed out"):
        fetcher.get_json("/x")
    gate.set()
    fetcher.close()
    assert clock.pauses == [0.5]


def test_a_trickle_ends_at_the_deadline(server: WebServer, fetcher: Fetcher, clock: HandClock) -> None:
    def trickle() -> Iterator[bytes]:
        while True:
            clock.seconds += 7
            yield b" "

    server.script("/x", Answer(body=trickle()))
    with pytest.raises(SourceUnreachable, match="no whole answer within 60 s"):
        fetcher.get_json("/x")
    assert len(server.requests) == 1


def test_retry_after_in_seconds_is_waited_for(server: WebServer, fetcher: Fetcher, clock: HandClock) -> None:
    server.script("/x", json_answer({}, 429, Retry_After="17"), json_answer({"fine": True}))
    assert fetcher.get_json("/x") == {"fine": True}
    assert clock.pauses == [17.0]


def test_retry_after_as_a_date_is_waited_for(server: WebServer, fetcher: Fetcher, clock: HandClock) -> None:
    date = format_datetime(datetime.fromtimestamp(clock.now() + 21, UTC), usegmt=True)
    server.script("/x", json_answer({}, 503, Retry_After=date), json_answer({"fine": True}))
    assert fetcher.get_json("/x") == {"fine": True}
    assert clock.pauses == [21.0]


def test_a_long_retry_after_says_when_and_keeps_quiet_until_then(
    server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", json_answer({}, 429, Retry_After="3600"))
    server.script("/y", json_answer({"fine": True}))
    for path in ("/x", "/y"):
        with pytest.raises(SourceUnreachable, match="again after 2024-07-03 10:46 UTC") as caught:
            fetcher.get_json(path)
        assert caught.value.retry_at == datetime(2024, 7, 3, 10, 46, 40, tzinfo=UTC)
    assert [seen.path for seen in server.requests] == ["/x"], "it was asked although it wants quiet"
    clock.seconds += 3601
    assert fetcher.get_json("/y") == {"fine": True}


def test_pauses_never_pass_the_deadline(server: WebServer, fetcher: Fetcher, clock: HandClock) -> None:
    server.script("/x", json_answer({}, 429, Retry_After="40"))
    with pytest.raises(SourceUnreachable) as caught:
        fetcher.get_json("/x")
    assert clock.pauses == [40.0]
    assert caught.value.retry_at is not None


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_refused_and_not_tried_again(status: int, server: WebServer, fetcher: Fetcher) -> None:
    body = {"status_code": 7, "status_message": f"Invalid API key: {KEY} or {TOKEN}", "success": False}
    server.script("/x", json_answer(body, status))
    with pytest.raises(SourceRefused, match="Invalid API key") as caught:
        fetcher.get_json("/x")
    assert len(server.requests) == 1
    assert KEY not in str(caught.value)
    assert TOKEN not in str(caught.value)
    assert "engramctl doctor" in caught.value.remedy


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(body=b"<html>", content_type="text/html"), "text/html"),
        (Answer(body=b"{}", content_type=None), "no content type"),
        (Answer(body=b" " * (8 * 1024 * 1024 + 1)), "larger than 8192 KiB"),
        (Answer(body=gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}), "larger"),
        (Answer(302, headers={"Location": "http://example.org/x"}), "redirects to example.org"),
        (Answer(302, headers={"Location": "https://127.0.0.1/x"}), "redirects to 127.0.0.1"),
        (Answer(302, headers={"Location": "/x"}), "circle"),
    ],
    ids=["html", "no type", "large", "bomb", "other host", "other port", "circle"],
)
def test_what_is_no_answer_counts_as_unreachable(
    answer: Answer, words: str, server: WebServer, fetcher: Fetcher
) -> None:
    server.script("/x", answer)
    with pytest.raises(SourceUnreachable, match=words):
        fetcher.get_json("/x")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(body=b"{"), "no JSON"),
        (Answer(body=b""), "no JSON"),
        (Answer(body=b"null"), "null"),
        (Answer(body=b'"\xff\xfe"'), "no JSON"),
        (Answer(body=b"[" * 200_000), "nested too deeply|no JSON"),
        (Answer(body=b"1" * 10_000), "no JSON"),
        (Answer(body=b"no gzip", headers={"Content-Encoding": "gzip"}), "no gzip data"),
        (Answer(body=gzip.compress(b'{"a": 1}')[:-12], headers={"Content-Encoding": "gzip"}), "cut short"),
        (Answer(headers={"Content-Encoding": "br"}), "'br'"),
        (Answer(400, b'{"message": "bad question"}'), "bad question"),
        (Answer(422, b"[]"), "status 422"),
    ],
)
def test_an_answer_that_is_not_as_documented_is_told_from_a_miss(
    answer: Answer, words: str, server: WebServer, fetcher: Fetcher
) -> None:
    server.script("/x", answer)
    with pytest.raises(SourceChanged, match=words) as caught:
        fetcher.get_json("/x")
    assert caught.value.field


def test_compressed_answers_are_read(server: WebServer, fetcher: Fetcher) -> None:
    body = gzip.compress(b'{"fine": true}')
    server.script("/x", Answer(body=body, headers={"Content-Encoding": "gzip"}))
    assert fetcher.get_json("/x") == {"fine": True}


def test_a_redirect_on_the_same_host_is_followed_without_repeating_the_key(
    server: WebServer, fetcher: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    server.script("/x", Answer(301, headers={"Location": f"/y?page=2&api_key={KEY}"}))
    server.script("/y", json_answer({"fine": True}))
    with caplog.at_level(logging.DEBUG):
        assert fetcher.get_json("/x") == {"fine": True}
    assert server.asked("/y")[0].query == {"page": "2", "api_key": KEY}
    without_headers = [r for r in caplog.records if "receive_response_headers" not in r.getMessage()]
    assert without_headers
    assert not any(KEY in record.getMessage() for record in without_headers)


def test_the_key_is_in_no_log_error_or_repr(
    server: WebServer, fetcher: Fetcher, caplog: pytest.LogCaptureFixture
) -> None:
    server.script("/ok", json_answer({"fine": True}))
    server.script("/cut", Answer(body=b"{", length=9, drop="after"))
    texts = [repr(fetcher)]
    with caplog.at_level(logging.DEBUG):
        fetcher.get_json("/ok")
        for path in ("/cut", "/nothing\x00"):
            with pytest.raises(SourceError) as caught:
                fetcher.get_json(path)
            error: BaseException | None = caught.value
            while error is not None:
                texts += [str(error), repr(error), repr(vars(error))]
                error = error.__cause__ or error.__context__
    logged = [record.getMessage() for record in caplog.records]
    assert any("/ok" in text for text in logged), "nothing was logged, so nothing is shown"
    for text in [*texts, *logged]:
        assert KEY not in text
        assert TOKEN not in text


def test_a_key_that_no_header_can_hold_is_named_before_it_is_sent(clock: HandClock) -> None:
    with pytest.raises(InvalidArgument, match="characters") as caught:
        Fetcher("Test Source", "http://127.0.0.1", headers={"Authorization": "Bearer geheim\n"})
    assert "geheim" not in str(caught.value)


def test_a_cancelled_question_is_not_asked(server: WebServer, fetcher: Fetcher) -> None:
    token = CancelToken()
    token.cancel("shut down")
    with pytest.raises(Cancelled):
        fetcher.get_json("/x", cancel=token)
    assert not server.requests


def test_cancel_ends_the_pause_between_tries(server: WebServer, clock: HandClock) -> None:
    token = CancelToken()

    def answer_and_cancel(seen: Seen) -> Answer:
        token.cancel("the disc was ejected")
        return Answer(503, headers={"Retry-After": "50"})

    server.script("/x", answer_and_cancel)
    fetcher = Fetcher("Test Source", server.url)
    with pytest.raises(Cancelled):
        fetcher.get_json("/x", cancel=token)
    fetcher.close()
    assert len(server.requests) == 1


def test_cancel_ends_a_trickle(server: WebServer, fetcher: Fetcher) -> None:
    token = CancelToken()

    def trickle() -> Iterator[bytes]:
        yield b" "
        token.cancel()
        while True:
            yield b" "

    server.script("/x", Answer(body=trickle()))
    with pytest.raises(Cancelled):
        fetcher.get_json("/x", cancel=token)


def test_many_threads_share_a_fetcher(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", lambda seen: json_answer({"n": seen.query["n"]}))
    wrong: list[int] = []

    def ask(first: int) -> None:
        wrong.extend(
            n for n in range(first, first + 20) if fetcher.get_json("/x", {"n": str(n)}) != {"n": str(n)}
        )

    threads = [threading.Thread(target=ask, args=(20 * n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(server.requests) == 120


def test_closing_ends_a_question_of_another_thread(server: WebServer, fetcher: Fetcher) -> None:
    def trickle() -> Iterator[bytes]:
        yield b" "
        fetcher.close()
        for _ in range(1000):
            yield b" "

    server.script("/x", Answer(body=trickle()), json_answer({"fine": True}))
    assert fetcher.get_json("/x") == {"fine": True}


def test_a_client_that_was_closed_under_a_question_is_opened_again(
    server: WebServer, fetcher: Fetcher, clock: HandClock
) -> None:
    server.script("/x", json_answer({"fine": True}))
    fetcher._opened().close()
    fetcher._sleep = lambda seconds: fetcher.close()
    assert fetcher.get_json("/x") == {"fine": True}


def test_the_proxy_of_the_environment_is_used(
    server: WebServer, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "localhost,direct.example")
    server.script("/x", json_answer({"by": "proxy"}))
    fetcher = make("http://source.example", clock)
    assert fetcher.get_json("/x") == {"by": "proxy"}
    assert server.requests[0].headers["host"] == "source.example"
    fetcher.close()


def test_a_closed_fetcher_opens_again(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", json_answer({"fine": True}))
    fetcher.get_json("/x")
    fetcher.close()
    fetcher.close()
    assert fetcher.get_json("/x") == {"fine": True}


def drop_by_drop(listener: socket.socket, drop: Callable[[], bytes]) -> None:
    """Answer one request with `drop` again and again, until the other side hangs up."""
    connection, _ = listener.accept()
    with connection, contextlib.suppress(OSError):
        connection.recv(65536)
        for _ in range(MOST_DROPS):
            connection.sendall(drop())
            if select.select([connection], [], [], 0.001)[0]:
                return


@pytest.mark.parametrize("cancelled", [False, True])
def test_headers_that_trickle_end_at_the_deadline_or_the_cancel(clock: HandClock, cancelled: bool) -> None:
    token = CancelToken()
    drops = iter([b"HTTP/1.1 200 OK\r\n", b"X-Slow: ", *[b"y"] * (MOST_DROPS - 2)])

    def drop() -> bytes:
        if cancelled:
            token.cancel()
        clock.seconds += 0 if cancelled else 7
        return next(drops)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=drop_by_drop, args=(listener, drop))
        server.start()
        fetcher = make(f"http://127.0.0.1:{listener.getsockname()[1]}", clock)
        with pytest.raises(Cancelled if cancelled else SourceUnreachable) as caught:
            fetcher.get_json("/x", cancel=token)
        server.join()
        fetcher.close()
    assert next(drops, None) is not None, "it ended only because the server did"
    assert cancelled or "no whole answer within 60 s" in str(caught.value)


def test_a_refused_graphql_question_says_why(server: WebServer, fetcher: Fetcher) -> None:
    gone = "The field `contentHash` does not exist on the type `ReleaseDisc`."
    server.script("/graphql", json_answer({"errors": [{"message": gone}]}, 400))
    with pytest.raises(SourceChanged, match="`contentHash` does not exist"):
        fetcher.post_json("/graphql", {"query": "{ x }"})
    for odd in ([], [7], [{}], [{"message": 7}], {}):
        server.script("/graphql", json_answer({"errors": odd}, 400))
        with pytest.raises(SourceChanged, match="status 400"):
            fetcher.post_json("/graphql", {"query": "{ x }"})


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403, b"<html>", content_type="text/html"), "403 with text/html"),
        (json_answer({}, 407), "proxy"),
    ],
)
def test_a_gate_before_the_source_says_nothing_of_the_key(
    answer: Answer, words: str, server: WebServer, fetcher: Fetcher
) -> None:
    server.script("/x", answer)
    with pytest.raises(SourceUnreachable, match=words):
        fetcher.get_json("/x")


def test_a_source_without_a_key_that_refuses_asks_for_none(server: WebServer) -> None:
    server.script("/x", json_answer({"message": "go away"}, 403))
    fetcher = Fetcher("Test Source", server.url)
    with pytest.raises(SourceRefused, match="go away") as caught:
        fetcher.get_json("/x")
    fetcher.close()
    assert "valid key" not in caught.value.remedy


def test_an_exchange_gives_the_answer_as_it_came(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/x", Answer(500, b"{}"), Answer(406, b"no JSON", "text/plain"))
    answer = fetcher.exchange("POST", "/x", {"a": 1})
    assert (answer.status, answer.body) == (406, b"no JSON")
    assert [seen.json() for seen in server.requests] == [{"a": 1}, {"a": 1}]


def test_an_exchange_names_a_private_path_by_its_place(server: WebServer, fetcher: Fetcher) -> None:
    server.script("/secret", Answer(503, b"{}"))
    with pytest.raises(SourceUnreachable, match="the file") as caught:
        fetcher.exchange("GET", "/secret", place="the file")
    assert "/secret" not in str(caught.value)


def test_connections_that_share_a_pace_wait_for_each_other(server: WebServer, clock: HandClock) -> None:
    server.script("/x", json_answer({}))
    pace = Pace(0.25)
    one, other = (make(server.url, clock, pace=pace) for _ in range(2))
    for fetcher in (one, other, one):
        fetcher.get_json("/x")
    assert clock.pauses == pytest.approx([0.25, 0.25])


def test_further_private_values_are_in_no_error(server: WebServer, clock: HandClock) -> None:
    server.script("/x", json_answer({"message": "who is correct horse?"}, 503))
    fetcher = make(server.url, clock, private=["correct horse"])
    with pytest.raises(SourceUnreachable) as caught:
        fetcher.exchange("POST", "/x", {})
    assert "correct horse" not in str(caught.value)
