"""The drives' nodes: real device nodes, opened with the rights of root and of another user."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from engramd.pipeline.checks.devices import Devices, System
from engramd.pipeline.checks.service import Service
from engramd.pipeline.findings import Finding

ROOT = Path(__file__).parents[3]
SERVICE = Service("engramd", "engramd", frozenset({"engramd"}), "engramd.service")
#: The numbers of a device that every process may open: they stand for those of a drive.
ANY_DEVICE = os.makedev(1, 3)
#: Block devices of a driver that no kernel has.
NO_DRIVER = os.makedev(241, 0)


class Machine:
    """A machine with drives: nodes that can be opened, and what its kernel says of them."""

    def __init__(self, folder: Path) -> None:
        self.system = System(folder / "dev", folder / "sys")
        self.system.dev.mkdir()
        (self.system.sys / "module/sg").mkdir(parents=True)
        (self.system.sys / "module/block/parameters").mkdir(parents=True)
        (self.system.sys / "module/block/parameters/events_dfl_poll_msecs").write_text("2000\n")

    def drive(self, name: str, generic: str = "", *, mode: int = 0o660, polled: str = "-1") -> Path:
        """Add a drive and its generic node."""
        folder = self.system.sys / f"class/block/{name}"
        (folder / "device/scsi_generic").mkdir(parents=True)
        (folder / "events_poll_msecs").write_text(f"{polled}\n")
        if generic:
            (folder / "device/scsi_generic" / generic).mkdir()
            self.node(generic, mode)
        return self.node(name, mode)

    def node(self, name: str, mode: int, device: int = ANY_DEVICE) -> Path:
        path = self.system.dev / name
        os.mknod(path, stat.S_IFCHR, device)
        path.chmod(mode)
        return path

    def look(self, drive: str, states: dict[str, str] | None = None) -> dict[str, Finding]:
        found = Devices(SERVICE, states or {}, self.system).look(drive)
        return {finding.id: finding for finding in found}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


pytestmark = pytest.mark.root


def test_a_drive_that_can_be_used_says_its_nodes_and_rights(machine: Machine) -> None:
    node = machine.drive("sr0", "sg1")
    machine.drive("sr10", "sg2")
    assert machine.system.drives() == ["sr0", "sr10"]
    found = machine.look("sr0")
    assert [(f.id, f.severity) for f in found.values()] == [("drive-sr0", "ok"), ("sg-sr0", "ok")]
    assert found["drive-sr0"].text == f"{node} can be opened (crw-rw----, group root)"
    assert found["sg-sr0"].short == str(machine.system.dev / "sg1")


def test_a_drive_without_its_generic_node_has_the_command_that_loads_the_module(machine: Machine) -> None:
    machine.drive("sr0")
    lacks = machine.look("sr0")["sg-sr0"]
    assert lacks.severity == "warning"
    assert "the module sg is not loaded" not in lacks.text
    free = Devices(SERVICE, {}, machine.system, has_makemkv=False).look("sr0")
    assert {f.id: f.severity for f in free}["sg-sr0"] == "info", "nothing else needs it"
    (machine.system.sys / "module/sg").rmdir()
    lacks = machine.look("sr0")["sg-sr0"]
    assert "the module sg is not loaded" in lacks.text
    assert lacks.remedy == "sudo modprobe sg && echo sg | sudo tee /etc/modules-load.d/engramd.conf"


def test_a_drive_that_is_never_asked_for_new_discs_is_an_error(machine: Machine) -> None:
    machine.drive("sr0", "sg0", polled="0")
    assert machine.look("sr0")["polled-sr0"].severity == "error"
    (machine.system.sys / "class/block/sr0/events_async").write_text("media_change\n")
    assert "polled-sr0" not in machine.look("sr0"), "it tells by itself"
    machine.drive("sr1", "sg1")
    assert "polled-sr1" not in machine.look("sr1"), "the default of udev asks it"
    (machine.system.sys / "module/block/parameters/events_dfl_poll_msecs").write_text("0\n")
    told = machine.look("sr1")["polled-sr1"]
    assert told.remedy.startswith("echo 2000 | sudo tee ")


def test_a_drive_whose_disc_is_read_is_left_alone_and_one_that_hangs_too(machine: Machine) -> None:
    node = machine.node("sr0", 0o660, NO_DRIVER)
    assert machine.look("sr0")["drive-sr0"].severity == "error", "nothing answers at this node"
    busy = machine.look("sr0", {str(node): "busy"})["drive-sr0"]
    assert (busy.severity, "is in use" in busy.text) == ("ok", True)
    stuck = machine.look("sr0", {str(node): "stuck"})
    assert [(f.severity, "hangs in the kernel" in f.text) for f in stuck.values()] == [("error", True)]


AS_ANOTHER = """
import sys, json
from pathlib import Path
from engramd.pipeline.checks.devices import Devices, System
from engramd.pipeline.checks.service import Service, this_service
system = System(Path(sys.argv[1]) / "dev", Path(sys.argv[1]) / "sys")
of_unit = Service("nobody", "nogroup", this_service().groups, "engramd.service")
for service, drive in ((this_service(), "sr0"), (of_unit, "sr0"), (of_unit, "sr1")):
    found = next(iter(Devices(service, {}, system).look(drive)))
    print(json.dumps([found.severity, found.text, found.remedy]))
"""


@pytest.mark.unprivileged
def test_a_user_without_the_drives_group_has_the_command_that_gives_it() -> None:
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        machine = Machine(Path(name))
        of_cdrom, of_root = machine.drive("sr0"), machine.drive("sr1")
        os.chown(of_cdrom, 0, 24)
        command = [sys.executable, "-c", AS_ANOTHER, name]
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *command],
            capture_output=True,
            text=True,
            check=True,
            cwd=ROOT,
        )
    person, unit, wrong_group = map(json.loads, done.stdout.splitlines())
    assert person == [
        "error",
        f"nobody cannot open {of_cdrom}: Permission denied (its group is cdrom)",
        "sudo usermod -aG cdrom nobody",
    ]
    assert unit[2] == "sudo usermod -aG cdrom nobody && sudo systemctl restart engramd"
    assert wrong_group[2] == f"sudo chgrp cdrom {of_root} && sudo chmod g+rw {of_root}"
