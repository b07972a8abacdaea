"""systemctl in the middle of a rip, the watchdog, and discs that are in when the machine starts."""

from __future__ import annotations

from tests.support.vm.outcome import assert_rips_again, numbers, ripped
from tests.support.vm.prepared import READY, RIPPING
from tests.support.vm.shelf import Shelf
from tests.vm.conftest import Room


def test_a_stop_ends_the_rip_in_time_and_a_start_goes_on(room: Room) -> None:
    guest = room.at(RIPPING)
    kept = ripped(guest)

    guest.out("systemctl stop engramd")

    assert guest.show("Result") == "success", "it had to be killed"
    assert guest.out("ps -u engramd -o args= || true") == "", "something of it goes on"
    assert len(numbers(guest)) == 1, "half a title lies about"
    assert guest.jobs()[0]["state"] == "ripping"
    assert guest.count("pending") == 3
    guest.out("systemctl start engramd")
    assert_rips_again(guest, kept)


def test_a_restart_in_the_middle_of_a_rip_goes_on(room: Room) -> None:
    guest = room.at(RIPPING)
    kept, process = ripped(guest), guest.show("MainPID")

    guest.out("systemctl restart engramd")

    assert guest.show("MainPID") != process
    assert_rips_again(guest, kept)


def test_a_reload_reads_the_configuration_and_disturbs_no_rip(room: Room) -> None:
    guest = room.at(RIPPING)
    process, reader = guest.show("MainPID"), guest.out("pgrep -u engramd ffmpeg")

    guest.out("echo 'trash_days = 5' >>/etc/engramd/engramd.toml && systemctl reload engramd")

    guest.wait(lambda: guest.read("", "Settings", "Values")["trash_days"]["data"] == 5, "it does not count")
    guest.wait(guest.is_ready, "the reload does not end")
    guest.out("echo 'trash_days = 6' >>/etc/engramd/engramd.toml && systemctl reload engramd")
    guest.wait(lambda: "the settings stay as they were" in guest.journal(), "a wrong file is not told of")
    assert (guest.show("MainPID"), guest.out("pgrep -u engramd ffmpeg")) == (process, reader)
    assert guest.read("", "Settings", "Values")["trash_days"]["data"] == 5


def test_a_daemon_that_hangs_is_killed_by_the_watchdog_and_goes_on(room: Room) -> None:
    guest = room.at(RIPPING)
    kept = ripped(guest)

    guest.out("systemctl kill --signal=SIGSTOP --kill-whom=main engramd")

    guest.wait(lambda: guest.show("NRestarts") == "1" and guest.is_ready(), "systemd leaves it hanging", 600)
    assert "Watchdog timeout" in guest.journal()
    assert_rips_again(guest, kept)


def test_discs_that_are_in_at_boot_are_ripped(room: Room, shelf: Shelf) -> None:
    room.at(READY).machine.cut_power()

    guest = room.booted_again([shelf.tv, shelf.film])

    guest.until("ripping", job=1)
    guest.until("ripping", job=2)
    assert {job["drive_id"] for job in guest.jobs()} == {"/dev/sr0", "/dev/sr1"}
