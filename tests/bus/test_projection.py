"""The projector keeps up with a store that fails for a while, and stays in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, SQLModel

from engramd.bus import names
from engramd.bus.batch import Batch
from engramd.bus.projection import Projector
from engramd.bus.reader import Operations, Reader
from engramd.bus.space import STEP, FreeSpaceWatch, measure, written_folders
from engramd.bus.views import Rip
from engramd.events import EventHub, Happened, JobChanged, JobStateChanged, RipProgress
from engramd.lifecycle import Lifecycle
from engramd.models import AppConfig, DiscJob, JobState
from engramd.pipeline.views import DriveView
from engramd.settings import ConfigFile, Settings
from engramd.store import Store, default_url, open_engine
from tests.support.busservice import wait_for
from tests.support.deadshare import hanging_share


class NotedTree:
    """Stands in for the tree on the bus: keeps the operations in order."""

    def __init__(self) -> None:
        self.done: list[tuple[Any, ...]] = []

    def put(self, path: str, values: Any, key: Any = None) -> None:
        self.done.append(("put", path))

    def change(self, path: str, interface: str, values: Any) -> None:
        self.done.append(("change", path))

    def drop(self, path: str) -> None:
        self.done.append(("drop", path))

    def emit(self, path: str, interface: str, signal: str, arguments: Any) -> None:
        self.done.append(("emit", path, signal))


class NoDrives:
    """Stands in for the pipeline: has no drives, hints and pictures, and lacks nothing."""

    pictures = SimpleNamespace(of=lambda _review: ())

    def drives(self) -> list[Any]:
        return []

    def conditions(self) -> list[Any]:
        return []

    def hints(self) -> list[Any]:
        return []


class FailingStore(Store):
    """A real store that can be told to fail."""

    fails = False

    @contextmanager
    def read(self) -> Iterator[Session]:
        if self.fails:
            raise OperationalError("SELECT", {}, Exception("database is locked"))
        with super().read() as session:
            yield session


@pytest.fixture
def world(tmp_path: Path) -> tuple[FailingStore, EventHub, Settings]:
    engine = open_engine(default_url(tmp_path))
    SQLModel.metadata.create_all(engine)
    store, hub = FailingStore(engine), EventHub()
    return store, hub, Settings(store, ConfigFile(tmp_path / "x.toml"), hub)


def at_once(functions: Iterable[Callable[[], None]]) -> None:
    for function in functions:
        function()


def test_what_failed_is_read_again_and_replies_do_not_wait(
    world: tuple[FailingStore, EventHub, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    store, hub, settings = world
    tree: Any = NotedTree()
    station: Any = NoDrives()
    projector = Projector(Reader(store, station, settings, tree), tree, at_once)
    projector.publish_all()
    projector.start()
    store.fails = True
    job_id = Lifecycle(store, hub).create_job(DiscJob(drive_id="x"), reason="test")
    assert job_id is not None
    projector.take(JobChanged(job_id))
    replied: list[str] = []
    projector.after(lambda: replied.append("reply"))
    wait_for(lambda: replied, "the reply goes out although the database is away")
    assert ("put", names.job_path(job_id)) not in tree.done
    store.fails = False
    wait_for(lambda: ("put", names.job_path(job_id)) in tree.done, "the job appears by itself")
    assert "database is locked" in caplog.text
    projector.stop()


def test_a_rip_under_way_does_not_make_a_failing_store_be_asked_without_a_pause(
    world: tuple[FailingStore, EventHub, Settings], caplog: pytest.LogCaptureFixture
) -> None:
    store, _, settings = world
    tree: Any = NotedTree()
    station: Any = NoDrives()
    projector = Projector(Reader(store, station, settings, tree), tree, at_once)
    store.fails = True
    projector.start()
    projector.take(JobChanged(1))
    projector.take(RipProgress(1, 0, 0.5, 0.5, 1.0, None))
    wait_for(lambda: "database is locked" in caplog.text, "the first attempt")
    time.sleep(0.3)
    projector.stop()
    failures = [record for record in caplog.records if "tried again" in record.message]
    assert 1 <= len(failures) <= 3, f"{len(failures)} attempts in 0.3 s"


def test_a_batch_is_published_before_its_signals_and_replies(
    world: tuple[FailingStore, EventHub, Settings],
) -> None:
    store, hub, settings = world
    tree: Any = NotedTree()
    station: Any = NoDrives()
    projector = Projector(Reader(store, station, settings, tree), tree, at_once)
    lifecycle = Lifecycle(store, hub)
    hub.subscribe(JobStateChanged, projector.take)
    job_id = lifecycle.create_job(DiscJob(drive_id="x"), reason="test")
    assert job_id is not None
    lifecycle.move_job(job_id, JobState.RIPPING, "now")
    projector.after(lambda: tree.done.append(("reply",)), job_id)
    projector.start()
    wait_for(lambda: ("reply",) in tree.done, "the reply")
    projector.stop()
    path = names.job_path(job_id)
    wanted = [("put", path), ("emit", path, "StateChanged"), ("emit", path, "StateChanged"), ("reply",)]
    assert [item for item in tree.done if item in wanted] == wanted


def test_what_happens_to_a_drive_is_told_of_its_object() -> None:
    batch = Batch()
    batch.take(Happened("drive", "disc inserted", drive_id="MOCK_DVD 1"))

    [signal] = batch.signals
    _, kind, path, sentence, _ = signal.arguments
    assert (kind, path, sentence) == ("drive", f"{names.ROOT}/drives/MOCK_5fDVD_201", "disc inserted")


def test_a_batch_keeps_the_latest_progress_only() -> None:
    batch = Batch()
    for step in range(10):
        batch.take(RipProgress(1, 0, step / 10, step / 10, 1.0, None))
    assert [rip.fraction for rip in batch.progress.values()] == [0.9]
    assert not batch.touches_jobs, "progress reads nothing"


def test_a_drive_tells_anew_when_it_is_free_only_where_that_moved(
    world: tuple[FailingStore, EventHub, Settings],
) -> None:
    store, hub, settings = world
    lifecycle = Lifecycle(store, hub)
    job_id = lifecycle.create_job(DiscJob(drive_id="/dev/sr0"), reason="test")
    assert job_id is not None
    lifecycle.move_job(job_id, JobState.RIPPING, "now")
    tree: Any = NotedTree()
    station: Any = NoDrives()
    at_work = {"state": "busy", "media": "dvd", "volume_label": "A", "job_id": job_id}
    named = {"id": "left", "name": "left", "device": "/dev/sr0", "port": "ata-1"}
    station.drives = lambda: [DriveView(vendor="", model="", serial="L1", **named, **at_work)]
    reader = Reader(store, station, settings, tree)
    work = Operations()
    reader.refresh(Batch(resync=True), work)

    def told(seconds: int) -> list[tuple[Any, ...]]:
        tree.done.clear()
        end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
        at_once(reader.progress(job_id, Rip(0, 0.5, 0.5, 1.0, end)))
        return [done for done in tree.done if done == ("change", names.drive_path("left"))]

    assert [len(told(seconds)) for seconds in (600, 602, 900, 895)] == [1, 0, 1, 0]


def test_free_space_is_told_in_steps_and_only_when_it_differs(tmp_path: Path) -> None:
    free = measure([str(tmp_path), str(tmp_path / "missing")])
    assert list(free) == [str(tmp_path)]
    assert free[str(tmp_path)] % STEP == 0
    told: list[dict[str, int]] = []
    folders = [""]
    watch = FreeSpaceWatch(lambda: folders, told.append, interval=0.01)
    watch.start()
    wait_for(lambda: told, "the first look")
    watch.look()
    folders[0] = str(tmp_path)
    wait_for(lambda: len(told) >= 2, "the new folder")
    watch.stop()
    assert told[0] == {}
    assert all(one != other for one, other in pairwise(told))


def test_a_folder_that_hangs_costs_its_own_figure_only(tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    told: list[dict[str, int]] = []
    with hanging_share(tmp_path / "share") as share:
        folders = [str(share), str(tmp_path)]
        watch = FreeSpaceWatch(lambda: folders, told.append, interval=0.01, patience=0.2)
        watch.start()
        wait_for(lambda: told, "a look")
        watch.stop()
        assert list(told[0]) == [str(tmp_path)]


def test_the_staging_folder_counts_wherever_it_is() -> None:
    config = AppConfig(library_tv_path="/srv/tv", library_movies_path="/srv/tv")
    assert written_folders(config, Path("/var/lib/x")) == ["/var/lib/x", "/srv/tv"]
    config.staging_path = "/srv/staging/"
    assert written_folders(config, Path("/var/lib/x")) == ["/srv/staging", "/srv/tv"]
