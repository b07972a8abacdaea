"""Jobs at work, and jobs that wait, while a real PostgreSQL is started anew."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy import text

from engramd.models import DiscJob, DiscTitle, JobState, TitleState, WaitingFor
from engramd.pipeline import waiting
from engramd.pipeline.finishing import Finisher
from engramd.pipeline.parts import Parts
from engramd.pipeline.reviews import Reviews
from engramd.pipeline.runs import DiscRun, Place
from engramd.pipeline.staging import JobFolder
from engramd.pipeline.threads import guarded
from engramd.pipeline.waiting import WaitingJobs
from engramd.store import Store, open_engine, outages
from engramd.tools import CancelToken
from tests.pipeline.test_stopped_rips import DISC, StoppingDisc
from tests.support.databases import Bench, PostgresCluster

_numbers = count(1)


@pytest.fixture
def bench(postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Give the bench of a station, on which nobody waits who need not."""
    monkeypatch.setattr(outages, "BRIEF", 0.0)
    url = postgres.create(f"away_{next(_numbers)}", "schema_of_engramd")
    store = Store(open_engine(url), "attic")
    yield Bench(store)
    store.close()
    if not postgres.runs():
        postgres.start()


@pytest.fixture
def threads(bench: Bench) -> Iterator[ThreadPoolExecutor]:
    """Give threads, of which none waits when the test is over, however it ended."""
    with ThreadPoolExecutor() as executor:
        yield executor
        bench.store.stop_waiting()


def _end_connection(store: Store) -> None:
    """Write, while the server goes away in the middle of it."""
    with store.write() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


class Rip:
    """A job that rips its three titles, as it is run on the thread of its drive."""

    def __init__(self, bench: Bench, root: Path) -> None:
        self.disc = StoppingDisc(bench, root, count=3)
        self.disc.read_disc = lambda _path, _cancel: DISC  # type: ignore[attr-defined]
        self.job_id, self.handed_on = self.disc.job_id, list[int]()
        bench.lifecycle.move_job(self.job_id, JobState.RIPPING, "a test")
        bench.lifecycle.update_job(self.job_id, staging_folder=str(self.disc.folder.path))
        self.disc.folder.save_disc(DISC)
        finisher = cast(Finisher, SimpleNamespace(submit=self.handed_on.append))
        parts = cast(Parts, self.disc)
        reviews = Reviews(bench.store, bench.hub)
        self._run = DiscRun(parts, cast(Any, None), self.disc.ripper, finisher, reviews)

    def run(self) -> None:
        """Rip to the end."""
        place = Place(self.disc.source)
        guarded(lambda: self._run.run(self.job_id, place, CancelToken()))

    def is_whole(self) -> None:
        """See that no title failed, and that the job went on once."""
        titles = self.disc.store.titles(self.job_id)
        assert [title.state for title in titles] == [TitleState.MATCHED] * 3, titles
        assert self.handed_on == [self.job_id]
        assert self.disc.store.need_job(self.job_id).error_message is None


def test_a_rip_goes_on_when_the_server_is_back(
    bench: Bench,
    threads: ThreadPoolExecutor,
    postgres: PostgresCluster,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    rip, read, halted = Rip(bench, tmp_path), threading.Event(), threading.Event()

    def reading() -> None:
        read.set()
        assert halted.wait(20)

    rip.disc.reading = reading
    done = threads.submit(rip.run)
    assert read.wait(20)
    postgres.halt()
    halted.set()
    _until(lambda: "the database is away" in caplog.text, "what is read found the server")
    assert not done.done(), "it did not wait"
    postgres.start()
    done.result(60)
    rip.is_whole()


def test_a_rip_that_is_cut_off_in_the_middle_of_a_write_reads_that_title_again(
    bench: Bench, tmp_path: Path
) -> None:
    rip, reads = Rip(bench, tmp_path), list[int]()

    def reading() -> None:
        reads.append(1)
        if len(reads) == 2:
            _end_connection(bench.store)

    rip.disc.reading = reading
    rip.run()
    rip.is_whole()
    assert len(reads) == 4


@dataclass
class Filing:
    """A job with a title that is matched; `filing` is what happens as it is filed."""

    bench: Bench
    root: Path
    filing: Callable[[], None]
    tries: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        store, lifecycle = self.bench.store, self.bench.lifecycle
        self.job = self.bench.job(staging_folder=str(JobFolder.create(self.root, 1).path))
        [self.title] = self.bench.titles(self.job)
        lifecycle.move_job(self.job.id or 0, JobState.RIPPING, "a test")
        for state in (TitleState.RIPPING, TitleState.MATCHING, TitleState.MATCHED):
            lifecycle.move_title(self.title, state, "a test")
        parts = cast(Parts, SimpleNamespace(store=store, lifecycle=lifecycle, hub=self.bench.hub))
        labeller = cast(Any, SimpleNamespace(run=lambda _job, titles: titles))
        filer = cast(Any, SimpleNamespace(run=self._file))
        self.finisher = Finisher(parts, cast(Any, None), labeller, filer, libraries=cast(Any, None))
        self.finisher.clean = lambda _job_id: None  # type: ignore[method-assign]

    def _file(self, _job: DiscJob, titles: list[DiscTitle]) -> None:
        self.tries.append(1)
        if len(self.tries) == 1:
            self.filing()
        for title in titles:
            self.bench.lifecycle.move_title(title, TitleState.COMPLETED, "a test")

    def is_filed(self) -> bool:
        return self.bench.store.need_job(self.job.id or 0).state is JobState.COMPLETED


def test_a_job_that_is_cut_off_while_it_is_filed_is_filed(bench: Bench, tmp_path: Path) -> None:
    filing = Filing(bench, tmp_path, lambda: _end_connection(bench.store))
    filing.finisher.submit(filing.job.id or 0)
    _until(filing.is_filed, "it stays where it is")
    assert len(filing.tries) == 2
    assert bench.store.need_job(filing.job.id or 0).error_message is None


def test_the_jobs_of_another_station_are_not_filed_here(bench: Bench, tmp_path: Path) -> None:
    """As when a folder is renamed here in which that station filed."""
    filing = Filing(bench, tmp_path, lambda: None)
    bench.store.station = "cellar"
    filing.finisher.advance(filing.job.id or 0)
    assert filing.tries == []
    bench.store.station = "attic"
    filing.finisher.advance(filing.job.id or 0)
    assert filing.is_filed()


@dataclass
class Waits:
    """A job that waits for its library, and the thread that looks at it."""

    bench: Bench

    def __post_init__(self) -> None:
        self.job_id = self.bench.job().id or 0
        for state in (JobState.RIPPING, JobState.MATCHING, JobState.ORGANIZING):
            self.bench.lifecycle.move_job(self.job_id, state, "a test")
        self.bench.lifecycle.wait(self.job_id, WaitingFor.LIBRARY, "it is away")
        self.looks, self.stop = threading.Semaphore(0), CancelToken()
        finisher = cast(Finisher, SimpleNamespace(advance=self._look))
        none, parts = cast(Any, None), cast(Parts, SimpleNamespace(store=self.bench.store))
        self.thread = WaitingJobs(parts, finisher, none, none, lambda: None, self.stop)

    def _look(self, job_id: int) -> None:
        assert job_id == self.job_id
        self.bench.store.need_job(job_id)
        self.looks.release()

    def is_looked_at(self) -> None:
        assert self.looks.acquire(timeout=20), "nobody looks at it"


def test_who_looks_at_what_waits_outlasts_the_server(
    bench: Bench,
    postgres: PostgresCluster,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.05)
    waits = Waits(bench)
    waits.thread.start()
    waits.is_looked_at()
    postgres.halt()
    waits.thread.look_now()
    _until(lambda: "the database is away" in caplog.text, "it found the server")
    postgres.start()
    while waits.looks.acquire(blocking=False):
        pass
    waits.thread.look_now()
    waits.is_looked_at()
    waits.stop.cancel()


def test_a_look_at_what_waits_that_fails_is_not_the_last(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LOOK_AGAIN", 0.05)
    waits, fails = Waits(bench), [True, True]
    jobs = bench.store.unfinished_jobs

    def unfinished_jobs() -> list[DiscJob]:
        if fails:
            fails.pop()
            _end_connection(bench.store)
        return jobs()

    monkeypatch.setattr(bench.store, "unfinished_jobs", unfinished_jobs)
    waits.thread.start()
    waits.is_looked_at()
    waits.stop.cancel()
