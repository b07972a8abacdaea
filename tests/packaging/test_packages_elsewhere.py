"""The wheel, the RPM spec and Arch's PKGBUILD: built, or at least read, by the programs made for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import engramd
from tests.support.authoring import AuthoredDisc
from tests.support.daemon import ROOT
from tests.support.debroots import DebianRoot, copied_tree

pytestmark = [pytest.mark.packages, pytest.mark.timeout(1800)]

SPEC = ROOT / "packaging/rpm/engramd.spec"
ARCH = ROOT / "packaging/arch"
#: What the distributions of RPM define, and Debian's rpmbuild does not; the macros of systemd are left out.
MACROS = {
    "__python3": "/usr/bin/python3",
    "python3_sitelib": "/usr/lib/python3/dist-packages",
    "engramd_version": engramd.__version__,
    "_modulesloaddir": "/usr/lib/modules-load.d",
    "_sysusersdir": "/usr/lib/sysusers.d",
    "_tmpfilesdir": "/usr/lib/tmpfiles.d",
    "_udevrulesdir": "/usr/lib/udev/rules.d",
    "_unitdir": "/usr/lib/systemd/system",
    "_userunitdir": "/usr/lib/systemd/user",
}
#: What rpmlint says on Debian of every package: tags that its builders add, and macros that Debian lacks.
SAID_OF_ALL = (
    "no-signature",
    "no-packager-tag",
    "no-group-tag",
    "invalid-license",
    "manpage-not-compressed",
    "no-manual-page-for-binary",
    "empty-%preun",
    "no-dependency-on",
)


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


@pytest.mark.root
def test_a_person_installs_engramctl_by_pipx_on_debian_13(
    packages: Callable[[int], Path], wheel: Path, tmp_path: Path
) -> None:
    """Debian has all that it depends on; pip itself lies there as a wheel, so that nothing is downloaded."""
    with DebianRoot(13, packages(13), tmp_path) as root:
        shutil.copy(wheel, root.path / "opt" / wheel.name)
        offline = "PIP_NO_INDEX=1 PIP_FIND_LINKS=/usr/share/python-wheels"
        person = (
            "setpriv --reuid person --regid person --clear-groups env -i HOME=/home/person LC_ALL=C.UTF-8"
            f" PATH=/home/person/.local/bin:/usr/bin:/bin {offline}"
        )
        root.out(f"useradd --create-home person && {person} pipx install --system-site-packages /opt/*.whl")

        assert (
            root.out(f"{person} sh -c 'command -v engramctl'").strip() == "/home/person/.local/bin/engramctl"
        )
        assert root.out(f"{person} engramctl --version").split()[-1] == engramd.__version__
        assert "Rip a disc, an image or a folder." in root.out(f"{person} engramctl --help")
        refused = root.run(f"{person} engramctl status")
        assert refused.returncode == 3, refused.stderr
        assert refused.stderr.startswith("engramctl: there is no system bus"), "what lacks is said in words"


@needs("rpmbuild")
@needs("rpmlint")
def test_the_spec_builds_an_rpm_with_all_files_and_rpmlint_finds_nothing(
    source: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "SOURCES" / f"{source.name}.tar.gz"
    archive.parent.mkdir()
    run("tar", "-czf", archive, "-C", source.parent, source.name)
    macros = MACROS | {"_topdir": str(tmp_path)}
    defined = [word for name, value in macros.items() for word in ("--define", f"{name} {value}")]

    run("rpmbuild", "-bb", "--nodeps", *defined, SPEC, SOURCE_DATE_EPOCH="1", DEB_PYTHON_INSTALL_LAYOUT="deb")

    [package] = (tmp_path / "RPMS/noarch").glob("*.rpm")
    held = run("rpm", "--query", "--package", "--list", package).split()
    for path in (
        "/usr/bin/engramctl",
        "/usr/lib/systemd/system/engramd.service",
        "/etc/engramd/hooks.d/README",
    ):
        assert path in held
    assert "/usr/share/doc/engramd/examples/mqtt.toml" in held
    assert [path for path in held if ".so" in path] == [], "nothing compiled is in it, and so no FFmpeg"
    said = subprocess.run(
        ["rpmlint", "--rpmlintrc", SPEC.with_suffix(".rpmlintrc"), SPEC, package],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 packages and 1 specfiles checked" in said.stdout, said.stdout + said.stderr
    found = re.findall(r"(?m)^\S+: [EW]: (\S+)(.*)$", said.stdout)
    assert [each for each in found if each[0] not in SAID_OF_ALL] == []


@needs("shellcheck")
def test_shellcheck_finds_nothing_in_what_makes_packages_and_what_they_run() -> None:
    folder = ROOT / "packaging"
    run("shellcheck", ARCH / "PKGBUILD", ARCH / "engramd.install", folder / "install-files")
    run("shellcheck", *folder.glob("debian/*.p*"), *folder.glob("debian/12/*.p*"))
    programs = [folder / name for name in ("build-deb", "lock-deb12", "audit", "licences", "debroot.sh")]
    run("shellcheck", "--shell=bash", "--severity=warning", "--exclude=SC2154", *programs)  # `python`


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder that another user may enter; those of pytest are root's own."""
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@needs("makepkg")
@pytest.mark.root
def test_makepkg_builds_the_package_for_arch(source: Path, public_folder: Path) -> None:
    """It refuses root, and a Debian's Python would install to /usr/local."""
    folder, checkout = public_folder, public_folder / "checkout"
    shutil.copytree(source, checkout)
    (folder / "python").symlink_to("/usr/bin/python3")
    run("chown", "-R", "nobody:nogroup", folder)
    user = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "env", f"HOME={folder}")
    git = (*user, "git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message=all"]):
        run(*git, *words, folder=checkout)

    places = (
        f"PATH={folder}:/usr/bin:/bin",
        f"PKGDEST={folder}",
        f"BUILDDIR={folder}/build",
        "PKGEXT=.pkg.tar",
    )
    words = (*user, *places, "DEB_PYTHON_INSTALL_LAYOUT=deb", "makepkg", "--nodeps", "--noconfirm")
    run(*words, folder=checkout / "packaging/arch")

    [package] = folder.glob("engramd-*-any.pkg.tar")
    assert package.name.startswith(f"engramd-{engramd.__version__}-1-")
    held = run("bsdtar", "-tf", package).split()
    assert [path for path in held if not path.startswith(("usr/", "etc/", "."))] == []
    assert [path for path in held if ".so" in path] == [], "nothing compiled is in it, and so no FFmpeg"
    assert [path for path in held if "/local/" in path or "/vendor-completions/" in path] == []
    lacking = [path for path in packed_elsewhere() if path not in held and f"{path}.gz" not in held]
    assert lacking == []
    unit = run("bsdtar", "-xOf", package, "usr/lib/systemd/system/engramd.service")
    assert "SupplementaryGroups=optical" in unit
    assert "m engramd optical" in run("bsdtar", "-xOf", package, "usr/lib/sysusers.d/engramd.conf")
    told = run("bsdtar", "-xOf", package, ".PKGINFO")
    kept = [f"backup = {path}" for path in held if path.startswith("etc/") and not path.endswith("/")]
    assert [line for line in kept if line not in told] == [], "what a person may change is kept by an upgrade"
    assert "depend = python-pydbus" in told
    assert "post_install" in run("bsdtar", "-xOf", package, ".INSTALL")


def packed_elsewhere() -> list[str]:
    """Give what packaging/install-files installs, as paths in a package for Arch, and the programs."""
    with tempfile.TemporaryDirectory() as folder:
        run(ROOT / "packaging/install-files", folder)
        made = [path for path in Path(folder).rglob("*") if path.is_file()]
        names = [path.relative_to(folder).as_posix() for path in made]
    moved = [name.replace("zsh/vendor-completions", "zsh/site-functions") for name in names]
    return [*moved, "usr/bin/engramd", "usr/bin/engramctl", "usr/bin/engramd-mqtt"]
