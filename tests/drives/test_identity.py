"""Which drive is which, whatever the order in which they are found."""

from __future__ import annotations

from itertools import count, permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.drives.ports import Ports, PortsInFile, PortsInMemory
from engramd.drives.registry import DriveRegistry
from engramd.events import EventHub
from tests.drives import records
from tests.drives.test_registry import Recorder

SERIAL = "0QEMU_QEMU_DVD-ROM_K1-88"
ORDERS = list(permutations(range(2)))


def drive(number: int, node: int | None = None, **changes: str) -> dict[str, str]:
    """Give a drive at a port, with the same serial as all others; `node` is its number at present."""
    node = number if node is None else node
    return records.EMPTY | {
        "DEVNAME": f"/dev/sr{node}",
        "DEVPATH": f"/devices/host{node}/target{node}:0:0/block/sr{node}",
        "ID_PATH": f"pci-0000:00:14.0-usb-0:{number}:1.0-scsi-0:0:0:0",
        **changes,
    }


class House:
    """A registry after a start of the daemon; `ports` outlive it."""

    def __init__(self, ports: Ports, *present: dict[str, str], boot: str = "boot") -> None:
        self.recorder = Recorder()
        numbers = count(-1, -1)
        self.registry = DriveRegistry(
            self.recorder, EventHub().publish, boot=lambda: boot, number=lambda: next(numbers), ports=ports
        )
        self.registry.on_drives(present, at_start=True)

    def plug(self, *found: dict[str, str]) -> House:
        for properties in found:
            self.registry.on_event("add", properties)
        return self

    def unplug(self, *found: dict[str, str]) -> House:
        for properties in found:
            self.registry.on_event("remove", properties)
        return self

    def who(self) -> dict[str, str]:
        """Give the identities by port."""
        return {one.port: one.identity for one in self.registry.drives()}


def at(number: int) -> str:
    return drive(number)["ID_PATH"]


@pytest.mark.parametrize("order", ORDERS)
def test_two_drives_with_one_serial_are_found_in_any_order_at_any_start(order: tuple[int, ...]) -> None:
    ports = PortsInMemory()
    first = House(ports, *(drive(number) for number in (0, 1))).who()
    assert first == {at(0): SERIAL, at(1): f"{SERIAL}@{at(1)}"}
    assert House(ports, *(drive(number) for number in order)).who() == first
    assert House(ports).plug(*(drive(number) for number in order)).who() == first


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_does_not_count_at_the_first_start_either(order: tuple[int, ...]) -> None:
    found = House(PortsInMemory(), *(drive(number) for number in order)).who()
    assert found == {at(0): SERIAL, at(1): f"{SERIAL}@{at(1)}"}


@pytest.mark.parametrize("order", ORDERS)
def test_one_that_was_alone_keeps_its_identity_when_the_other_comes_and_after_it(
    order: tuple[int, ...],
) -> None:
    """What was recorded of the first one (its name, its insertions) stays its own."""
    ports = PortsInMemory()
    disc = {**records.DVD, **drive(1), "DISKSEQ": "10"}
    alone = House(ports, disc)
    assert alone.who() == {at(1): SERIAL}
    both = alone.plug(drive(0))
    assert both.who() == {at(1): SERIAL, at(0): f"{SERIAL}@{at(0)}"}
    again = House(ports, *((drive(0), disc)[number] for number in order))
    assert again.who() == both.who()
    [before], [after] = both.recorder.insertions, again.recorder.insertions
    assert before.key == after.key, "the disc would be ripped again"


def test_other_nodes_change_nothing() -> None:
    ports = PortsInMemory()
    before = House(ports, drive(0), drive(1)).who()
    assert House(ports, drive(0, node=1), drive(1, node=0)).who() == before


def test_each_is_itself_when_it_is_plugged_in_again() -> None:
    ports = PortsInMemory()
    house = House(ports, drive(0), drive(1))
    before = house.who()
    house.unplug(drive(0), drive(1)).plug(drive(1, node=2), drive(0, node=3))
    assert house.who() == before


@pytest.mark.parametrize("order", ORDERS)
def test_a_third_one_is_neither_of_the_two_even_where_one_is_away(order: tuple[int, ...]) -> None:
    ports = PortsInMemory()
    before = House(ports, drive(0), drive(1)).who()
    found = House(ports, *((drive(1), drive(2))[number] for number in order)).plug(drive(0)).who()
    assert found == {**before, at(2): f"{SERIAL}@{at(2)}"}


def test_a_drive_with_a_serial_of_its_own_keeps_its_identity_at_another_port() -> None:
    ports = PortsInMemory()
    assert House(ports, drive(0)).who() == {at(0): SERIAL}
    assert House(ports, drive(5)).who() == {at(5): SERIAL}
    assert House(ports, drive(5)).plug(drive(0)).who() == {at(5): SERIAL, at(0): f"{SERIAL}@{at(0)}"}


def test_drives_without_a_serial_go_by_their_ports() -> None:
    bare = {"ID_SERIAL_SHORT": "", "ID_SERIAL": "QEMU_DVD-ROM"}
    found = House(PortsInMemory(), drive(1, **bare), drive(0, **bare)).who()
    assert found == {at(0): at(0), at(1): at(1)}


@given(
    st.lists(
        st.tuples(st.sampled_from(["plug", "unplug", "start"]), st.permutations([0, 1, 2]), st.integers(0, 2))
    )
)
def test_once_they_were_seen_together_nothing_changes_who_is_who(
    story: list[tuple[str, list[int], int]],
) -> None:
    ports, present = PortsInMemory(), {0, 1, 2}
    house = House(ports).plug(drive(2), drive(0), drive(1))
    known = house.who()
    for what, order, number in story:
        if what == "plug" and number not in present:
            house.plug(drive(number))
            present.add(number)
        elif what == "unplug" and number in present:
            house.unplug(drive(number))
            present.discard(number)
        elif what == "start":
            house = House(ports, *(drive(one) for one in order if one in present))
        assert house.who() == {at(one): known[at(one)] for one in present}


# -- what is remembered --------------------------------------------------------------------------------


def test_ports_outlive_the_process_in_their_file(tmp_path: Path) -> None:
    path = tmp_path / "drives.json"
    before = House(PortsInFile(path), drive(1)).plug(drive(0)).who()
    assert House(PortsInFile(path), drive(0), drive(1)).who() == before
    assert list(tmp_path.iterdir()) == [path]


def test_the_file_is_written_only_when_there_is_something_new(tmp_path: Path) -> None:
    ports = PortsInFile(tmp_path / "drives.json")
    House(ports, drive(0)).plug(*[drive(0)] * 20)
    written = (tmp_path / "drives.json").stat().st_ino
    House(ports, drive(0)).plug(*[drive(0)] * 20)
    assert (tmp_path / "drives.json").stat().st_ino == written


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "\0"])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, text: str) -> None:
    path = tmp_path / "drives.json"
    path.write_text(text)
    assert House(PortsInFile(path), drive(0)).who() == {at(0): SERIAL}
    assert PortsInFile(path).known() == {SERIAL: at(0)}


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    ports = PortsInFile(tmp_path / "gone" / "drives.json")
    assert House(ports, drive(0), drive(1)).who().keys() == {at(0), at(1)}
