"""The disc with bad sectors really has them, is gone afterwards, and makes a block device of them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.badsectors import SECTOR, BadDisc, Spot, loop_device, need_fuse

ROOT = Path(__file__).parents[2]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    need_fuse()
    path = tmp_path / "disc.iso"
    path.write_bytes(b"".join(bytes([number]) * SECTOR for number in range(200)))
    return path


def failure(fd: int, sector: int) -> int | None:
    """Give the error number of reading a sector, None if it can be read and is right."""
    try:
        assert os.pread(fd, SECTOR, sector * SECTOR) == bytes([sector]) * SECTOR
    except OSError as error:
        return error.errno
    return None


def test_bad_sectors_fail_and_all_others_do_not(image: Path, tmp_path: Path) -> None:
    with BadDisc(image, tmp_path / "bad", Spot(50 * SECTOR, 2 * SECTOR)) as bad:
        fd = os.open(bad.path, os.O_RDONLY)
        assert os.fstat(fd).st_size == image.stat().st_size
        assert [failure(fd, n) for n in (49, 50, 51, 52)] == [None, errno.EIO, errno.EIO, None]
        assert len(os.pread(fd, 10 * SECTOR, 45 * SECTOR)) == 5 * SECTOR
        assert (52 * SECTOR, SECTOR) in bad.reads()
        bad.forget_reads()
        bad.heal()
        assert failure(fd, 50) is None
        assert bad.reads() == [(50 * SECTOR, SECTOR)]
        os.close(fd)


def test_some_spots_fail_only_at_first_and_others_are_only_slow(image: Path, tmp_path: Path) -> None:
    spots = (Spot(10 * SECTOR, times=2), Spot(20 * SECTOR, seconds=0.2, readable=True))
    with BadDisc(image, tmp_path / "bad", *spots) as bad:
        fd = os.open(bad.path, os.O_RDONLY)
        assert [failure(fd, 10) for _ in range(3)] == [errno.EIO, errno.EIO, None]
        begun = time.monotonic()
        assert failure(fd, 20) is None
        assert time.monotonic() - begun >= 0.2
        os.close(fd)


def test_it_is_unmounted_when_a_test_fails(image: Path, tmp_path: Path) -> None:
    bad = BadDisc(image, tmp_path / "bad")

    def fail() -> None:
        with bad:
            assert failure(os.open(bad.path, os.O_RDONLY), 7) is None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not os.path.ismount(bad.path.parent)


def test_it_is_unmounted_when_the_tests_are_killed(image: Path, tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from tests.support.badsectors import BadDisc\n"
        "with BadDisc(*map(Path, sys.argv[1:])): os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, image, tmp_path / "bad"], cwd=ROOT, check=False)
    until = time.monotonic() + 10
    while os.path.ismount(tmp_path / "bad/mount"):
        assert time.monotonic() < until, "it is still mounted"
        time.sleep(0.02)


@pytest.mark.root
@pytest.mark.loop
def test_a_loop_device_on_it_is_a_block_device_with_io_errors(image: Path, tmp_path: Path) -> None:
    with BadDisc(image, tmp_path / "bad", Spot(100 * SECTOR)) as bad, loop_device(bad.path) as device:
        assert device.is_block_device()
        fd = os.open(device, os.O_RDONLY)
        assert [failure(fd, n) for n in (20, 100, 150)] == [None, errno.EIO, None]
        bad.heal()
        assert failure(fd, 100) is None
        os.close(fd)
