"""What doctor sees of the unit: answers that systemd 252 gave, replayed, and a system's files in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from engramd.ctl import doctor_unit
from engramd.ctl.doctor_screen import Check
from engramd.ctl.doctor_unit import System, check_files, check_journal, check_unit, last_error
from engramd.ctl.programs import Answer, ask

#: `systemctl show engramd.service --property=…` of a booted Debian 12, as it was in each state.
RUNS = """Result=success
NRestarts=0
ExecMainStatus=0
LoadState=loaded
ActiveState=active
SubState=running
UnitFileState=enabled
NeedDaemonReload=no
"""
FAILED = """Result=exit-code
NRestarts=0
ExecMainStatus=78
LoadState=loaded
ActiveState=failed
SubState=failed
UnitFileState=enabled
NeedDaemonReload=no
"""
NOT_FOUND = """Result=success
NRestarts=0
ExecMainStatus=0
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
NeedDaemonReload=no
"""
NOT_BOOTED = Answer(
    1, errors="System has not been booted with systemd as init system (PID 1). Can't operate.\n"
)


def replayed(units: Mapping[str, str], journal: str = "") -> System:
    """Give a system whose programs answer what was recorded."""

    def answer(*words: str, seconds: float = 0) -> Answer:
        if words[0] == "journalctl":
            return Answer(0, journal)
        return Answer(0, units.get(words[2], NOT_FOUND))

    return System(ask=answer)


def found(system: System) -> dict[str, Check]:
    return {one["id"]: one for one in check_unit(system)}


def test_a_unit_that_runs_and_starts_at_boot_is_fine() -> None:
    [unit] = found(replayed({"engramd.service": RUNS})).values()
    assert (unit["severity"], unit["short"]) == ("ok", "starts at boot")


@pytest.mark.parametrize(
    ("change", "severity", "text", "remedy"),
    [
        (
            ("=enabled", "=disabled"),
            "warning",
            "will not be started at boot",
            "sudo systemctl enable engramd",
        ),
        (("=active", "=inactive"), "error", "the unit is inactive", "sudo systemctl enable --now engramd"),
        (("=loaded", "=masked"), "error", "the unit is masked", "sudo systemctl unmask engramd"),
    ],
)
def test_a_unit_that_does_not_run_has_the_command_that_starts_it(
    change: tuple[str, str], severity: str, text: str, remedy: str
) -> None:
    unit = found(replayed({"engramd.service": RUNS.replace(*change)}))["unit"]
    assert (unit["severity"], unit["remedy"]) == (severity, remedy)
    assert text in unit["text"]


def test_a_unit_that_failed_says_with_which_words() -> None:
    words = "the configuration file is wrong (/etc/engramd/engramd.toml): nonsense is unknown\n"
    unit = found(replayed({"engramd.service": FAILED}, words))["unit"]
    assert unit["severity"] == "error"
    assert unit["text"] == f"the unit failed: it ended with code 78: {words.strip()}"
    assert unit["remedy"] == "sudoedit /etc/engramd/engramd.toml && sudo systemctl restart engramd"
    killed = FAILED.replace("exit-code", "watchdog").replace("78", "6")
    assert found(replayed({"engramd.service": killed}))["unit"]["text"] == "the unit failed: watchdog"


def test_a_unit_that_is_not_installed_and_one_of_other_files_than_systemd_read() -> None:
    assert found(replayed({}))["unit"]["severity"] == "warning"
    changed = RUNS.replace("NeedDaemonReload=no", "NeedDaemonReload=yes").replace(
        "NRestarts=0", "NRestarts=3"
    )
    told = found(replayed({"engramd.service": changed}))
    assert told["unit-reload"]["remedy"].startswith("sudo systemctl daemon-reload && ")
    assert "3 times" in told["unit-restarts"]["text"]


@pytest.mark.parametrize(
    ("state", "severity"), [("active", "ok"), ("inactive", "info"), ("failed", "warning")]
)
def test_the_drop_folder_is_watched_or_told_how(state: str, severity: str) -> None:
    watched = RUNS.replace("ActiveState=active", f"ActiveState={state}")
    units = {"engramd.service": RUNS, "engramd-import.path": watched}
    unit = found(replayed(units))["import-unit"]
    assert unit["severity"] == severity
    assert "engramd-import.path" in unit["remedy"] + unit["where"]


def test_without_systemd_nothing_is_said_of_the_unit() -> None:
    [told] = check_unit(System(ask=lambda *_words, **_options: NOT_BOOTED))
    assert (told["severity"], "systemd does not run" in told["text"]) == ("info", True)
    assert last_error(System(ask=lambda *_words, **_options: NOT_BOOTED)) == ""


def test_files_are_found_where_packages_and_people_put_them(tmp_path: Path) -> None:
    system = System(tmp_path)
    lacking = {one["id"]: one for one in check_files(system)}
    assert lacking["udev-rule"]["remedy"] == "sudo install -m 644 udev/70-engramd.rules /etc/udev/rules.d"
    assert lacking["bus-policy"]["remedy"] == (
        "sudo install -m 644 packaging/dbus/org.engramd.Engram1.conf /usr/share/dbus-1/system.d"
    )
    for source in (lacking["udev-rule"]["remedy"], lacking["bus-policy"]["remedy"]):
        assert (Path(__file__).parents[2] / source.split()[4]).is_file(), "the command names a shipped file"
    for folder, file in (
        ("lib/udev/rules.d", "70-engramd.rules"),
        ("etc/dbus-1/system.d", "org.engramd.Engram1.conf"),
    ):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / file).touch()
    there = {one["id"]: one for one in check_files(system)}
    assert (there["udev-rule"]["severity"], there["bus-policy"]["severity"]) == ("ok", "ok")
    assert there["udev-rule"]["where"] == str(tmp_path / "lib/udev/rules.d/70-engramd.rules")


def test_who_cannot_read_the_journal_is_told_the_group(monkeypatch: pytest.MonkeyPatch) -> None:
    assert check_journal(replayed({}, "a line\n"))["severity"] == "ok"
    monkeypatch.setattr(os, "geteuid", lambda: 65534)
    monkeypatch.setattr(doctor_unit, "in_group", lambda *_names: False)
    closed = check_journal(replayed({}))
    assert (closed["severity"], closed["remedy"]) == ("info", "sudo usermod -aG systemd-journal nobody")
    monkeypatch.setattr(doctor_unit, "in_group", lambda *_names: True)
    assert check_journal(replayed({}))["text"] == "the journal has nothing of engramd"


def test_a_program_that_is_missing_hangs_or_cannot_be_started_is_no_error(tmp_path: Path) -> None:
    assert ask("no-such-program").code is None
    assert ask("sleep", "60", seconds=0.2) == Answer(None, errors="sleep did not end within 0 seconds")
    assert ask("sh", "-c", "echo $LC_ALL; exit 3") == Answer(3, "C.UTF-8\n")
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    assert "cannot be started" in ask(str(broken)).errors
