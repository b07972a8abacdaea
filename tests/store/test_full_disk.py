"""SQLite's disk is full, and has room again: what is to be written waits, and is not lost."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import SQLModel

from engramd.errors import Cancelled
from engramd.models import DiscJob
from engramd.store import Store, default_url, open_engine
from engramd.store.outages import cut_off, patient

pytestmark = pytest.mark.root


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give a small disk of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", tmp_path], check=True)
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


@pytest.fixture
def store(disk: Path) -> Iterator[Store]:
    """Give a store whose disk was found to be full."""
    engine = open_engine(default_url(disk))
    SQLModel.metadata.create_all(engine)
    store = Store(engine)
    fill(disk)
    with pytest.raises(OperationalError) as caught:
        write_for_ever(store)
    assert cut_off(caught.value)
    yield store
    store.close()


def fill(disk: Path) -> None:
    """Leave no room."""
    left = os.statvfs(disk)
    with (disk / "full").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, left.f_bavail * left.f_frsize)


def write_for_ever(store: Store) -> None:
    """Make jobs until that cannot be done."""
    while True:
        store.add(DiscJob(drive_id="/dev/sr0"))


def test_what_is_to_be_written_waits_for_room(
    store: Store, disk: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(store.unfinished_jobs())
    done = threading.Event()

    def write() -> None:
        with patient():
            store.add(DiscJob(drive_id="/dev/sr1"))
        done.set()

    threading.Thread(target=write, daemon=True).start()
    while "the database's disk is full" not in caplog.text:
        assert not done.wait(0.01), "it was written into nothing"
    assert len(store.unfinished_jobs()) == before, "who reads does not wait"

    (disk / "full").unlink()

    assert done.wait(30), "there is room"
    assert len(store.unfinished_jobs()) == before + 1


def test_the_end_of_the_daemon_waits_for_no_room(store: Store) -> None:
    ended: list[BaseException] = []

    def write() -> None:
        try:
            with patient():
                store.add(DiscJob(drive_id="/dev/sr1"))
        except Cancelled as error:
            ended.append(error)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    store.stop_waiting()
    thread.join(30)

    assert len(ended) == 1
