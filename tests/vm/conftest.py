"""Machines for the tests: one at a time, each at a moment that was prepared once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.support.authoring import AuthoredDisc
from tests.support.debroots import build
from tests.support.vm.guest import Guest
from tests.support.vm.machine import Machine
from tests.support.vm.prepared import RELEASE, SLOW, Prepared, alone
from tests.support.vm.shelf import Shelf

MARKS = (pytest.mark.vm, pytest.mark.root, pytest.mark.timeout(2400))
TOOLS = ("qemu-system-x86_64", "qemu-img", "mmdebstrap", "genisoimage")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all tests of this folder."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            for mark in MARKS:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the package for Debian 13: one of the folder $ENGRAMD_PACKAGES, else it is built."""
    kept = os.environ.get("ENGRAMD_PACKAGES")
    found = sorted(Path(kept).glob(f"*~deb{RELEASE}u1_*.deb")) if kept else []
    return found[0] if found else build(RELEASE, tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def shelf(tv_dvd: AuthoredDisc, film_dvd: AuthoredDisc, tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Give the discs."""
    return Shelf.filled(tmp_path_factory.mktemp("shelf"), tv_dvd, film_dvd)


@pytest.fixture(scope="session")
def prepared(package: Path, shelf: Shelf) -> Iterator[Prepared]:
    """Give what machines are made from; nobody else has one meanwhile."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"virtual machines need {', '.join(missing)}")
    with alone():
        yield Prepared(package, shelf)


class Room:
    """Where the machine of one test stands."""

    def __init__(self, prepared: Prepared, folder: Path) -> None:
        self._prepared, self._folder = prepared, folder
        self._machines: list[Machine] = []

    def at(self, moment: str, *, speed: int = SLOW) -> Guest:
        """Start the machine at a moment."""
        return self._take(self._prepared.machine(moment, self._folder, speed=speed))

    def booted_again(self, discs: Sequence[Path] = ()) -> Guest:
        """Boot the disk of the machine that has ended."""
        return self._take(self._prepared.booted_again(self._folder, discs))

    def close(self) -> None:
        """End the machine and throw its disk away."""
        for machine in self._machines:
            machine.power_off()
        shutil.rmtree(self._folder)

    def _take(self, machine: Machine) -> Guest:
        self._machines.append(machine)
        return Guest(machine)


@pytest.fixture
def room(prepared: Prepared, tmp_path: Path) -> Iterator[Room]:
    """Give a room for a machine."""
    room = Room(prepared, tmp_path / "machine")
    (tmp_path / "machine").mkdir()
    yield room
    room.close()
