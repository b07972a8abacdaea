"""Posters of TMDB: a file from the server that its configuration names.

What that server is sent: the name of the file, and nothing of the key.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from engramd.sources.fetch import Fetcher
from engramd.sources.limits import Limits
from engramd.sources.problems import SourceChanged
from engramd.sources.tmdb import NAME
from engramd.sources.tmdb_model import ImageSizes
from engramd.tools.cancel import CancelToken

#: The widest poster that is fetched, in pixels, and the most bytes that one may have.
WIDEST, LARGEST = 780, 4 * 1024 * 1024
_JPEG = b"\xff\xd8\xff"
_PATH = re.compile(r"/[0-9A-Za-z_-]{1,80}\.jpe?g", re.ASCII)
_WIDTH = re.compile(r"w(\d{2,4})", re.ASCII)
_REMEDY = "look for a newer version of this program, or set poster_enabled to false"


def fetch_poster(
    sizes: ImageSizes, path: str, api_url: str, cancel: CancelToken | None = None
) -> bytes | None:
    """Give a poster as JPEG; `path` is as in the details of a work. None where there is none.

    `sizes` is what TMDB says of its pictures, and `api_url` where it is asked. Raises SourceUnreachable,
    SourceChanged and Cancelled.
    """
    size = _size(sizes.poster_sizes)
    if not size or not _PATH.fullmatch(path) or not _may_ask(sizes, api_url):
        raise _changed("its configuration names no poster that could be fetched", path)
    fetcher = Fetcher(
        NAME,
        sizes.secure_base_url,
        headers={"Accept": "image/jpeg"},
        limits=Limits(body_size=LARGEST),
    )
    try:
        answer = fetcher.exchange("GET", f"/{size}{path}", cancel=cancel)
    finally:
        fetcher.close()
    if answer.status == 404:
        return None
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status != 200 or kind != "image/jpeg" or not answer.body.startswith(_JPEG):
        raise _changed(f"it answered {answer.status} with {kind[:40] or 'no type'}, not with a JPEG", path)
    return answer.body


def _size(offered: tuple[str, ...]) -> str:
    """Give the widest size that is not too wide."""
    widths = [int(found[1]) for size in offered if (found := _WIDTH.fullmatch(size))]
    fitting = [width for width in widths if width <= WIDEST]
    return f"w{max(fitting)}" if fitting else ""


def _may_ask(sizes: ImageSizes, api_url: str) -> bool:
    """Whether the server of pictures may be asked: over TLS, unless TMDB itself is asked without it."""
    parts = urlsplit(sizes.secure_base_url)
    return bool(parts.hostname) and parts.scheme in ("https", urlsplit(api_url).scheme)


def _changed(why: str, path: str) -> SourceChanged:
    return SourceChanged(
        "TMDB gave no poster", source=NAME, field="poster", where=path[:90], why=why, remedy=_REMEDY
    )
