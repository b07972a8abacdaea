"""The sandbox of the service on a real kernel: what is closed is closed, what a rip needs is open."""

from __future__ import annotations

import base64
import json
from pathlib import Path

from tests.support import vm
from tests.support.vm.guest import Guest
from tests.support.vm.prepared import READY
from tests.support.vm.shelf import SERIES, Shelf
from tests.vm.conftest import Room

#: Everything that only the sandbox keeps closed: permissions would let anybody in.
_DOORS = """
useradd --create-home alice
chmod 755 /home/alice /root
mkdir --mode 777 /opt/open /var/lib/open /etc/engramd/open
chmod 777 /usr/local/bin
mknod --mode 666 /srv/media/node b $(stat -c '0x%t 0x%T' /dev/vda)
chmod 666 /dev/vda /dev/kmsg /dev/ttyS0
sysctl -q kernel.dmesg_restrict=0
install -m 4755 /usr/bin/id /usr/local/bin/who-root
touch /tmp/from-outside
"""
PROBE = Path(vm.__file__).with_name("probe.py")
FOUND = "/srv/media/staging/.probe.json"
CLOSED = {
    "home of another user": "EACCES",
    "home of root": "EACCES",
    "folder open to all": "EROFS",
    "state of another service": "EROFS",
    "configuration": "EROFS",
    "program": "EROFS",
    "disk": "EPERM",
    "disk, by a node of its own": "EPERM",
    "kernel's log": "EACCES",
    "serial port": "EPERM",
    "process of root": "ENOENT",
    "file of another's /tmp": "ENOENT",
    "set-user-id bit": "EPERM",
    "user namespace": "EPERM",
    "virtual machine's socket": "EAFNOSUPPORT",
    "personality": "EPERM",
}
OPEN = {
    "just in time": "42",
    "code made executable": "executable",
    "drive": "4",
    "sg": "ENGRAM-CD0",
    "events of the kernel": "listening",
    "network": "connected",
    "library": "written",
    "processor": "open",
    "devices in sysfs": "listed",
    "behind the others": "behind",
    "private /tmp": "written",
}


def test_every_closed_door_is_closed_and_every_open_one_open_while_a_disc_is_ripped(
    room: Room, shelf: Shelf
) -> None:
    guest = room.at(READY)
    guest.out(_DOORS)
    outside = tried_outside(guest)

    guest.out("install -m 755 /usr/local/lib/probe /etc/engramd/hooks.d/10-probe")
    guest.machine.insert(0, shelf.tv)

    guest.wait_for(f"test -e {FOUND}", "the hook does not run")
    inside = json.loads(guest.out(f"cat {FOUND}"))
    who = guest.out("id -u engramd")
    assert {name: inside[name] for name in CLOSED} == {n: f"closed: {e}" for n, e in CLOSED.items()}
    assert {name: inside[name] for name in OPEN} == {name: f"open: {said}" for name, said in OPEN.items()}
    assert (outside["root by a program"], inside["root by a program"]) == ("open: 0", f"open: {who}")
    assert [name for name in CLOSED if outside[name].startswith("closed")] == [], "these need no sandbox"
    assert set(inside) == {*CLOSED, *OPEN, "root by a program"}
    guest.until("completed")
    assert guest.filed() == sorted(SERIES)


def tried_outside(guest: Guest) -> dict[str, str]:
    """Try the doors as the same user, without the sandbox."""
    text = base64.b64encode(PROBE.read_bytes()).decode()
    guest.out(f"echo {text} | base64 -d >/usr/local/lib/probe; chmod 755 /usr/local/lib/probe")
    guest.out("setpriv --reuid engramd --regid engramd --init-groups /usr/local/lib/probe")
    found: dict[str, str] = json.loads(guest.out(f"cat {FOUND}; rm {FOUND} /srv/media/staging/who"))
    return found


def test_systemd_counts_little_exposure(room: Room) -> None:
    guest = room.at(READY)

    verdict = guest.run("systemd-analyze security --threshold=17 --no-pager engramd")

    assert verdict.code == 0, "\n".join(
        line for line in verdict.output.splitlines() if "✗" in line or "→" in line
    )
