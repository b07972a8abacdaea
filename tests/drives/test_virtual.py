from __future__ import annotations

import pytest

from engramd.discs.model import Media
from engramd.drives.model import DriveState, object_id
from engramd.drives.virtual import VirtualDrives
from engramd.errors import NotFound
from engramd.events import DriveAdded, DriveChanged, DriveRemoved, Event


def test_a_virtual_drive_lives_while_its_job_does() -> None:
    events: list[Event] = []
    drives = VirtualDrives(events.append)
    drive = drives.add(7, "/srv/media/import/show.iso")
    assert (drive.id, drive.device, drive.state) == (
        "virtual_7",
        "/srv/media/import/show.iso",
        DriveState.READY,
    )
    assert drive.virtual
    assert drives.add(7, "/another") == drive
    drives.change(7, state=DriveState.BUSY, media=Media.DVD, label="SHOW")
    drives.change(7, label="SHOW")
    assert (drives.get(7).state, drives.get(7).media, drives.get(7).label) == ("busy", "dvd", "SHOW")
    drives.remove(7)
    drives.remove(7)
    drives.change(7, label="late")
    assert events == [DriveAdded("virtual_7"), DriveChanged("virtual_7"), DriveRemoved("virtual_7")]
    with pytest.raises(NotFound):
        drives.get(7)
    assert drives.drives() == []


def test_no_serial_can_be_taken_for_a_virtual_drive() -> None:
    assert object_id("virtual_7") != "virtual_7"
