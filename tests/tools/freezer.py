"""Children that nothing can end: the kernel freezes them, and takes no signal to them until they thaw."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Freezer:
    """A control group of cgroup v1; one of v2 will not do, since its frozen processes die of SIGKILL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def freeze(self, pid: int) -> None:
        """Take a process in and freeze it; it is in state D from then on."""
        (self._folder / "cgroup.procs").write_text(str(pid))
        (self._folder / "freezer.state").write_text("FROZEN")

    def thaw(self) -> None:
        """Let all go on."""
        (self._folder / "freezer.state").write_text("THAWED")


@contextmanager
def freezer() -> Iterator[Freezer | None]:
    """Give a freezer, or None where the kernel has none or this user may not use it."""
    with _hierarchy() as root:
        if root is None:
            yield None
            return
        folder = Path(tempfile.mkdtemp(prefix="engramd-test-", dir=root))
        made = Freezer(folder)
        try:
            yield made
        finally:
            made.thaw()
            _remove(folder)


@contextmanager
def _hierarchy() -> Iterator[Path | None]:
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup" and "freezer" in options.split(",") and "ro" not in options.split(","):
            yield Path(place)
            return
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(
            ["mount", "-t", "cgroup", "-o", "freezer", "none", folder], capture_output=True, check=False
        )
        if mounted.returncode:
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", folder], check=False)


def _remove(folder: Path) -> None:
    """Move what is left to the root group, as only an empty group can be removed."""
    for pid in (folder / "cgroup.procs").read_text().split():
        (folder.parent / "cgroup.procs").write_text(pid)
    folder.rmdir()
