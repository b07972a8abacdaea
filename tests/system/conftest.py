"""Buses, drives and daemons for the tests of the whole program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus
from tests.support.udevbed import UdevBed, missing_for_bed

MakeDaemon = Callable[..., DaemonUnderTest]


@pytest.fixture(scope="session")
def session_bus() -> Iterator[PrivateBus]:
    """Give a session bus for all tests that need no drive."""
    with PrivateBus(system=False) as bus:
        yield bus


@pytest.fixture(scope="session")
def system_bus() -> Iterator[PrivateBus]:
    """Give a private bus with a system bus's rules."""
    with PrivateBus(system=True) as bus:
        yield bus


@pytest.fixture
def bed() -> Iterator[UdevBed]:
    """Give a bed with one empty drive."""
    if missing := missing_for_bed():
        pytest.skip(missing)
    with UdevBed() as bed:
        bed.add_drive("sr0", serial="ENG1")
        yield bed


@pytest.fixture
def make_daemon(tmp_path: Path, session_bus: PrivateBus) -> Iterator[MakeDaemon]:
    """Give a maker of daemons on the session bus, which are started by the test and ended after it."""
    made: list[DaemonUnderTest] = []

    def make(*, settings: dict[str, object] | None = None, **options: Any) -> DaemonUnderTest:
        daemon = DaemonUnderTest(tmp_path, session_bus, settings=settings, **options)
        made.append(daemon)
        return daemon

    yield make
    for daemon in made:
        daemon.__exit__()


@pytest.fixture
def drive_daemon(tmp_path: Path, system_bus: PrivateBus, bed: UdevBed) -> Iterator[MakeDaemon]:
    """Give a maker of daemons that see the bed's drives, on the system bus."""
    made: list[DaemonUnderTest] = []

    def make(*, settings: dict[str, object] | None = None) -> DaemonUnderTest:
        daemon = DaemonUnderTest(tmp_path, system_bus, settings=settings, environment=bed.environment)
        made.append(daemon)
        return daemon

    yield make
    for daemon in made:
        daemon.__exit__()
