"""The folders that the daemon works in: looked at with the daemon's own rights, and written to for a try."""

from __future__ import annotations

import errno
import os
import secrets
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engramd.organize import Trash
from engramd.organize.mounts import PLACES, Mount, MountTables
from engramd.pipeline.checks import remedies
from engramd.pipeline.checks.lacks_folders import HUNG
from engramd.pipeline.checks.mounts import MountPoint, mount_of
from engramd.pipeline.checks.service import Service
from engramd.pipeline.findings import Finding
from engramd.pipeline.staging import gigabytes

#: Bytes that a disc needs, rather more than less: a DVD of two layers, a Blu-ray of two layers.
DVD, BLURAY = 8_500_000_000, 45_000_000_000
_PROBE = ".engramd-{}.probe"


@dataclass(frozen=True)
class Place:
    """A folder to look at; `short` is what a list of folders calls it.

    `written` says that the daemon makes files there, `is_made` that it makes the folder, too, when it needs
    it, `holds_discs` that its files are large. `severity` is how bad it is when it cannot be used.
    """

    id: str
    what: str
    folder: Path
    short: str
    written: bool = True
    is_made: bool = False
    holds_discs: bool = False
    has_trash: bool = False
    severity: str = "error"


@dataclass(frozen=True)
class Looked:
    """What there is at a folder: the mount it lies on, and free bytes."""

    mount: MountPoint
    free: int = 0


class Folders:
    """Looks at places; blocks as long as their file systems do not answer."""

    def __init__(
        self, service: Service, mounts: Sequence[MountPoint], tables: MountTables | None = None
    ) -> None:
        self._service, self._mounts, self._tables = service, mounts, tables or MountTables()

    def look(self, place: Place) -> Iterator[Finding]:
        """Say of a place whether it can be used, and what it is."""
        if place.is_made:
            place = replace(place, folder=_nearest(place.folder))
        mount = mount_of(place.folder, self._mounts)
        away = self._tables.missing_at(place.folder, Mount(mount.point, mount.kind, mount.source))
        try:
            if not away:
                _try(place)
                yield _judged(place, _look(place.folder, mount))
                yield from _trash(place) if place.has_trash else ()
        except OSError as error:
            yield self._refused(place, mount, error)
        if away:
            lack = f"is not there: {away} is to be mounted, and is not"
            yield self._lacks(place, lack, f"sudo mount {shlex.quote(away)}")

    def _refused(self, place: Place, mount: MountPoint, error: OSError) -> Finding:
        """Say why a folder cannot be used, by what the kernel said and what lies above it."""
        cannot = f"cannot be {'written' if place.written else 'read'}"
        if mount.is_hidden:
            remedy = remedies.to_unhide(place.folder, self._service)
            return self._lacks(place, "is hidden: the unit sees no homes (ProtectHome=)", remedy)
        if error.errno == errno.EROFS:
            return self._read_only(place, cannot, mount)
        if error.errno in (errno.EACCES, errno.EPERM):
            return self._not_permitted(place, cannot)
        why = error.strerror or str(error)
        lack, remedy = {
            errno.ENOENT: ("is not there", self._to_make(place.folder)),
            errno.ENOTDIR: ("is no folder", "engramctl config list, and name a folder"),
            errno.ENOSPC: (f"{cannot}: {why}", f"make room on {mount.point}"),
            errno.EDQUOT: (f"{cannot}: {why}", f"make room on {mount.point}"),
        }.get(error.errno or 0, (f"does not answer: {why}", HUNG))
        return self._lacks(place, lack, remedy)

    def _to_make(self, folder: Path) -> str:
        """Where people mount things, a folder that is not there is rather on something that is not."""
        make = remedies.to_make(folder, self._service)
        if any(folder.is_relative_to(place) for place in PLACES):
            return f"mount it, or if it is to be a new folder: {make}"
        return make

    def _read_only(self, place: Place, cannot: str, mount: MountPoint) -> Finding:
        if mount.is_closed_here and not mount.is_read_only:
            closed = "the unit's sandbox closes it" if self._service.unit else "it is mounted read-only here"
            remedy = remedies.to_unseal(place.folder, mount, self._service)
            return self._lacks(place, f"{cannot}: {closed}", remedy)
        return self._lacks(place, f"{cannot}: its file system is read-only", remedies.to_remount(mount))

    def _not_permitted(self, place: Place, cannot: str) -> Finding:
        for above in reversed(place.folder.parents):
            if not os.access(above, os.X_OK):
                text = f"{cannot}: {self._service.user} may not pass {above}"
                return self._lacks(place, text, remedies.to_pass(above, self._service))
        to = remedies.to_write if place.written else remedies.to_read
        why = f"{cannot}: {self._service.user} is not permitted to"
        return self._lacks(place, why, to(place.folder, self._service))

    @staticmethod
    def _lacks(place: Place, lack: str, remedy: str) -> Finding:
        what, colon, why = lack.partition(": ")
        text = f"{place.what} {what} ({place.folder}){colon}{why}"
        return Finding(place.id, text, remedy, place.severity, str(place.folder))


def unanswered(place: Place) -> Finding:
    """Say that a place did not answer in time."""
    text = f"{place.what} does not answer ({place.folder}): its file system hangs"
    return Finding(place.id, text, HUNG, place.severity, str(place.folder))


def _nearest(folder: Path) -> Path:
    """Give a folder, or the one above it in which it would be made."""
    return next(one for one in (folder, *folder.parents) if _exists(one) or one == one.parent)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it may not be looked at, or does not answer, which the try will tell
        return True


def _try(place: Place) -> None:
    """Do what the daemon does there. Raises OSError."""
    with os.scandir(place.folder) as entries:
        next(entries, None)
    if place.written:
        _write_once(place.folder)


def _judged(place: Place, looked: Looked) -> Finding:
    """Say what a folder that can be used is, and what is unwise about it."""
    mount, free = looked.mount, gigabytes(looked.free)
    found = Finding(place.id, _described(place, looked), where=str(place.folder), short=place.short)
    if mount.is_private:
        text = f"{place.what} is in a folder for temporary files of this service alone ({place.folder})"
        remedy = "choose one outside of /tmp and /var/tmp: it goes when engramd stops"
        return replace(found, text=text, remedy=remedy, severity="warning")
    if place.holds_discs and looked.free < DVD:
        text = f"{place.what} has room for less than one DVD ({place.folder}): {free}"
        return replace(found, text=text, remedy=f"make room on {mount.point}", severity="warning")
    return found


def _described(place: Place, looked: Looked) -> str:
    can = "can be written" if place.written else "can be read"
    lies = f"on {looked.mount.kind}" + (", mounted there" if looked.mount.point == place.folder else "")
    room = f"{gigabytes(looked.free)} free" + (f", {_discs(looked.free)}" if place.holds_discs else "")
    return f"{place.what} {can} ({place.folder}); {lies}; {room}"


def _look(folder: Path, mount: MountPoint) -> Looked:
    status = os.statvfs(folder)
    return Looked(mount, status.f_bavail * status.f_frsize)


def _write_once(folder: Path) -> None:
    """Make a hidden file with something in it, and take it away again."""
    path = folder / _PROBE.format(secrets.token_hex(8))
    try:
        path.write_bytes(b"\n")
    finally:
        path.unlink(missing_ok=True)


def _discs(free: int) -> str:
    dvds, blurays = free // DVD, free // BLURAY
    many = f"about {dvds} DVD{'' if dvds == 1 else 's'}"
    return f"{many} or {blurays} Blu-ray{'' if blurays == 1 else 's'}" if blurays else many


def _trash(place: Place) -> Iterator[Finding]:
    entries = Trash(place.folder).entries()
    if entries:
        size = gigabytes(sum(entry.size for entry in entries))
        many = f"{len(entries)} file{'' if len(entries) == 1 else 's'}"
        text = f"{many} ({size}) lie in the trash of {place.what}; `engramctl trash list` names them"
        yield Finding(f"trash-{place.id}", text, where=str(place.folder), short=f"trash {size}")
