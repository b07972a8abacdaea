"""The installed program, and the private copy of it that the service runs from.

A package manager replaces files at any moment, while the daemon imports late and starts children that import
anew: what begins as one version must not go on as two.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import engramd

#: What neither the daemon nor its children import.
_LEFT_OUT = frozenset({"ctl", "mqtt"})
_CACHE = "__pycache__"
_COMPILED = f".{sys.implementation.cache_tag}.pyc"
_VERSION = re.compile(r'^__version__ = "([^"]+)"$', re.MULTILINE)
#: How often a copy is begun anew because the files changed meanwhile, and seconds between.
_TRIES, _PAUSE = 10, 0.5
#: What package managers lock while they work, and the file that pacman makes then.
_LOCKED = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    "/var/lib/rpm/.rpm.lock",
    "/usr/lib/sysimage/rpm/.rpm.lock",
)
_MADE = Path("/var/lib/pacman/db.lck")
_LOCKS = Path("/proc/locks")


@dataclass(frozen=True)
class Program:
    """What is installed: the package's folder, its version, and a fingerprint of all that would be run."""

    folder: Path
    version: str
    fingerprint: str

    @classmethod
    def look(cls, folder: Path) -> Program:
        """Look at an installed package. OSError where it is not there, or just being replaced."""
        found = _VERSION.search((folder / "__init__.py").read_text("utf-8"))
        return cls(folder, found[1] if found else "", _fingerprint(_files(str(folder))))

    def first_file(self) -> tuple[int, ...]:
        """Tell the state of its first file, which no upgrade leaves as it is. OSError as in `look`."""
        status = (self.folder / "__init__.py").stat()
        return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def run_from_copy(runtime: Path) -> Program:
    """Copy this program into a folder of this process, and import from there on; give what was copied.

    Children are told of the copy by the modules that start them. OSError where it cannot be made: then
    nothing is changed.
    """
    program, copy = copied(Path(engramd.__file__).resolve().parent, runtime)
    engramd.__path__[:] = [str(copy)]
    engramd.__file__ = str(copy / "__init__.py")
    return program


def copied(folder: Path, runtime: Path) -> tuple[Program, Path]:
    """Copy a package into `runtime`, whole and from one moment, in the place of former copies."""
    for former in runtime.glob("code-*"):
        shutil.rmtree(former, ignore_errors=True)
    for _ in range(_TRIES):
        program = Program.look(folder)
        target = runtime / f"code-{program.version}-{program.fingerprint}"
        try:
            _copy(str(folder), str(target / "engramd"))
            if Program.look(folder) == program:
                return program, target / "engramd"
        except FileNotFoundError:  # it is being replaced just now
            pass
        shutil.rmtree(target, ignore_errors=True)
        time.sleep(_PAUSE)
    raise OSError(f"{folder} changed each time it was copied")


def is_being_installed(locked: Iterable[str | Path] = _LOCKED, made: Path = _MADE) -> bool:
    """Whether a package manager is at work: a program may be new then, and what it needs old, or away."""
    with suppress(OSError):
        held = {line.split()[-3] for line in _LOCKS.read_text("ascii").splitlines()}
        if any(_is_held(Path(file), held) for file in locked):
            return True
    return made.exists()


def _is_held(file: Path, held: Iterable[str]) -> bool:
    """Whether a file is among those that are locked, each as MAJOR:MINOR:INODE, which everybody may know."""
    try:
        status = file.stat()
    except OSError:
        return False
    major, minor = os.major(status.st_dev), os.minor(status.st_dev)
    if major == 0:  # a file system without a device, which may have several of these numbers (btrfs)
        return any(one.rpartition(":")[2] == str(status.st_ino) for one in held)
    return f"{major:02x}:{minor:02x}:{status.st_ino}" in held


def _fingerprint(files: Iterator[os.DirEntry[str]]) -> str:
    told = sorted(
        (entry.path, status.st_size, status.st_mtime_ns) for entry in files if (status := entry.stat())
    )
    return hashlib.sha256(repr(told).encode("utf-8", "surrogateescape")).hexdigest()[:12]


def _files(folder: str, left_out: frozenset[str] = _LEFT_OUT) -> Iterator[os.DirEntry[str]]:
    """Give the files below a folder, without compiled ones, which come later than the others."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name == _CACHE or entry.name in left_out:
                continue
            if entry.is_dir():
                yield from _files(entry.path, frozenset())
            else:
                yield entry


def _copy(folder: str, target: str, left_out: frozenset[str] = _LEFT_OUT) -> None:
    """Copy a folder with what Python compiled: by time and size it must find the same sources."""
    Path(target).mkdir(parents=True)
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name in left_out:
                continue
            if entry.is_dir():
                _copy(entry.path, f"{target}/{entry.name}", frozenset())
            elif entry.name.endswith(_COMPILED) or not entry.name.endswith(".pyc"):
                _copy_file(entry, f"{target}/{entry.name}")


def _copy_file(entry: os.DirEntry[str], target: str) -> None:
    source = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        try:
            status = os.fstat(source)
            while os.sendfile(copy, source, None, max(1, status.st_size)):
                pass
            os.utime(copy, ns=(status.st_mtime_ns, status.st_mtime_ns))
        finally:
            os.close(copy)
    finally:
        os.close(source)
