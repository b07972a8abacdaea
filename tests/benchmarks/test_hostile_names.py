"""None of a million hostile names leads out of the library."""

from __future__ import annotations

import pytest

from tests.support.hostilenames import assert_inside, hostile_paths

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
COUNT = 1_000_000


def test_a_million_hostile_names_stay_in_the_library() -> None:
    taken = 0
    for _, path in hostile_paths(COUNT, seed=1):
        assert_inside(path)
        taken += 1
    assert taken > COUNT / 2
