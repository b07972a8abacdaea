"""What every benchmark uses: it tells figures, and asserts none of their times.

At the end all figures stand in one table, with the machine on which they were measured.
"""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

Report = Callable[[str], None]


@dataclass(frozen=True)
class Figure:
    """A figure of the table; `baseline` is what stands beside it, measured in the same run."""

    what: str
    measured: float
    unit: str
    baseline: float | None = None
    against: str = ""
    goal: str = ""


_FIGURES = pytest.StashKey[list[Figure]]()


def is_short() -> bool:
    """Whether the benchmarks are to show only that they run: `ENGRAMD_BENCH=short`."""
    return os.environ.get("ENGRAMD_BENCH") == "short"


def resident(pid: int) -> float:
    """Resident memory in MB (10^6)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024 / 1e6


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Report:
    """Give a function that prints a line whatever pytest captures."""

    def write(line: str) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n  {line}")

    return write


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[Figure]:
    """Give the list that the table is made of."""
    return request.config.stash.setdefault(_FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table."""
    if found := config.stash.get(_FIGURES, []):
        terminalreporter.section("figures" + (" (short: they mean nothing)" if is_short() else ""))
        terminalreporter.write_line(_machine())
        for line in _table(found):
            terminalreporter.write_line(line)


def _machine() -> str:
    cpu = next((line for line in _lines("/proc/cpuinfo") if line.startswith("model name")), ": unknown")
    memory = int(_lines("/proc/meminfo")[0].split()[1]) / 2**20
    versions = (
        f"Linux {platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )
    return f"{os.cpu_count()} cores ({cpu.partition(':')[2].strip()}), {memory:.0f} GiB, {versions}"


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _table(figures: list[Figure]) -> Iterator[str]:
    yield "| what | measured | against | ratio | goal |"
    yield "|---|---|---|---|---|"
    for one in figures:
        beside, ratio = "", ""
        if one.baseline is not None:
            beside = f"{_number(one.baseline)} {one.unit} ({one.against})"
            ratio = f"{one.measured / one.baseline:.2f}" if one.baseline else ""
        yield f"| {one.what} | {_number(one.measured)} {one.unit} | {beside} | {ratio} | {one.goal} |"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
