"""Real databases with the real schema: SQLite in a file, and PostgreSQL in a cluster of its own.

The migrations run once for each; every test gets a copy.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import create_engine

from engramd.events import Event, EventHub
from engramd.lifecycle import Lifecycle
from engramd.models import DiscJob, DiscTitle
from engramd.store import Store, default_url, open_engine
from engramd.store.migrate import upgrade

_numbers = count(1)


class PostgresCluster:
    """A PostgreSQL of the tests' own, on a socket in a short folder, run by an unprivileged user."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="engramd-pg-", dir="/tmp"))
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
        self._bin = programs[-1].parent
        prefix = ["setpriv", "--pdeathsig", "INT"]
        if os.geteuid() == 0:
            user = pwd.getpwnam("nobody")
            os.chown(self._folder, user.pw_uid, user.pw_gid)
            prefix += [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        self._prefix = [*prefix, "--"]
        data = str(self._folder / "data")
        self._run("initdb", "-D", data, "-A", "trust", "-U", "engramd", "-E", "UTF8", "--no-sync")
        self._log = (self._folder / "log").open("wb")
        self.start()
        self.create("schema_of_engramd")
        upgrade(self.url("schema_of_engramd"))

    def start(self) -> None:
        """Have the server run (again)."""
        data, folder = str(self._folder / "data"), str(self._folder)
        server = ["postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"]
        self._server = subprocess.Popen(
            [*self._prefix, str(self._bin / server[0]), *server[1:]],
            stdout=self._log,
            stderr=self._log,
            cwd=self._folder,
        )
        self._wait()

    def halt(self) -> None:
        """End the server, as an upgrade of its package does; all connections end."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(20)

    def runs(self) -> bool:
        """Whether the server runs."""
        return self._server.poll() is None

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [*self._prefix, str(self._bin / program), *words],
            capture_output=True,
            text=True,
            cwd=self._folder,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def _wait(self) -> None:
        end = time.monotonic() + 20
        ready = [str(self._bin / "pg_isready"), "-q", "-h", str(self._folder)]
        while subprocess.run(ready, check=False).returncode != 0:
            said = (self._folder / "log").read_text(errors="replace")
            assert self._server.poll() is None, f"PostgreSQL did not start:\n{said}"
            assert time.monotonic() < end, f"PostgreSQL is not ready:\n{said}"
            time.sleep(0.05)

    def url(self, database: str) -> str:
        """URL of a database in this cluster."""
        return f"postgresql+psycopg://engramd@/{database}?host={self._folder}"

    def create(self, database: str, template: str = "template0") -> str:
        """Make a database; give its URL."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {database} TEMPLATE {template}"))
        engine.dispose()
        return self.url(database)

    def stop(self) -> None:
        """End the server, and remove everything."""
        self.halt()
        self._log.close()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresCluster]:
    """Give a running PostgreSQL."""
    if not list(Path("/usr/lib/postgresql").glob("*/bin/initdb")):
        pytest.skip("PostgreSQL is not installed")
    pytest.importorskip("psycopg")
    cluster = PostgresCluster()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an empty SQLite database with the newest schema, to be copied."""
    folder = tmp_path_factory.mktemp("schema")
    upgrade(default_url(folder))
    return folder / "engramd.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty database with the newest schema."""
    if request.param == "sqlite":
        schema: Path = request.getfixturevalue("sqlite_schema")
        shutil.copy(schema, tmp_path / "engramd.db")
        return default_url(tmp_path)
    cluster: PostgresCluster = request.getfixturevalue("postgres")
    return cluster.create(f"test_{next(_numbers)}", "schema_of_engramd")


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """Give a store on an empty database."""
    opened = Store(open_engine(database_url))
    yield opened
    opened.close()


@pytest.fixture
def sqlite_store(sqlite_schema: Path, tmp_path: Path) -> Iterator[Store]:
    """Give a store on an empty SQLite database, for tests that are not about databases."""
    shutil.copy(sqlite_schema, tmp_path / "engramd.db")
    opened = Store(open_engine(default_url(tmp_path)))
    yield opened
    opened.close()


class Heard:
    """Every event of a hub, in order."""

    def __init__(self, hub: EventHub) -> None:
        self.events: list[Event] = []
        hub.subscribe(Event, self.events.append)

    def names(self) -> list[str]:
        """The events' types; they are forgotten then."""
        names = [type(event).__name__ for event in self.events]
        self.events.clear()
        return names


class Bench:
    """A store, a hub, a lifecycle, and the quickest way to a job with titles."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.hub = EventHub()
        self.heard = Heard(self.hub)
        self.lifecycle = Lifecycle(store, self.hub)

    def job(self, **values: object) -> DiscJob:
        """Make a job, which is identifying."""
        job_id = self.lifecycle.create_job(DiscJob(**({"drive_id": "/dev/sr0"} | values)), reason="a test")
        assert job_id is not None
        return self.store.need_job(job_id)

    def titles(self, job: DiscJob, count: int = 1) -> list[DiscTitle]:
        """List titles of a job."""
        assert job.id is not None
        rows = [(DiscTitle(job_id=job.id, title_index=index), []) for index in range(count)]
        self.lifecycle.list_titles(job.id, rows)
        return self.store.titles(job.id)


@pytest.fixture
def bench(store: Store) -> Bench:
    """Give a bench on each kind of database."""
    return Bench(store)


@pytest.fixture
def sqlite_bench(sqlite_store: Store) -> Bench:
    """Give a bench on SQLite."""
    return Bench(sqlite_store)
