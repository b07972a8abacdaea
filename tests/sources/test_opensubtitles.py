"""OpenSubtitles.com as it answers: searches, downloads, quota, account. The server is a stand-in."""

from __future__ import annotations

import gzip
import io
import logging
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engramd import __version__
from engramd.errors import Cancelled, InvalidArgument
from engramd.sources.opensubtitles import MOST_PAGES, OpenSubtitles, connect
from engramd.sources.opensubtitles_account import Access
from engramd.sources.problems import SourceChanged, SourceError, SourceRefused, SourceUnreachable
from engramd.sources.subtitles import BadSubtitle, Offer, OutOfQuota, Quota, Wanted
from engramd.sources.subtitles_file import MOST_BYTES
from engramd.tools.cancel import CancelToken
from tests.sources.clock import HandClock
from tests.support.opensubtitles_stand_in import (
    DOWNLOAD,
    FORMATS,
    LOGIN,
    SEARCH,
    USER,
    StandInOpenSubtitles,
    quota_spent,
)
from tests.support.webserver import Answer, Seen, json_answer

SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\n"
WANTED = Wanted("The Show", 1, 2, ("eng", "ger"), tmdb_id=1972)
BY_NAME = Wanted("The Show", 1, 2, ("eng",))


@pytest.fixture
def site(clock: HandClock) -> Iterator[StandInOpenSubtitles]:
    with StandInOpenSubtitles() as running:
        running.files = {(1, episode, "eng"): SRT + b"%d" % episode for episode in range(1, 4)}
        running.resets_at = datetime.fromtimestamp(clock.now(), UTC) + timedelta(hours=6)
        yield running


@pytest.fixture
def client(site: StandInOpenSubtitles, clock: HandClock, tmp_path: Path) -> Iterator[OpenSubtitles]:
    made = make(site, clock, tmp_path)
    yield made
    made.close()


def make(
    site: StandInOpenSubtitles, clock: HandClock, cache: Path | None = None, **changed: str
) -> OpenSubtitles:
    told = {"api_key": site.key, "username": site.username, "password": site.password, **changed}
    access = Access(site.url, **told)
    return connect(access, cache, now=clock.now, monotonic=clock.monotonic, sleep=clock.sleep)


def first(client: OpenSubtitles, wanted: Wanted = WANTED) -> Offer:
    return client.search(wanted)[0]


def test_an_episode_is_searched_by_the_number_of_its_series(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    (offer,) = client.search(WANTED)
    assert (offer.provider, offer.language, offer.season, offer.episode) == ("opensubtitles", "eng", 1, 2)
    assert (offer.fps, offer.downloads, offer.trusted) == (23.976, 21673, False)
    (seen,) = site.requests
    assert seen.query == {
        "ai_translated": "exclude",
        "episode_number": "2",
        "foreign_parts_only": "exclude",
        "languages": "de,en",
        "order_by": "download_count",
        "order_direction": "desc",
        "parent_tmdb_id": "1972",
        "season_number": "1",
        "type": "episode",
    }
    assert seen.headers["user-agent"] == f"engramd v{__version__}"
    assert seen.headers["api-key"] == site.key
    assert "authorization" not in seen.headers, "a search needs no login"


def test_without_a_number_a_show_is_searched_by_name(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    assert [offer.episode for offer in client.search(BY_NAME)] == [2]
    assert site.requests[0].query["query"] == "the show"


def test_a_number_that_is_not_known_there_is_followed_by_the_name(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.tmdb_id = None
    assert [offer.episode for offer in client.search(WANTED)] == [2]
    assert [set(seen.query) & {"parent_tmdb_id", "query"} for seen in site.requests] == [
        {"parent_tmdb_id"},
        {"query"},
    ]


def test_what_cannot_be_asked_is_not_asked(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    assert client.search(Wanted("V", 1, 1, ("eng",))) == ()
    assert client.search(Wanted("The Show", 1, 1, ("tlh",), tmdb_id=1972)) == ()
    assert site.requests == []


def test_other_episodes_shows_and_parts_are_no_offers(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    key = (1, 2, "eng")
    site.stray = [
        site.row(key, 10, feature_details={"episode_number": 3}),
        site.row(key, 11, feature_details={"season_number": 2}),
        site.row(key, 12, feature_details={"parent_tmdb_id": 7}),
        site.row(key, 13, feature_details={"episode_number": None}),
        site.row(key, 14, feature_details={"feature_type": "Movie"}),
        site.row(key, 15, foreign_parts_only=True),
        site.row(key, 16, files=[]),
        site.row(key, 17, files=[{"file_id": 5}, {"file_id": 6}]),
        site.row(key, 18, language=None),
        site.row(key, 19, language="ze"),
        site.row(key, 20, language="fr"),
        site.row(key, 21, feature_details=dict.fromkeys(site.row(key)["attributes"]["feature_details"])),
    ]
    assert len(client.search(WANTED)) == 1


def test_by_name_only_a_show_of_that_name_and_time_is_offered(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    key = (1, 2, "eng")
    site.stray = [
        site.row(key, 10, feature_details={"parent_title": "The Show Down"}),
        site.row(key, 11, feature_details={"year": 1978}),
        site.row(key, 12, feature_details={"year": 2031}),
        site.row(key, 13, feature_details={"parent_title": "the SHOW!", "year": None}),
        site.row(key, 14, feature_details={"parent_title": "Die Serie"}),
        site.row(key, 15, feature_details={"parent_title": None, "movie_name": "The Show - S01E02 x"}),
    ]
    wanted = Wanted("The Show", 1, 2, ("eng",), also=("Die Serie",), year=2021)
    releases = {offer.release.rpartition("-")[2] for offer in client.search(wanted)}
    assert releases == {"0", "13", "14", "15"}


def test_the_best_comes_first_and_what_machines_made_last(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    key = (1, 2, "eng")
    site.files = {}
    site.stray = [
        site.row(key, 1, machine_translated=True, from_trusted=True, download_count=10**6),
        site.row(key, 2, ai_translated=True, from_trusted=True, download_count=10**6),
        site.row((1, 2, "ger"), 3, from_trusted=True),
        site.row(key, 4, download_count=5),
        site.row(key, 5, download_count=50),
        site.row(key, 6, download_count=500, hearing_impaired=True),
        site.row(key, 7, download_count=1, from_trusted=True),
        site.row(key, 7, download_count=1, from_trusted=True),
    ]
    found = client.search(WANTED)
    assert [int(offer.release.rpartition("-")[2]) for offer in found] == [7, 5, 4, 6, 3, 1, 2]
    assert [offer.machine_translated for offer in found] == [False] * 5 + [True] * 2


def test_a_season_is_asked_for_page_by_page(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    site.page_size = 2
    site.files = {(1, episode, "eng"): (SRT, SRT) for episode in range(1, 4)}
    found = client.search_season(WANTED)
    assert [offer.episode for offer in found] == [1, 1, 2, 2, 3, 3]
    assert [seen.query.get("page", "1") for seen in site.requests] == ["1", "2", "3"]
    assert "episode_number" not in site.requests[0].query


def test_a_season_without_end_ends(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    site.page_size = 1
    site.files = {(1, episode, "eng"): SRT for episode in range(1, 40)}
    assert len(client.search_season(WANTED)) == MOST_PAGES
    assert len(site.asked(SEARCH)) == MOST_PAGES


def test_searches_are_kept_and_downloads_are_not(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    offer = first(client)
    assert first(client) == offer
    assert len(site.asked(SEARCH)) == 1
    client.download(offer)
    client.download(offer)
    assert len(site.asked(DOWNLOAD)) == len(site.served) == 2


def test_requests_keep_the_pace_that_is_allowed(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    for episode in range(1, 4):
        client.download(first(client, WANTED.of_episode(episode)))
    questions = [seen for seen in site.requests if seen.path in (SEARCH, DOWNLOAD)]
    assert len(questions) == 6
    assert clock.seconds >= 0.2 * (len(questions) - 1)


def test_a_download_logs_in_once_and_counts_down(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    served = [client.download(first(client, WANTED.of_episode(episode))) for episode in (1, 2)]
    assert [one.data for one in served] == [SRT + b"1", SRT + b"2"]
    assert [one.left for one in served] == [19, 18]
    assert served[0].resets_at == site.resets_at
    assert served[0].file_name == "1x1.eng.srt"
    assert served[0].sha256 != served[1].sha256
    assert client.quota() == Quota(18, site.resets_at)
    assert len(site.asked(LOGIN)) == 1
    assert [seen.headers["authorization"] for seen in site.asked(DOWNLOAD)] == [f"Bearer {site.token}"] * 2
    assert all("authorization" not in seen.headers and "api-key" not in seen.headers for seen in site.served)


def test_without_an_account_the_key_alone_is_sent(site: StandInOpenSubtitles, clock: HandClock) -> None:
    client = make(site, clock, username="", password="")
    assert client.download(first(client)).left == 19
    assert site.asked(LOGIN) == []
    assert "authorization" not in site.asked(DOWNLOAD)[0].headers


def test_a_spent_quota_is_told_with_its_end_and_not_asked_for_again(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    site.quota = 1
    offer = first(client)
    assert client.download(offer).left == 0
    for _ in range(2):
        with pytest.raises(OutOfQuota) as caught:
            client.download(offer)
        assert caught.value.resets_at == site.resets_at
    assert len(site.asked(DOWNLOAD)) == 1, "a quota that is known to be spent was asked for"
    clock.seconds += 6 * 3600 + 1
    site.quota = site.allowed
    assert client.quota() == Quota()
    assert client.download(offer).left == 19


def test_a_quota_that_others_spent_is_a_refusal_with_its_end(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.quota = 0
    with pytest.raises(OutOfQuota, match="downloaded your allowed 20") as caught:
        client.download(first(client))
    assert caught.value.resets_at == site.resets_at
    assert client.quota() == Quota(0, site.resets_at)


@pytest.mark.parametrize("status", [401, 406])
def test_without_a_moment_the_quota_comes_back_at_midnight(
    status: int, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead[DOWNLOAD] = [quota_spent(status=status)] * 2
    with pytest.raises(OutOfQuota) as caught:
        client.download(first(client))
    assert caught.value.resets_at == datetime(2024, 7, 4, tzinfo=UTC)


@pytest.mark.parametrize("said", ["2001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "soon", "0001-01-01", ""])
def test_a_moment_that_cannot_be_true_neither_hurries_nor_waits_for_ever(
    said: str, site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    refusal = {"message": "x", "remaining": -1, "reset_time_utc": said}
    site.instead[DOWNLOAD] = [json_answer(refusal, 406)]
    with pytest.raises(OutOfQuota) as caught:
        client.download(first(client))
    ahead = caught.value.resets_at.timestamp() - clock.now()
    assert 60 <= ahead <= 2 * 86400


def test_an_expired_token_is_renewed_once(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    offer = first(client)
    client.download(offer)
    site.expire_tokens()
    assert client.download(offer).left == 18
    assert len(site.asked(LOGIN)) == 2
    site.instead[DOWNLOAD] = [json_answer({"message": "invalid token"}, status) for status in (406, 401)]
    with pytest.raises(SourceRefused):
        client.download(offer)
    assert len(site.asked(LOGIN)) == 3


def test_a_token_is_not_used_until_its_last_hour(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    offer = first(client)
    client.download(offer)
    clock.seconds += 13 * 3600
    client.download(offer)
    assert len(site.asked(LOGIN)) == 2
    assert len(site.asked(DOWNLOAD)) == 2


def test_a_wrong_password_is_not_sent_again(site: StandInOpenSubtitles, clock: HandClock) -> None:
    client = make(site, clock, password="wrong horse")
    for _ in range(3):
        with pytest.raises(SourceRefused, match="user name and password") as caught:
            client.download(first(client))
        assert "engramctl config set opensubtitles_password" in caught.value.remedy
    assert len(site.asked(LOGIN)) == 1
    with pytest.raises(SourceRefused, match="user name and password"):
        client.check()
    assert len(site.asked(LOGIN)) == 2, "a person who asks has it tried again"


def test_a_wrong_key_names_its_setting(site: StandInOpenSubtitles, clock: HandClock) -> None:
    client = make(site, clock, api_key="another")
    for question in (lambda: client.search(WANTED), client.check):
        with pytest.raises(SourceRefused, match="You cannot consume this service") as caught:
            question()
        assert "engramctl config set opensubtitles_api_key" in caught.value.remedy


@pytest.mark.parametrize("key", ["", "  ", "schlüssel"])
def test_what_is_no_key_is_refused_without_a_question(key: str, site: StandInOpenSubtitles) -> None:
    with pytest.raises(InvalidArgument):
        make(site, HandClock(), api_key=key)


def test_the_check_tells_the_quota(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    site.quota = 7
    assert client.check().left == 7
    assert client.quota().left == 7
    assert [seen.path for seen in site.requests] == [LOGIN, USER]


def test_the_check_without_an_account_tries_the_key(site: StandInOpenSubtitles, clock: HandClock) -> None:
    client = make(site, clock, username="")
    assert client.check() == Quota()
    assert [seen.path for seen in site.requests] == [FORMATS]


@pytest.mark.parametrize(
    "host", ["evil.example", "opensubtitles.com.evil.example", "a@b", "x/../y", "[::1", "//"]
)
def test_a_login_that_names_a_foreign_host_gets_no_token_there(
    host: str, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.base_url = host
    with pytest.raises(SourceChanged, match="base_url"):
        client.download(first(client))
    assert site.asked(DOWNLOAD) == []


@pytest.mark.parametrize("token", ["", "a b", "a\r\nX: y", "ü", None, 7])
def test_a_token_that_is_none_is_a_changed_answer(
    token: object, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead[LOGIN] = [json_answer({"token": token, "base_url": ""})]
    with pytest.raises(SourceChanged, match="token"):
        client.download(first(client))


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/x.srt",
        "http://dl.opensubtitles.com/x.srt",
        "https://user@dl.opensubtitles.com/x.srt",
        "file:///etc/passwd",
        "http://127.0.0.1:1/x.srt",
        "https://[::1/x",
        "",
    ],
)
def test_a_link_that_leads_elsewhere_is_not_followed(
    link: str, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead[DOWNLOAD] = [json_answer({"link": link, "remaining": 5})]
    with pytest.raises(SourceChanged, match="link"):
        client.download(first(client))
    assert client.quota().left == 5, "a download that was charged for is not forgotten"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(200, b"<!DOCTYPE html><html><body>Too many requests", "text/html"), "web page"),
        (Answer(200, b"\xef\xbb\xbf <HTML><head>", "text/plain"), "web page"),
        (Answer(200, SRT, "text/html; charset=utf-8"), "web page"),
        (Answer(200, b'{"message": "no"}', "text/plain"), "message of the server"),
        (Answer(200, b"", "text/plain"), "empty"),
        (Answer(200, b"\xef\xbb\xbf\r\n \x00", "text/plain"), "empty"),
        (Answer(200, b"x" * (MOST_BYTES + 1), "text/plain"), "larger than 4096 KiB"),
        (Answer(200, gzip.compress(SRT)[:-9], "application/gzip"), "wrapping cannot be opened"),
        (Answer(200, b"PK\x03\x04 no archive", "application/zip"), "wrapping cannot be opened"),
        (Answer(200, gzip.compress(b"\x00" * (MOST_BYTES + 1)), "application/gzip"), "larger than 4096 KiB"),
        (Answer(410, b"Error 410 - Invalid or expired link", "text/plain"), "410"),
        (Answer(404, b"", "text/plain"), "404"),
    ],
)
def test_what_is_no_subtitle_file_is_refused_with_the_reason(
    answer: Answer, why: str, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead["file"] = [answer]
    with pytest.raises(BadSubtitle, match=why):
        client.download(first(client))


def zipped(*names: str, data: bytes = SRT) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, data)
    return whole.getvalue()


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (SRT, {}),
        (gzip.compress(SRT, mtime=0), {}),
        (gzip.compress(SRT, mtime=0), {"Content-Encoding": "gzip"}),
        (zipped("read me.nfo", "a.SRT"), {}),
    ],
)
def test_a_file_is_taken_out_of_its_wrapping(
    body: bytes, headers: dict[str, str], site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead["file"] = [Answer(200, body, "application/octet-stream", headers=headers)]
    assert client.download(first(client)).data == SRT


@pytest.mark.parametrize(
    "body", [zipped("a.srt", "b.srt"), zipped("a.exe"), zipped("a.srt", data=b"\x00" * (MOST_BYTES + 1))]
)
def test_an_archive_that_holds_no_one_subtitle_is_refused(
    body: bytes, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead["file"] = [Answer(200, body, "application/zip")]
    with pytest.raises(BadSubtitle):
        client.download(first(client))


def test_micro_dvd_begins_with_a_brace_and_is_served(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.files[1, 2, "eng"] = b"{1}{25}Hello\n"
    assert client.download(first(client)).data == b"{1}{25}Hello\n"


def test_a_file_that_does_not_come_is_taken_up_without_a_second_charge(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    offer = first(client)
    site.instead["file"] = [Answer(503, b"", None)] * 3
    with pytest.raises(SourceUnreachable):
        client.download(offer)
    served = client.download(offer)
    assert (served.data, served.left) == (SRT + b"2", 19)
    assert len(site.asked(DOWNLOAD)) == 1


def test_a_link_that_is_over_is_asked_for_anew(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    offer = first(client)
    for is_gone in (True, False):
        site.instead["file"] = [Answer(503, b"", None)] * 3 + [Answer(410, b"", None)] * is_gone
        with pytest.raises(SourceUnreachable):
            client.download(offer)
        clock.seconds += 0 if is_gone else 3 * 3600
        client.download(offer)
    assert len(site.asked(DOWNLOAD)) == 4


@pytest.mark.parametrize(
    ("elsewhere", "why"),
    [
        ("https://evil.example/x", "host that is not of OpenSubtitles"),
        ("http://localhost:1/x", "host that is not of OpenSubtitles"),
        ("https://dl.opensubtitles.com:1/x", "gives no answer"),
    ],
)
def test_a_link_is_followed_to_hosts_of_their_own_only(
    elsewhere: str,
    why: str,
    site: StandInOpenSubtitles,
    client: OpenSubtitles,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")  # the way to the world ends here
    site.instead["file"] = [Answer(302, b"", "text/plain", headers={"Location": elsewhere})]
    with pytest.raises(SourceError, match=why) as caught:
        client.download(first(client))
    assert elsewhere not in str(caught.value)


def test_threads_log_in_once_and_lose_no_count(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    offer = first(client)
    with ThreadPoolExecutor(8) as pool:
        served = list(pool.map(lambda _number: client.download(offer), range(8)))
    assert sorted(one.data for one in served) == [SRT + b"2"] * 8
    assert len(site.asked(LOGIN)) == 1
    assert site.quota == 12


def test_a_body_that_is_cut_short_is_asked_for_again(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead["file"] = [Answer(200, SRT, "text/plain", length=5000, drop="after")]
    assert client.download(first(client)).data == SRT + b"2"
    assert len(site.served) == 2


def test_a_server_in_trouble_is_asked_again(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    busy = json_answer({"message": "Throttle limit reached. Retry later."}, 429, Retry_After="3")
    site.instead[SEARCH] = [busy, Answer(500, b"{}")]
    assert len(client.search(WANTED)) == 1
    assert 3.0 in clock.pauses
    site.instead[DOWNLOAD] = [busy]
    assert client.download(first(client)).left == 19


def test_a_download_is_asked_for_twice_at_most(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    site.instead[DOWNLOAD] = [Answer(500, b"{}")] * 5
    with pytest.raises(SourceUnreachable):
        client.download(first(client))
    assert len(site.asked(DOWNLOAD)) == 2


def test_a_long_retry_after_is_kept_to(
    site: StandInOpenSubtitles, client: OpenSubtitles, clock: HandClock
) -> None:
    site.instead[SEARCH] = [json_answer({}, 429, Retry_After="7200")]
    for _ in range(2):
        with pytest.raises(SourceUnreachable) as caught:
            client.search(WANTED)
        assert caught.value.retry_at is not None
    assert len(site.requests) == 1
    clock.seconds += 7201
    assert len(client.search(WANTED)) == 1


def test_a_file_that_is_not_there_is_no_fault_of_the_key(
    site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    offer = first(client)
    site.files = {}
    with pytest.raises(BadSubtitle, match="Invalid file_id"):
        client.download(offer)


def test_offers_of_others_are_not_asked_for(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    for offer in (Offer("podnapisi", "12", "eng", 1, 1), Offer("opensubtitles", "../1", "eng", 1, 1)):
        with pytest.raises(InvalidArgument):
            client.download(offer)
    assert site.requests == []


def test_a_waiting_question_can_be_cancelled(site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    gate, cancel = threading.Event(), CancelToken()
    site.instead[SEARCH] = [Answer(200, drops(cancel, gate))]
    try:
        with pytest.raises(Cancelled):
            client.search(WANTED, cancel)
    finally:
        gate.set()


def drops(cancel: CancelToken, gate: threading.Event) -> Iterator[bytes]:
    """Send a beginning, have the question cancelled, and go on for long."""
    yield b'{"data": ['
    cancel.cancel()
    while not gate.wait(0.01):
        yield b" "


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"attributes": {"files": [{"file_id": "x"}]}}, "file_id"),
        ({"attributes": {"from_trusted": "maybe"}}, "from_trusted"),
        ({}, "attributes"),
        (7, "data.0"),
    ],
)
def test_a_changed_answer_names_the_field_and_is_not_kept(
    changed: object, field: str, site: StandInOpenSubtitles, client: OpenSubtitles
) -> None:
    site.instead[SEARCH] = [json_answer({"data": [changed], "total_pages": 1})]
    with pytest.raises(SourceChanged, match=field):
        client.search(WANTED)
    assert len(client.search(WANTED)) == 1


@pytest.mark.parametrize("fps", [None, "23.976", "x", -1, 0, 10**400, True, [], "nan"])
def test_odd_frame_rates_do_no_harm(fps: object, site: StandInOpenSubtitles, client: OpenSubtitles) -> None:
    site.about[1, 2, "eng"] = {"fps": fps}
    assert first(client).fps in (23.976, 1.0, 0.0)


def test_secrets_are_in_no_error_log_cache_or_repr(
    site: StandInOpenSubtitles, clock: HandClock, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = make(site, clock, tmp_path)
    secrets = [site.key, site.username, site.password, site.token]
    offer = first(client)
    client.download(offer)
    link = site.served[0].path
    told = [repr(client), str(client.__dict__)]
    for path, status in (
        (SEARCH, 403),
        (DOWNLOAD, 400),
        (DOWNLOAD, 401),
        ("file", 500),
        (LOGIN, 500),
        (LOGIN, 401),
    ):
        site.instead = {path: [lambda seen, status=status: repeated(seen, status)] * 4}
        question = (lambda: client.search(BY_NAME)) if path == SEARCH else (lambda: client.download(offer))
        if path == LOGIN:
            clock.seconds += 24 * 3600
        with pytest.raises(SourceError, match="refused") as caught:
            question()
        told += [str(caught.value), repr(caught.value), str(caught.value.__dict__)]
    client.close()
    logged = "".join(record.getMessage() for record in caplog.records)
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert kept
    assert "GET" in logged
    for secret in secrets:
        assert [text for text in told if secret in text] == []
        assert secret not in logged
        assert secret.encode() not in kept
    assert [text for text in told if link in text] == []
    assert link.encode() not in kept


def repeated(seen: Seen, status: int) -> Answer:
    """Answer with all that was sent."""
    sent = [seen.headers.get("api-key"), seen.headers.get("authorization"), seen.path, seen.body.decode()]
    return json_answer({"message": f"refused: {sent}"}, status)
