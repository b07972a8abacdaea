"""The units of the drop folder: systemd understands them, and they run a command that there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from engramd.ctl.app import app

ROOT = Path(__file__).resolve().parents[2]
PATH, SERVICE = ROOT / "systemd/engramd-import.path", ROOT / "systemd/engramd-import.service"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")


def settings(unit: Path, name: str) -> list[str]:
    """Give the values of a directive."""
    return re.findall(rf"(?m)^{re.escape(name)}=(.*)$", unit.read_text("utf-8"))


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units, and the daemon's beside them, with a program that is there."""
    copies = []
    for unit in (PATH, SERVICE, ROOT / "systemd/engramd.service"):
        text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", unit.read_text("utf-8"))
        (copy := tmp_path / unit.name).write_text(text, "utf-8")
        copies.append(copy)
    return copies[:2]


def complaints(units: list[Path]) -> list[str]:
    command = ["systemd-analyze", "verify", *map(str, units)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = [unit.name for unit in units]
    return [line for line in done.stderr.splitlines() if any(name in line for name in names)]


@needs_systemd
def test_systemd_has_nothing_to_say_about_them(units: list[Path]) -> None:
    assert complaints(units) == []


@needs_systemd
@pytest.mark.parametrize("line", ["[Path]\nPathChange=/srv", "[Service]\nProtectSistem=strict"])
def test_the_check_notices_what_systemd_does_not_understand(units: list[Path], line: str) -> None:
    section = line.partition("\n")[0]
    for unit in units:
        text = unit.read_text("utf-8")
        unit.write_text(text.replace(f"{section}\n", f"{line}\n"), "utf-8")
    assert complaints(units)


@needs_systemd
def test_the_sandbox_is_closed(units: list[Path]) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", units[1]]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-400:]


def test_the_watch_starts_the_import_and_both_mean_the_folder_that_is_made() -> None:
    assert settings(PATH, "Unit") == settings(PATH, "Wants") == [SERVICE.name]
    [folder] = settings(PATH, "PathChanged")
    assert settings(SERVICE, "ConditionDirectoryNotEmpty") == [folder]
    made = re.findall(r"(?m)^d (\S+) ", (ROOT / "packaging/tmpfiles/engramd.conf").read_text("utf-8"))
    assert folder in made
    assert settings(SERVICE, "ExecStart") == [f"/usr/bin/engramctl import --no-wait --move {folder}"]


def test_engramctl_has_that_command_with_these_options() -> None:
    [command] = settings(SERVICE, "ExecStart")
    words = command.split()[1:]
    with_help = CliRunner().invoke(app, [*words, "--help"])
    assert with_help.exit_code == 0, with_help.output
    assert CliRunner().invoke(app, [*words, "--no-such-option"]).exit_code == 2


def test_it_asks_as_the_daemon_and_does_not_start_without_it() -> None:
    assert settings(SERVICE, "User") == ["engramd"]
    assert settings(SERVICE, "After") == settings(SERVICE, "Wants") == ["engramd.service"]
    assert settings(SERVICE, "RestrictAddressFamilies") == ["AF_UNIX"]
