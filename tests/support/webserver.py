"""A stand-in for the internet: a real HTTP server on the loopback that gives scripted answers.

Slowness is scripted by events or generators of the test, never by sleeping: a body may be an iterable whose
pieces are sent as they come, and a `gate` holds the whole answer back until it is set.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qsl, urlsplit

GATE_LIMIT = 60.0


@dataclass(frozen=True)
class Seen:
    """A request as it came; header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> object:
        """Give the body as a JSON value."""
        value: object = json.loads(self.body)
        return value


@dataclass(frozen=True)
class Answer:
    """A scripted answer.

    `body` is bytes, or pieces that are sent as they come. `length` is sent as Content-Length instead of the
    true one. `drop` closes the connection: "before" the status line, or "after" the body (cut short if
    `length` says more).
    """

    status: int = 200
    body: bytes | Iterable[bytes] = b"{}"
    content_type: str | None = "application/json;charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    drop: str = ""
    gate: threading.Event | None = None


def json_answer(value: object, status: int = 200, **headers: str) -> Answer:
    """Answer with a JSON value; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Answer(status, json.dumps(value).encode(), headers=named)


Responder = Callable[[Seen], Answer]


class WebServer:
    """The server; `requests` is what was asked, in order. Use it as a context manager."""

    def __init__(self) -> None:
        self.requests: list[Seen] = []
        self._scripts: dict[str, list[Answer | Responder]] = {}
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="web server", daemon=True
        )

    @property
    def url(self) -> str:
        """The address of the server, without a slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def script(self, path: str, *answers: Answer | Responder) -> None:
        """Answer requests of `path` with `answers` in turn, and then with the last one for ever."""
        with self._lock:
            self._scripts[path] = list(answers)

    def asked(self, path: str) -> list[Seen]:
        """Give the requests of `path` so far."""
        with self._lock:
            return [seen for seen in self.requests if seen.path == path]

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, seen: Seen) -> Answer:
        with self._lock:
            self.requests.append(seen)
            script = self._scripts.get(seen.path)
            if not script:
                return json_answer({"message": f"the test has no answer for {seen.path}"}, 404)
            answer = script.pop(0) if len(script) > 1 else script[0]
        return answer if isinstance(answer, Answer) else answer(seen)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): text for name, text in self.headers.items()}
                seen = Seen(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
                try:
                    _give(self, server._next(seen))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def do_POST(self) -> None:
                self.do_GET()

            def log_message(self, format: str, *args: object) -> None:
                """Keep the test's output quiet."""

        return Handler


def _give(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
    if answer.gate is not None and not answer.gate.wait(GATE_LIMIT):
        raise AssertionError("the test never opened the gate")
    if answer.drop == "before":
        _hang_up(handler)
        return
    pieces: Iterable[bytes] = [answer.body] if isinstance(answer.body, bytes) else answer.body
    length = answer.length
    if length is None and isinstance(answer.body, bytes):
        length = len(answer.body)
    _send_head(handler, answer, length)
    for piece in pieces:
        handler.wfile.write(piece)
        handler.wfile.flush()
    if answer.drop or length is None or answer.length is not None:
        _hang_up(handler)


def _send_head(handler: BaseHTTPRequestHandler, answer: Answer, length: int | None) -> None:
    handler.send_response(answer.status)
    if answer.content_type is not None:
        handler.send_header("Content-Type", answer.content_type)
    if length is not None:
        handler.send_header("Content-Length", str(length))
    else:
        handler.send_header("Connection", "close")
    for name, text in answer.headers.items():
        handler.send_header(name, text)
    handler.end_headers()


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True
    handler.connection.shutdown(socket.SHUT_RDWR)
