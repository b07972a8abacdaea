"""The Debian packages: how they are built, what is in them, and what is not."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import engramd
from tests.support.daemon import ROOT
from tests.support.debroots import bash, build, copied_tree, field

pytestmark = [pytest.mark.packages, pytest.mark.root, pytest.mark.timeout(2400)]

Packages = Callable[[int], Path]
RELEASES = (13, 12)
HELD = [
    "/etc/engramd/hooks.d/README",
    "/etc/needrestart/conf.d/engramd.conf",
    "/usr/bin/engramctl",
    "/usr/bin/engramd",
    "/usr/bin/engramd-mqtt",
    "/usr/lib/modules-load.d/engramd.conf",
    "/usr/lib/systemd/system/engramd-import.path",
    "/usr/lib/systemd/system/engramd-import.service",
    "/usr/lib/systemd/system/engramd-metrics.service",
    "/usr/lib/systemd/system/engramd-metrics.timer",
    "/usr/lib/systemd/system/engramd-mqtt.service",
    "/usr/lib/systemd/system/engramd.service",
    "/usr/lib/systemd/user/engramd-notify.service",
    "/usr/lib/sysusers.d/engramd.conf",
    "/usr/lib/tmpfiles.d/engramd.conf",
    "/usr/lib/udev/rules.d/70-engramd.rules",
    "/usr/share/bash-completion/completions/engramctl",
    "/usr/share/cockpit/engramd/index.html",
    "/usr/share/cockpit/engramd/manifest.json",
    "/usr/share/cockpit/engramd/views/jobs.js",
    "/usr/share/dbus-1/interfaces/org.engramd.Engram1.xml",
    "/usr/share/dbus-1/system-services/org.engramd.Engram1.service",
    "/usr/share/dbus-1/system.d/org.engramd.Engram1.conf",
    "/usr/share/doc/engramd/CHANGELOG.md.gz",
    "/usr/share/doc/engramd/changelog.gz",
    "/usr/share/doc/engramd/copyright",
    "/usr/share/doc/engramd/examples/mqtt.toml",
    "/usr/share/fish/vendor_completions.d/engramctl.fish",
    "/usr/share/man/man1/engramctl.1.gz",
    "/usr/share/man/man5/engramd.toml.5.gz",
    "/usr/share/man/man5/org.engramd.Engram1.5.gz",
    "/usr/share/man/man8/engramd-mqtt.8.gz",
    "/usr/share/man/man8/engramd.8.gz",
    "/usr/share/metainfo/org.engramd.cockpit.metainfo.xml",
    "/usr/share/polkit-1/actions/org.engramd.engram1.policy",
    "/usr/share/polkit-1/rules.d/org.engramd.engram1.rules",
    "/usr/share/polkit-1/rules.d/org.engramd.sleep.rules",
    "/usr/share/zsh/vendor-completions/_engramctl",
]
#: Names of files, and words that are in each build of the programs: of FFmpeg's libraries, and of libdvdcss.
FOREIGN_FILES = ("libav", "libsw", "libpostproc", "libdvdcss", "ffmpeg")
FOREIGN_WORDS = (b"FFmpeg version", b"Lavc5", b"Lavc6", b"Lavf5", b"Lavf6", b"avcodec_version", b"dvdcss_")


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def unpacked(package: Path, folder: Path) -> list[Path]:
    """Unpack a package, and give its files that are no links."""
    subprocess.run(["dpkg-deb", "--extract", str(package), str(folder)], check=True)
    return [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]


@pytest.mark.parametrize("release", RELEASES)
def test_the_package_is_built_and_lintian_has_nothing_to_say(packages: Packages, release: int) -> None:
    package = packages(release)

    assert field(package, "Version") == f"{engramd.__version__}~deb{release}u1"
    assert field(package, "Architecture") == (
        "all" if release == 13 else bash("dpkg --print-architecture").strip()
    )


@pytest.mark.parametrize("release", RELEASES)
def test_the_same_tree_gives_the_same_package_wherever_and_whenever(
    packages: Packages, release: int, tmp_path: Path
) -> None:
    first = packages(release)
    elsewhere = copied_tree(tmp_path / "elsewhere")
    bash('git init -q "$1"', elsewhere)
    (elsewhere / ".venv").symlink_to(ROOT / ".venv")

    others = {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOSTNAME": "elsewhere"}
    second = build(release, tmp_path / "out", tree=elsewhere, umask=0o077, environment=others)

    assert digest(second) == digest(first)


@pytest.mark.parametrize("release", RELEASES)
def test_everything_is_in_the_package(packages: Packages, release: int, tmp_path: Path) -> None:
    unpacked(packages(release), tmp_path)

    assert [path for path in HELD if not os.path.lexists(f"{tmp_path}{path}")] == []
    assert not list(tmp_path.glob("srv*")), "the library belongs to its people, and to no package"


@pytest.mark.parametrize("release", RELEASES)
def test_no_package_contains_ffmpeg_or_libdvdcss(packages: Packages, release: int, tmp_path: Path) -> None:
    files = unpacked(packages(release), tmp_path)
    programs = {path: data for path in files if (data := path.read_bytes()).startswith(b"\x7fELF")}

    named = [path.name for path in programs if path.name.startswith(FOREIGN_FILES)]
    known = [(path.name, word) for path, data in programs.items() for word in FOREIGN_WORDS if word in data]
    carried = [path.name for path in files if path.name.startswith(FOREIGN_FILES) and ".so" in path.name]
    assert (named, known, carried) == ([], [], [])
    assert not list(tmp_path.rglob("imageio_ffmpeg")), "that is where an FFmpeg comes with"


def test_the_words_that_are_looked_for_are_in_a_real_ffmpeg() -> None:
    program = shutil.which("ffmpeg")
    assert program is not None
    linked = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    paths = [Path(word) for word in linked.split() if word.startswith("/")]
    data = b"".join(path.read_bytes() for path in paths if "libavcodec" in path.name)

    assert any(word in data for word in FOREIGN_WORDS)


def test_the_package_for_debian_13_has_no_private_copies(packages: Packages, tmp_path: Path) -> None:
    unpacked(packages(13), tmp_path)

    assert not (tmp_path / "usr/lib/engramd").exists()
    packed = [path.name for path in (tmp_path / "usr/lib/python3/dist-packages").iterdir()]
    assert sorted(packed) == ["engramd", f"engramd-{engramd.__version__}.dist-info"]


def test_the_package_for_debian_12_holds_to_the_python_that_it_was_made_for(packages: Packages) -> None:
    depends = field(packages(12), "Depends")

    assert "python3 (>= 3.11~)" in depends
    assert "python3 (<< 3.12~)" in depends
    assert "python3-gi" in depends
    assert "python3-av" in depends
    assert "libc6 (>= " in depends, "what the compiled packages need is found by itself"
