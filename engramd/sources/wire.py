"""One HTTP exchange: sends a question once and reads the answer within limits of size and time.

Imported where it is used: the HTTP library costs memory that an idle daemon should not hold.
"""

from __future__ import annotations

import json
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from engramd.sources.limits import Limits

USER_AGENT = "engramd"
_MOST_REDIRECTS = 3
_GZIP = 31  # wbits of zlib for a gzip header


class TooLarge(Exception):
    """The body is larger than allowed."""


class BadBody(Exception):
    """The body is not encoded as its headers say."""


class BadRedirect(Exception):
    """The server sends elsewhere, and not to a place of its own: to `url`, where it is known."""

    def __init__(self, why: str, url: str = "") -> None:
        super().__init__(why)
        self.url = url


@dataclass(frozen=True)
class RawAnswer:
    """Status, headers (names in lower case) and body of an answer, the body decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Wanted(threading.local):
    """What the exchange of this thread asks before each piece: it raises once nobody waits any more."""

    still: Callable[[], None] | None = None

    def check(self) -> None:
        """Raise if the exchange is to end."""
        if self.still is not None:
            self.still()


class _WatchedStream(httpcore.NetworkStream):
    """A connection on which a server that sends drop by drop, headers included, ends in time."""

    def __init__(self, inner: httpcore.NetworkStream, wanted: _Wanted) -> None:
        self._inner, self._wanted = inner, wanted

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what there is, if it is still wanted."""
        self._wanted.check()
        return self._inner.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of `buffer`."""
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on with encryption."""
        return _WatchedStream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._wanted)

    def get_extra_info(self, info: str) -> object:
        """Give what the connection below knows of itself."""
        return self._inner.get_extra_info(info)


class _WatchedBackend(httpcore.SyncBackend):
    """Makes connections that are watched."""

    def __init__(self, wanted: _Wanted) -> None:
        self._wanted = wanted

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to a server."""
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        return _WatchedStream(stream, self._wanted)


class _KeyedTransport(httpx.BaseTransport):
    """Adds what is private below the client, so that the client's own log and errors never have it."""

    def __init__(
        self, base: httpx.URL, headers: Mapping[str, str], params: Mapping[str, str], wanted: _Wanted
    ) -> None:
        self._origin = _origin(base)
        self._headers, self._params = headers, params
        self._inner = httpx.HTTPTransport(proxy=_proxy_for(base))
        # httpx has no argument for it; without it, a time-out begins again with each byte of the headers.
        self._inner._pool._network_backend = _WatchedBackend(wanted)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` with key and headers; only the source's own origin gets them."""
        if _origin(request.url) != self._origin:
            raise BadRedirect(f"it redirects to {request.url.host}", str(request.url))
        headers = request.headers.copy()
        headers.update(self._headers)
        keyed = httpx.Request(
            request.method,
            request.url.copy_merge_params(self._params),
            headers=headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        return self._inner.handle_request(keyed)

    def close(self) -> None:
        """Close all connections."""
        self._inner.close()


class Wire:
    """Connections to one source; thread safe. `headers` and `params` are private and go with each request."""

    def __init__(
        self,
        base_url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        limits: Limits,
    ) -> None:
        self._private = tuple(params)
        self._limits = limits
        self._wanted = _Wanted()
        self._client = httpx.Client(
            transport=_KeyedTransport(httpx.URL(base_url), headers, params, self._wanted),
            headers={"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": USER_AGENT},
            follow_redirects=False,
        )

    def send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str],
        body: object,
        time_left: float,
        still_wanted: Callable[[], None],
    ) -> RawAnswer:
        """Ask once, following redirects to the same origin.

        `time_left` in seconds shortens the time-outs; `still_wanted` is called before each piece is read,
        headers included, and may raise. Raises httpx.HTTPError, httpx.InvalidURL, TooLarge, BadBody and
        BadRedirect.
        """
        request = self._client.build_request(
            method,
            url,
            params=params or None,
            content=None if body is None else json.dumps(body).encode(),
            headers=None if body is None else {"Content-Type": "application/json"},
            timeout=self._timeout(time_left),
        )
        self._wanted.still = still_wanted
        try:
            return self._follow(request, still_wanted)
        finally:
            self._wanted.still = None

    def _follow(self, request: httpx.Request, still_wanted: Callable[[], None]) -> RawAnswer:
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._client.send(request, stream=True)
            try:
                following = response.next_request
                if following is None:
                    read = _read(response, self._limits.body_size, still_wanted)
                    return RawAnswer(response.status_code, dict(response.headers), read)
            finally:
                response.close()
            request = self._without_key(following)
        raise BadRedirect("it redirects in a circle")

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def _timeout(self, time_left: float) -> httpx.Timeout:
        left = max(time_left, 0.001)
        return httpx.Timeout(
            min(self._limits.read_timeout, left), connect=min(self._limits.connect_timeout, left)
        )

    def _without_key(self, request: httpx.Request) -> httpx.Request:
        """Drop a key that the server repeats in its redirect, lest it be logged."""
        for name in self._private:
            request.url = request.url.copy_remove_param(name)
        return request


def _proxy_for(base: httpx.URL) -> str | None:
    """Give the proxy of the environment (`https_proxy` and its kin, `no_proxy`), if it is one for HTTP."""
    proxy = None if proxy_bypass(base.host) else getproxies().get(base.scheme)
    return proxy if proxy and proxy.startswith(("http://", "https://")) else None


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _read(response: httpx.Response, limit: int, still_wanted: Callable[[], None]) -> bytes:
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("identity", "gzip", ""):
        raise BadBody(f"its encoding is {encoding[:40]!r}, which was not asked for")
    pieces = response.iter_raw()
    body = bytearray()
    for piece in _gunzipped(pieces, limit) if encoding == "gzip" else pieces:
        still_wanted()
        body += piece
        if len(body) > limit:
            raise TooLarge(f"it is larger than {limit // 1024} KiB")
    return bytes(body)


def _gunzipped(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    """Decompress, never more than `limit` + 1 bytes at once: a small piece can hold a thousandfold.

    What follows the compressed data is not read: the unpacker would keep all of it.
    """
    unpacker = zlib.decompressobj(_GZIP)
    try:
        for piece in pieces:
            yield unpacker.decompress(piece, limit + 1)
            if unpacker.eof:
                return
    except zlib.error as error:
        raise BadBody(f"it is no gzip data: {error}") from error
    raise BadBody("its gzip data is cut short")
