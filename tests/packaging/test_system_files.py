"""Files for udev, systemd, D-Bus and polkit, read by the programs that will read them."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
RULES = ROOT / "udev" / "70-engramd.rules"
XML = sorted([*PACKAGING.glob("dbus/*.conf"), *PACKAGING.glob("polkit/*.policy")])


def run(*command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(program), reason=f"{program} is not installed")


as_root = pytest.mark.root


@pytest.fixture
def empty_system(tmp_path: Path) -> Path:
    """A root folder with the group that owns optical drives, and nobody else."""
    etc = tmp_path / "etc"
    etc.mkdir()
    (etc / "group").write_text("root:x:0:\ncdrom:x:24:\n", "utf-8")
    (etc / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\n", "utf-8")
    return tmp_path


@needs("systemd-sysusers")
@pytest.mark.root
@as_root
def test_the_user_is_made_and_may_use_the_drives(empty_system: Path) -> None:
    done = run("systemd-sysusers", f"--root={empty_system}", PACKAGING / "sysusers" / "engramd.conf")

    assert done.returncode == 0, done.stderr
    passwd = (empty_system / "etc/passwd").read_text("utf-8")
    group = (empty_system / "etc/group").read_text("utf-8")
    assert re.search(r"(?m)^engramd:x:\d+:\d+:Disc ripper:/var/lib/engramd:\S*nologin$", passwd), passwd
    assert "cdrom:x:24:engramd" in group, group


@needs("systemd-sysusers")
def test_systemd_understands_the_user_file(empty_system: Path) -> None:
    done = run(
        "systemd-sysusers", "--dry-run", f"--root={empty_system}", PACKAGING / "sysusers" / "engramd.conf"
    )

    assert done.returncode == 0, done.stderr
    assert "engramd" in done.stdout + done.stderr


@needs("systemd-tmpfiles")
@pytest.mark.root
@as_root
def test_the_library_belongs_to_the_group(empty_system: Path) -> None:
    run("systemd-sysusers", f"--root={empty_system}", PACKAGING / "sysusers" / "engramd.conf")

    done = run(
        "systemd-tmpfiles", f"--root={empty_system}", "--create", PACKAGING / "tmpfiles" / "engramd.conf"
    )

    assert done.returncode == 0, done.stderr
    for name in ("", "staging", "tv", "films", "import"):
        folder = empty_system / "srv" / "media" / name
        assert oct(folder.stat().st_mode & 0o7777) == "0o2775", folder


def test_the_generic_scsi_driver_is_loaded_at_boot() -> None:
    lines = (PACKAGING / "modules-load" / "engramd.conf").read_text("utf-8").splitlines()

    assert [line for line in lines if line and not line.startswith("#")] == ["sg"]


def test_udev_understands_the_rules() -> None:
    """`udevadm verify` is there since udev 254; the shape of every rule is checked below in any case."""
    if "verify" in run("udevadm", "--help").stdout:
        done = run("udevadm", "verify", RULES)

        assert done.returncode == 0, done.stdout + done.stderr


def test_no_udev_rule_runs_a_program() -> None:
    lines = RULES.read_text("utf-8").splitlines()
    rules = [line.lstrip("#") for line in lines if "==" in line]

    assert len(rules) == 3
    for rule in rules:
        assert "RUN" not in rule
        assert "PROGRAM" not in rule
        for part in rule.split(","):
            assert re.fullmatch(r'\s*[A-Z]+(\{\w+\})?(==|\+=|=)"[^"]*"', part), rule


def test_there_are_files_for_the_bus_and_for_polkit() -> None:
    assert {path.parent.name for path in XML} == {"dbus", "polkit"}


@pytest.mark.parametrize("folder", ["dbus", "polkit", "sysusers", "tmpfiles", "modules-load"])
def test_every_file_is_installed(folder: str, tmp_path: Path) -> None:
    done = run(PACKAGING / "install-files", tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
    installed = {(path.name, path.read_bytes()) for path in tmp_path.rglob("*") if path.is_file()}
    for path in (PACKAGING / folder).iterdir():
        assert (path.name, path.read_bytes()) in installed


@needs("xmllint")
@pytest.mark.parametrize("path", XML, ids=lambda path: path.name)
def test_the_xml_is_well_formed(path: Path) -> None:
    done = run("xmllint", "--noout", "--nonet", path)

    assert (done.returncode, done.stderr) == (0, "")
