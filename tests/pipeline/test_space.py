"""Room for rips and moves, on real file systems."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engramd.errors import FilingFailed, NoSpace
from engramd.pipeline.space import Ledger, Room
from engramd.pipeline.staging import free_bytes, nearest
from tests.support.deadshare import dead_share


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


@pytest.mark.root
def test_what_a_pass_has_handed_on_is_not_expected_a_second_time(small: Path) -> None:
    ledger = Ledger()
    with ledger.writing(small / "pass", 6_000_000):
        (small / "pass.parts").mkdir()
        (small / "pass.parts/a.mkv").write_bytes(os.urandom(2_000_000))
        (small / "pass.parts/a.mkv").rename(small / "title-001.mkv")
        ledger.moved_out(small / "pass", 2_000_000)
        assert 3_900_000 < ledger.promised(small) < 4_100_000
    ledger.moved_out(small / "pass", 2_000_000)
    assert ledger.promised(small) == 0


@pytest.mark.root
def test_the_holes_of_a_damaged_discs_image_are_yet_to_be_written(small: Path) -> None:
    ledger, image = Ledger(), small / "disc.iso"
    with image.open("wb") as file:
        file.write(os.urandom(1_000_000))
        file.truncate(8_000_000_000)
    with ledger.growing(image, 3_000_000):
        assert 2_900_000 < ledger.promised(small) < 3_100_000
        with image.open("r+b") as file:
            file.seek(5_000_000)
            file.write(os.urandom(2_000_000))
        assert 900_000 < ledger.promised(small) < 1_100_000


@pytest.mark.root
def test_a_share_that_is_away_is_told_as_such(tmp_path: Path) -> None:
    with dead_share(tmp_path / "share") as share:
        for ask in (nearest, free_bytes, lambda folder: Ledger().need([Room(folder, 1)], 0)):
            with pytest.raises(FilingFailed, match=f"the folder cannot be used .{share}/films.*mount"):
                ask(share / "films")


@pytest.mark.root
def test_the_share_of_another_rip_is_no_concern_of_this_one(tmp_path: Path) -> None:
    ledger = Ledger()
    with dead_share(tmp_path / "share") as share, ledger.writing(share / "one.mkv", 10**18):
        ledger.need([Room(tmp_path, 1000)], 0)
