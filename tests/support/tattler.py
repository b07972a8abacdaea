"""A server and a program that repeat whatever they are told, keys included: as bad as others can be."""

from __future__ import annotations

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

_PROGRAM = """#!{python}
import pathlib, sys
said = pathlib.Path(pathlib.os.environ["HOME"], ".MakeMKV/settings.conf").read_text()
key = next((line.split('"')[1] for line in said.splitlines() if line.startswith("app_Key")), "none")
print('MSG:1005,0,1,"MakeMKV v1.17.7 started","%1 started","MakeMKV v1.17.7"')
print(f'MSG:5052,260,1,"Your key {{key}} is no good","%1","{{key}}"')
sys.stderr.write(said)
sys.exit(253)
"""


class TattlingServer:
    """An HTTP server, also a proxy, that refuses all and repeats the question; `told` is all it was told.

    While `is_down`, it closes connections without a word.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.is_down = False
        server = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode(
                    "utf-8", "replace"
                )
                question = f"{self.command} {self.path} {dict(self.headers)} {body}"
                server.told.append(question)
                if server.is_down:
                    self.close_connection = True
                    return
                text = json.dumps({"status_message": question, "message": question, "error": question})
                self.send_response(401, "Not with that")
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def __getattr__(self, name: str) -> Any:
                """Answer every method."""
                if name.startswith("do_"):
                    return self.answer
                raise AttributeError(name)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    def __enter__(self) -> TattlingServer:
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, name="tattler", daemon=True
        ).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


def tattling_makemkv(folder: Path) -> Path:
    """Make a stand-in for makemkvcon that does not accept its key, and says it."""
    path = folder / "makemkvcon"
    path.write_text(_PROGRAM.format(python=sys.executable))
    path.chmod(0o755)
    return path
