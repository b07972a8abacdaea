"""Optical drives: the ioctls against mocked device nodes (umockdev), through the real C library calls."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.discs import Disc, read_disc
from tests.support.authoring import AuthoredDisc
from tests.support.udevbed import UdevBed, missing_for_bed

ROOT = Path(__file__).parents[2]
MISSING = missing_for_bed()
pytestmark = pytest.mark.skipif(bool(MISSING), reason=MISSING)
DRIVE_STATUS, DISC_STATUS, READ_STRUCTURE = 0x5326, 0x5327, 0x5390


@pytest.fixture
def bed() -> Iterator[UdevBed]:
    """Give a bed with one empty drive."""
    with UdevBed() as made:
        made.add_drive("sr0")
        yield made


def inspect(bed: UdevBed) -> tuple[int, str]:
    """Read the drive in a child of the bed, as the daemon does."""
    command = [sys.executable, "-m", "engramd.discs", "/dev/sr0"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=bed.environment)
    return done.returncode, done.stdout or done.stderr


def test_a_disc_in_a_drive_reads_like_its_image(bed: UdevBed, tv_dvd: AuthoredDisc) -> None:
    bed.insert("sr0", image=tv_dvd.image)
    code, text = inspect(bed)
    assert code == 0, text
    assert Disc.model_validate_json(text) == read_disc(tv_dvd.image).model_copy(update={"source": "/dev/sr0"})
    assert bed.drive("sr0")["requests"] == [DRIVE_STATUS, DISC_STATUS, READ_STRUCTURE]


@pytest.mark.parametrize(("status", "what"), [(1, "no disc"), (2, "tray is open"), (3, "still loading")])
def test_a_drive_that_is_not_ready_says_so(
    bed: UdevBed, tv_dvd: AuthoredDisc, status: int, what: str
) -> None:
    bed.insert("sr0", image=tv_dvd.image, status=status)
    code, text = inspect(bed)
    error = json.loads(text)["error"]
    assert (code, error["code"], what in error["what"]) == (1, "NoMedium", True)
    assert bed.drive("sr0")["requests"] == [DRIVE_STATUS]


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ("0", "NONE"),
        ("1", "PROTECTED"),
        ("2", "PROTECTED"),
        ("-5", "FAILED"),
        ("-123", "FAILED"),
        ("-22", "UNSUPPORTED"),
        ("-25", "UNSUPPORTED"),
        ("-95", "UNSUPPORTED"),
    ],
)
def test_the_copyright_structure(answer: str, meaning: str) -> None:
    assert asked("copyright", answer) == f"Copyright.{meaning}"


@pytest.mark.parametrize(
    ("answer", "meaning"), [("0", "True"), ("1", "False"), ("2", "False"), ("3", "False"), ("-5", "False")]
)
def test_disc_information(answer: str, meaning: str) -> None:
    assert asked("is_blank", answer) == meaning


def asked(question: str, answer: str) -> str:
    """Ask a mocked drive in a process of its own."""
    script = Path(__file__).with_name("mock_drive.py")
    command = ["umockdev-wrapper", sys.executable, str(script), question, answer]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout.strip() or done.stderr
