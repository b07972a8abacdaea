"""Which jobs are objects, how large they are, and what is read again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from engramd.bus import names, reader
from engramd.bus.batch import After, Batch
from engramd.bus.introspection import interfaces
from engramd.bus.properties import Properties, pack_values
from engramd.bus.reader import Operations, Reader
from engramd.events import EventHub, JobAdded, JobChanged, JobCleared, JobStateChanged, TitleChanged
from engramd.lifecycle import Lifecycle
from engramd.models import DiscJob, JobState
from engramd.models.base import utcnow
from engramd.settings import ConfigFile, Settings
from engramd.store import Store
from tests.bus.test_projection import NoDrives
from tests.support.crowd import crowd


class KeptTree:
    """Stands in for the tree on the bus: has what was put there."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.manager: dict[str, Any] = {}
        self.put_again: list[str] = []

    def put(self, path: str, values: Any, key: Any = None) -> None:
        self.put_again.append(path)
        self.objects[path] = values

    def change(self, path: str, interface: str, values: Any) -> None:
        if interface == names.MANAGER:
            self.manager |= values.unpack()

    def drop(self, path: str) -> None:
        del self.objects[path]


class World:
    """A reader on a real store."""

    def __init__(self, store: Store, folder: Path) -> None:
        self.store, self.tree = store, KeptTree()
        self.hub = EventHub()
        settings = Settings(store, ConfigFile(folder / "x.toml"), self.hub)
        self.reader = Reader(store, NoDrives(), settings, self.tree)  # type: ignore[arg-type]

    def happens(self, *events: object, resync: bool = False) -> None:
        """Take events as the projector does."""
        batch, work = Batch(resync=resync), Operations()
        for event in events:
            batch.take(event)
        self.tree.put_again.clear()
        self.reader.refresh(batch, work)
        for operation in [*work.puts, *work.drops]:
            operation()

    def jobs(self) -> set[int]:
        """The jobs that are objects."""
        return {
            int(path.rpartition("/")[2]) for path, those in self.tree.objects.items() if names.JOB in those
        }

    def end(self, job_id: int, **values: Any) -> JobStateChanged:
        """End a job."""
        job = self.store.need_job(job_id)
        job.state, job.completed_at, job.updated_at = JobState.COMPLETED, utcnow(), utcnow()
        for name, value in values.items():
            setattr(job, name, value)
        self.store.save(job)
        return JobStateChanged(job_id, "matching", "completed", "done")


@pytest.fixture
def world(sqlite_store: Store, tmp_path: Path) -> World:
    return World(sqlite_store, tmp_path)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ten jobs be objects at most."""
    monkeypatch.setattr(reader, "MOST_JOBS", 10)


@pytest.mark.usefixtures("few")
def test_the_last_that_changed_are_objects_and_the_others_come_as_these_end(world: World) -> None:
    ids = crowd(world.store, 15, state="matching", titles=1)
    world.happens(resync=True)
    assert world.jobs() == set(ids[5:])
    assert world.tree.manager["JobsLeftOut"] == 5
    assert world.tree.manager["ActiveJobs"] == 15, "all are counted"
    world.happens(world.end(ids[14]))
    assert world.jobs() == set(ids[4:14]), "what has ended makes room for what is under way"
    assert f"{names.job_path(ids[14])}/titles/0" not in world.tree.objects, "it goes with its titles"
    assert world.tree.manager["JobsLeftOut"] == 5
    new = Lifecycle(world.store, world.hub).create_job(DiscJob(drive_id="/dev/sr0"), reason="inserted")
    assert new is not None
    world.happens(JobAdded(new))
    assert world.jobs() == {new, *ids[5:14]}, "a disc that is inserted is there"


@pytest.mark.usefixtures("few")
def test_a_job_that_is_left_out_is_an_object_when_it_is_asked_for(world: World) -> None:
    ids = crowd(world.store, 15, state="review_needed", titles=1)
    world.happens(resync=True)
    assert ids[0] not in world.jobs()
    world.happens(After(lambda: None, ids[0]))
    assert ids[0] in world.jobs()
    assert names.review_path(1) in world.tree.objects, "with its question"
    world.happens(JobChanged(ids[9]))
    assert ids[0] in world.jobs(), "it stays for a while"


def test_jobs_are_left_out_that_would_make_the_message_too_large(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = crowd(world.store, 12, state="matching", titles=3, tracks=4)
    world.happens(resync=True)
    size = sum(packed.get_size() for those in world.tree.objects.values() for packed in those.values())
    monkeypatch.setattr(reader, "MOST_BYTES", int(size / 12 * 5.5))
    world.happens(resync=True)
    assert 3 <= len(world.jobs()) <= 5
    assert world.jobs() <= set(ids[-5:])
    assert world.tree.manager["JobsLeftOut"] == 12 - len(world.jobs())


def test_jobs_end_their_day_and_leave_when_they_are_cleared(world: World) -> None:
    first, second, third = crowd(world.store, 3, state="matching", titles=0)
    world.happens(resync=True)
    world.happens(world.end(first), world.end(second, completed_at=utcnow() - timedelta(hours=25)))
    assert world.jobs() == {first, third}
    world.end(first, cleared_at=utcnow())
    world.happens(JobCleared(first))
    assert world.jobs() == {third}


def test_only_what_changed_is_read_again(world: World) -> None:
    ids = crowd(world.store, 5, state="matching", titles=3)
    world.happens(resync=True)
    assert len(world.tree.put_again) == 20
    world.happens(TitleChanged(ids[2], 1))
    assert world.tree.put_again == [names.title_path(ids[2], 1), names.job_path(ids[2])]


def test_values_differ_once(caplog: pytest.LogCaptureFixture) -> None:
    def packed(**values: Any) -> Any:
        return pack_values(names.DRIVE, values)

    kept = Properties(interfaces()[names.DRIVE], packed(Name="Upper", State="empty"))
    assert kept.get("Name").unpack() == "Upper"
    assert kept.get("FreeAt").unpack() == 0, "what was not said is none"
    changed = kept.update(packed(State="ready", Name="Upper"))
    assert {name: value.unpack() for name, value in changed.items()} == {"State": "ready"}
    assert kept.update(packed(State="ready")) == {}
    assert kept.get("State").unpack() == "ready"
    assert kept.packed().unpack()["State"] == "ready"
    with pytest.raises(KeyError):
        kept.get("Nonsense")
    packed(Nonsense=1)
    assert "Drive.Nonsense is not in the interface" in caplog.text


def test_a_whole_set_takes_the_place_of_the_one_before() -> None:
    signatures = interfaces()[names.DRIVE].properties

    def whole(names_of: Iterable[str], name: str) -> Any:
        return pack_values(names.DRIVE, dict.fromkeys(names_of, None) | {"Name": name})

    kept = Properties(interfaces()[names.DRIVE], None)
    assert kept.update(whole(signatures, "Lower")).keys() == {"Name"}
    assert kept.update(whole(signatures, "Lower")) == {}
    assert kept.update(whole(signatures, "Upper"))["Name"].unpack() == "Upper"
