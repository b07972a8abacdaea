from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.discs.model import Media
from engramd.drives.ioctls import DriveStatus
from engramd.drives.model import DriveState, Insertion, InsertionKey
from engramd.drives.registry import DriveRegistry
from engramd.errors import NotFound
from engramd.events import DriveAdded, DriveChanged, DriveRemoved, Event, EventHub
from tests.drives import records
from tests.drives.test_transitions import EVENTS

DRIVE = "0QEMU_QEMU_DVD-ROM_K1-88"


@dataclass
class Recorder:
    """Writes down what it is told, in order."""

    insertions: list[Insertion] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    fails: bool = False

    def on_insertion(self, insertion: Insertion) -> None:
        if self.fails:
            raise RuntimeError("the database is locked")
        self.insertions.append(insertion)
        self.told.append(f"inserted {insertion.key.diskseq}")

    def on_removal(self, identity: str, reason: str) -> None:
        self.told.append(f"removed: {reason}")

    def on_eject_request(self, identity: str) -> None:
        self.told.append("button")


class House:
    """A registry with its listener and the events it published."""

    def __init__(self) -> None:
        self.recorder = Recorder()
        self.events: list[Event] = []
        hub = EventHub()
        hub.subscribe(Event, self.events.append)
        numbers = count(-1, -1)
        self.registry = DriveRegistry(
            self.recorder, hub.publish, boot=lambda: "boot", number=lambda: next(numbers)
        )

    def play(self, *property_sets: dict[str, str]) -> House:
        for properties in property_sets:
            self.registry.on_event("change", properties)
        return self

    def is_in(self, state: DriveState) -> bool:
        return self.registry.get(DRIVE).state is state


def test_a_day_of_a_drive() -> None:
    house = House()
    house.registry.on_drives([records.EMPTY], at_start=True)
    assert house.is_in(DriveState.EMPTY)
    house.play(records.DVD)
    drive = house.registry.get(DRIVE)
    assert (drive.state, drive.media, drive.label) == (DriveState.READY, Media.DVD, "DISC_ONE")
    assert (drive.device, drive.id) == ("/dev/sr0", "_30QEMU_5fQEMU_5fDVD_2dROM_5fK1_2d88")
    house.play(records.EJECT_REQUEST, records.TAKEN_OUT)
    drive = house.registry.get(DRIVE)
    assert (drive.state, drive.media, drive.label, drive.key) == (DriveState.OPEN, Media.NONE, "", None)
    house.play(records.RE_INSERTED)
    house.registry.on_event("remove", records.RE_INSERTED)
    assert house.recorder.told == [
        "inserted 10",
        "button",
        "removed: the disc was taken out",
        "inserted 12",
        "removed: the drive was unplugged",
    ]
    assert house.events[0] == DriveAdded(DRIVE)
    assert house.events[-1] == DriveRemoved(DRIVE)
    assert house.registry.drives() == []


def test_an_insertion_carries_what_a_job_needs() -> None:
    house = House()
    house.registry.on_drives([records.EMPTY], at_start=True)
    house.play(records.DVD)
    assert house.recorder.insertions == [
        Insertion(InsertionKey("boot", DRIVE, 10), DRIVE, "/dev/sr0", "DISC_ONE", Media.DVD, at_start=False)
    ]
    assert house.registry.insertion(DRIVE) == house.recorder.insertions[0]
    assert house.play(records.TAKEN_OUT).registry.insertion(DRIVE) is None


def test_a_disc_found_at_start_says_so_and_a_drive_plugged_in_later_does_not() -> None:
    house = House()
    house.registry.on_drives([records.DVD], at_start=True)
    house.play(records.of_other_drive(records.DVD, ID_SERIAL_SHORT="K2", ID_SERIAL="x_K2", DISKSEQ="11"))
    assert [insertion.at_start for insertion in house.recorder.insertions] == [True, False]


def test_the_disc_of_the_start_is_no_second_insertion_when_its_event_follows() -> None:
    house = House()
    house.registry.on_drives([records.DVD], at_start=True)
    house.play(records.DVD)
    assert len(house.recorder.insertions) == 1


def test_after_lost_events_the_list_is_compared() -> None:
    house = House()
    second = records.of_other_drive(records.DVD, ID_SERIAL_SHORT="K2", ID_SERIAL="x_K2", DISKSEQ="11")
    house.registry.on_drives([records.EMPTY, second], at_start=True)
    house.registry.on_drives([records.SYNTHETIC], at_start=False)
    assert house.recorder.told == ["inserted 11", "removed: the drive was unplugged", "inserted 10"]
    assert [drive.device for drive in house.registry.drives()] == ["/dev/sr0"]


def test_a_swap_tells_of_the_removal_first() -> None:
    house = House().play(records.DVD, records.SWAPPED, records.SWAPPED)
    assert house.recorder.told == ["inserted 10", "removed: another disc is in the drive", "inserted 11"]
    assert house.registry.get(DRIVE).label == "DISC_TWO"


def test_an_insertion_that_failed_is_delivered_again_with_the_next_event() -> None:
    house = House()
    house.recorder.fails = True
    house.play(records.DVD)
    house.recorder.fails = False
    house.play(records.SYNTHETIC, records.SYNTHETIC)
    assert house.recorder.told == ["inserted 10"]


def test_a_drive_keeps_its_identity_when_its_node_changes() -> None:
    """A USB drive that dropped off comes back as sr1, with its disc and a new DISKSEQ."""
    house = House().play(records.DVD)
    house.registry.on_event("remove", records.DVD)
    house.play(records.of_other_drive(records.DVD, DISKSEQ="14"))
    assert house.registry.get(DRIVE).device == "/dev/sr1"
    assert house.registry.by_device("/dev/sr0") is None
    assert [insertion.key.diskseq for insertion in house.recorder.insertions] == [10, 14]


def test_two_drives_with_one_serial_are_two_drives() -> None:
    house = House().play(records.EMPTY, records.of_other_drive(records.EMPTY))
    drives = house.registry.drives()
    assert [drive.device for drive in drives] == ["/dev/sr0", "/dev/sr1"]
    assert len({drive.id for drive in drives}) == 2
    house.play(records.of_other_drive(records.DVD))
    assert house.registry.get(DRIVE).media is Media.NONE
    assert house.recorder.insertions[0].device == "/dev/sr1"


def test_states_of_the_worker_hold_until_the_disc_changes() -> None:
    house = House().play(records.DVD)
    house.registry.set_state(DRIVE, DriveState.BUSY)
    house.play(records.SYNTHETIC, records.PROBE_FAILED)
    assert house.is_in(DriveState.BUSY)
    house.play(records.TAKEN_OUT)
    assert house.is_in(DriveState.OPEN)


def test_no_event_frees_a_drive_whose_thread_hangs() -> None:
    house = House().play(records.DVD)
    house.registry.set_state(DRIVE, DriveState.STUCK)
    house.play(records.TAKEN_OUT, records.RE_INSERTED)
    assert house.is_in(DriveState.STUCK)
    house.registry.set_state(DRIVE, DriveState.READY)
    assert house.is_in(DriveState.READY)


def test_what_reading_told_stays_with_its_disc() -> None:
    house = House().play(records.CD_LIKE)
    key = house.recorder.insertions[0].key
    house.registry.set_media(DRIVE, key, Media.DVD, "The Show")
    house.play(records.CD_LIKE)
    assert (house.registry.get(DRIVE).media, house.registry.get(DRIVE).label) == (Media.DVD, "The Show")
    house.play(records.SWAPPED)
    house.registry.set_media(DRIVE, key, Media.UHD, "too late")
    assert (house.registry.get(DRIVE).media, house.registry.get(DRIVE).label) == (Media.DVD, "DISC_TWO")


def test_the_drive_itself_tells_open_from_empty_but_not_whether_there_is_a_disc() -> None:
    house = House().play(records.EMPTY)
    house.registry.note_status(DRIVE, DriveStatus.TRAY_OPEN)
    assert house.is_in(DriveState.OPEN)
    house.registry.note_status(DRIVE, DriveStatus.NO_INFO)
    assert house.is_in(DriveState.OPEN)
    house.registry.note_status(DRIVE, DriveStatus.NO_DISC)
    assert house.is_in(DriveState.EMPTY)
    house.registry.note_status(DRIVE, DriveStatus.DISC_OK)
    assert house.is_in(DriveState.EMPTY)
    house.play(records.DVD)
    house.registry.set_state(DRIVE, DriveState.BUSY)
    house.registry.note_status(DRIVE, DriveStatus.NOT_READY)
    assert house.is_in(DriveState.BUSY)


def test_events_are_published_for_changes_only() -> None:
    house = House().play(records.EMPTY, records.EMPTY, records.DVD, *[records.SYNTHETIC] * 20)
    house.registry.set_state(DRIVE, DriveState.READY)
    assert house.events == [DriveAdded(DRIVE), DriveChanged(DRIVE)]


def test_an_unknown_drive_is_not_found() -> None:
    house = House()
    with pytest.raises(NotFound, match="no such drive"):
        house.registry.get("nothing")
    house.registry.set_state("nothing", DriveState.BUSY)
    house.registry.on_event("remove", records.DVD)
    assert house.events == []


def test_an_old_kernel_still_gives_every_insertion_a_key_of_its_own() -> None:
    old = [
        records.without_diskseq(each)
        for each in (records.EMPTY, records.DVD, records.DVD, records.TAKEN_OUT, records.DVD)
    ]
    house = House().play(*old)
    assert [insertion.key.diskseq for insertion in house.recorder.insertions] == [-1, -2]


@given(st.lists(st.tuples(EVENTS, st.sampled_from(["add", "change", "remove"])), max_size=40))
def test_whatever_comes_no_key_is_delivered_twice(story: list[tuple[dict[str, str], str]]) -> None:
    house = House()
    for properties, action in story:
        house.registry.on_event(action, properties)
    keys = [insertion.key for insertion in house.recorder.insertions]
    assert len(keys) == len(set(keys))
    loaded = [drive.key for drive in house.registry.drives() if drive.key]
    assert set(loaded) <= set(keys), "a disc that is in its drive was never delivered"
