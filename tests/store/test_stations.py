"""Two stores on one PostgreSQL: what is of one station, and what is of all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import text

from engramd.events import EventHub
from engramd.lifecycle import Lifecycle
from engramd.models import (
    Change,
    DiscHint,
    DiscJob,
    DriveRecord,
    JobState,
    MediaScan,
    Notice,
    ReviewKind,
    ReviewTask,
    WaitingFor,
)
from engramd.models.base import utcnow
from engramd.notify.rows import NoticeRows
from engramd.store import Store, open_engine
from engramd.store.changes import ChangeRows
from engramd.store.claims import claim
from engramd.store.history import WantedJobs
from engramd.store.imports import ended_of_place, titles_of_files
from engramd.store.library import LibraryRows
from engramd.store.overview import Overview
from tests.support.databases import PostgresCluster

_numbers = count(1)


@pytest.fixture
def url(postgres: PostgresCluster) -> str:
    """Give the URL of an empty database for several stations."""
    return postgres.create(f"stores_{next(_numbers)}", "schema_of_engramd")


@pytest.fixture
def stores(url: str) -> Iterator[tuple[Store, Store]]:
    """Give the stores of the attic and the cellar."""
    both = tuple(Store(open_engine(url), name) for name in ("attic", "cellar"))
    yield both[0], both[1]
    for store in both:
        store.close()


def _job(store: Store, **values: object) -> int:
    job = DiscJob(**({"drive_id": "/dev/sr0"} | values))
    return Lifecycle(store, EventHub()).create_job(job, reason="a test") or 0


def test_a_station_works_on_its_own_jobs_and_shows_all(stores: tuple[Store, Store]) -> None:
    attic, cellar = stores
    mine, other = _job(attic), _job(cellar, is_import=True, volume_label="DISC")
    asked = attic.add(ReviewTask(job_id=mine, kind=ReviewKind.IDENTITY, question="What is it?"))

    assert [job.station for job in map(cellar.need_job, (mine, other))] == ["attic", "cellar"]
    assert [job.id for job in attic.unfinished_jobs()] == [mine]
    assert [job.id for job in cellar.unfinished_jobs()] == [other]
    assert [job.id for job in cellar.visible_jobs()] == [other]
    assert attic.is_own(attic.need_job(mine))
    assert not attic.is_own(attic.need_job(other))
    assert [task.id for task in attic.open_reviews()] == [asked.id]
    assert cellar.open_reviews() == []
    assert [task.id for task in cellar.open_reviews(mine)] == [asked.id]

    assert {(mark.id, mark.station) for mark in Overview(cellar).jobs()} == {
        (mine, "attic"),
        (other, "cellar"),
    }
    assert [question.job_id for question in Overview(cellar).questions()] == [mine]
    assert [job.id for job in attic.past_jobs(WantedJobs())] == [other, mine]
    assert [job.id for job in attic.past_jobs(WantedJobs(station="cellar"))] == [other]


def test_what_is_of_a_machine_is_of_its_station(stores: tuple[Store, Store]) -> None:
    attic, cellar = stores
    attic.save(DriveRecord(station=attic.scope, identity="pci-1", name="Upper"))
    assert (attic.drive("pci-1").name, cellar.drive("pci-1").name) == ("Upper", "")

    until = utcnow() + timedelta(hours=1)
    attic.add_hint(DiscHint(title="Firefly", expires_at=until))
    cellar.add_hint(DiscHint(title="Dark", expires_at=until))
    assert [hint.title for hint in attic.hints()] == ["Firefly"]
    taken = DiscJob(drive_id="/dev/sr0")
    Lifecycle(cellar, EventHub()).create_job(taken, reason="a test", takes_hint=True)
    assert cellar.hints() == []
    assert [hint.title for hint in attic.hints()] == ["Firefly"]
    assert attic.end_hints(None, "enough") == 1

    rows = LibraryRows(attic), LibraryRows(cellar)
    for library, file_system in zip(rows, ("ext4 4711", "nfs4 attic:/srv"), strict=True):
        library.keep_root("/srv/media/tv", "one id", file_system, is_mount=True)
    assert [root.file_system for root in rows[0].roots()] == ["ext4 4711"]
    assert (rows[1].root("/srv/media/tv") or rows[0].roots()[0]).file_system == "nfs4 attic:/srv"


def test_each_station_ends_its_own_changes_and_sends_its_own_news(stores: tuple[Store, Store]) -> None:
    attic, cellar = stores
    ChangeRows(attic).add(Change(actor="root", sentence="half done"), [])
    assert len(ChangeRows(attic).unfinished()) == 1
    assert ChangeRows(cellar).unfinished() == []
    assert len(ChangeRows(cellar).newest(10)) == 1

    NoticeRows(attic).add(Notice(kind="filed", subject="Firefly is filed"))
    assert [notice.subject for notice in NoticeRows(attic).pending()] == ["Firefly is filed"]
    assert NoticeRows(cellar).pending() == []


def test_files_at_a_path_of_another_machine_are_others(stores: tuple[Store, Store]) -> None:
    attic, cellar = stores
    job = _job(attic, drive_id="/srv/in/a", is_import=True, volume_label="A")
    Lifecycle(attic, EventHub()).move_job(job, JobState.COMPLETED, "done")
    assert ended_of_place(attic, "/srv/in/a", "A") is not None
    assert ended_of_place(cellar, "/srv/in/a", "A") is None
    assert titles_of_files(cellar, ["/srv/in/a/1.mkv"]) == []


def test_a_line_is_a_station_s_own(stores: tuple[Store, Store]) -> None:
    attic, cellar = stores
    lifecycle = Lifecycle(attic, EventHub())
    lifecycle.wait(_job(attic), WaitingFor.SLOT, "its turn")
    assert (Overview(attic).in_line(), Overview(cellar).in_line()) == (1, 0)


def test_stations_write_one_after_another(stores: tuple[Store, Store]) -> None:
    """What is read while it is written is not changed by another station meanwhile."""
    attic, cellar = stores
    job = _job(attic)
    inside, order = threading.Event(), list[str]()

    def write() -> None:
        inside.wait(10)
        with cellar.write() as session:
            row = session.get(DiscJob, job)
            assert row is not None
            order.append(f"cellar found {row.volume_label}")

    thread = threading.Thread(target=write)
    thread.start()
    with attic.write() as session:
        row = session.get(DiscJob, job)
        assert row is not None
        inside.set()
        thread.join(0.3)
        assert order == [], "the cellar wrote in the middle"
        row.volume_label = "WRITTEN"
        session.add(row)
    thread.join(10)
    assert order == ["cellar found WRITTEN"]


def test_rows_from_before_there_were_stations_belong_to_the_first_that_starts(url: str) -> None:
    before = Store(open_engine(url))
    job = _job(before)
    before.add(MediaScan(server="plex", folder="/srv/media/tv"))
    before.save(DriveRecord(identity="SN-1", name="Upper"))
    before.close()
    attic, cellar = Store(open_engine(url), "attic"), Store(open_engine(url), "cellar")
    claim(attic)
    claim(cellar)
    assert [found.id for found in attic.unfinished_jobs()] == [job]
    assert (attic.drive("SN-1").name, cellar.drive("SN-1").name) == ("Upper", "")
    with attic.read() as session:
        assert session.execute(text("SELECT station FROM media_scans")).scalars().all() == ["attic"]
    attic.close()
    cellar.close()


def test_in_a_database_of_its_own_a_daemon_has_all_jobs_whatever_its_machine_is_called(
    sqlite_store: Store,
) -> None:
    job = _job(sqlite_store)
    renamed = Store(sqlite_store._engine, "den")
    assert [found.id for found in renamed.unfinished_jobs()] == [job]
    claim(renamed)
    assert renamed.need_job(job).station == "den"
    assert renamed.scope == ""
