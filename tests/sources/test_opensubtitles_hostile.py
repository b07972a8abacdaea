"""Any JSON value in any place of a documented answer gives a value or a SourceError, never another error."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from engramd.sources.opensubtitles_account import account_url, refusal
from engramd.sources.opensubtitles_model import Link, Login, Page, User, understood
from engramd.sources.opensubtitles_quota import QuotaKept, is_spent
from engramd.sources.opensubtitles_search import offers
from engramd.sources.problems import SourceChanged
from engramd.sources.subtitles import BadSubtitle, Wanted
from engramd.sources.subtitles_file import subtitle_bytes
from engramd.sources.wire import RawAnswer
from tests.sources.clock import HandClock
from tests.sources.test_tmdb_hostile import VALUES, places, with_value
from tests.support.opensubtitles_stand_in import StandInOpenSubtitles

WANTED = Wanted("The Show", 1, 2, ("eng",), tmdb_id=1972, year=2020)
PAGE = {"data": [StandInOpenSubtitles().row((1, 2, "eng"))], "total_pages": 1, "page": 1}
LINK = {
    "link": "https://x",
    "file_name": "a.srt",
    "remaining": 3,
    "reset_time_utc": "2022-01-30T06:00:53.000Z",
}
LOGIN = {
    "token": "a.b.c",
    "base_url": "api.opensubtitles.com",
    "user": {"allowed_downloads": 20},
    "status": 200,
}
USER = {"data": {"allowed_downloads": 20, "remaining_downloads": 3}}


@given(st.sampled_from(places(PAGE)), VALUES, st.booleans())
def test_a_page_of_anything_gives_offers_of_the_episode(
    path: tuple[str | int, ...], value: object, by_name: bool
) -> None:
    try:
        page = understood(json.loads(json.dumps(with_value(PAGE, path, value))), Page, "/subtitles")
    except SourceChanged:
        return
    for season in (False, True):
        for offer in offers([page], WANTED, by_name=by_name, season=season):
            assert (offer.season, offer.language) == (1, "eng")
            assert season or offer.episode == 2
            assert 0 <= offer.fps < 1000
            assert offer.downloads >= 0
            assert offer.provider_id.isdigit()
            assert offer.release.isprintable() or not offer.release.isascii()


@given(st.sampled_from(places(LINK)), VALUES)
def test_a_link_of_anything_gives_a_quota_that_ends(path: tuple[str | int, ...], value: object) -> None:
    clock = HandClock()
    try:
        link = understood(json.loads(json.dumps(with_value(LINK, path, value))), Link, "/download")
    except SourceChanged:
        return
    quota = QuotaKept(clock.now).note(link.remaining, link.reset_time_utc)
    assert quota.left is None or quota.left >= 0
    if quota.resets_at is not None:
        ahead = quota.resets_at - datetime.fromtimestamp(clock.now(), UTC)
        assert 0 < ahead.total_seconds() < 2 * 86400


@given(st.sampled_from(places(LOGIN)), VALUES)
def test_a_login_of_anything_leads_to_a_host_of_its_own(path: tuple[str | int, ...], value: object) -> None:
    try:
        login = understood(json.loads(json.dumps(with_value(LOGIN, path, value))), Login, "/login")
        url = account_url("https://api.opensubtitles.com", login.base_url)
    except SourceChanged:
        return
    assert url == "https://api.opensubtitles.com" or url.endswith(".opensubtitles.com")


@given(st.sampled_from(places(USER)), VALUES)
def test_an_account_of_anything(path: tuple[str | int, ...], value: object) -> None:
    with suppress(SourceChanged):
        understood(json.loads(json.dumps(with_value(USER, path, value))), User, "/infos/user")


@given(st.binary() | VALUES.map(lambda value: json.dumps(value).encode()))
def test_a_refusal_of_anything(body: bytes) -> None:
    said = refusal(RawAnswer(406, {}, body))
    assert is_spent(said.message, said.remaining) in (True, False)


@given(st.sampled_from([b"", b"\x1f\x8b", b"PK\x03\x04", b"\xff\xfe", b'{"', b"<"]), st.binary())
def test_a_file_of_anything_is_given_or_refused(begin: bytes, rest: bytes) -> None:
    with suppress(BadSubtitle):
        assert subtitle_bytes(begin + rest, "x").strip()
