"""OpenSubtitles.com: finds subtitles of episodes, and has them served, so many a day.

What it is sent: the name of a show or its number at TMDB, season, episode, languages; numbers of its own
files; the key, and user name and password where there is an account.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engramd import __version__
from engramd.errors import InvalidArgument
from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits, Pace
from engramd.sources.opensubtitles_account import KEY_REMEDY, Access, Account, refusal
from engramd.sources.opensubtitles_model import NAME, Link, Page, User, changed, understood
from engramd.sources.opensubtitles_quota import QuotaKept, is_spent
from engramd.sources.opensubtitles_search import PROVIDER, offers, parameters
from engramd.sources.opensubtitles_served import GONE, ServedFiles
from engramd.sources.problems import SourceRefused, SourceUnreachable
from engramd.sources.reading import json_value
from engramd.sources.subtitles import BadSubtitle, Offer, Quota, Served, Wanted
from engramd.sources.subtitles_file import subtitle_bytes
from engramd.tools.cancel import CancelToken

if TYPE_CHECKING:
    from engramd.sources.reports import Reports
    from engramd.sources.wire import RawAnswer

SUBTITLES, DOWNLOAD = "/api/v1/subtitles", "/api/v1/download"
USER, FORMATS = "/api/v1/infos/user", "/api/v1/infos/formats"
USER_AGENT = f"engramd v{__version__}"
#: Pages of a season that are asked for, of 50 files each.
MOST_PAGES = 10
_SEARCHES = timedelta(days=1)
#: Seconds: five requests a second are allowed, and one of them may be a login.
_INTERVAL, _LOGIN_INTERVAL = 0.25, 1.0


def connect(
    access: Access,
    cache_folder: Path | None,
    *,
    now: Callable[[], float] = time.time,
    monotonic: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] | None = None,
) -> OpenSubtitles:
    """Make a client; nothing is sent yet. Clocks as of Fetcher. Raises InvalidArgument for what is no key."""
    key = access.api_key.strip()
    if not key:
        raise InvalidArgument(f"{NAME} has no key", where="opensubtitles_api_key", remedy=KEY_REMEDY)

    pace, login_pace = Pace(_INTERVAL), Pace(_LOGIN_INTERVAL)

    def connects(url: str, limits: Limits, token: str, is_login: bool, cache: Path | None = None) -> Fetcher:
        headers = {"Api-Key": key, "User-Agent": USER_AGENT}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return Fetcher(
            NAME,
            url,
            headers=headers,
            private=access.secrets,
            cache_folder=cache,
            lifetime=_SEARCHES,
            limits=limits,
            pace=login_pace if is_login else pace,
            now=now,
            monotonic=monotonic,
            sleep=sleep,
        )

    searches = connects(access.url, Limits(), "", False, cache_folder)
    files = ServedFiles(access, USER_AGENT, now, monotonic, sleep)
    return OpenSubtitles(access, searches, Account(access, connects, monotonic), files, QuotaKept(now))


class OpenSubtitles:
    """A SubtitleProvider. A download whose file did not come is taken up again without a second charge."""

    name = PROVIDER

    def __init__(
        self, access: Access, searches: Fetcher, account: Account, files: ServedFiles, quota: QuotaKept
    ) -> None:
        self._access = access
        self._searches = searches
        self._account = account
        self._files = files
        self._quota = quota

    def __repr__(self) -> str:
        """Name the address, and nothing private."""
        return f"OpenSubtitles({self._access.url!r})"

    def search(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """See SubtitleProvider; one question, and one more by name where the number is not known there."""
        return self._find(wanted, cancel or CancelToken(), season=False)

    def search_season(self, wanted: Wanted, cancel: CancelToken | None = None) -> tuple[Offer, ...]:
        """See SubtitleProvider; a question for each 50 files, of which the most wanted come first."""
        return self._find(wanted, cancel or CancelToken(), season=True)

    def download(self, offer: Offer, cancel: CancelToken | None = None) -> Served:
        """See SubtitleProvider."""
        cancel = cancel or CancelToken()
        number = _file_number(offer)
        kept = self._files.unfinished(number)
        link = kept or self._link(number, cancel)
        answer = self._files.fetch(number, link, cancel)
        if kept is not None and answer.status in GONE:
            link = self._link(number, cancel)
            answer = self._files.fetch(number, link, cancel)
        return self._served(offer, link, answer)

    def quota(self) -> Quota:
        """See SubtitleProvider."""
        return self._quota.current()

    def check(self, cancel: CancelToken | None = None) -> Quota:
        """Ask whether key, user name and password are accepted; give the quota where it is told.

        Never from the cache. Raises as `search`.
        """
        cancel = cancel or CancelToken()
        with _remedied():
            if not self._access.has_account:
                if self._searches.get_json(FORMATS, lifetime=timedelta(0), cancel=cancel) is None:
                    raise changed(FORMATS, "status 404", "there is nothing at its address")
                return self._quota.current()
            self._account.try_again()
            answer, reports = self._account.ask("GET", USER, None, cancel)
            user = understood(json_value(answer, USER, reports, missing=False), User, USER)
        return self._quota.note(user.data.remaining_downloads)

    def close(self) -> None:
        """See SubtitleProvider; forgets the token too."""
        self._searches.close()
        self._account.close()

    def _find(self, wanted: Wanted, cancel: CancelToken, *, season: bool) -> tuple[Offer, ...]:
        for by_name in (False, True):
            pages = self._pages(wanted, cancel, by_name=by_name, season=season)
            found = offers(pages, wanted, by_name=by_name, season=season)
            if found:
                return found
        return ()

    def _pages(self, wanted: Wanted, cancel: CancelToken, *, by_name: bool, season: bool) -> Iterator[Page]:
        for number in range(1, MOST_PAGES + 1 if season else 2):
            asked = parameters(wanted, by_name=by_name, season=season, page=number)
            if not asked:
                return
            page = self._page(asked, cancel)
            yield page
            if not page.data or number >= page.total_pages:
                return

    def _page(self, asked: dict[str, str], cancel: CancelToken) -> Page:
        def check(value: object) -> None:
            understood(value, Page, SUBTITLES)

        with _remedied():
            value = self._searches.get_json(SUBTITLES, asked, check=check, cancel=cancel)
        if value is None:
            raise changed(SUBTITLES, "status 404", "there is no search at its address")
        return understood(value, Page, SUBTITLES)

    def _link(self, number: int, cancel: CancelToken) -> Link:
        """Have a link made, which is what costs a download; the quota is kept whatever comes of it."""
        self._quota.raise_if_spent()
        with _remedied():
            answer, reports = self._account.ask("POST", DOWNLOAD, {"file_id": number}, cancel)
            self._raise_refusal(answer, reports)
            value = json_value(answer, DOWNLOAD, reports, missing=False)
        link = understood(value, Link, DOWNLOAD)
        self._quota.note(link.remaining, link.reset_time_utc)
        return link

    def _raise_refusal(self, answer: RawAnswer, reports: Reports) -> None:
        """Raise for an answer that is about the quota or the file, not about the key."""
        if answer.status < 400:
            return
        said = refusal(answer)
        message = reports.scrubbed(said.message)
        if is_spent(said.message, said.remaining):
            self._quota.note(0, said.reset_time_utc)
            raise self._quota.out_of_quota(message)
        if said.message and answer.status in (400, 404, 406, 410, 422):
            raise BadSubtitle(f"{NAME} does not serve the file", source=NAME, where=DOWNLOAD, why=message)

    def _served(self, offer: Offer, link: Link, answer: RawAnswer) -> Served:
        if answer.status in GONE:
            raise BadSubtitle(f"{NAME} has the file no more", source=NAME, why=f"it answered {answer.status}")
        if answer.status != 200:
            raise SourceUnreachable(
                f"{NAME} did not send the file that it promised",
                source=NAME,
                why=f"it answered {answer.status}",
                remedy="it can be asked again later; that costs no further download for some hours",
            )
        data = subtitle_bytes(answer.body, NAME, answer.headers.get("content-type", ""))
        quota = self._quota.current()
        name = link.file_name.rpartition("/")[2][:200]
        return Served(offer, data, name, quota.left, quota.resets_at)


def _file_number(offer: Offer) -> int:
    if offer.provider != PROVIDER or not (offer.provider_id.isascii() and offer.provider_id.isdigit()):
        raise InvalidArgument(f"{offer.provider_id[:40]!r} is no file of {NAME}")
    return int(offer.provider_id)


@contextmanager
def _remedied() -> Iterator[None]:
    """Say how a key is entered where one is refused."""
    try:
        yield
    except SourceRefused as error:
        if "opensubtitles_" in error.remedy:
            raise
        raise SourceRefused(
            error.what, source=error.source, where=error.where, why=error.why, remedy=KEY_REMEDY
        ) from error
