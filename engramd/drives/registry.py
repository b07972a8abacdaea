"""All drives, their states and their discs; turns udev's events into insertions, each delivered once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from engramd.discs.model import Media
from engramd.drives.boot import InsertionNumbers, boot_id
from engramd.drives.identity import identity_of, place_of
from engramd.drives.ioctls import DriveStatus
from engramd.drives.model import Drive, DriveState, Insertion, InsertionKey, object_id
from engramd.drives.ports import Ports, PortsInMemory
from engramd.drives.snapshot import DriveSnapshot, snapshot_of, sysfs_path
from engramd.drives.transitions import Transition, decide, settle
from engramd.errors import NotFound
from engramd.events import DriveAdded, DriveChanged, DriveRemoved, Event

log = logging.getLogger(__name__)

_STATES = {
    DriveStatus.NO_DISC: DriveState.EMPTY,
    DriveStatus.TRAY_OPEN: DriveState.OPEN,
    DriveStatus.NOT_READY: DriveState.LOADING,
    DriveStatus.DISC_OK: DriveState.READY,
}


class DiscListener(Protocol):
    """Who acts on discs; called from the monitor's thread, so it returns soon."""

    def on_insertion(self, insertion: Insertion) -> None:
        """A disc is new. If this raises, the insertion is delivered again with the drive's next event."""

    def on_removal(self, identity: str, reason: str) -> None:
        """The disc that was inserted is gone, or its drive is."""

    def on_eject_request(self, identity: str) -> None:
        """Somebody pressed the button; udev opens the tray."""


@dataclass
class _Entry:
    snapshot: DriveSnapshot
    drive: Drive
    delivered: set[InsertionKey] = field(default_factory=set)


class DriveRegistry:
    """The drives by identity, for any thread; events come from the monitor's thread only.

    Listeners are called without the lock. Drives, discs and insertions are announced in the order in which
    they happened. `ports` remembers drives that are not there.
    """

    def __init__(
        self,
        listener: DiscListener,
        publish: Callable[[Event], None],
        *,
        boot: Callable[[], str] = boot_id,
        number: Callable[[], int] | None = None,
        ports: Ports | None = None,
    ) -> None:
        self._listener = listener
        self._publish = publish
        self._boot_id = boot()
        self._number = number or InsertionNumbers()
        self._ports = ports or PortsInMemory()
        self._lock = threading.Lock()
        self._entries: dict[str, _Entry] = {}
        self._gone: dict[str, set[InsertionKey]] = {}

    # What others ask and say.

    def drives(self) -> list[Drive]:
        """All drives, by device node."""
        with self._lock:
            return sorted((entry.drive for entry in self._entries.values()), key=lambda drive: drive.device)

    def get(self, identity: str) -> Drive:
        """Give one drive. Raises NotFound."""
        with self._lock:
            return self._entry(identity).drive

    def by_device(self, device: str) -> Drive | None:
        """Give the drive that is this node now."""
        return next((drive for drive in self.drives() if drive.device == device), None)

    def by_id(self, drive_id: str) -> Drive | None:
        """Give the drive by its element of a D-Bus path."""
        return next((drive for drive in self.drives() if drive.id == drive_id), None)

    def insertion(self, identity: str) -> Insertion | None:
        """Give the disc that is in the drive now, so that a person can have it handled again."""
        drive = self.get(identity)
        return _insertion(drive, at_start=False) if drive.key else None

    def set_state(self, identity: str, state: DriveState) -> None:
        """Record what the drive's worker does or found. A drive that is gone is ignored."""
        self._alter(identity, lambda drive: replace(drive, state=state))

    def set_abilities(self, identity: str, abilities: tuple[str, ...]) -> None:
        """Record what the drive told that it can do. A drive that is gone is ignored."""
        self._alter(identity, lambda drive: replace(drive, abilities=abilities))

    def set_media(self, identity: str, key: InsertionKey, media: Media, label: str | None = None) -> None:
        """Record what reading the disc told beyond udev, as long as that disc is in the drive."""

        def learn(drive: Drive) -> Drive:
            if drive.key != key:
                return drive
            return replace(drive, media=media, label=drive.label if label is None else label)

        self._alter(identity, learn)

    def note_status(self, identity: str, status: DriveStatus) -> None:
        """Take over a drive's own answer where no worker has it: only it can tell `open` from `empty`.

        The answer cannot make a disc appear or vanish; udev's events do.
        """

        def look(drive: Drive) -> Drive:
            state = _STATES.get(status, drive.state)
            holds = drive.state in (DriveState.BUSY, DriveState.STUCK, DriveState.UNREADABLE)
            fits = (drive.key is None) == (state in (DriveState.EMPTY, DriveState.OPEN))
            return drive if holds or not fits else replace(drive, state=state)

        self._alter(identity, look)

    # What udev says.

    def on_drives(self, present: Sequence[Mapping[str, str]], *, at_start: bool) -> None:
        """Compare with a complete list of drives: at start, and after events were lost."""
        paths = {sysfs_path(properties) for properties in present}
        with self._lock:
            vanished = [
                e.drive.identity for e in self._entries.values() if e.snapshot.sysfs_path not in paths
            ]
        for identity in vanished:
            self._remove(identity)
        for snapshot in self._in_order([snapshot_of(properties) for properties in present]):
            self._change(snapshot, at_start=at_start)

    def on_event(self, action: str, properties: Mapping[str, str]) -> None:
        """Take one event of udev in."""
        if action == "remove":
            identity = self._identity_at(sysfs_path(properties))
            if identity is not None:
                self._remove(identity)
            return
        self._change(snapshot_of(properties), at_start=False)

    # How it is done.

    def _in_order(self, present: Sequence[DriveSnapshot]) -> list[DriveSnapshot]:
        """Put those first that are where they were, so that none is taken for another that was moved."""
        known = self._ports.known()

        def rank(snapshot: DriveSnapshot) -> tuple[bool, str]:
            return known.get(snapshot.identity) != place_of(snapshot), snapshot.sysfs_path

        return sorted(present, key=rank)

    def _change(self, raw: DriveSnapshot, *, at_start: bool) -> None:
        with self._lock:
            identity = self._name(raw)
            entry = self._entries.get(identity)
            old = entry.snapshot if entry else None
            new = settle(old, replace(raw, identity=identity), self._number)
            found = decide(old, new)
            if entry is None:
                keys = self._gone.pop(identity, set())
                entry = self._entries[identity] = _Entry(new, _new_drive(new), keys)
            before = entry.drive
            entry.snapshot = replace(new, eject_request=False, media_change=False)
            entry.drive = _next_drive(before, old, new, found, self._boot_id)
            drive, delivered = entry.drive, entry.delivered
        if new.port or identity not in self._ports.known():
            self._ports.remember(identity, place_of(new))
        if Transition.APPEARED in found:
            self._publish(DriveAdded(identity))
        elif drive != before:
            self._publish(DriveChanged(identity))
        if Transition.EJECT_REQUESTED in found:
            self._call(self._listener.on_eject_request, identity)
        if Transition.MEDIA_REMOVED in found:
            reason = "another disc is in the drive" if new.loaded else "the disc was taken out"
            self._call(self._listener.on_removal, identity, reason)
        self._deliver(drive, delivered, at_start=at_start)

    def _deliver(self, drive: Drive, delivered: set[InsertionKey], *, at_start: bool) -> None:
        """Hand on the insertion that is in the drive unless that was done."""
        if drive.key is None or drive.key in delivered:
            return
        if self._call(self._listener.on_insertion, _insertion(drive, at_start=at_start)):
            delivered.add(drive.key)

    def _remove(self, identity: str) -> None:
        with self._lock:
            entry = self._entries.pop(identity)
            # A plug that is loose for a moment keeps the DISKSEQ of no disc, but an odd repetition may.
            self._gone[identity] = entry.delivered
        if entry.drive.key is not None:
            self._call(self._listener.on_removal, identity, "the drive was unplugged")
        self._publish(DriveRemoved(identity))

    def _alter(self, identity: str, change: Callable[[Drive], Drive]) -> None:
        with self._lock:
            entry = self._entries.get(identity)
            if entry is None:
                return
            before, entry.drive = entry.drive, change(entry.drive)
            changed = before != entry.drive
        if changed:
            self._publish(DriveChanged(identity))

    def _entry(self, identity: str) -> _Entry:
        entry = self._entries.get(identity)
        if entry is None:
            raise NotFound("there is no such drive", where=identity, remedy="see `engramctl drives`")
        return entry

    def _identity_at(self, path: str) -> str | None:
        with self._lock:
            return next((i for i, e in self._entries.items() if e.snapshot.sysfs_path == path), None)

    def _name(self, snapshot: DriveSnapshot) -> str:
        for identity, entry in self._entries.items():
            if entry.snapshot.sysfs_path == snapshot.sysfs_path:
                return identity
        return identity_of(snapshot, self._ports.known(), self._entries)

    @staticmethod
    def _call(callback: Callable[..., None], *arguments: object) -> bool:
        try:
            callback(*arguments)
        except Exception:
            log.exception("%s failed", getattr(callback, "__name__", "a listener"))
            return False
        return True


def _new_drive(snapshot: DriveSnapshot) -> Drive:
    return Drive(identity=snapshot.identity, id=object_id(snapshot.identity), device=snapshot.device)


def _next_drive(
    drive: Drive, old: DriveSnapshot | None, snapshot: DriveSnapshot, found: tuple[Transition, ...], boot: str
) -> Drive:
    """Give the drive after a snapshot; what its worker learned of the disc stays with the disc."""
    drive = replace(
        drive,
        device=snapshot.device,
        vendor=snapshot.vendor,
        model=snapshot.model,
        serial=snapshot.serial,
        port=snapshot.port,
        reads=snapshot.reads,
        state=_next_state(drive, snapshot, found),
    )
    if not snapshot.loaded:
        return replace(drive, media=Media.NONE, label="", key=None)
    key = InsertionKey(boot, drive.identity, snapshot.diskseq or 0)
    if drive.key != key:
        return replace(drive, media=snapshot.media, label=snapshot.label, key=key)
    learned = old is None or drive.media is not old.media
    media = drive.media if learned else snapshot.media
    return replace(drive, media=media, label=drive.label or snapshot.label)


def _next_state(drive: Drive, snapshot: DriveSnapshot, found: tuple[Transition, ...]) -> DriveState:
    if drive.state is DriveState.STUCK:
        # Its thread hangs in the kernel: no event frees it, only the thread itself.
        return drive.state
    if Transition.INSERTED in found:
        return DriveState.READY
    if Transition.MEDIA_REMOVED in found:
        # A disc leaves through an open tray; `note_status` tells when the tray is closed again.
        return DriveState.OPEN
    if Transition.EJECT_REQUESTED in found and not snapshot.loaded:
        return DriveState.OPEN
    return drive.state


def _insertion(drive: Drive, *, at_start: bool) -> Insertion:
    if drive.key is None:
        raise NotFound("there is no disc in the drive", where=drive.device)
    return Insertion(drive.key, drive.identity, drive.device, drive.label, drive.media, at_start)
