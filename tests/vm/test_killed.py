"""The daemon is killed, or the machine loses its power: it goes on where it was, nothing lost or double."""

from __future__ import annotations

import pytest

from tests.support.vm.guest import Guest
from tests.support.vm.outcome import assert_right, numbers, ripped
from tests.support.vm.prepared import FILING, MATCHING, READY, RIPPING
from tests.support.vm.shelf import SERIES, Shelf
from tests.vm.conftest import Room

KILL = "systemctl kill --signal=SIGKILL --kill-whom=main engramd"
STAGES = (RIPPING, MATCHING, FILING)


@pytest.mark.parametrize("moment", STAGES)
def test_a_killed_daemon_comes_back_and_goes_on(room: Room, moment: str) -> None:
    guest = room.at(moment, speed=0)
    kept = ripped(guest)

    guest.out(KILL)

    guest.wait(lambda: guest.show("NRestarts") == "1" and guest.is_ready(), "systemd does not start it anew")
    assert_right(guest)
    assert kept in numbers(guest), "what was ripped is ripped again"


@pytest.mark.parametrize("moment", STAGES)
def test_after_a_power_cut_it_goes_on(room: Room, shelf: Shelf, moment: str) -> None:
    guest = room.at(moment)
    kept = ripped(guest)

    discs = [shelf.tv] if guest.machine.has_disc(0) else []
    guest.machine.cut_power()
    guest = room.booted_again(discs)

    guest.wait(guest.is_ready, "the service is not up")
    assert_right(guest)
    assert kept in numbers(guest), "what was ripped is ripped again"


def test_after_a_power_cut_while_a_disc_is_looked_at_it_is_filed_once(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)
    guest.machine.insert(0, shelf.tv)
    guest.until("identifying")

    guest.machine.cut_power()
    guest = room.booted_again([shelf.tv])

    guest.wait(guest.is_ready, "the service is not up")
    assert_filed_once(guest)


@pytest.mark.parametrize("moment", STAGES)
def test_after_a_reboot_it_goes_on(room: Room, moment: str) -> None:
    guest = room.at(moment, speed=0)
    kept = ripped(guest)

    reboot(guest)

    assert_right(guest)
    assert kept in numbers(guest), "what was ripped is ripped again"


def test_after_a_reboot_while_a_disc_is_looked_at_it_is_filed_once(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)
    guest.machine.insert(0, shelf.tv)
    guest.until("identifying")

    reboot(guest)

    assert_filed_once(guest)


def reboot(guest: Guest) -> None:
    """Restart the machine as a person does, and wait for the service."""
    guest.run("systemctl reboot")
    guest.machine.reboot_done()
    guest.wait(guest.is_ready, "the service is not up")


def assert_filed_once(guest: Guest) -> None:
    """The disc is filed by one job, be it the one that looked at it or the one that found it at boot."""
    complete = lambda: [job for job in guest.jobs() if job["outcome"] == "complete"]  # noqa: E731
    guest.wait(complete, "the disc is not filed")
    assert guest.filed() == sorted(SERIES)
    assert len(complete()) == 1, "it is filed twice"


def test_a_daemon_killed_while_it_looks_at_a_disc_looks_again(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)
    guest.machine.insert(0, shelf.tv)
    guest.until("identifying")

    guest.out(KILL)

    guest.until("ripping")
    assert len(guest.jobs()) == 1
