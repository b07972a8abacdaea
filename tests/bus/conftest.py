"""A bus, the service on it, and a client, shared by the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.bus.client import Client
from tests.support.busservice import ServiceProcess, connected, running_service
from tests.support.privatebus import PrivateBus


@pytest.fixture(scope="module")
def bus() -> Iterator[PrivateBus]:
    """A bus with the rules of the system's."""
    with PrivateBus() as private:
        yield private


@pytest.fixture(scope="module")
def service(bus: PrivateBus, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceProcess]:
    """The service on it."""
    folder: Path = tmp_path_factory.mktemp("service")
    with running_service(folder, bus) as process:
        yield process


@pytest.fixture
def client(bus: PrivateBus, service: ServiceProcess) -> Iterator[Client]:
    """A client of the same user."""
    with connected(bus) as connection:
        yield connection
