"""What the packages are made of: versions in one place, pins that fit, named dependencies."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import engramd
from tests.support.daemon import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
REQUIREMENTS = [Requirement(line) for line in PROJECT["dependencies"]]
LOCK_FILE = "packaging/debian/12/requirements.txt"
LOCK = (ROOT / LOCK_FILE).read_text("utf-8")
#: What Debian 12 has under these names; the control file of its package says so.
OF_DEBIAN_12 = {"av", "certifi", "click", "idna", "numpy", "pydbus", "pyudev", "scipy", "sdnotify"}

OPTIONAL = ("mqtt", "notify", "open", "speech", "subliminal", "whisper")
#: How the name of a licence begins; a bracket says that it is not known.
SAID = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def pins() -> dict[str, str]:
    return dict(re.findall(r"(?m)^([a-z0-9-]+)==(\S+)", LOCK))


def test_the_lock_of_debian_12_holds_every_dependency_with_hashes() -> None:
    lacking = {each.name for each in REQUIREMENTS} - pins().keys()

    assert lacking <= OF_DEBIAN_12
    wrong = [each for each in REQUIREMENTS if each.name in pins() and pins()[each.name] not in each.specifier]
    assert wrong == [], "packaging/lock-deb12 makes the lock anew"
    assert all("--hash=sha256:" in entry for entry in re.split(r"(?m)^(?=[a-z0-9-]+==)", LOCK)[1:])


def test_nothing_locked_brings_an_ffmpeg() -> None:
    assert pins().keys().isdisjoint({"av", "imageio-ffmpeg", "opencv-python", "psycopg-binary"})


@pytest.mark.parametrize("name", sorted(OF_DEBIAN_12))
def test_the_package_for_debian_12_depends_on_what_is_not_locked(name: str) -> None:
    assert f"python3-{name}" in (ROOT / "packaging/debian/12/control").read_text("utf-8")


@pytest.mark.parametrize("file", ["packaging/arch/PKGBUILD", "packaging/rpm/engramd.spec"])
def test_the_version_that_other_packages_fall_back_to_is_the_programs(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")

    assert re.search(rf"(?m)(^pkgver=|engramd_version ){re.escape(engramd.__version__)}\b", text)


def test_the_package_for_debian_13_wants_the_versions_that_the_project_wants() -> None:
    control = (ROOT / "packaging/debian/control").read_text("utf-8")
    stated = dict(re.findall(r"(?m)python3-(\S+) \(>= (?:\d:)?([\d.]+)\)", control))

    assert {each.name: str(each.specifier) for each in REQUIREMENTS} == {
        name: f">={version}" for name, version in stated.items()
    }


def test_arch_names_every_dependency() -> None:
    text = (ROOT / "packaging/arch/PKGBUILD").read_text("utf-8")

    assert [each.name for each in REQUIREMENTS if f"python-{each.name}" not in text] == []


def test_debhelper_and_install_files_install_the_same(tmp_path: Path) -> None:
    subprocess.run([ROOT / "packaging/install-files", tmp_path], check=True)
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    listed = {
        f"{target}/{Path(found).name}" + (f"/{inner.name}" if inner else "")
        for line in (ROOT / "packaging/debian/engramd.install").read_text("utf-8").splitlines()
        for source, target in [line.split()]
        for found in ROOT.glob(source)
        for inner in ([*found.iterdir()] if found.is_dir() else [None])
    }

    assert {path for path in made if "/doc/" not in path and "/man/" not in path} == listed


def test_every_dependency_is_in_the_list_of_licences() -> None:
    text = (ROOT / "packaging/LICENCES.md").read_text("utf-8")
    listed = dict(re.findall(r"(?m)^\| ([a-z0-9-]+) \| .* \| (.+) \|$", text))
    optional = [Requirement(each) for name in OPTIONAL for each in PROJECT["optional-dependencies"][name]]

    lacking = [
        each.name for each in [*REQUIREMENTS, *optional] if not listed.get(each.name, "(").startswith(SAID)
    ]
    assert lacking == [], "packaging/licences makes the list anew"


def test_nothing_locked_has_a_known_hole(tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_text("h11==0.14.0\n", "utf-8")
    program = [sys.executable, ROOT / "packaging/floors.py"]

    good = subprocess.run([*program, ROOT / LOCK_FILE], capture_output=True, text=True, check=False)
    old = subprocess.run([*program, bad], capture_output=True, text=True, check=False)

    assert (good.returncode, good.stdout) == (0, "")
    assert old.returncode == 1
    assert "h11 0.14.0 has a known hole, mended in 0.16.0" in old.stdout
