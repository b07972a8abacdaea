"""Hostile calls against a whole daemon; `tests/benchmarks/test_hostile_bus.py` makes a hundred thousand."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.bus import names
from tests.support.busservice import connected
from tests.support.hostile import Hostile, targeted

pytestmark = pytest.mark.root


def test_hostile_calls_end_nothing(sqlite_schema: Path, tmp_path: Path) -> None:
    with targeted(tmp_path, sqlite_schema) as (bus, daemon):
        hostile = Hostile(bus)
        hostile.run(1500)
        assert daemon.process is not None
        assert daemon.process.poll() is None, daemon.log()
        with connected(bus) as client:
            assert client.properties(names.ROOT, names.MANAGER)["InterfaceVersion"]
            assert len([path for path in client.objects() if path.startswith(f"{names.ROOT}/jobs/")]) >= 3
        assert "failed unexpectedly" not in daemon.log()
        assert "Traceback" not in daemon.log()
    assert min(hostile.made.values()) > 0, hostile.made
    assert hostile.cut_off > 0
    refused = {name.removeprefix(names.ERROR_PREFIX) for name in hostile.replies}
    assert {"InvalidArgument", "NotFound", "NotAuthorized"} <= refused, hostile.replies
