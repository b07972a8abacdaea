"""A disc that cannot be read at some places: a file system (FUSE) with one file, whose reads really fail.

The file is an image as it is, but for spots where the kernel answers EIO, or answers late, or not at all
until the disc is cleaned. A loop device on it is a block device with the same faults. It is served by a child
process of its own and unmounted at the end, whatever happens.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

SECTOR = 2048
NAME = "disc.iso"
#: Seconds that the child has to mount.
PATIENCE = 20.0
#: Seconds after which a read that is held looks whether the disc was cleaned.
GLANCE = 0.02


@dataclass(frozen=True)
class Spot:
    """A bad place: `start` and `size` in bytes.

    Reads of it fail (only the first `times` where that is set), after `seconds`; or, when it is `readable`,
    they are only that late. Cleaning ends the wait of those that wait.
    """

    start: int
    size: int = SECTOR
    times: int | None = None
    seconds: float = 0.0
    readable: bool = False


class BadDisc:
    """An image with bad spots, mounted below `folder`; a context manager. `path` is the file that fails."""

    def __init__(self, image: Path, folder: Path, *spots: Spot) -> None:
        self._folder = folder
        self._mount = folder / "mount"
        self._mount.mkdir(parents=True)
        self.path = self._mount / NAME
        self._log = folder / "reads"
        self._log.touch()
        self.spoil(*spots)
        words = [sys.executable, __file__, str(image), str(self._mount), str(folder)]
        self._child = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def spoil(self, *spots: Spot) -> None:
        """Make these the bad spots, and no others; counts of failures begin again."""
        text = json.dumps([asdict(spot) for spot in spots])
        fresh = self._folder / "spots.new"
        fresh.write_text(text)
        fresh.replace(self._folder / "spots")

    def heal(self) -> None:
        """Clean the disc: everything can be read from now on."""
        self.spoil()

    def reads(self) -> list[tuple[int, int]]:
        """Give offset and size in bytes of all reads so far that were answered with data."""
        return [(int(at), int(size)) for at, size in map(str.split, self._log.read_text().splitlines())]

    def forget_reads(self) -> None:
        """Let `reads` begin again."""
        os.truncate(self._log, 0)

    def _await_mount(self) -> None:
        until = time.monotonic() + PATIENCE
        while not os.path.ismount(self._mount):
            if self._child.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the file system was not mounted (code {self._child.returncode})")
            time.sleep(0.01)

    def __enter__(self) -> Self:
        """Wait until the file is there."""
        try:
            self._await_mount()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Unmount; reads that are still held end first."""
        self._end()

    def _end(self) -> None:
        self.heal()
        self._child.terminate()
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait(PATIENCE)
        assert self._child.stdin is not None
        self._child.stdin.close()
        if os.path.ismount(self._mount):
            subprocess.run(["fusermount3", "-u", "-z", "-q", str(self._mount)], check=False)


@contextmanager
def loop_device(file: Path) -> Iterator[Path]:
    """Make a block device of a file, for root; skips the test where there is none."""
    attach = ["losetup", "--read-only", "--find", "--show", file]
    made = subprocess.run(attach, capture_output=True, text=True, check=False)
    if made.returncode != 0:
        pytest.skip("there is no loop device here")
    device = Path(made.stdout.strip())
    try:
        yield device
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)


def need_fuse() -> None:
    """Skip the test where no file system can be served."""
    try:
        import mfusepy  # noqa: F401
    except (ImportError, OSError) as error:
        pytest.skip(f"mfusepy or libfuse is missing: {error}")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK) or not shutil.which("fusermount3"):
        pytest.skip("there is no FUSE here (Debian package fuse3)")


class _Spots:
    """The bad spots as the folder says at each moment, and how often each has failed since it did."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()
        self._version: tuple[int, int] | None = None
        self._spots: list[Spot] = []
        self._failures: list[int] = []

    def now(self) -> list[Spot]:
        """Give the spots that still are bad."""
        with self._lock:
            state = self._file.stat()
            version = (state.st_ino, state.st_mtime_ns)
            if version != self._version:
                self._spots = [Spot(**entry) for entry in json.loads(self._file.read_text())]
                self._failures = [0] * len(self._spots)
                self._version = version
            counted = zip(self._spots, self._failures, strict=True)
            return [spot for spot, failed in counted if spot.times is None or failed < spot.times]

    def count(self, spot: Spot) -> None:
        """Note that a spot has failed once more."""
        with self._lock:
            if spot in self._spots:
                self._failures[self._spots.index(spot)] += 1


def serve(image: Path, mount: Path, folder: Path) -> None:
    """Mount and serve until unmounted. It answers as a drive does: short before a bad spot, EIO at it."""
    import mfusepy

    spots = _Spots(folder / "spots")
    data = os.open(image, os.O_RDONLY)
    size = os.fstat(data).st_size
    log = os.open(folder / "reads", os.O_WRONLY | os.O_APPEND)

    class Served(mfusepy.Operations):  # type: ignore[misc]
        use_ns = True

        def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
            if path == "/":
                return {"st_mode": 0o40755, "st_nlink": 2}
            if path == f"/{NAME}":
                return {"st_mode": 0o100444, "st_nlink": 1, "st_size": size}
            raise mfusepy.FuseOSError(errno.ENOENT)

        def readdir(self, path: str, fh: int) -> list[str]:
            return [".", "..", NAME]

        def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
            size = _readable(spots, offset, size)
            found = os.pread(data, size, offset)
            os.write(log, f"{offset} {len(found)}\n".encode())
            return found

    mfusepy.FUSE(Served(), str(mount), foreground=True, ro=True, direct_io=True, fsname="badsectors")


def _readable(spots: _Spots, offset: int, size: int) -> int:
    """Give how many bytes from `offset` can be read in one go. Raises OSError at a bad spot."""
    bad = [spot for spot in spots.now() if spot.start < offset + size and spot.start + spot.size > offset]
    for spot in bad:
        _hold(spots, spot)
        if spot.readable or spot not in spots.now():
            continue
        if spot.start <= offset:
            spots.count(spot)
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        size = min(size, spot.start - offset)
    return size


def _hold(spots: _Spots, spot: Spot) -> None:
    until = time.monotonic() + spot.seconds
    while time.monotonic() < until and spot in spots.now():
        time.sleep(GLANCE)


def _end_with_parent() -> None:
    """End when whoever started this ends, however that happens; libfuse unmounts then."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Serve as the command line says."""
    parser = argparse.ArgumentParser()
    for name in ("image", "mount", "folder"):
        parser.add_argument(name, type=Path)
    words = parser.parse_args()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    serve(words.image, words.mount, words.folder)


if __name__ == "__main__":
    main()
