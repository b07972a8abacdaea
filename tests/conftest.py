"""Marks and what they need; fixtures are in `tests/support`."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

#: How long an example takes says more about the machine than about the code.
settings.register_profile(
    "engramd", parent=settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("engramd")

pytest_plugins = ["tests.support.fixtures", "tests.support.databases"]


def missing_for(mark: str) -> str:
    """Say why tests with a mark cannot run here, or give an empty string."""
    is_root = os.geteuid() == 0
    if mark == "loop" and not (is_root and Path("/dev/loop-control").exists() and shutil.which("losetup")):
        return "needs root and loop devices"
    if mark == "root" and not is_root:
        return "needs root"
    if mark == "unprivileged" and not (is_root and shutil.which("setpriv")):
        return "needs root, to drop to another user with setpriv"
    return ""


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, with the reason, what cannot run here."""
    for mark in ("root", "loop", "unprivileged"):
        if item.get_closest_marker(mark) and (reason := missing_for(mark)):
            pytest.skip(reason)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep what hypothesis drives, where it is asked for many examples (packaging/fuzz)."""
    from tests.support.fuzzing import VARIABLE, fuzzed

    if VARIABLE in os.environ:
        kept = fuzzed(items)
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name what failed at once: the whole suite ends much later, or not at all."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        sys.stderr.write(f"\nfailed: {report.nodeid}\n")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Say which tests stay together where several processes run them."""
    from tests.support.spreading import Spreading

    return Spreading(config, log)
