"""Who may do what on the system bus: a real polkitd with the shipped rule, and the group without polkit."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from engramd.bus import names
from tests.support.busservice import ServiceProcess, as_user, run_on, running_service
from tests.support.privatebus import PACKAGING, POLKITD, SERVICE_UID, PrivateBus


def can_unshare() -> bool:
    """Whether this is root with the right to mount namespaces."""
    return os.getuid() == 0 and subprocess.run(["unshare", "--mount", "true"], check=False).returncode == 0


pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not can_unshare(), reason="needs root that may make mount namespaces"),
]
CLEAR = ("busctl", "--system", "call", names.BUS_NAME, names.ROOT, names.MANAGER, "ClearFinished")
NEXT = ("busctl", "--system", "call", names.BUS_NAME, names.ROOT, names.MANAGER, "Next", "a{sv}")
READ = ("busctl", "--system", "get-property", names.BUS_NAME, names.ROOT, names.MANAGER, "Summary")


@pytest.fixture(scope="module")
def guarded() -> Iterator[tuple[PrivateBus, ServiceProcess]]:
    """A service that is not root on a bus with polkit, where the user `daemon` is in the group."""
    if not POLKITD.exists():
        pytest.skip(f"{POLKITD} is not installed")
    with PrivateBus(polkit=True, members=("daemon",)) as bus:
        folder = bus.folder / "state"
        folder.mkdir()
        os.chown(folder, SERVICE_UID, SERVICE_UID)
        with running_service(folder, bus, as_user(SERVICE_UID)) as service:
            yield bus, service


def test_the_group_may(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, service = guarded
    done = run_on(bus, *CLEAR, user="daemon")
    assert done.returncode == 0, done.stderr
    assert ["clear_finished", "uid 1"] in service.do("asked")


@pytest.mark.parametrize("asking", ["yes", "no"])
def test_others_may_not_and_learn_of_the_group(
    guarded: tuple[PrivateBus, ServiceProcess], asking: str
) -> None:
    bus, service = guarded
    refused = run_on(bus, *CLEAR, f"--allow-interactive-authorization={asking}", user="nobody")
    assert refused.returncode != 0
    assert "members of the group engramd may" in refused.stderr
    assert "org.engramd.engram1.control" in refused.stderr
    assert ["clear_finished", "uid 65534"] not in service.do("asked")


def test_the_group_and_nobody_else_may_say_what_the_next_discs_are(
    guarded: tuple[PrivateBus, ServiceProcess],
) -> None:
    bus, service = guarded
    said = ("1", "title", "s", "Harbor Station")
    refused = run_on(bus, *NEXT, *said, user="nobody")
    assert "org.engramd.engram1.control" in refused.stderr
    assert not [asked for asked in service.do("asked") if asked[0] == "next_discs"]
    done = run_on(bus, *NEXT, *said, user="daemon")
    assert done.stdout.startswith("t "), done.stderr
    assert ["next_discs", {"title": "Harbor Station"}, "uid 1"] in service.do("asked")


def test_nothing_waits_for_polkit_but_the_call(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    bus.freeze_polkit(True)
    try:
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(run_on, bus, *CLEAR, user="daemon")
            time.sleep(0.3)
            assert run_on(bus, *READ, user="nobody").returncode == 0
            assert run_on(bus, *CLEAR).returncode == 0, "root needs no polkit"
            assert not waiting.done()
            bus.freeze_polkit(False)
            assert waiting.result().returncode == 0
    finally:
        bus.freeze_polkit(False)


def test_others_may_read(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    assert run_on(bus, *READ, user="nobody").returncode == 0
    tree = run_on(bus, "busctl", "--system", "tree", "--list", names.BUS_NAME, user="nobody")
    assert names.drive_path("SN_2d42") in tree.stdout, tree.stderr


def test_root_may(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    assert run_on(bus, *CLEAR).returncode == 0


def test_others_may_not_own_the_name(guarded: tuple[PrivateBus, ServiceProcess]) -> None:
    bus, _ = guarded
    request = ("gdbus", "call", "--system", "-d", "org.freedesktop.DBus", "-o", "/org/freedesktop/DBus")
    call = ("-m", "org.freedesktop.DBus.RequestName", names.BUS_NAME, "4")
    refused = run_on(bus, *request, *call, user="daemon")
    assert "AccessDenied" in refused.stderr


def test_the_commented_policy_leaves_reading_to_the_group() -> None:
    shipped = (PACKAGING / "dbus/org.engramd.Engram1.conf").read_text()
    open_part = re.compile(r"<!-- All local users.*?</policy>", re.DOTALL)
    strict, replaced = open_part.subn("", shipped)
    strict, opened = re.subn(r"<!--\s*To let only.*?listens\.(.*?)-->", r"\1", strict, flags=re.DOTALL)
    assert (replaced, opened) == (1, 1)
    with PrivateBus(polkit=True, policy=strict) as bus:
        folder = bus.folder / "state"
        folder.mkdir()
        with running_service(folder, bus):
            assert run_on(bus, *READ).returncode == 0
            assert run_on(bus, *READ, user="nobody", group=SERVICE_UID).returncode == 0
            refused = run_on(bus, *READ, user="nobody")
            assert "Access denied" in refused.stderr or "AccessDenied" in refused.stderr, refused


#: Gives the service groups of its own, in a mount namespace that nobody else sees.
_WITH_GROUPS = 'mount --bind "$1" /etc/group; shift; exec "$@"'


def test_without_polkit_the_group_decides(tmp_path: Path) -> None:
    groups = tmp_path / "group"
    groups.write_text(Path("/etc/group").read_text() + f"engramd:x:{SERVICE_UID}:daemon\n")
    wrapper = ("unshare", "--mount", "sh", "-c", _WITH_GROUPS, "sh", str(groups))
    with PrivateBus() as bus, running_service(tmp_path, bus, wrapper) as service:
        assert run_on(bus, *CLEAR, user="daemon").returncode == 0
        assert run_on(bus, *CLEAR, user="nobody", group=SERVICE_UID).returncode == 0
        refused = run_on(bus, *CLEAR, user="nobody")
        assert "polkit does not run, and this user is not in the group engramd" in refused.stderr
        asked = service.do("asked")
    assert asked == [["clear_finished", "uid 1"], ["clear_finished", "uid 65534"]]
