"""The Debian packages on a booted system, in a container: systemd, the bus and the journal are real."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.debroots import BootedRoot, field, with_version

pytestmark = [
    pytest.mark.packages,
    pytest.mark.root,
    pytest.mark.timeout(2400),
    pytest.mark.skipif(not shutil.which("systemd-nspawn"), reason="systemd-nspawn is not installed"),
]

Packages = Callable[[int], Path]
OPTIONAL = "engramd-mqtt.service engramd-import.path engramd-metrics.timer"
VERSION = "busctl get-property org.engramd.Engram1 /org/engramd/Engram1 org.engramd.Engram1.Manager Version"


@pytest.mark.parametrize("release", [13, 12])
def test_the_service_comes_with_the_package_goes_on_over_an_upgrade_and_ends_with_it(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    package = packages(release)
    version = field(package, "Version").partition("~")[0]
    newer = with_version(package, f"9.1.0~deb{release}u1", tmp_path)
    with BootedRoot(release, package, tmp_path) as machine:
        said = machine.install(package)

        assert machine.out("systemctl is-active engramd").strip() == "active", said
        assert machine.out("systemctl show -P NRestarts engramd").strip() == "0", "it starts at once"
        assert machine.out(VERSION).split() == ["s", f'"{version}"']
        machine.out("setpriv --reuid nobody --clear-groups engramctl status")
        assert set(machine.run(f"systemctl is-active {OPTIONAL}").stdout.split()) == {"inactive"}

        process = machine.out("systemctl show -P MainPID engramd")
        machine.install(newer)

        assert machine.out("systemctl show -P MainPID engramd") == process, "an upgrade restarts nothing"
        assert machine.out(VERSION).split() == ["s", f'"{version}"'], "the old version goes on"
        assert machine.out("engramctl --version").split()[-1] == "9.1.0"
        machine.out("systemctl restart engramd")
        assert machine.out(VERSION).split() == ["s", '"9.1.0"']

        machine.out("systemctl start engramd-import.path")
        machine.out("dpkg --remove engramd")

        units = f"engramd.service {OPTIONAL}"
        assert set(machine.run(f"systemctl is-active {units}").stdout.split()) == {"inactive"}
        assert "org.engramd" not in machine.out("busctl list --no-legend")
        assert machine.out("ps -u engramd -o pid= || true").strip() == "", "nothing of it runs"
