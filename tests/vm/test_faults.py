"""The machine around the service fails: disk, clock, network, polkit, bus and memory."""

from __future__ import annotations

import shlex

from tests.support.vm.guest import NAME, Guest, call
from tests.support.vm.outcome import assert_all_ripped, assert_right, ripped
from tests.support.vm.prepared import FILING, READY, RIPPING
from tests.support.vm.shelf import Shelf
from tests.vm.conftest import Room

_FILL = "fallocate -l $(df --output=avail -B1 / | tail -n 1) /var/full"
_EATER = "#!/usr/bin/python3\neaten = bytearray()\nwhile True:\n    eaten += bytes(10_000_000)\n"


def conditions(guest: Guest) -> dict[str, str]:
    """What the daemon lacks: the texts by their ids."""
    found = guest.read("", "Manager", "Conditions")
    return {entry["id"]["data"]: entry["text"]["data"] for entry in found}


def test_a_full_disk_loses_nothing_and_room_brings_the_rest(room: Room) -> None:
    guest = room.at(RIPPING, speed=0)
    kept = ripped(guest)

    guest.out(_FILL)

    waits = "the database's disk is full"  # so full that not even this can be noted
    guest.wait(
        lambda: guest.jobs()[0]["waiting_for"] == "space" or waits in guest.journal(),
        "the job does not wait for space",
    )
    guest.out("rm /var/full")
    assert_all_ripped(guest, kept)
    assert guest.show("NRestarts") == "0"


def test_a_small_staging_folder_of_its_own_is_waited_for(room: Room, shelf: Shelf) -> None:
    guest = room.at(READY)
    owner = "uid=engramd,gid=engramd,mode=2775"
    guest.out(f"mount -t tmpfs -o size=102m,{owner} none /srv/media/staging")

    guest.machine.insert(0, shelf.tv)

    guest.wait(
        lambda: [job["waiting_for"] for job in guest.jobs()] == ["space"], "it does not wait for space"
    )
    guest.out("mount -o remount,size=300m /srv/media/staging")
    assert_right(guest)


def test_a_clock_that_jumps_disturbs_nothing(room: Room) -> None:
    guest = room.at(RIPPING)
    kept = ripped(guest)

    guest.out("date -s '+1 year'")
    guest.wait(lambda: guest.count("matching") + guest.count("matched") > 1, "no title more is ripped")
    guest.out("date -s '-2 years'")
    guest.machine.throttle(0, 0)

    assert_all_ripped(guest, kept)
    assert guest.show("NRestarts") == "0"


def test_without_a_network_the_sources_are_a_condition_and_the_disc_is_ripped(
    room: Room, shelf: Shelf
) -> None:
    guest = room.at(READY)
    assert guest.out("ls /sys/class/net") == "lo"
    guest.out(call("Set", "a{sv}", "1", "discdb_enabled", "b", "true", interface="Settings"))

    guest.machine.insert(0, shelf.tv)

    guest.until("ripping")
    guest.wait(lambda: any("discdb" in name for name in conditions(guest)), f"{conditions(guest)}")


def test_without_polkit_root_and_the_group_may_and_nobody_else(room: Room) -> None:
    guest = room.at(RIPPING)
    guest.out("useradd --groups engramd bob; useradd alice; systemctl mask --now --runtime polkit")

    def asked_by(user: str) -> tuple[int, str]:
        line = call("SetName", "s", user, path=f"/drives/{drive}", interface="Drive")
        done = guest.run(f"setpriv --reuid {user} --regid {user} --init-groups {line}")
        return done.code, done.output

    drive = guest.out(f"busctl tree --list {NAME} | grep CDSER0").rpartition("/")[2]
    assert asked_by("root") == (0, "")
    assert asked_by("bob") == (0, "")
    code, said = asked_by("alice")
    assert code != 0
    assert "engramd" in said, "the group that may is not named"
    assert guest.read(f"/drives/{drive}", "Drive", "Name") == "bob"
    assert guest.count("ripping") == 1


def test_a_bus_that_is_restarted_costs_no_rip(room: Room) -> None:
    guest = room.at(RIPPING, speed=0)
    kept = ripped(guest)

    guest.out("systemctl restart dbus")

    guest.wait_for(f"busctl status {NAME}", "the service does not come back to the bus")
    assert_all_ripped(guest, kept)


def test_a_child_that_eats_all_memory_dies_alone(room: Room) -> None:
    guest = room.at(FILING, speed=0)
    process = guest.show("MainPID")
    guest.out("systemctl set-property --runtime engramd MemoryMax=600M")
    guest.out(f"printf %s {shlex.quote(_EATER)} >/etc/engramd/hooks.d/10-eat")
    guest.out("chmod 755 /etc/engramd/hooks.d/10-eat")

    assert_right(guest)

    guest.wait_for("journalctl -b -k | grep -q 'out of memory: Killed process .*10-eat'", "nothing was eaten")
    assert guest.show("MainPID") == process, "the service went with it"
    guest.wait(lambda: any("hook" in name for name in conditions(guest)), f"{conditions(guest)}")
