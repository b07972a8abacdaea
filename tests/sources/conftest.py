"""A scripted server and a clock that only a test moves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sources.clock import HandClock
from tests.support.webserver import WebServer


@pytest.fixture
def server() -> Iterator[WebServer]:
    """Give a running server without answers."""
    with WebServer() as running:
        yield running


@pytest.fixture
def clock() -> HandClock:
    """Give a clock at some moment of 2024."""
    return HandClock()
