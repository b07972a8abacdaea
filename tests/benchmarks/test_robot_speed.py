"""Lines of MakeMKV's robot mode: how many are read in a second, and a million spoiled ones."""

from __future__ import annotations

import gzip
import random
import sys
import time
from collections.abc import Iterable
from pathlib import Path

import pytest

from engramd.discs.robot import Attribute, Message, Progress, parse_line, parse_lines
from tests.support.makemkv.fuzzing import fuzzed_lines

pytestmark = pytest.mark.bench

LOGS = sorted((Path(__file__).parents[3] / "shared" / "corpus" / "logs").glob("*.txt.gz"))
#: Lines a second.
GOAL = 200_000
FUZZED = 1_000_000
READ_ERROR = (
    "MSG:2003,0,3,\"Error 'Scsi error - MEDIUM ERROR:L-EC UNCORRECTABLE ERROR' occurred while reading "
    "'/BDMV/STREAM/00001.m2ts' at offset '%d'\",\"Error '%%1' occurred while reading '%%2' at offset '%%3'\","
    '"Scsi error - MEDIUM ERROR:L-EC UNCORRECTABLE ERROR","/BDMV/STREAM/00001.m2ts","%d"'
)


def rip_lines() -> list[str]:
    """Give what a rip prints: mostly progress, of a damaged disc mostly messages."""
    progress = [f"PRGV:{n % 65536},{n // 3},65536" for n in range(100_000)]
    storm = [READ_ERROR % (n * 2048, n * 2048) for n in range(100_000)]
    return [line for pair in zip(progress, storm, strict=True) for line in pair]


def corpus_lines() -> list[str]:
    """Give the recorded logs."""
    texts = (gzip.decompress(log.read_bytes()).decode("utf-8", "replace") for log in LOGS)
    return [line for text in texts for line in text.splitlines()]


def rate_of(name: str, lines: list[str], capsys: pytest.CaptureFixture[str]) -> float:
    """Give lines a second, the best of three rounds, and print it."""
    best = 0.0
    for _ in range(3):
        begin = time.perf_counter()
        count = _count(parse_lines(lines))
        best = max(best, len(lines) / (time.perf_counter() - begin))
        assert count > 0.99 * len(lines)
    with capsys.disabled():
        sys.stdout.write(f"\n  {name}: {len(lines)} lines, {best:,.0f} a second (goal {GOAL:,})")
    return best


def _count(parsed: Iterable[object]) -> int:
    return sum(isinstance(line, Attribute | Message | Progress) for line in parsed)


@pytest.mark.skipif(not LOGS, reason="the corpus is not here")
def test_recorded_scans(capsys: pytest.CaptureFixture[str]) -> None:
    assert rate_of("recorded scans", corpus_lines(), capsys) > GOAL


def test_rips(capsys: pytest.CaptureFixture[str]) -> None:
    assert rate_of("a rip of a damaged disc", rip_lines(), capsys) > GOAL


@pytest.mark.timeout(900)
def test_a_million_spoiled_lines(capsys: pytest.CaptureFixture[str]) -> None:
    chance = random.Random(1)
    held: list[str] = []
    read = 0
    for line in fuzzed_lines(FUZZED, chance):
        parse_line(line)
        held.append(line)
        if len(held) == 1000:
            read += sum(1 for _ in parse_lines(held))
            held = []
    with capsys.disabled():
        sys.stdout.write(f"\n  {FUZZED:,} spoiled lines without an error, {read:,} read")
    assert FUZZED / 2 < read <= FUZZED
