"""`engramctl doctor` where no daemon runs: what it checks all the same, and what it says it could not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engramd import __version__
from engramd.ctl.doctor_alone import check_configuration
from engramd.ctl.doctor_bus import check_daemon
from engramd.ctl.session import Session
from tests.ctl.planted import JOURNAL, ON_THE_BUS, planted_in, quiet_machine, unpacked
from tests.support.daemon import DaemonUnderTest
from tests.support.privatebus import PrivateBus


def test_without_a_daemon_it_says_what_it_could_not_check_and_checks_the_rest(tmp_path: Path) -> None:
    with PrivateBus(system=False) as bus:
        machine = quiet_machine(tmp_path, bus, DaemonUnderTest(tmp_path / "daemon", bus))
        file = tmp_path / "daemon/engramd.toml"
        file.write_text('[settings]\ntmdb_api_key = 3\nlibary_tv_path = "/srv/tv"\n')
        done = machine.doctor("--json")
    checks = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert done.exit_code == 1
    assert checks["daemon"]["remedy"] == "start it: engramd --bus session"
    assert "folders, accounts, MakeMKV's key, database" in checks["not-checked"]["text"]
    wrong = checks["configuration"]
    assert wrong["severity"] == "error"
    assert "libary_tv_path is unknown (did you mean library_tv_path?)" in wrong["text"]
    assert wrong["remedy"].startswith(f"sudoedit {file}")
    for name in ("ffmpeg", "tool-ddrescue", "tool-mkvpropedit", "tesseract", "makemkv-makemkv"):
        assert checks[name]["group"] == "tools"
    assert any(one["group"] == "drives" for one in checks.values())


def test_without_a_daemon_and_with_a_broken_file_a_report_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with PrivateBus(system=False) as bus:
        # A user name in a sentence is only known where there is a database that has it.
        journal = [line for line in JOURNAL if ON_THE_BUS["opensubtitles_username"] not in line]
        machine = quiet_machine(tmp_path, bus, DaemonUnderTest(tmp_path / "daemon", bus), journal)
        (tmp_path / "daemon/engramd.toml").write_text('[settings]\ntmdb_api_key = "planted\nplex_token = 3')
        done = machine.doctor("--bundle")
    assert done.exit_code == 0, done.output
    [file] = tmp_path.glob("engramd-report-*.tar.gz")
    texts = unpacked(file)
    assert planted_in(texts) == []
    assert "No daemon answered" in texts["README.txt"]
    assert "is no TOML (at line 2, column 24)" in texts["engramd.toml"]
    assert "✗ Service   engramd is not running" in texts["doctor.txt"]
    assert "jobs.jsonl" not in texts
    assert "journal.txt" in texts


def test_a_file_that_cannot_be_understood_is_told_without_its_secrets(tmp_path: Path) -> None:
    file = tmp_path / "engramd.toml"
    assert check_configuration(file)["severity"] == "ok", "no file is fine"
    for text, severity in (
        ('log_level = "info"\n', "ok"),
        ('[settings]\nlibrary_tv_path = "not/absolute"\n', "error"),
        ('[settings]\ntmdb_api_key = "planted\n', "error"),
        ("[settings]\nplex_token = 7\napprise_urls = 'planted'\n", "error"),
    ):
        file.write_text(text)
        told = check_configuration(file)
        assert (told["severity"], "planted" in str(told)) == (severity, False), told


def test_a_daemon_of_another_version_is_told_to_start_again() -> None:
    [same] = check_daemon(Session(), {"Version": __version__})
    assert same["severity"] == "ok"
    older = next(check_daemon(Session(), {"Version": "0.0.9"}))
    assert older["text"] == f"engramd 0.0.9 answers on the system bus, and {__version__} is installed"
    assert (older["severity"], older["remedy"]) == ("warning", "sudo systemctl restart engramd")
    told = {one["id"]: one for one in check_daemon(Session(version=999), {"Version": __version__})}
    assert "version 999 of its interface" in told["interface"]["text"]
    assert told["interface"]["severity"] == "warning"
