"""Room for rips and moves, on real file systems."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.errors import NoSpace
from engramd.pipeline.space import Ledger, Room
from engramd.pipeline.staging import free_bytes


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Give a file system of its own with 8 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_too_little_space_says_how_much_is_needed(tmp_path: Path) -> None:
    ledger = Ledger()
    ledger.need([Room(tmp_path, 1000)], 0)
    with pytest.raises(NoSpace) as caught:
        ledger.need([Room(tmp_path, 10**18)], 2 * 10**9)
    told = str(caught.value)
    assert told.startswith("1000000.0 TB are needed and ")
    assert "2.0 GB always stay free (min_free_bytes)" in told
    assert str(tmp_path) in told
    assert "make room" in told
    with pytest.raises(NoSpace):
        ledger.need([Room(tmp_path, 0)], 10**18)


@pytest.mark.root
def test_the_library_needs_room_too(tmp_path: Path, small: Path) -> None:
    with pytest.raises(NoSpace) as caught:
        Ledger().need([Room(tmp_path, 20_000_000), Room(small, 20_000_000)], 0)
    assert str(small) in str(caught.value)


def test_a_file_takes_its_room_once_on_one_file_system(tmp_path: Path) -> None:
    almost_all = int(free_bytes(tmp_path) * 0.7)
    staged = int(free_bytes(tmp_path) * 0.95)
    Ledger().need([Room(tmp_path / "staging", almost_all), Room(tmp_path / "library", staged)], 0)


@pytest.mark.root
def test_what_other_rips_will_write_is_counted_in(small: Path) -> None:
    ledger = Ledger()
    with ledger.writing(small / "one.mkv", 5_000_000):
        with pytest.raises(NoSpace):
            ledger.need([Room(small, 5_000_000)], 0)
        (small / "one.mkv").write_bytes(os.urandom(4_900_000))
        ledger.need([Room(small, 3_000_000)], 0)
    (small / "one.mkv").unlink()
    ledger.need([Room(small, 5_000_000)], 0)


@pytest.mark.root
def test_what_a_back_end_collects_beside_the_file_counts_as_written(small: Path) -> None:
    ledger = Ledger()
    with ledger.writing(small / "one.mkv", 5_000_000):
        (small / "one.parts").mkdir()
        (small / "one.parts/title_t00.mkv").write_bytes(os.urandom(4_000_000))
        assert 900_000 < ledger.promised(small) < 1_100_000
