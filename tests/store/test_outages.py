"""A PostgreSQL that is away for a while, and comes back: who waits for it, and who does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from typing import Any, TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from engramd.errors import Cancelled
from engramd.models import DiscJob
from engramd.store import Store, open_engine, outages
from engramd.store.outages import cut_off, patient
from tests.support.databases import PostgresCluster

_numbers = count(1)
T = TypeVar("T")


@pytest.fixture
def attic(postgres: PostgresCluster) -> Iterator[Store]:
    """Give the store of a station, with a job."""
    url = postgres.create(f"outages_{next(_numbers)}", "schema_of_engramd")
    store = Store(open_engine(url), "attic")
    store.add(DiscJob(drive_id="/dev/sr0", station="attic"))
    yield store
    store.close()


@pytest.fixture
def away(postgres: PostgresCluster, attic: Store) -> Iterator[PostgresCluster]:
    """Give the server while it does not run; a connection of before is still in the pool."""
    assert attic.unfinished_jobs()
    postgres.halt()
    yield postgres
    if not postgres.runs():
        postgres.start()


@pytest.fixture
def threads(attic: Store) -> Iterator[ThreadPoolExecutor]:
    """Give threads, of which none waits when the test is over, however it ended."""
    with ThreadPoolExecutor() as executor:
        yield executor
        attic.stop_waiting()


def _patiently(task: Callable[[], T]) -> T:
    with patient():
        return task()


def _wait_in_vain(caplog: pytest.LogCaptureFixture, *futures: Future[Any]) -> None:
    """See that it is found out that the server is away, and that everybody waits still."""
    end = time.monotonic() + 20
    while "the database is away" not in caplog.text:
        assert time.monotonic() < end, "nobody finds out that the server is away"
        time.sleep(0.01)
    done = [future for future in futures if future.done()]
    assert not done, f"not waited for: {[future.exception() for future in done]}"


def test_what_is_read_and_written_meanwhile_is_when_the_server_is_back(
    attic: Store, away: PostgresCluster, threads: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "engramd.store.outages")
    job = DiscJob(drive_id="/dev/sr1", station="attic")
    written = threads.submit(_patiently, lambda: attic.add(job))
    read = threads.submit(_patiently, lambda: attic.need_job(1))
    _wait_in_vain(caplog, written, read)

    away.start()

    assert read.result(20).drive_id == "/dev/sr0"
    assert written.result(20).id == 2
    said = [record.message.partition(" (")[0] for record in caplog.records]
    assert said == ["the database is away", "the database is back"], "an outage is told of once"


def test_the_main_thread_which_has_the_bus_waits_for_nothing(
    attic: Store, away: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threading.Event, "wait", lambda *_: pytest.fail("the bus would hang"))
    with patient(), pytest.raises(OperationalError):
        attic.need_job(1)
    with patient(), pytest.raises(OperationalError):
        attic.add(DiscJob(drive_id="/dev/sr1"))


def test_a_thread_on_which_somebody_waits_gives_up_also_while_others_wait_to_write(
    attic: Store,
    away: PostgresCluster,
    threads: ThreadPoolExecutor,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outages, "BRIEF", 0.2)
    writer = threads.submit(_patiently, lambda: attic.add(DiscJob(drive_id="/dev/sr1", station="attic")))
    _wait_in_vain(caplog, writer)
    for task in (lambda: attic.need_job(1), lambda: attic.add(DiscJob(drive_id="/dev/sr2"))):
        with pytest.raises(OperationalError):
            threads.submit(task).result(20)
    away.start()
    assert writer.result(20).id == 2


def test_the_end_of_the_daemon_ends_all_waiting(
    attic: Store, away: PostgresCluster, threads: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    waits = threads.submit(_patiently, lambda: attic.need_job(1))
    _wait_in_vain(caplog, waits)
    attic.stop_waiting()
    with pytest.raises(Cancelled):
        waits.result(20)


def test_who_is_cut_off_while_it_waits_for_its_turn_to_write_waits_again(
    attic: Store, threads: ThreadPoolExecutor
) -> None:
    other = open_engine(attic._engine.url.render_as_string(hide_password=False))
    lock = text("SELECT pg_advisory_lock(hashtextextended('engramd writes', 0))")
    end = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    with other.connect() as connection:
        connection.execute(lock)
        written = threads.submit(_patiently, lambda: attic.add(DiscJob(drive_id="/dev/sr1", station="attic")))
        for _ in range(2):
            while not connection.execute(end).first():
                assert not written.done()
        connection.invalidate()
    other.dispose()
    assert written.result(20).id == 2


def test_what_is_cut_off_in_the_middle_counts_not_at_all_and_is_told_apart(attic: Store) -> None:
    def write() -> None:
        with attic.write() as session:
            session.add(DiscJob(drive_id="/dev/sr1", station="attic"))
            session.flush()
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(OperationalError) as caught:
        write()
    assert cut_off(caught.value)
    assert not cut_off(ValueError("a mistake"))
    assert len(attic.unfinished_jobs()) == 1
    assert attic.add(DiscJob(drive_id="/dev/sr2", station="attic")).id, "nobody can write any more"


def test_a_mistake_is_no_outage(attic: Store, threads: ThreadPoolExecutor) -> None:
    def mistake() -> None:
        with attic.read() as session:
            session.execute(text("SELECT nothing FROM nowhere"))

    with pytest.raises(Exception, match="nowhere") as caught:
        threads.submit(_patiently, mistake).result(20)
    assert not cut_off(caught.value)


def test_what_is_only_read_is_read_again_where_it_was_cut_off(
    attic: Store, threads: ThreadPoolExecutor
) -> None:
    reads: list[int] = []

    def read(session: Session) -> str:
        reads.append(1)
        if len(reads) == 1:
            session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return str(session.execute(text("SELECT station FROM disc_jobs")).scalar())

    assert threads.submit(_patiently, lambda: attic.reading(read)).result(20) == "attic"
    assert len(reads) == 2


def test_a_database_in_a_file_is_read_and_written_as_if_there_were_no_servers(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_store, "_outages", None)
    monkeypatch.setattr(sqlite_store, "_connected", None)
    number = sqlite_store.add(DiscJob(drive_id="/dev/sr0")).id or 0
    assert sqlite_store.need_job(number).drive_id == "/dev/sr0"
    assert [job.id for job in sqlite_store.unfinished_jobs()] == [number]
    monkeypatch.undo()
