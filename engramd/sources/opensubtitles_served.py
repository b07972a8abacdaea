"""Fetches the file at a link of OpenSubtitles.com, which is good for three hours and on another host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits
from engramd.sources.opensubtitles_account import Access, is_own_host
from engramd.sources.opensubtitles_model import NAME, Link, changed
from engramd.sources.problems import SourceUnreachable
from engramd.sources.subtitles import BadSubtitle
from engramd.sources.subtitles_file import MOST_BYTES
from engramd.tools.cancel import CancelToken

if TYPE_CHECKING:
    from engramd.sources.wire import RawAnswer

#: The file, or the link to it, is there no more.
GONE = frozenset({404, 410})
#: Seconds that a link is used; it is good for three hours.
LINK_LIFE = 2.5 * 3600.0
_MOST_LINKS, _MOST_HOPS = 100, 3
_PLACE = "the file's link"
_LIMITS = Limits(tries=3, body_size=MOST_BYTES)


class ServedFiles:
    """Fetches files, and remembers the links of those that did not come; thread safe.

    A link is followed to the configured address and to hosts of OpenSubtitles' own only. It gets neither key
    nor token, and no error repeats it: whoever has it has the file.
    """

    def __init__(
        self,
        access: Access,
        user_agent: str,
        now: Callable[[], float],
        monotonic: Callable[[], float],
        sleep: Callable[[float], None] | None,
    ) -> None:
        self._origin = urlsplit(access.url)[:2]
        self._secrets = access.secrets
        self._headers = {"User-Agent": user_agent, "Accept": "*/*"}
        self._now, self._monotonic, self._sleep = now, monotonic, sleep
        self._lock = threading.Lock()
        self._links: dict[int, tuple[float, Link]] = {}

    def unfinished(self, number: int) -> Link | None:
        """Give the link of a file that was asked for and did not come, while it is good."""
        with self._lock:
            since, link = self._links.pop(number, (0.0, None))
        return link if self._monotonic() - since < LINK_LIFE else None

    def fetch(self, number: int, link: Link, cancel: CancelToken) -> RawAnswer:
        """Give what is at a link. Raises SourceUnreachable, BadSubtitle (too large) and Cancelled."""
        self._parts(link.link)
        self._keep(number, link)
        answer = self._follow(link.link, cancel, _MOST_HOPS)
        if answer.status == 200 or answer.status in GONE:
            self.unfinished(number)
        return answer

    def _follow(self, url: str, cancel: CancelToken, hops: int) -> RawAnswer:
        """Fetch from a host of OpenSubtitles' own, and from another such if the first one sends there."""
        from engramd.sources.wire import BadRedirect, TooLarge

        origin, path = self._parts(url)
        try:
            with closing(self._connection(origin, path)) as fetcher:
                return fetcher.exchange("GET", path, place=_PLACE, cancel=cancel)
        except SourceUnreachable as error:
            cause = error.__cause__
            if isinstance(cause, TooLarge):
                raise BadSubtitle(f"{NAME} served no subtitle file", source=NAME, why=error.why) from error
            if not isinstance(cause, BadRedirect) or not cause.url or not hops:
                raise
        return self._follow(cause.url, cancel, hops - 1)

    def _connection(self, origin: str, path: str) -> Fetcher:
        return Fetcher(
            NAME,
            origin,
            headers=self._headers,
            private=[path, *self._secrets],
            limits=_LIMITS,
            now=self._now,
            monotonic=self._monotonic,
            sleep=self._sleep,
        )

    def _parts(self, link: str) -> tuple[str, str]:
        """Give origin and path of a link. Raises SourceChanged for one that leads elsewhere."""
        try:
            parts = urlsplit(link)
            host = parts.hostname or ""
        except ValueError:
            raise changed("/api/v1/download", "link", "it is no address") from None
        is_own = parts.scheme == "https" and is_own_host(host) and "@" not in parts.netloc
        if not is_own and parts[:2] != self._origin:
            raise changed("/api/v1/download", "link", "it leads to a host that is not of OpenSubtitles")
        query = f"?{parts.query}" if parts.query else ""
        return f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + query

    def _keep(self, number: int, link: Link) -> None:
        with self._lock:
            while len(self._links) >= _MOST_LINKS:
                self._links.pop(next(iter(self._links)))
            self._links[number] = (self._monotonic(), link)
