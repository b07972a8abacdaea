"""The wheel, the RPM spec and Arch's PKGBUILD: built, or at least read, by the programs made for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

import engramd
from tests.support.authoring import AuthoredDisc
from tests.support.daemon import ROOT
from tests.support.debroots import copied_tree

pytestmark = [pytest.mark.packages, pytest.mark.timeout(1800)]

SPEC = ROOT / "packaging/rpm/engramd.spec"
ARCH = ROOT / "packaging/arch"
#: What the distributions of RPM define, and Debian's rpmbuild does not; the macros of systemd are left out.
MACROS = {
    "__python3": sys.executable,
    "python3_sitelib": "/usr/lib/python3.11/site-packages",
    "engramd_version": engramd.__version__,
    "_modulesloaddir": "/usr/lib/modules-load.d",
    "_sysusersdir": "/usr/lib/sysusers.d",
    "_tmpfilesdir": "/usr/lib/tmpfiles.d",
    "_udevrulesdir": "/usr/lib/udev/rules.d",
    "_unitdir": "/usr/lib/systemd/system",
    "_userunitdir": "/usr/lib/systemd/user",
}


def run(*words: object, folder: Path = ROOT, **environment: str) -> str:
    done = subprocess.run(
        [*map(str, words)],
        cwd=folder,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=1500,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"{program} is not installed")


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's files as they are now, in a folder by themselves."""
    return copied_tree(tmp_path_factory.mktemp("source") / f"engramd-{engramd.__version__}")


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the project."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "wheel", "--no-deps", "--wheel-dir", folder, source)
    return next(folder.glob("*.whl"))


def test_an_engramctl_from_the_wheel_looks_at_a_disc(
    wheel: Path, tmp_path: Path, tv_dvd: AuthoredDisc
) -> None:
    venv.create(tmp_path / "env", system_site_packages=True, with_pip=True)
    programs = tmp_path / "env/bin"
    run(programs / "python", "-m", "pip", "--quiet", "--disable-pip-version-check", "install", wheel)

    assert run(programs / "engramctl", "--version").split()[-1] == engramd.__version__
    seen = json.loads(run(programs / "engramctl", "--json", "inspect", tv_dvd.image, folder=tmp_path))
    assert len(seen["titles"]) == 5
    assert str(tmp_path) in run(
        programs / "python", "-c", "import engramd; print(engramd.__file__)", folder=tmp_path
    )


@needs("rpmbuild")
def test_the_spec_builds_an_rpm_with_all_files(source: Path, tmp_path: Path) -> None:
    archive = tmp_path / "SOURCES" / f"{source.name}.tar.gz"
    archive.parent.mkdir()
    run("tar", "-czf", archive, "-C", source.parent, source.name)
    macros = MACROS | {"_topdir": str(tmp_path)}
    defined = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]

    run("rpmbuild", "-bb", "--nodeps", *defined, SPEC, SOURCE_DATE_EPOCH="1700000000")

    [package] = (tmp_path / "RPMS/noarch").glob("*.rpm")
    held = run("rpm", "--query", "--package", "--list", package).split()
    for path in (
        "/usr/bin/engramctl",
        "/usr/lib/systemd/system/engramd.service",
        "/etc/engramd/hooks.d/README",
    ):
        assert path in held
    assert "/usr/share/doc/engramd/examples/mqtt.toml" in held


@needs("rpmlint")
def test_rpmlint_finds_nothing_in_the_spec() -> None:
    said = run("rpmlint", "--rpmlintrc", SPEC.with_suffix(".rpmlintrc"), SPEC)

    assert re.search(r"\b0 errors, 0 warnings", said), said


@needs("shellcheck")
def test_shellcheck_finds_nothing_in_the_files_for_arch() -> None:
    run("shellcheck", ARCH / "PKGBUILD", ARCH / "engramd.install", ROOT / "packaging/install-files")


def test_the_pkgbuild_packs_what_makepkg_would(source: Path, wheel: Path, tmp_path: Path) -> None:
    """Debian has no makepkg: package() is run with a built wheel, and unzip for its installer."""
    (tmp_path / "src/engramd").parent.mkdir()
    shutil.copytree(source, tmp_path / "src/engramd")
    (tmp_path / "src/engramd/dist").mkdir()
    shutil.copy(wheel, tmp_path / "src/engramd/dist")
    words = (
        f'. "{ARCH}/PKGBUILD"; srcdir=$1 pkgdir=$2 startdir="{ARCH}";'
        ' python() { unzip -q "${@: -1}" -d "$pkgdir/usr"; };'
        ' echo "$(pkgver)"; package; printf "%s\\n" "${depends[@]}"'
    )
    target = tmp_path / "pkg"
    target.mkdir()

    said = run("bash", "-ec", words, "bash", tmp_path / "src", target).split()

    assert said[0] == engramd.__version__
    assert "python-pydbus" in said
    assert "m engramd optical" in (target / "usr/lib/sysusers.d/engramd.conf").read_text("utf-8")
    unit = (target / "usr/lib/systemd/system/engramd.service").read_text("utf-8")
    assert "SupplementaryGroups=optical" in unit
    assert (target / "usr/share/zsh/site-functions/_engramctl").exists()
