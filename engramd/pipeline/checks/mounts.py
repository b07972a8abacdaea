"""Which mount a path lies on, found without touching any that may hang, and what closes it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
#: File systems of this machine that have no device.
_LOCAL = frozenset(
    {"tmpfs", "ramfs", "rootfs", "devtmpfs", "overlay", "zfs", "btrfs", "bcachefs", "squashfs"}
)
#: What systemd mounts over what a unit may not see (below /run/systemd, in a container below /run/host).
_CLOSED = "/inaccessible/dir"
_PRIVATE = "/systemd-private-"
_OCTAL = re.compile(r"\\([0-7]{3})")
_MOST_LINKS = 40


@dataclass(frozen=True)
class MountPoint:
    """One line of the kernel's list (proc_pid_mountinfo(5)).

    `root` is the folder of the file system that is mounted here. `is_closed_here` means that this mount is
    read-only, `is_read_only` that the whole file system is. `device` names the file system.
    """

    point: Path
    root: str = "/"
    kind: str = ""
    source: str = ""
    device: str = ""
    is_closed_here: bool = False
    is_read_only: bool = False

    @property
    def may_hang(self) -> bool:
        """Whether another machine or a program answers for it."""
        if self.kind.startswith("fuse"):
            return True
        return not self.source.startswith("/dev/") and self.kind not in _LOCAL

    @property
    def is_hidden(self) -> bool:
        """Whether systemd hides what is below (ProtectHome=, InaccessiblePaths=)."""
        return self.root.endswith(_CLOSED)

    @property
    def is_private(self) -> bool:
        """Whether it is a folder for temporary files that only this service sees (PrivateTmp=)."""
        return _PRIVATE in self.root


def read_mounts(file: Path = MOUNTS) -> list[MountPoint]:
    """Give all mounts, in the order in which they were made."""
    with suppress(OSError):
        lines = file.read_text("utf-8", "surrogateescape").splitlines()
        return [mount for line in lines if (mount := _read(line)) is not None]
    return []


def mount_of(folder: Path, mounts: Sequence[MountPoint]) -> MountPoint:
    """Give the mount that a path lies on; links are followed as long as they cannot hang."""
    rest, place, links = list(folder.parts[1:]), Path("/"), 0
    found = _deepest(place, mounts)
    while rest:
        place /= rest.pop(0)
        found = _deepest(place, mounts)
        if found.may_hang:
            break
        target = _target(place) if links < _MOST_LINKS else ""
        if target:
            whole = Path(os.path.normpath(place.parent / target))
            rest, place, links = [*whole.parts[1:], *rest], Path("/"), links + 1
            found = _deepest(place, mounts)
    return found


def _deepest(place: Path, mounts: Sequence[MountPoint]) -> MountPoint:
    best = MountPoint(Path("/"))
    for mount in mounts:  # the last one at a place hides those below it
        if place.is_relative_to(mount.point) and len(mount.point.parts) >= len(best.point.parts):
            best = mount
    return best


def _target(place: Path) -> str:
    with suppress(OSError):
        return os.readlink(place)  # noqa: PTH115 - a Path would lose a trailing slash's meaning
    return ""


def _read(line: str) -> MountPoint | None:
    words, _, rest = line.partition(" - ")
    fields, behind = words.split(" "), rest.split(" ")
    if len(fields) < 6 or len(behind) < 3:
        return None
    return MountPoint(
        point=Path(_plain(fields[4])),
        root=_plain(fields[3]),
        kind=behind[0],
        source=_plain(behind[1]),
        device=fields[2],
        is_closed_here="ro" in fields[5].split(","),
        is_read_only="ro" in behind[2].split(","),
    )


def _plain(word: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), word)
