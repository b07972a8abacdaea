"""What happens on one station is known on the other: two hubs on a real PostgreSQL."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from itertools import count
from pathlib import Path

import pytest

from engramd.events import (
    ChangedElsewhere,
    EventHub,
    JobChanged,
    JobStateChanged,
    RipProgress,
    SettingsChanged,
)
from engramd.pipeline.neighbours import Neighbours
from engramd.settings import ConfigFile, Settings
from engramd.store import Store, open_engine
from engramd.store.membership import Membership
from tests.support.databases import PostgresCluster

_numbers = count(1)


class Station:
    """A station as far as it hears and tells."""

    def __init__(
        self,
        url: str,
        name: str,
        locked: dict[str, object] | None = None,
        before_start: Callable[[EventHub], None] | None = None,
    ) -> None:
        self.url, engine = url, open_engine(url)
        self.store, self.hub = Store(engine, name), EventHub()
        self.settings = Settings(self.store, ConfigFile(Path("/none"), settings=dict(locked or {})), self.hub)
        membership = Membership(engine, name, patience=0.1)
        membership.join()
        self.neighbours = Neighbours(membership, engine, self.hub, self.settings, lambda _why: None)
        self.jobs: set[int] = set()
        self.changes: list[tuple[str, ...]] = []
        self.looked, self.called = threading.Event(), threading.Event()
        self.up = threading.Event()
        self.hub.subscribe(ChangedElsewhere, self._heard)
        self.hub.subscribe(SettingsChanged, lambda event: self.changes.append(event.names))
        self.neighbours.serve(self.called.set)
        self.decided: set[int] = set()
        self.missed = 0
        if before_start is not None:
            before_start(self.hub)
        self.neighbours.start(self._look)
        assert self.up.wait(20), f"{name} does not hear"
        assert self.looked.wait(20)
        assert self.called.wait(20)
        self.looked.clear()
        self.called.clear()

    def _look(self, decided: Collection[int] | None) -> None:
        self.decided |= set(decided or ())
        self.missed += decided is None
        self.looked.set()

    def _heard(self, event: ChangedElsewhere) -> None:
        self.jobs |= set(event.job_ids)
        if event.everything:
            self.up.set()

    def stop(self) -> None:
        self.neighbours.stop()
        self.store.close()


@pytest.fixture
def pair(postgres: PostgresCluster) -> Iterator[tuple[Station, Station]]:
    """Give the attic and the cellar, in whose own file a setting stands."""
    url = postgres.create(f"neighbours_{next(_numbers)}", "schema_of_engramd")
    attic, cellar = Station(url, "attic"), Station(url, "cellar", {"trash_days": 3})
    yield attic, cellar
    attic.stop()
    cellar.stop()


def _until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.01)


def test_a_job_that_changes_here_is_looked_at_there(pair: tuple[Station, Station]) -> None:
    attic, cellar = pair
    attic.hub.publish(RipProgress(4, 0, 0.5, 0.5, 1e6, 10.0))
    attic.hub.publish(JobChanged(3))
    _until(lambda: 3 in cellar.jobs, "the cellar does not hear")
    assert cellar.looked.wait(20)
    assert cellar.jobs == {3}, "progress is not told"
    assert attic.jobs == set()


def test_a_job_whose_titles_are_decided_is_named_there(pair: tuple[Station, Station]) -> None:
    attic, cellar = pair
    attic.hub.publish(JobStateChanged(5, "identifying", "ripping", "it begins"))
    attic.hub.publish(JobStateChanged(6, "matching", "organizing", "the titles are filed"))
    _until(lambda: cellar.decided, "the cellar does not hear")
    assert cellar.decided == {6}


def test_what_happens_before_a_station_hears_is_told_and_it_learns_that_it_missed_something(
    pair: tuple[Station, Station],
) -> None:
    """As when it carries out answers that were kept for it while it did not run."""
    attic, _ = pair
    filed = JobStateChanged(8, "matching", "organizing", "the titles are filed")
    barn = Station(attic.url, "barn", before_start=lambda hub: hub.publish(filed))
    _until(lambda: attic.decided, "the attic does not hear")
    assert attic.decided == {8}
    assert barn.missed == 1
    missed = attic.missed
    attic.hub.publish(JobChanged(3))
    assert barn.looked.wait(20)
    assert (attic.missed, barn.missed) == (missed, 1), "nothing was missed since"
    barn.stop()


def test_a_setting_counts_everywhere_but_where_the_file_says_otherwise(
    pair: tuple[Station, Station],
) -> None:
    attic, cellar = pair
    attic.settings.change({"trash_days": 5, "nfo_enabled": True})
    _until(lambda: cellar.settings.current.nfo_enabled, "the cellar does not hear")
    assert cellar.settings.current.trash_days == 3
    assert cellar.changes == [("nfo_enabled",)]
    cellar.settings.change({"nfo_enabled": False})
    _until(lambda: not attic.settings.current.nfo_enabled, "the attic does not hear")
    assert attic.settings.current.trash_days == 5


def test_who_is_asked_looks_and_who_waits_wakes(pair: tuple[Station, Station]) -> None:
    attic, cellar = pair
    assert attic.neighbours.is_running("cellar")
    assert not attic.neighbours.is_running("barn")
    seen = attic.neighbours.answers()
    attic.neighbours.ask("cellar")
    assert cellar.called.wait(20)
    cellar.neighbours.answer()
    attic.neighbours.wait(seen, 20)
    assert attic.neighbours.answers() != seen
    assert not attic.called.is_set()


def test_what_is_asked_twice_at_once_is_done_once_more_and_never_at_the_same_time(
    pair: tuple[Station, Station],
) -> None:
    attic, cellar = pair
    under_way, at_most, done = [], list[int](), threading.Semaphore(0)
    go_on = threading.Event()

    def look() -> None:
        under_way.append(1)
        at_most.append(len(under_way))
        go_on.wait(20)
        under_way.pop()
        done.release()

    cellar.neighbours.serve(look)
    attic.neighbours.ask("cellar")
    _until(lambda: under_way, "the cellar does not look")
    seen = len(cellar.jobs)
    attic.neighbours.ask("cellar")
    attic.hub.publish(JobChanged(7))
    _until(lambda: len(cellar.jobs) > seen, "the cellar does not hear")
    go_on.set()
    assert done.acquire(timeout=20)
    assert done.acquire(timeout=20), "what was asked meanwhile was forgotten"
    assert at_most == [1, 1]
