"""A file system that is mounted and answers nothing any more, as a share whose server is gone."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def dead_share(folder: Path) -> Iterator[Path]:
    """Mount one on a new folder: the kernel's FUSE without the program behind it. Needs root."""
    folder.mkdir()
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"there is no FUSE here: {error}")
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
    failed = ctypes.CDLL(None).mount(b"dead", bytes(folder), b"fuse", 0, options)
    os.close(fd)
    if failed:
        pytest.skip("nothing can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
