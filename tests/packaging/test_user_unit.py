"""The user service for desktops: systemd understands it, and it runs a command that there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from engramd.ctl.app import app

UNIT = Path(__file__).resolve().parents[2] / "systemd/user/engramd-notify.service"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
@pytest.mark.parametrize(("line", "right"), [("", True), ("RestartSecond=3", False)])
def test_systemd_understands_every_line_of_it(line: str, right: bool, tmp_path: Path) -> None:
    text = re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text("utf-8"))
    (tmp_path / UNIT.name).write_text(text.replace("[Service]\n", f"[Service]\n{line}\n"), "utf-8")

    command = ["systemd-analyze", "--user", "verify", str(tmp_path / UNIT.name)]
    environment = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    said = [text for text in done.stderr.splitlines() if UNIT.name in text]
    assert (not said) == right, done.stderr


def test_it_runs_a_command_of_engramctl() -> None:
    [command] = re.findall(r"(?m)^ExecStart=/usr/bin/engramctl (.+)$", UNIT.read_text("utf-8"))

    name, _, further = command.partition(" ")
    group = app.commands[name]
    assert isinstance(group, click.Group)
    assert further in group.commands
