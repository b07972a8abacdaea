"""What the tests of packages share: each package is built once."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.debroots import SUITES, build


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Give what builds the package of a Debian release, checked by lintian, and keeps it."""
    kept = os.environ.get("ENGRAMD_PACKAGES")  # a folder with packages that were built before, for haste
    built = {
        release: path
        for release in SUITES
        for path in Path(kept or "/nonexistent").glob(f"*~deb{release}u1_*")
    }

    def package(release: int) -> Path:
        if release not in built:
            built[release] = build(release, tmp_path_factory.mktemp(f"debian{release}"), lint=True)
        return built[release]

    return package
