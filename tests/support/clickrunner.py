"""Runs engramctl in the test's process, with standard error apart from standard output on every click."""

from __future__ import annotations

import inspect
from typing import Any

from click.testing import CliRunner


def runner() -> CliRunner:
    """Give a runner; click 8.1 mixes the two streams unless told not to, and newer ones cannot be told."""
    mixes = "mix_stderr" in inspect.signature(CliRunner.__init__).parameters
    options: dict[str, Any] = {"mix_stderr": False} if mixes else {}
    return CliRunner(**options)
