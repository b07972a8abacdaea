"""File systems that are mounted and no good any more: one answers with errors, one does not answer at all."""

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
    os.close(_mounted(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@contextmanager
def hanging_share(folder: Path) -> Iterator[Path]:
    """Mount one over a folder that answers nothing, as a share whose server is silent. Needs root.

    It is the kernel's FUSE with a program that reads no question. At the end those who hang get an error, and
    what the folder had is there again.
    """
    silent = _mounted(folder)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        os.close(silent)


def _mounted(folder: Path) -> int:
    """Mount FUSE on a folder; give the file by which its program would answer."""
    try:
        fd = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        pytest.skip(f"there is no FUSE here: {error}")
    options = f"fd={fd},rootmode=40000,user_id=0,group_id=0".encode()
    if ctypes.CDLL(None).mount(b"dead", bytes(folder), b"fuse", 0, options):
        os.close(fd)
        pytest.skip("nothing can be mounted here")
    return fd
