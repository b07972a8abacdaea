"""A file system in user space (FUSE) that passes everything on to a folder: for real, but for what it lacks.

It has no rename that refuses an existing name, as FUSE file systems of libfuse 2 have none; it can be without
links, blind to case, slow, and full. It is served by a child process of its own, and unmounted at the end.
"""

from __future__ import annotations

import argparse
import errno
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: Seconds that the child has to mount.
PATIENCE = 20.0
_ATTRIBUTES = ("atime", "ctime", "gid", "mode", "mtime", "nlink", "size", "uid", "blocks", "ino")


@contextmanager
def user_file_system(
    folder: Path, *, links: bool = True, cases: bool = True, seconds_a_write: float = 0.0, room: int = 1 << 40
) -> Iterator[Path]:
    """Mount one below `folder` and give its root; `room` in bytes is what can be written in all.

    Without `cases` a name is the same in upper and lower case.
    """
    below, mount = folder / "below", folder / "mount"
    below.mkdir()
    mount.mkdir()
    words = [str(below), str(mount), f"--links={int(links)}", f"--cases={int(cases)}"]
    words += [f"--seconds={seconds_a_write}", f"--room={room}"]
    child = subprocess.Popen([sys.executable, __file__, *words], stdin=subprocess.DEVNULL)
    try:
        _await(mount, child)
        yield mount
    finally:
        subprocess.run(["fusermount3", "-u", "-z", "-q", str(mount)], check=False)
        child.terminate()
        child.wait(PATIENCE)


def _await(mount: Path, child: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while not os.path.ismount(mount):
        if child.poll() is not None or time.monotonic() > until:
            raise RuntimeError(f"the file system was not mounted (code {child.returncode})")
        time.sleep(0.01)


class Passed:
    """What is done for each call of the kernel, with an OSError where it is refused."""

    use_ns = True

    def __init__(self, below: Path, *, links: bool, cases: bool, seconds: float, room: int) -> None:
        self._below, self._links, self._cases = below, links, cases
        self._seconds, self._room = seconds, room
        self._written = 0

    def _at(self, path: str) -> Path:
        if self._cases:
            return self._below / path.lstrip("/")
        found = self._below
        for name in path.strip("/").split("/") if path != "/" else ():
            known = [one.name for one in found.iterdir() if one.name.casefold() == name.casefold()]
            found /= known[0] if known else name
        return found

    def getattr(self, path: str, fh: int | None = None) -> dict[str, Any]:
        status = self._at(path).lstat()
        values = {f"st_{name}": getattr(status, f"st_{name}") for name in _ATTRIBUTES}
        return values | {f"st_{name}time": getattr(status, f"st_{name}time_ns") for name in "acm"}

    def readdir(self, path: str, fh: int) -> list[str]:
        return [".", "..", *(one.name for one in self._at(path).iterdir())]

    def open(self, path: str, flags: int) -> int:
        return os.open(self._at(path), flags)

    def create(self, path: str, mode: int, fi: object = None) -> int:
        return os.open(self._at(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def read(self, path: str, size: int, offset: int, fh: int) -> bytes:
        return os.pread(fh, size, offset)

    def write(self, path: str, data: bytes, offset: int, fh: int) -> int:
        time.sleep(self._seconds)
        self._written += len(data)
        if self._written > self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return os.pwrite(fh, data, offset)

    def fsync(self, path: str, datasync: int, fh: int) -> int:
        os.fsync(fh)
        return 0

    def release(self, path: str, fh: int) -> int:
        os.close(fh)
        return 0

    def truncate(self, path: str, length: int, fh: int | None = None) -> int:
        os.truncate(self._at(path), length)
        return 0

    def link(self, target: str, source: str) -> int:
        if not self._links:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        os.link(self._at(source), self._at(target))
        return 0

    def rename(self, old: str, new: str) -> int:
        self._at(old).rename(self._at(new))
        return 0

    def unlink(self, path: str) -> int:
        self._at(path).unlink()
        return 0

    def mkdir(self, path: str, mode: int) -> int:
        self._at(path).mkdir(mode)
        return 0

    def rmdir(self, path: str) -> int:
        self._at(path).rmdir()
        return 0

    def chmod(self, path: str, mode: int) -> int:
        self._at(path).chmod(mode)
        return 0

    def utimens(self, path: str, times: tuple[int, int] | None = None) -> int:
        os.utime(self._at(path), ns=times)
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        status = os.statvfs(self._below)
        names = (
            "bavail",
            "bfree",
            "blocks",
            "bsize",
            "favail",
            "ffree",
            "files",
            "flag",
            "frsize",
            "namemax",
        )
        return {f"f_{name}": getattr(status, f"f_{name}") for name in names}


def serve(below: Path, mount: Path, *, links: bool, cases: bool, seconds: float, room: int) -> None:
    """Mount and serve until unmounted."""
    import mfusepy

    class WithoutFlags(mfusepy.FUSE):
        """Refuses what a rename may be told since libfuse 3; mfusepy itself forgets it."""

        def rename_fuse_3(self, old: bytes, new: bytes, flags: int) -> int:
            return -errno.EINVAL if flags else int(self.rename_fuse_2(old, new))

    served = type("Served", (Passed, mfusepy.Operations), {})
    operations = served(below, links=links, cases=cases, seconds=seconds, room=room)
    WithoutFlags(operations, str(mount), foreground=True, fsname="userfs", default_permissions=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("below", type=Path)
    parser.add_argument("mount", type=Path)
    parser.add_argument("--links", type=int)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seconds", type=float)
    parser.add_argument("--room", type=int)
    given = parser.parse_args()
    serve(
        given.below,
        given.mount,
        links=bool(given.links),
        cases=bool(given.cases),
        seconds=given.seconds,
        room=given.room,
    )
