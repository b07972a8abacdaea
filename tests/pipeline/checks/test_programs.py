"""The programs: the real ones, and stand-ins that print other versions, none, or nothing for ever."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.pipeline.checks import programs
from engramd.pipeline.checks.programs import PROGRAMS, Program, look_at, look_at_ffmpeg
from engramd.pipeline.findings import Finding
from engramd.tools import Tools

DDRESCUE = PROGRAMS[0]


def stand_in(folder: Path, name: str, script: str) -> Tools:
    """Put a stand-in for a program on a search path of its own."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Tools({"PATH": f"{folder}:/usr/bin:/bin"})


def test_the_programs_of_this_machine_say_their_versions() -> None:
    found = {program.name: look_at(Tools(), program) for program in PROGRAMS}
    for name, finding in found.items():
        assert finding.severity == "ok", f"{name}: {finding}"
        assert finding.short.startswith(f"{name} "), finding
        assert finding.short.split()[1][0].isdigit(), finding
        assert Path(finding.where).name == name
    [ffmpeg] = look_at_ffmpeg(Tools())
    assert ffmpeg.id == "ffmpeg"
    assert "FFmpeg " in ffmpeg.text


@pytest.mark.parametrize(
    ("script", "severity", "text"),
    [
        ("echo 'GNU ddrescue 9.87-rc1'", "ok", "ddrescue 9.87"),
        ("echo 'ddrescue v12' >&2; echo 'release 3.4.5' >&2", "ok", "ddrescue 3.4.5"),
        ("echo hello", "warning", "does not say its version"),
        ("exit 1", "warning", "does not say its version"),
        ("sleep 60", "warning", "does not say its version"),
    ],
)
def test_what_a_program_prints_is_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, severity: str, text: str
) -> None:
    monkeypatch.setattr(programs, "ANSWERS_WITHIN", 0.3 if "sleep" in script else 20.0)
    found = look_at(stand_in(tmp_path, "ddrescue", script), DDRESCUE)
    assert (found.severity, text in found.text) == (severity, True), found
    assert found.where == str(tmp_path / "ddrescue")


def test_a_program_that_is_missing_has_the_command_that_installs_it() -> None:
    found = look_at(Tools(), Program("no-such-program", "its-package", "something is worse"))
    assert found == Finding(
        "tool-no-such-program",
        "no-such-program is not installed: something is worse",
        "sudo apt install its-package",
        "warning",
    )


def test_an_ffmpeg_that_cannot_read_discs_is_a_warning(tmp_path: Path) -> None:
    tools = stand_in(tmp_path, "ffmpeg", "case $2 in -version) echo ffmpeg version 4.4-x;; esac")
    [found] = look_at_ffmpeg(tools, str(tmp_path / "ffmpeg"))
    assert found.severity == "warning"
    assert found.text == f"FFmpeg 4.4 cannot read DVDs and Blu-rays ({tmp_path}/ffmpeg)"
    [missing] = look_at_ffmpeg(tools, str(tmp_path / "none"))
    assert (missing.severity, "ffmpeg_path" in missing.remedy) == ("error", True)
