"""A real Apprise in its child process, against an HTTP server on the loopback."""

from __future__ import annotations

import importlib.util
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.errors import Cancelled, EngramError, ToolMissing
from engramd.notify.apprise import CHILD, AppriseSender, mark_of, name_of
from engramd.notify.apprise_child import without_secrets
from engramd.notify.texts import Message
from engramd.optional import how_to_get
from engramd.tools import CancelToken, Tools
from tests.support.webserver import Answer, WebServer

needs_apprise = pytest.mark.skipif(
    importlib.util.find_spec("apprise") is None, reason="the extra `notify` (Apprise) is not installed"
)
MESSAGE = Message("Ärger – disc 2", "Two lines,\nwith <b>signs</b> & {braces} and 'quotes'.")


@pytest.fixture
def tools() -> Iterator[Tools]:
    started = Tools()
    yield started
    started.stop_all()


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        server.script("/good", Answer())
        server.script("/bad", Answer(500))
        yield server


def address(web: WebServer, path: str, scheme: str = "json") -> str:
    return web.url.replace("http://", f"{scheme}://user:s3cr3t-pass@") + path


@needs_apprise
def test_a_message_arrives_as_it_was_written(tools: Tools, web: WebServer) -> None:
    url = address(web, "/good")

    assert AppriseSender(tools).send([url], MESSAGE, urgent=True) == {url: ""}
    [seen] = web.asked("/good")
    body = seen.json()
    assert isinstance(body, dict)
    assert (body["title"], body["message"], body["type"]) == (MESSAGE.subject, MESSAGE.text, "warning")


@needs_apprise
def test_what_a_disc_is_called_is_no_markup(tools: Tools, web: WebServer) -> None:
    url = address(web, "/good") + "?format=html"

    AppriseSender(tools).send([url], MESSAGE)
    [seen] = web.asked("/good?format=html") or web.asked("/good")
    body = seen.json()
    assert isinstance(body, dict)
    assert "&lt;b&gt;" in body["message"]
    assert "<br" in body["message"]


@needs_apprise
def test_each_address_has_its_own_fate_and_no_secret_is_told(tools: Tools, web: WebServer) -> None:
    urls = [
        address(web, "/good"),
        address(web, "/bad"),
        address(web, "/good", "form"),
        "json://user:s3cr3t-pass@127.0.0.1:9/s3cr3t-token",
        "nosuchservice://s3cr3t-token",
        "tgram://s3cr3t-token/chat",
    ]

    told = AppriseSender(tools).send(urls, MESSAGE)

    assert [bool(told[url]) for url in urls] == [False, True, False, True, True, True]
    assert "500" in told[urls[1]]
    assert not [why for why in told.values() if "s3cr3t" in why or "user" in why.split()]


def test_addresses_are_on_no_command_line_and_in_no_environment(tools: Tools, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    spy = (
        "import json, os, sys; question = json.load(sys.stdin);"
        f"open({str(seen)!r}, 'w').write(open('/proc/self/cmdline').read() + str(dict(os.environ)));"
        "print(json.dumps({'why': [''] * len(question['urls'])}))"
    )
    sender = AppriseSender(tools, argv=(sys.executable, "-c", spy))

    assert sender.send(["json://s3cr3t"], MESSAGE) == {"json://s3cr3t": ""}
    assert "import json" in seen.read_text()
    assert "s3cr3t" not in seen.read_text()


def test_without_apprise_it_is_said_how_to_install_it(tools: Tools, tmp_path: Path) -> None:
    blocker = (
        "import sys; sys.modules['apprise'] = None; from engramd.notify.apprise_child import main; main()"
    )
    with pytest.raises(ToolMissing, match="not installed") as raised:
        AppriseSender(tools, argv=(sys.executable, "-c", blocker)).send(["json://x"], MESSAGE)

    assert how_to_get("apprise") in raised.value.remedy


@pytest.mark.parametrize(
    "code", ["print('hello')", "raise SystemExit('json://s3cr3t')", "print('{\"why\": []}')"]
)
def test_a_child_that_fails_is_an_error_without_what_it_wrote(code: str, tools: Tools) -> None:
    with pytest.raises(EngramError, match="cannot be sent") as raised:
        AppriseSender(tools, argv=(sys.executable, "-c", code)).send(["json://s3cr3t"], MESSAGE)

    assert "s3cr3t" not in str(raised.value)


@needs_apprise
def test_a_service_that_never_answers_is_left_after_the_limit(tools: Tools, web: WebServer) -> None:
    gate = threading.Event()
    web.script("/slow", Answer(gate=gate))
    try:
        with pytest.raises(EngramError, match="no answer within 1 s"):
            AppriseSender(tools, argv=(sys.executable, "-c", "import time; time.sleep(60)")).send(
                [address(web, "/slow")], MESSAGE, timeout=1
            )
    finally:
        gate.set()


def test_a_stop_ends_the_child(tools: Tools) -> None:
    cancel = CancelToken()
    sender = AppriseSender(tools, argv=(sys.executable, "-c", "import time; time.sleep(60)"))
    threading.Timer(0.3, cancel.cancel).start()

    with pytest.raises(Cancelled):
        sender.send(["json://x"], MESSAGE, cancel=cancel)


def test_the_child_needs_nothing_of_the_daemon(tools: Tools) -> None:
    code = (
        "import sys; sys.modules['sqlmodel'] = sys.modules['structlog'] = sys.modules['pydantic'] = None;"
        "import engramd.notify.apprise_child"
    )

    outcome = tools.run([sys.executable, "-c", code], env={"PYTHONPATH": str(Path(__file__).parents[2])})

    assert outcome.returncode == 0, outcome.stderr
    assert CHILD[-1] == "engramd.notify.apprise_child"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("cannot reach tok3n:secret", "tgram://tok3n:secret/chat"),
        ("bad json://u:p4ss@host/x?key=v4lue&k=w0rd", "json://u:p4ss@host/x?key=v4lue&k=w0rd"),
        ("the word w0rd and P4SS, or p@ss", "json://u:p4ss@HOST/p%40ss?k=w0rd"),
        ("the word w0rd and p4ss", "json://u:p4ss@host/x?key=v4lue&k=w0rd"),
    ],
)
def test_every_part_of_an_address_is_taken_out(text: str, url: str) -> None:
    clean = without_secrets(text, url)

    assert not [
        part for part in ("tok3n", "secret", "p4ss", "p@ss", "v4lue", "w0rd") if part in clean.lower()
    ]


def test_an_address_is_known_by_its_hash_and_named_by_its_service() -> None:
    assert mark_of("json://a") != mark_of("json://b")
    assert "a" * 20 not in mark_of("json://" + "a" * 20)
    assert name_of("TGRAM://token/chat") == "tgram"
