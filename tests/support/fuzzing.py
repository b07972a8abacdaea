"""Many more examples for the tests that hypothesis drives; see packaging/fuzz."""

from __future__ import annotations

import os
from collections.abc import Iterable

import pytest
from hypothesis import settings

#: How many examples each test gets; without it those that it wants.
VARIABLE = "ENGRAMD_FUZZ"
_SETTINGS = "_hypothesis_internal_use_settings"


def fuzzed(items: Iterable[pytest.Item]) -> list[pytest.Item]:
    """Give the tests that hypothesis drives, each with as many new examples as the environment says."""
    found = []
    for item in items:
        function = getattr(getattr(item, "obj", None), "__func__", getattr(item, "obj", None))
        if not getattr(function, "is_hypothesis_test", False):
            continue
        wanted = getattr(function, _SETTINGS, settings.default)
        examples = int(os.environ[VARIABLE])
        setattr(function, _SETTINGS, settings(wanted, max_examples=examples, derandomize=False))
        found.append(item)
    return found
