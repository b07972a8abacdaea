"""The unit: systemd understands every line of it, it is closed where it can be, and open where it must be."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "engramd.service"

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The shipped unit with a program that is there, for tools that look at the program."""
    copy = tmp_path / "engramd.service"
    text = UNIT.read_text("utf-8")
    copy.write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", text), "utf-8")
    assert copy.read_text("utf-8") != text
    return copy


def settings(name: str) -> list[str]:
    """Give the values of a directive, in the order of the unit."""
    return re.findall(rf"(?m)^{re.escape(name)}=(.*)$", UNIT.read_text("utf-8"))


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def complaints(unit: Path) -> list[str]:
    """What systemd says about this unit; unknown keys are reported with exit code 0, so the lines count."""
    verdict = analyze("verify", unit)
    lines = [line for line in verdict.stderr.splitlines() if unit.name in line or str(unit) in line]
    return lines or (verdict.stderr.splitlines() if verdict.returncode else [])


def test_systemd_has_nothing_to_say_about_the_unit(unit: Path) -> None:
    assert complaints(unit) == []


@pytest.mark.parametrize("line", ["ProtectSistem=strict", "WatchdogSec=soon", "DeviceAllow=block-sr maybe"])
def test_the_check_notices_a_line_that_systemd_does_not_understand(unit: Path, line: str) -> None:
    unit.write_text(unit.read_text("utf-8").replace("[Service]\n", f"[Service]\n{line}\n"), "utf-8")

    assert complaints(unit), f"systemd-analyze verify overlooked {line}"


def test_the_sandbox_leaves_little_open(unit: Path) -> None:
    verdict = analyze("security", "--offline=true", "--threshold=30", "--no-pager", unit)

    assert verdict.returncode == 0, verdict.stdout[-400:]
    score = re.search(r"exposure level for engramd.service: ([\d.]+)", verdict.stdout)
    assert score, verdict.stdout
    assert float(score[1]) <= 3.0


def test_the_sandbox_leaves_the_drives_and_the_library_open() -> None:
    assert settings("DeviceAllow") == ["block-sr rw", "char-sg rw"]
    assert settings("ReadWritePaths") == ["-/srv/media"]
    assert settings("PrivateDevices") == []
    assert settings("PrivateNetwork") == []
    assert settings("PrivateUsers") == []
    assert "AF_NETLINK" in settings("RestrictAddressFamilies")[0].split()


def test_the_drivers_are_loaded_before_their_numbers_are_looked_up() -> None:
    for when in ("Wants", "After"):
        units = " ".join(settings(when)).split()
        assert {"modprobe@sg.service", "modprobe@sr_mod.service"} <= set(units)


def test_a_wrong_configuration_is_not_tried_again() -> None:
    assert settings("Restart") == ["on-failure"]
    assert settings("RestartPreventExitStatus") == ["78"]


def test_a_stop_reaches_the_daemon_alone_first() -> None:
    assert settings("KillMode") == ["mixed"]
    assert settings("TimeoutStopSec") == ["60"]


def test_systemd_hears_that_the_daemon_is_ready_and_alive() -> None:
    for name, value in (("Type", "notify"), ("NotifyAccess", "main"), ("WatchdogSec", "90")):
        assert settings(name) == [value]


def test_the_bus_finds_the_unit_by_its_alias() -> None:
    [name] = settings("BusName")

    assert settings("Alias") == [f"dbus-{name}.service"]


def test_a_reload_is_a_hangup_and_the_configuration_is_no_ones_to_write() -> None:
    assert settings("ExecReload") == ["/bin/kill -HUP $MAINPID"]
    assert settings("ReadOnlyPaths") == ["-/etc/engramd"]
