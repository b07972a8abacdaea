"""The units of engramd-mqtt and of the metrics: systemd understands them, and they run what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from engramd.ctl.app import app
from engramd.ctl.session import NO_DAEMON
from engramd.mqtt.__main__ import DEFAULT, EXIT_CONFIG, EXIT_REFUSED
from engramd.mqtt.config import CREDENTIAL

ROOT = Path(__file__).resolve().parents[2]
MQTT, METRICS, TIMER = (
    ROOT / "systemd" / name
    for name in ("engramd-mqtt.service", "engramd-metrics.service", "engramd-metrics.timer")
)
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


def settings(unit: Path, name: str) -> list[str]:
    """Give the values of a directive."""
    return re.findall(rf"(?m)^{re.escape(name)}=(.*)$", unit.read_text("utf-8"))


def copied(unit: Path, folder: Path, line: str = "") -> Path:
    """Give a unit with a program that is there, and one more line."""
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", unit.read_text("utf-8"))
    section = "[Timer]\n" if unit is TIMER else "[Service]\n"
    (folder / unit.name).write_text(text.replace(section, f"{section}{line}\n"), "utf-8")
    return folder / unit.name


def complaints(unit: Path) -> list[str]:
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if unit.name in line]


@needs_systemd
@pytest.mark.parametrize("unit", [MQTT, METRICS, TIMER], ids=lambda unit: unit.name)
def test_systemd_understands_every_line_of_it(unit: Path, tmp_path: Path) -> None:
    copied(METRICS, tmp_path)
    assert complaints(copied(unit, tmp_path)) == []
    assert complaints(copied(unit, tmp_path, "OnBootSecond=3"))


@needs_systemd
@pytest.mark.parametrize("unit", [MQTT, METRICS], ids=lambda unit: unit.name)
def test_the_sandbox_is_closed(unit: Path, tmp_path: Path) -> None:
    copy = copied(unit, tmp_path)
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_bridge_has_a_user_of_its_own_and_none_of_the_daemons_files() -> None:
    users = (ROOT / "packaging/sysusers/engramd.conf").read_text("utf-8")
    [user] = settings(MQTT, "User")
    assert re.search(rf"(?m)^u {user} ", users)
    assert re.search(rf"(?m)^m {user} engramd$", users)
    [closed] = settings(MQTT, "InaccessiblePaths")
    assert {"-/var/lib/engramd", "-/etc/engramd/engramd.toml", "-/srv/media"} <= set(closed.split())
    assert settings(MQTT, "ReadWritePaths") == []


def test_the_bridge_is_not_started_again_where_that_would_not_help() -> None:
    assert settings(MQTT, "Restart") == ["on-failure"]
    assert settings(MQTT, "RestartPreventExitStatus") == [f"{EXIT_REFUSED} {EXIT_CONFIG}"]
    assert settings(MQTT, "ConditionPathExists") == [str(DEFAULT)]
    assert settings(MQTT, "LoadCredential") == [CREDENTIAL]
    assert settings(MQTT, "ExecStart") == ["/usr/bin/engramd-mqtt --bus system"]
    assert "engramd-mqtt = " in (ROOT / "pyproject.toml").read_text("utf-8")


def test_the_metrics_are_written_where_they_are_looked_for() -> None:
    [command] = settings(METRICS, "ExecStart")
    assert command.startswith("/usr/bin/engramctl metrics --output ")
    folder = str(Path(command.split()[-1]).parent)
    assert settings(METRICS, "ReadWritePaths") == settings(METRICS, "ConditionPathIsDirectory") == [folder]
    assert CliRunner().invoke(app, [*command.split()[1:], "--help"]).exit_code == 0
    assert CliRunner().invoke(app, [*command.split()[1:], "--no-such-option"]).exit_code == 2


def test_a_daemon_that_does_not_run_is_no_failure_of_the_metrics() -> None:
    assert settings(METRICS, "SuccessExitStatus") == [str(NO_DAEMON)]
    assert settings(TIMER, "OnUnitActiveSec") == ["1min"]
