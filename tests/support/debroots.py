"""Packages as packaging/build-deb makes them, and roots of Debian releases to install them in."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from tests.support.daemon import ROOT

SUITES = {12: "bookworm", 13: "trixie"}
#: Seconds; a root may have to be made first.
PATIENCE = 1800

_ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "HOME": "/root",
    "DEBIAN_FRONTEND": "noninteractive",
}
#: Puts the user and the environment of the service before a command; systemd would make the folders.
_AS_SERVICE = (
    "install -d -o engramd -g engramd /run/engramd /var/lib/engramd /var/cache/engramd &&"
    " setpriv --reuid engramd --regid engramd --init-groups env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8"
    " HOME=/var/lib/engramd STATE_DIRECTORY=/var/lib/engramd CACHE_DIRECTORY=/var/cache/engramd"
    " XDG_RUNTIME_DIR=/run/engramd"
)
#: The Python that runs the package of each release.
PYTHON = {13: "/usr/bin/python3", 12: "/usr/lib/engramd/bin/python"}
#: Words that start the daemon, wait for it, and have it end with the shell that they are in.
DAEMON = """
engramd --config /etc/engramd/engramd.toml --bus session >/tmp/log 2>&1 &
daemon=$!
trap 'kill $daemon; wait $daemon || true' EXIT
until engramctl --bus session status >/dev/null 2>&1; do kill -0 $daemon; sleep 0.2; done
"""
#: Settings of a library in the folder that the package makes.
LIBRARY = """
[settings]
library_tv_path = "/srv/media/tv"
library_movies_path = "/srv/media/films"
references_path = "/srv/media/references"
staging_path = "/srv/media/staging"
import_paths = "/srv/media/import"
min_free_bytes = 1000000
"""


def bash(words: str, *arguments: object, environment: Mapping[str, str] | None = None) -> str:
    """Run words of bash that know packaging/lib.sh and debroot.sh; give what they print."""
    script = f'set -euo pipefail; cd "$0"; . packaging/lib.sh; . packaging/debroot.sh; {words}'
    done = subprocess.run(
        ["bash", "-c", script, str(ROOT), *map(str, arguments)],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, f"{words} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def build(
    release: int,
    target: Path,
    *,
    tree: Path = ROOT,
    lint: bool = False,
    umask: int = 0o022,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """Build the package of a release from a tree into a folder; what lintian says is a failure."""
    words = [str(tree / "packaging/build-deb"), *(["--lint"] if lint else []), str(release), str(target)]
    done = subprocess.run(
        words,
        env=os.environ | {"SOURCE_DATE_EPOCH": "1700000000"} | dict(environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
        umask=umask,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [package] = target.glob(f"engramd_*~deb{release}u1_*.deb")
    return package


def copied_tree(target: Path) -> Path:
    """Copy the project's files as they are now, with new times, into a folder of their own."""
    target.mkdir(parents=True)
    files = (
        "git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -cf - -T -"
    )
    bash(f'{files} 2>/dev/null | tar -xmf - -C "$1" || true', target)
    return target


def field(package: Path, name: str) -> str:
    """Give a field of a package's control file."""
    command = ["dpkg-deb", "--field", str(package), name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class DebianRoot:
    """A root of a release with what a package depends on; after the block all that was done in it is gone."""

    def __init__(self, release: int, package: Path, folder: Path, *, lean: bool = False) -> None:
        """Name the release and what is installed later; a lean root has little more than what that needs."""
        self.path = folder / "root"
        self._suite, self._package = SUITES[release], package
        self._layers = "$1-lean" if lean else "$1-run:$1"
        self._keep = "keep_lean_root" if lean else "keep_layer"

    def __enter__(self) -> Self:
        words = f'{self._keep} "$1" "$2"; lay_root "{self._layers}" "$3"'
        bash(words, self._suite, self._package, self.path)
        self.write("/etc/dpkg/dpkg.cfg.d/quick", "force-unsafe-io\n")  # it need not outlive a power cut
        return self

    def __exit__(self, *_: object) -> None:
        bash('take_root "$1"', self.path)

    def run(self, command: str, *, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Run words of a shell inside, as root."""
        return subprocess.run(
            [*self._entered(), "/bin/sh", "-c", command],
            env=_ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
        )

    def _entered(self) -> list[str]:
        """Give the words that begin a command inside."""
        return ["chroot", str(self.path)]

    def out(self, command: str, *, seconds: float = 600) -> str:
        """Run what must succeed; give what it prints."""
        done = self.run(command, seconds=seconds)
        assert done.returncode == 0, f"`{command}` ended with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def install(self, package: Path, *, options: str = "") -> str:
        """Install a package file with apt; what it depends on is there, so that nothing is downloaded."""
        shutil.copy(package, self.path / "opt" / package.name)
        return self.out(f"apt-get -q -y -o Dpkg::Use-Pty=0 {options} install /opt/{package.name} 2>&1")

    def as_service(self, command: str, *, seconds: float = 600) -> subprocess.CompletedProcess[str]:
        """Run words of a shell as the service's user in its folders, but on a session bus of its own."""
        self.write("/opt/as-service", f"set -e\n{command}\n")
        return self.run(f"{_AS_SERVICE} dbus-run-session -- sh /opt/as-service", seconds=seconds)

    def exists(self, path: str) -> bool:
        """Whether there is something at an absolute path of the root, be it a link that leads nowhere."""
        return os.path.lexists(self.path / path.lstrip("/"))

    def read(self, path: str) -> str:
        """Give the text of a file of the root."""
        return (self.path / path.lstrip("/")).read_text("utf-8")

    def write(self, path: str, text: str) -> None:
        """Write a file of the root, with the folders above it."""
        file = self.path / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


class BootedRoot(DebianRoot):
    """A root whose own systemd runs, in a container without drives; commands are run beside it."""

    _container: subprocess.Popen[bytes]
    _leader = ""

    def __enter__(self) -> Self:
        super().__enter__()
        bash('leave_root "$1"', self.path)  # the container has a kernel's file systems of its own
        (self.path / "etc/machine-id").unlink(missing_ok=True)
        (self.path / "etc/systemd/system/systemd-firstboot.service").symlink_to("/dev/null")  # asks people
        words = [
            "systemd-nspawn",
            "--quiet",
            "--boot",
            "--register=no",
            "--timezone=off",
            f"--machine=t{os.getpid()}",
        ]
        if not Path("/run/systemd/system").exists():
            words.append("--keep-unit")
        self._container = subprocess.Popen(
            [*words, f"--directory={self.path}"],
            env=os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
            stdin=subprocess.DEVNULL,
            stdout=(self.path.parent / "console").open("wb"),
            stderr=subprocess.STDOUT,
        )
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._container.terminate()  # asks the system in it to shut down
        try:
            self._container.wait(90)
        except subprocess.TimeoutExpired:
            self._container.kill()
            self._container.wait()
        super().__exit__()

    def _wait(self) -> None:
        """Wait until the system is up; some of its units may have failed for want of hardware."""
        children = Path(f"/proc/{self._container.pid}/task/{self._container.pid}/children")
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(OSError):
                self._leader = next(iter(children.read_text("utf-8").split()), "")
            if self._leader and self.run("systemctl is-system-running").stdout.strip() in (
                "running",
                "degraded",
            ):
                return
            if self._container.poll() is not None or time.monotonic() > end:
                raise AssertionError((self.path.parent / "console").read_text(errors="replace")[-3000:])
            time.sleep(0.2)

    def _entered(self) -> list[str]:
        return ["nsenter", "--target", self._leader, "--all", "--"]


def an_ffmpeg_that_reads_discs(root: DebianRoot) -> str:
    """Do in Debian 12 what doctor says there (pip install -t ... imageio-ffmpeg); give the program's path."""
    found = find_spec("imageio_ffmpeg")
    assert found is not None
    assert found.origin is not None
    folder = "usr/local/lib/engramd/imageio_ffmpeg"
    shutil.copytree(Path(found.origin).parent, root.path / folder)
    [program] = (root.path / folder / "binaries").glob("ffmpeg-*")
    return f"/{folder}/binaries/{program.name}"


def with_version(package: Path, version: str, work: Path) -> Path:
    """Give the same package as another version of itself, in which one file is gone and one is new."""
    tree = work / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(tree)], check=True)
    old = field(package, "Version")
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text("utf-8").replace(f"Version: {old}", f"Version: {version}"), "utf-8")
    [first] = tree.glob("usr/lib/**/engramd/__init__.py")
    text = first.read_text("utf-8").replace(old.partition("~")[0], version.partition("~")[0])
    first.write_text(text, "utf-8")
    (first.parent / "ebml.py").rename(first.parent / "of_the_next_version.py")
    target = work / f"engramd_{version}_{field(package, 'Architecture')}.deb"
    subprocess.run(
        ["dpkg-deb", "-Znone", "--root-owner-group", "--build", str(tree), str(target)], check=True
    )
    return target
