"""Which file system a folder lies on, and which ones are away that should be mounted there."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")
TABLE = Path("/etc/fstab")
UNITS = Path("/etc/systemd/system")
UUIDS = Path("/dev/disk/by-uuid")
#: Where people mount things: an empty folder there is a share that is away, rather than a new library.
PLACES = ("/mnt", "/media", "/run/media", "/net")
_OCTAL = re.compile(r"\\([0-7]{3})")
#: File systems of several folders, disks or servers, whose sources change when one is added.
_POOLS = frozenset({"fuse.mergerfs", "fuse.unionfs", "fuse.unionfs-fuse", "fuse.mhddfs", "ceph", "fuse.ceph"})


@dataclass(frozen=True)
class Mount:
    """A mounted file system: where, of which type, and what (a device, `server:/share`, or a word)."""

    point: Path
    kind: str
    source: str

    @property
    def is_root(self) -> bool:
        """Whether it is the machine's own."""
        return self.point == Path("/")


@dataclass(frozen=True)
class MountTables:
    """Where the kernel and the administrator say what is mounted, and what is to be."""

    mounts: Path = MOUNTS
    table: Path = TABLE
    units: Path = UNITS
    uuids: Path = UUIDS

    def of(self, folder: Path) -> Mount:
        """Give the mount that a folder lies on; its links must be resolved. Raises OSError."""
        best = Mount(Path("/"), "", "")
        for mount in _mounted(self.mounts.read_text("utf-8", "surrogateescape")):
            # The last one at a place hides those below it.
            if folder.is_relative_to(mount.point) and len(mount.point.parts) >= len(best.point.parts):
                best = mount
        return best

    def identity(self, mount: Mount) -> str:
        """Name a file system so that it is known again after a restart, when devices have other numbers."""
        if mount.kind in _POOLS:
            return mount.kind
        if not mount.source.startswith("/dev/"):
            return f"{mount.kind} {mount.source}"
        uuid = self._uuid(mount.source)
        return f"{mount.kind} UUID={uuid}" if uuid else mount.kind

    def missing_at(self, folder: Path, mount: Mount) -> str:
        """Give the place above (or at) a folder where something is to be mounted and is not; else nothing."""
        for point in self._wanted():
            if folder.is_relative_to(point) and not mount.point.is_relative_to(point):
                return str(point)
        return ""

    def _uuid(self, device: str) -> str:
        with contextlib.suppress(OSError):
            there = Path(device).resolve()
            return next((link.name for link in self.uuids.iterdir() if link.resolve() == there), "")
        return ""

    def _wanted(self) -> Iterator[Path]:
        with contextlib.suppress(OSError):
            yield from _points(self.table.read_text("utf-8", "surrogateescape").splitlines())
        with contextlib.suppress(OSError):
            for unit in sorted(self.units.glob("*.mount")):
                yield from _where(unit)


def is_alike(one: str, other: str) -> bool:
    """Whether two identities may be one file system's.

    One without a UUID may have had it not to be seen: in a container without /dev/disk, or on several disks,
    of which one has the link. One source may be mounted as another type: nfs4 or nfs, ntfs3 or fuseblk.
    """
    kind, _, rest = one.partition(" ")
    other_kind, _, other_rest = other.partition(" ")
    return rest == other_rest if rest and other_rest else kind == other_kind


def _mounted(text: str) -> Iterator[Mount]:
    """Read the kernel's list (proc_pid_mountinfo(5))."""
    for line in text.splitlines():
        words, _, rest = line.partition(" - ")
        fields, behind = words.split(" "), rest.split(" ")
        if len(fields) > 4 and len(behind) > 1:
            yield Mount(Path(_plain(fields[4])), behind[0], _plain(behind[1]))


def _points(lines: Iterable[str]) -> Iterator[Path]:
    for line in lines:
        fields = line.split()
        if len(fields) > 2 and not line.lstrip().startswith("#") and fields[1].startswith("/"):
            point = Path(_plain(fields[1]))
            if point != Path("/") and fields[2] != "swap":
                yield point


def _where(unit: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        for line in unit.read_text("utf-8", "surrogateescape").splitlines():
            name, _, value = line.partition("=")
            if name.strip() == "Where" and value.strip().startswith("/"):
                yield Path(value.strip())


def _plain(word: str) -> str:
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), word)
