"""The library subliminal in its child: the real package and its real code for Podnapisi, with a local server.

Podnapisi's answers are written by hand, in the shape that the library reads.
"""

from __future__ import annotations

import io
import sys
import threading
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engramd.errors import Cancelled, InvalidArgument
from engramd.optional import how_to_get
from engramd.sources import subliminal_provider
from engramd.sources.problems import SourceRefused, SourceUnreachable
from engramd.sources.subliminal_provider import (
    CHILD,
    SubliminalProvider,
    provider_names,
    subliminal_providers,
)
from engramd.sources.subtitles import BadSubtitle, Offer, OutOfQuota, Quota, Wanted
from engramd.tools import CancelToken, Tools
from tests.sources.clock import HandClock
from tests.support.webserver import Answer, WebServer, json_answer

pytest.importorskip("subliminal", reason="the extra `subliminal` is not installed")

SEARCH = "/subtitles/search/advanced"
SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\n"
WANTED = Wanted("The Show", 1, 2, ("eng", "ger"), year=2005)
LOOPBACK = Path(__file__).with_name("subliminal_loopback.py")


def row(pid: str, *, language: str = "en", title: str = "The Show", episode: int = 2, **more: Any) -> Any:
    return {
        "id": pid,
        "language": language,
        "flags": [],
        "url": f"/en/subtitles/{pid}",
        "releases": ["The.Show.S01E02.DVDRip.XviD-FoV"],
        "custom_releases": [],
        "movie": {
            "title": title,
            "type": "tv-series",
            "year": 2005,
            "episode_info": {"season": 1, "episode": episode},
        },
        **more,
    }


def page(*rows: Any) -> Answer:
    return json_answer({"data": list(rows), "page": 1, "all_pages": 1})


def archive(data: bytes = SRT) -> Answer:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as file:
        file.writestr("The.Show.S01E02.srt", data)
    return Answer(200, whole.getvalue(), "application/zip")


@pytest.fixture(scope="module")
def tools() -> Tools:
    return Tools()


def pointed(tools: Tools, server: WebServer, *fault: str) -> SubliminalProvider:
    argv = [sys.executable, "-P", str(LOOPBACK), server.url, *fault]
    return SubliminalProvider(tools, "podnapisi", argv=argv, now=HandClock().now)


def test_an_episode_is_found_and_served(tools: Tools, server: WebServer) -> None:
    server.script(
        SEARCH,
        lambda seen: page(row("Ab12") if seen.query["language"] == "en" else row("De1", language="de")),
    )
    server.script("/subtitles/Ab12/download", archive())
    provider = pointed(tools, server)
    best, other = provider.search(WANTED)
    assert (best.provider, best.provider_id, best.language) == ("podnapisi", "Ab12", "eng")
    assert (best.season, best.episode, best.release) == (1, 2, "The.Show.S01E02.DVDRip.XviD-FoV")
    assert other.language == "ger"
    asked = server.asked(SEARCH)[0].query
    assert (asked["keywords"], asked["seasons"], asked["episodes"]) == ("The Show", "1", "2")
    served = provider.download(best)
    assert served.data.split() == SRT.split()
    assert served.left is None
    assert provider.quota() == Quota()


def test_other_episodes_and_shows_are_no_offers(tools: Tools, server: WebServer) -> None:
    odd = {"releases": ["Other.Show.S01E02.DVDRip"]}
    server.script(SEARCH, page(row("a", episode=3), row("b", title="Other Show", **odd), row("c")))
    found = pointed(tools, server).search(Wanted("The Show", 1, 2, ("eng",)))
    assert [offer.provider_id for offer in found] == ["c"]


def test_variants_of_a_language_count(tools: Tools, server: WebServer) -> None:
    server.script(SEARCH, lambda seen: page(row(seen.query["language"], language=seen.query["language"])))
    found = pointed(tools, server).search(Wanted("The Show", 1, 2, ("por",)))
    assert {offer.provider_id for offer in found} == {"pt", "pt-BR"}
    assert {offer.language for offer in found} == {"por"}


def test_a_season_is_not_asked_for(tools: Tools, server: WebServer) -> None:
    assert pointed(tools, server).search_season(WANTED) == ()
    assert server.requests == []


def test_an_offer_that_was_not_searched_for_is_not_downloaded(tools: Tools, server: WebServer) -> None:
    provider = pointed(tools, server)
    with pytest.raises(SourceUnreachable, match="searched for the file again"):
        provider.download(Offer("podnapisi", "x", "eng", 1, 2))
    with pytest.raises(InvalidArgument):
        provider.download(Offer("opensubtitles", "x", "eng", 1, 2))
    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (archive(b"<html>Too many"), "web page"),
        (archive(b""), "empty"),
        (archive(b"\n" * 9 * 2**20), "larger"),
    ],
)
def test_what_is_no_subtitle_is_refused(answer: Answer, why: str, tools: Tools, server: WebServer) -> None:
    server.script(SEARCH, page(row("Ab12")))
    server.script("/subtitles/Ab12/download", answer)
    provider = pointed(tools, server)
    (offer,) = provider.search(Wanted("The Show", 1, 2, ("eng",)))
    with pytest.raises(BadSubtitle, match=why):
        provider.download(offer)


def test_a_file_that_is_listed_no_more_is_gone(tools: Tools, server: WebServer) -> None:
    server.script(SEARCH, page(row("Ab12")), page())
    provider = pointed(tools, server)
    (offer,) = provider.search(Wanted("The Show", 1, 2, ("eng",)))
    with pytest.raises(BadSubtitle, match="lists it no more"):
        provider.download(offer)


@pytest.mark.parametrize(
    "answer", [Answer(500, b"{}"), Answer(200, b"<html>", "text/html"), json_answer({"data": [{}]})]
)
def test_a_provider_in_trouble_is_unreachable(answer: Answer, tools: Tools, server: WebServer) -> None:
    server.script(SEARCH, answer)
    with pytest.raises(SourceUnreachable, match="podnapisi gives no answer"):
        pointed(tools, server).search(WANTED)


def test_a_quota_and_a_refusal_are_told_apart(tools: Tools, server: WebServer) -> None:
    with pytest.raises(OutOfQuota) as caught:
        pointed(tools, server, "quota").search(WANTED)
    assert caught.value.resets_at.timestamp() == HandClock.EPOCH + timedelta(hours=24).total_seconds()
    with pytest.raises(SourceRefused, match="who"):
        pointed(tools, server, "refusal").search(WANTED)


def test_a_child_that_crashes_is_an_error_of_the_source(tools: Tools, server: WebServer) -> None:
    with pytest.raises(SourceUnreachable, match="child process"):
        pointed(tools, server, "crash").search(WANTED)


def test_a_child_that_eats_memory_is_an_error_of_the_source(tools: Tools, server: WebServer) -> None:
    with pytest.raises(SourceUnreachable, match="MemoryError"):
        pointed(tools, server, "memory").search(WANTED)


def test_what_providers_print_is_no_answer(tools: Tools, server: WebServer) -> None:
    with pytest.raises(SourceRefused):
        pointed(tools, server, "print").search(WANTED)


def test_a_child_that_is_too_slow_is_ended(
    tools: Tools, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    server.script(SEARCH, Answer(gate=gate))
    monkeypatch.setattr(subliminal_provider, "TIMEOUT", 1.5)
    try:
        with pytest.raises(SourceUnreachable, match="no answer within 2 s"):
            pointed(tools, server).search(WANTED)
    finally:
        gate.set()


def test_a_question_can_be_cancelled(tools: Tools, server: WebServer) -> None:
    cancel, gate = CancelToken(), threading.Event()

    def cancelling(_seen: object) -> Answer:
        cancel.cancel()
        return Answer(gate=gate)

    server.script(SEARCH, cancelling)
    try:
        with pytest.raises(Cancelled):
            pointed(tools, server).search(WANTED, cancel)
    finally:
        gate.set()


def test_unknown_names_are_told_with_those_that_there_are(tools: Tools) -> None:
    known, unknown = subliminal_providers(tools, "podnapisi, nosuch")
    for question in (lambda: unknown.search(WANTED), unknown.check):
        with pytest.raises(SourceRefused, match=r"nosuch.*there are .*podnapisi") as caught:
            question()
        assert "subliminal_providers" in caught.value.remedy
    known.check()


def test_without_the_package_the_remedy_is_its_installation(tools: Tools) -> None:
    argv = [CHILD[0], "-S", *CHILD[1:]]  # without site packages: the package is really missing
    with pytest.raises(SourceRefused, match="is not installed") as caught:
        SubliminalProvider(tools, "podnapisi", argv=argv).check()
    assert caught.value.remedy == how_to_get("subliminal")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", ()),
        (" , ", ()),
        ("podnapisi, tvsubtitles", ("podnapisi", "tvsubtitles")),
        ("Podnapisi podnapisi,gestdown", ("podnapisi", "gestdown")),
    ],
)
def test_names_are_read_from_the_setting(text: str, names: tuple[str, ...]) -> None:
    assert provider_names(text) == names


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running
