"""What everybody may call changes nothing: a whole daemon, its database and its files before and after."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engramd.bus import names
from engramd.bus.authority import READS
from engramd.bus.introspection import interfaces
from engramd.bus.variants import split
from engramd.events import EventHub
from engramd.lifecycle import Lifecycle
from engramd.models import DiscJob, DiscTitle, JobState, ReviewKind, TitleState
from engramd.pipeline.reviews import Reviews
from engramd.store import Store, default_url, open_engine
from tests.support.busservice import connected
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus

#: What a method is given, by the type of its argument.
ARGUMENTS: dict[str, Any] = {"t": 1, "u": 1, "i": 1, "b": True, "s": "Firefly", "as": [], "a{sv}": {}}
Everything = set[str]
PATHS = {
    names.MANAGER: names.ROOT,
    names.SETTINGS: names.ROOT,
    names.JOB: names.job_path(1),
    names.TITLE: names.title_path(1, 0),
    names.REVIEW: names.review_path(1),
}


def remember(folder: Path, film: Path) -> None:
    """Have a job with an open question, and one that filed a film."""
    store, hub = Store(open_engine(default_url(folder))), EventHub()
    lifecycle = Lifecycle(store, hub)
    for number in (1, 2):
        job = DiscJob(drive_id=f"/disc{number}.iso", volume_label="FIREFLY_D1", detected_title="Firefly")
        job_id = lifecycle.create_job(job, reason="inserted")
        assert job_id == number
        title = DiscTitle(job_id=number, title_index=0, duration_seconds=2640.0)
        lifecycle.list_titles(number, [(title, [])])
    lifecycle.move_title(store.need_title(1, 0), TitleState.REVIEW, "not sure")
    lifecycle.move_job(1, JobState.REVIEW_NEEDED, "not sure")
    Reviews(store, hub).ask(ReviewKind.EPISODE, 1, "Which episode is it?", title=store.need_title(1, 0))
    for state in (TitleState.RIPPING, TitleState.MATCHED):
        lifecycle.move_title(store.need_title(2, 0), state, "as the test wants it")
    filed = store.need_title(2, 0)
    lifecycle.move_title(filed, TitleState.COMPLETED, "filed", organized_to=str(film))
    lifecycle.move_job(2, JobState.COMPLETED, "filed")
    store.close()


@pytest.fixture
def daemon(sqlite_schema: Path, tmp_path: Path) -> Iterator[DaemonUnderTest]:
    with PrivateBus(system=False) as bus:
        daemon = DaemonUnderTest(tmp_path, bus)
        film = daemon.films / "Serenity (2005)/Serenity (2005).mkv"
        film.parent.mkdir()
        film.write_bytes(b"a film")
        (tmp_path / "state").mkdir()
        shutil.copy(sqlite_schema, tmp_path / "state/engramd.db")
        remember(tmp_path / "state", film)
        with daemon:
            yield daemon


#: How often in a row nothing may have changed.
LOOKS = 4


def everything(daemon: DaemonUnderTest) -> Everything:
    """Give the database as SQL, and all files of the libraries, the staging folder and the references.

    Of folders only the names: to see how files can be moved, `Check` makes one and removes it.
    """
    with sqlite3.connect(daemon.folder / "state/engramd.db") as connection:
        rows = set(connection.iterdump())
    folders = (daemon.tv, daemon.films, daemon.staging, daemon.references)
    paths = [path for folder in folders for path in folder.rglob("*")]
    stats = {path: path.stat() for path in paths if path.is_file()}
    return (
        rows | {str(path) for path in paths} | {f"{p} {s.st_mtime_ns} {s.st_size}" for p, s in stats.items()}
    )


def when_quiet(daemon: DaemonUnderTest) -> Everything:
    """Give everything when the daemon has done what it does at its start."""
    seen = [everything(daemon)]

    def is_quiet() -> bool:
        seen.append(everything(daemon))
        return len(seen) > LOOKS and all(one == seen[-1] for one in seen[-LOOKS:])

    daemon.wait_until(is_quiet, "the daemon does not come to rest", pause=0.5)
    return seen[-1]


def test_what_is_open_to_everybody_changes_nothing(daemon: DaemonUnderTest) -> None:
    before = when_quiet(daemon)
    with connected(daemon.bus) as client:
        for interface, method in sorted(READS):
            signature = interfaces()[interface].arguments[method]
            arguments = tuple(ARGUMENTS[kind] for kind in split(signature))
            client.call(PATHS[interface], interface, method, signature, arguments)
            after = everything(daemon)
            assert not after - before, f"{interface}.{method} changed something"
            assert not before - after, f"{interface}.{method} removed something"
