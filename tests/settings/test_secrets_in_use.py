"""Every secret is set in a whole daemon that uses it in vain; then all that can be seen is searched."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from engramd.bus import names
from engramd.bus.client import Client
from engramd.ctl.app import app
from engramd.errors import EngramError
from engramd.models.base import utcnow
from engramd.models.notices import MediaScan
from engramd.settings import SECRETS
from engramd.store import Store, default_url, is_current, migrate_in_child, open_engine
from engramd.tools import Tools
from tests.support.busservice import connected, wait_for
from tests.support.clickrunner import runner
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.tattler import TattlingServer, tattling_makemkv

#: What is searched for: a part of every value below.
MARKS = ("sesame", "5e5a3e5e5a3e")
VALUES = {
    "makemkv_key": "T-sesamemakemkv",
    "tmdb_api_key": "5e5a3e5e5a3e00000000000000000000",
    "opensubtitles_api_key": "sesameopensubtitleskey",
    "opensubtitles_username": "sesamebob",
    "opensubtitles_password": "sesame opensubtitles word",
    "plex_token": "sesameplex",
    "jellyfin_api_key": "sesamejellyfin",
    "emby_api_key": "sesameemby",
    "apprise_urls": "json://sesameme:sesameword@127.0.0.1:{port}/sesamepath jsons://sesame2@127.0.0.1:9/x",
}
PROXY = "http://sesameproxy:sesameproxyword@127.0.0.1:{port}"
OUTPUTS = (
    ("status", "--json"),
    ("doctor",),
    ("doctor", "--json"),
    ("config", "list"),
    ("config", "list", "--json"),
    *(("config", "describe", name) for name in VALUES),
    ("config", "get", "apprise_urls", "--json"),
    ("history", "--json"),
    ("drives", "--json"),
    ("report",),
    ("notify", "test"),
    ("notify", "test", "--json"),
)
WITHOUT_NETWORK = (("doctor",),)
BAD: tuple[Any, ...] = (5, ["sesame"], {"sesame": "sesame"}, "sesame\nsesame", "sesame" * 1000, True)


def test_every_secret_is_tried() -> None:
    assert VALUES.keys() == SECRETS


class Processes:
    """Looks at the command lines and environments of processes that begin in the block, until it ends."""

    def __init__(self, daemon: DaemonUnderTest) -> None:
        assert daemon.process is not None
        # What the daemon was started with, its proxy, is known to whoever wrote its unit; it forks, too.
        self._spared = {"", _read(Path(f"/proc/{daemon.process.pid}/environ"))}
        self._former = set(Path("/proc").glob("[0-9]*"))
        self._over = threading.Event()
        self.seen: set[str] = set()

    def __enter__(self) -> Processes:
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.01):
            for folder in set(Path("/proc").glob("[0-9]*")) - self._former:
                told = {_read(folder / "cmdline"), _read(folder / "environ")}
                self.seen |= told - self._spared


def _read(path: Path) -> str:
    try:
        return path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:  # it is over
        return ""


@contextmanager
def listening(bus: PrivateBus, folder: Path) -> Iterator[Path]:
    """Have all that the daemon says on the bus written down."""
    heard = folder / "heard"
    rule = f"sender='{names.BUS_NAME}'"
    with heard.open("wb") as file:
        process = subprocess.Popen(["dbus-monitor", "--address", bus.address, rule], stdout=file, stderr=file)
    try:
        wait_for(lambda: heard.stat().st_size, "dbus-monitor listens")
        yield heard
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def server() -> Iterator[TattlingServer]:
    with TattlingServer() as tattler:
        yield tattler


@pytest.fixture
def daemon(server: TattlingServer, sqlite_schema: Path, tmp_path: Path) -> Iterator[DaemonUnderTest]:
    """A daemon that logs everything, asks everybody, goes through a proxy, and has hooks and scans to do."""
    address = f"http://127.0.0.1:{server.port}"
    urls = dict.fromkeys(("tmdb_url", "opensubtitles_url", "plex_url", "jellyfin_url", "emby_url"), address)
    switches = dict.fromkeys(("tmdb_enabled", "opensubtitles_enabled"), True)
    places = {"makemkv_path": str(tattling_makemkv(tmp_path)), "hooks_path": str(tmp_path / "hooks")}
    (tmp_path / "hooks").mkdir()
    hook = tmp_path / "hooks/tell"
    hook.write_text(f"#!/bin/sh\n{{ env; cat; }} >>{tmp_path}/hooked\n")
    hook.chmod(0o755)
    environment = {**os.environ, "http_proxy": PROXY.format(port=server.port)}
    with PrivateBus(system=False) as bus:
        daemon = DaemonUnderTest(tmp_path, bus, settings=urls | switches | places, environment=environment)
        file = tmp_path / "engramd.toml"
        file.write_text('log_level = "debug"\n' + file.read_text())
        (tmp_path / "state").mkdir()
        shutil.copy(sqlite_schema, tmp_path / "state/engramd.db")
        store = Store(open_engine(default_url(tmp_path / "state")))
        tomorrow = utcnow() + timedelta(days=1)
        for name in ("plex", "jellyfin", "emby"):
            # It failed before, and is tried again when a key is set.
            store.add(MediaScan(server=name, folder="/srv/media/tv/Show", attempts=1, due_at=tomorrow))
        store.close()
        with daemon:
            yield daemon


def ctl(daemon: DaemonUnderTest, *words: str) -> str:
    """Give what engramctl says; it runs in this process, because there are many commands."""
    done = runner().invoke(app, ["--bus", "session", *words], env=daemon.bus.environment)
    return done.stdout + done.stderr


def set_all(client: Client, port: int) -> None:
    """Set every secret."""
    values = {name: value.format(port=port) for name, value in VALUES.items()}
    client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", (values,))


def bundled(daemon: DaemonUnderTest, path: Path) -> str:
    """Give all that is in a report of doctor."""
    said = ctl(daemon, "doctor", "--bundle", str(path))
    with tarfile.open(path) as report:
        members = filter(None, map(report.extractfile, report.getmembers()))
        return said + "\n".join(file.read().decode("utf-8", "replace") for file in members)


def refusals(client: Client) -> str:
    """Set what is no secret, and give what is said of it."""
    told = []
    for name in VALUES:
        for bad in BAD:
            with pytest.raises(EngramError) as caught:
                client.call(names.ROOT, names.SETTINGS, "Set", "a{sv}", ({name: bad},))
            told.append(str(caught.value))
    return "\n".join(told)


def published(client: Client) -> str:
    """Give all that the bus shows: objects, properties, descriptions, checks, history, events."""
    root = [client.properties(names.ROOT, interface) for interface in (names.MANAGER, names.SETTINGS)]
    introspected = client.call(names.ROOT, "org.freedesktop.DBus.Introspectable", "Introspect")
    described = client.call(names.ROOT, names.SETTINGS, "Describe")
    read = [
        client.call(names.ROOT, names.MANAGER, method, "a{sv}", ({},))
        for method in ("Check", "History", "Events")
    ]
    return repr([client.objects(), root, introspected, described, read])


def exposed(folder: Path) -> list[str]:
    """Give the files that hold a secret and that others may read; one that goes meanwhile holds none."""
    found = []
    for path in filter(Path.is_file, folder.rglob("*")):
        with suppress(FileNotFoundError):
            if path.stat().st_mode & 0o077 and _found(path.read_bytes().decode("utf-8", "replace")):
                found.append(str(path))
    return found


def rows_with_secrets(database: Path) -> list[str]:
    """Give the rows with a secret of every table but that of the settings."""
    with sqlite3.connect(database) as connection:
        rows = [row for row in connection.iterdump() if 'INTO "app_config"' not in row]
    assert len(rows) > 20
    return [row for row in rows if _found(row)]


def _found(text: str) -> list[str]:
    """Give the surroundings of every mark."""
    places = [place for mark in MARKS for place in range(len(text)) if text.startswith(mark, place)]
    return [text[max(0, place - 80) : place + 40] for place in places]


def test_a_secret_is_nowhere_to_be_seen(
    daemon: DaemonUnderTest, server: TattlingServer, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        heard = stack.enter_context(listening(daemon.bus, tmp_path))
        client = stack.enter_context(connected(daemon.bus))
        processes = stack.enter_context(Processes(daemon))
        seen = {"refusals": refusals(client)}
        server.is_down = True
        set_all(client, server.port)
        for words in WITHOUT_NETWORK:
            seen[f"{' '.join(words)}, without a network"] = ctl(daemon, *words)
        server.is_down = False
        for words in OUTPUTS:
            seen[" ".join(words)] = ctl(daemon, *words)
        seen["a report"] = bundled(daemon, tmp_path / "report.tar.gz")
        seen["the bus"] = published(client)
        scanned = ("X-Plex-Token", "MediaBrowser Token", "X-Emby-Token")
        wait_for(lambda: all(word in repr(server.told) for word in scanned), "the media servers were told")
    seen["log"] = daemon.log()
    seen["signals and replies"] = heard.read_text("utf-8", "replace")
    seen["processes"] = "\n".join(processes.seen)
    seen["hooks"] = _read(tmp_path / "hooked")

    told = repr(server.told)
    for name in ("tmdb_api_key", "opensubtitles_password", "plex_token", "jellyfin_api_key", "emby_api_key"):
        assert VALUES[name] in told, f"{name} was never used, so this proves nothing"
    assert f"POST http://127.0.0.1:{server.port}/sesamepath" in told, "a child was told of the proxy, too"
    assert "apprise_child" in seen["processes"]
    assert "makemkvcon" in seen["processes"]
    assert "ENGRAMD" in seen["hooks"].upper()
    found = [f"{what}: {place!r}" for what, text in seen.items() for place in _found(text)]
    assert not found, "\n".join(found)
    assert rows_with_secrets(tmp_path / "state/engramd.db") == []
    assert exposed(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://sesameuser:sesameword@127.0.0.1:1/media?sslpassword=sesameoption",
        "postgresql+psycopg://user:sesame@sesameword@127.0.0.1:1/media",
        "postgresql+psycopg://user:word@127.0.0.1:sesame/media",
    ],
)
def test_the_address_of_a_database_is_told_without_its_password(url: str) -> None:
    with pytest.raises(EngramError, match="database") as caught:
        is_current(open_engine(url))
    assert _found(str(caught.value)) == []


def test_a_migration_that_fails_does_not_tell_the_password() -> None:
    with pytest.raises(EngramError, match="database") as caught:
        migrate_in_child(Tools(), "postgresql+psycopg://sesameuser:sesameword@127.0.0.1:1/media")
    assert "Connection refused" in str(caught.value)
    assert _found(str(caught.value)) == []


def test_the_database_is_its_users_alone(tmp_path: Path) -> None:
    former = os.umask(0)
    try:
        old = tmp_path / "old.db"
        old.write_bytes(b"")
        old.chmod(0o664)
        for path in (old, tmp_path / "new.db"):
            engine = open_engine(f"sqlite:///{path}")
            with engine.begin() as connection:
                connection.execute(text("CREATE TABLE app_config (makemkv_key)"))
                modes = {
                    file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.glob(f"{path.name}*")
                }
            assert len(modes) == 3, "the database, its log and its index"
            assert set(modes.values()) == {"0o600"}, modes
            engine.dispose()
    finally:
        os.umask(former)


#: Fails with a key among the local variables, as a bug in the daemon might.
CRASH = """
import logging, sys
import structlog
from engramd import log

log.JOURNAL_SOCKET, log.to_journal = sys.argv[1], lambda environment: len(sys.argv[1]) > 0
log.configure("debug")

def fail(key):
    headers = {"Authorization": key}
    raise RuntimeError(f"it does not work with {len(headers)} headers")

for logger in (structlog.get_logger("engramd"), logging.getLogger("httpx")):
    try:
        fail("ses" + "ame")
    except RuntimeError:
        logger.exception("it failed")
fail("ses" + "ame")
"""


@pytest.mark.parametrize("place", ["journal", "standard error"])
def test_a_traceback_has_no_values(place: str, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal:
        journal.bind(str(tmp_path / "journal"))
        path = str(tmp_path / "journal") if place == "journal" else ""
        done = subprocess.run(
            [sys.executable, "-c", CRASH, path], capture_output=True, text=True, check=False
        )
        entries = [journal.recv(1 << 16).decode("utf-8", "replace") for _ in range(2 if path else 0)]

    told = "\n".join([*entries, done.stderr])
    assert told.count("RuntimeError: it does not work with 1 headers") == 3
    assert _found(told) == []
