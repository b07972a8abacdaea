"""What became of a drive between two snapshots; repeated events change nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

from engramd.drives.snapshot import DriveSnapshot


class Transition(StrEnum):
    """One thing that happened; several can happen at once."""

    APPEARED = "appeared"
    REMOVED = "removed"
    EJECT_REQUESTED = "eject requested"
    MEDIA_REMOVED = "media removed"
    INSERTED = "inserted"
    #: The disc is the same, and more (or less) is known of it or of the drive.
    UPDATED = "updated"


def settle(old: DriveSnapshot | None, new: DriveSnapshot, number: Callable[[], int]) -> DriveSnapshot:
    """Give the snapshot to believe after an event: what is surely no change of the disc stays as it was.

    The result of a loaded drive always has a `diskseq`. Where the kernel gives none (before 5.15, or an odd
    event) a disc that stays keeps its number, and one that comes gets `number()`, which must be negative and
    new in this boot.
    """
    if old is not None and old.loaded and not new.loaded and _only_looks_empty(old, new):
        new = replace(
            new,
            diskseq=old.diskseq,
            media=old.media,
            label=old.label,
            audio_tracks=old.audio_tracks,
            data_tracks=old.data_tracks,
        )
    if not new.loaded:
        return new
    if old is not None and old.loaded and (new.diskseq is None or (old.diskseq or 0) < 0):
        return replace(new, diskseq=old.diskseq)
    return new if new.diskseq is not None else replace(new, diskseq=number())


def decide(old: DriveSnapshot | None, new: DriveSnapshot | None) -> tuple[Transition, ...]:
    """Say what happened between two settled snapshots of one drive, in order; nothing for a repetition.

    A disc that was swapped for another (a new DISKSEQ without an empty moment) gives `MEDIA_REMOVED` and
    `INSERTED`.
    """
    if new is None:
        return () if old is None else (*_disc_changes(old, None), Transition.REMOVED)
    found = [Transition.APPEARED] if old is None else []
    if new.eject_request:
        found.append(Transition.EJECT_REQUESTED)
    found += _disc_changes(old, new)
    if not found and _lasting(old) != _lasting(new):
        found.append(Transition.UPDATED)
    return tuple(found)


def _only_looks_empty(old: DriveSnapshot, new: DriveSnapshot) -> bool:
    """Tell a probe of udev's that failed (the drive is held by a ripper) from a disc that is gone.

    The kernel raises DISKSEQ with each change of the medium. An eject request comes before its disc goes, and
    udev does not look for the disc then.
    """
    if new.eject_request:
        return True
    return new.diskseq is not None and new.diskseq == old.diskseq and not new.media_change


def _disc_changes(old: DriveSnapshot | None, new: DriveSnapshot | None) -> list[Transition]:
    before = old.diskseq if old is not None and old.loaded else None
    after = new.diskseq if new is not None and new.loaded else None
    if before == after:
        return []
    gone = [Transition.MEDIA_REMOVED] if before is not None else []
    return gone + ([Transition.INSERTED] if after is not None else [])


def _lasting(snapshot: DriveSnapshot | None) -> DriveSnapshot | None:
    """Give the snapshot without what belongs to its event only."""
    if snapshot is None:
        return None
    diskseq = snapshot.diskseq if snapshot.loaded else None
    return replace(snapshot, diskseq=diskseq, eject_request=False, media_change=False)
