"""Stepping back is for the child that does it, and never an error."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import os
from pathlib import Path
from engramd.tools import priority
{before}
priority.step_back()
print(os.nice(0))
"""


def nice_of_child(before: str = "") -> int:
    """Have a child step back; give its niceness then."""
    outcome = subprocess.run(
        [sys.executable, "-c", CODE.format(before=before)], capture_output=True, text=True, check=True
    )
    return int(outcome.stdout)


def test_a_child_goes_behind_all_others() -> None:
    assert nice_of_child() == 19


def test_where_it_is_forbidden_nothing_changes() -> None:
    """As under a filter of system calls that answers with an error."""
    forbid = (
        "def refuse(*_): raise PermissionError\n"
        "os.nice, nice = lambda step: refuse() if step else nice(0), os.nice\n"
        "priority.AUTOGROUP = Path('/nowhere')\n"
    )
    before = subprocess.run(
        [sys.executable, "-c", "import os; print(os.nice(0))"], check=True, capture_output=True
    )
    assert nice_of_child(forbid) == int(before.stdout)
