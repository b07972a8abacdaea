"""A machine with engramd in it, and moments of its life for tests to begin with; made once and kept."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.daemon import ROOT
from tests.support.debroots import field
from tests.support.vm.guest import MEDIA, Guest
from tests.support.vm.machine import Disc, Machine, overlay
from tests.support.vm.shelf import Shelf

HERE = Path(__file__).parent
RELEASE = 13
#: Bytes a second of the drive while the disc of the moment RIPPING is read: a title takes half a minute.
SLOW = 60_000
READY, RIPPING, MATCHING, FILING = "ready", "ripping", "matching", "filing"
CONFIG = f"""
[settings]
staging_path = "{MEDIA}/staging"
library_tv_path = "{MEDIA}/tv"
library_movies_path = "{MEDIA}/films"
references_path = "{MEDIA}/references"
min_free_bytes = 100000000
"""
_INSTALL = f"""
set -e
mount -r /dev/sr0 /mnt
mkdir -p {MEDIA} /etc/engramd
cp -r /mnt/references {MEDIA}/references
cp /mnt/engramd.toml /etc/engramd/
cp /mnt/engramd.deb /root/
eject /dev/sr0
dpkg --install /root/engramd.deb
chgrp engramd /etc/engramd/engramd.toml
chmod 640 /etc/engramd/engramd.toml
"""


def cache_folder() -> Path:
    """Give the folder in which images and machines are kept."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "engramd-vm"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextmanager
def alone() -> Iterator[None]:
    """Wait until no other run has a machine: one of them is what a small computer bears."""
    with (cache_folder() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def image_for(package: Path) -> Path:
    """Give the folder of the image that a package can be installed in; made where it is missing."""
    key = _hash([HERE / "agent.py", ROOT / "packaging/vm-image"], field(package, "Depends"))
    folder = cache_folder() / f"{RELEASE}-{key}"
    if not (folder / "root.img").exists():
        _forget(f"{RELEASE}-*")
        words = [str(ROOT / "packaging/vm-image"), str(RELEASE), str(folder), str(package)]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr
    return folder


class Prepared:
    """A disk with engramd installed, and with the snapshots that tests begin with."""

    def __init__(self, package: Path, shelf: Shelf) -> None:
        """Made where it is missing, which takes some minutes."""
        self.image, self._package, self.shelf = image_for(package), package, shelf
        parts = [HERE / name for name in ("agent.py", "machine.py", "prepared.py")]
        key = _hash([package, *parts], f"{self.image} {shelf.key}")
        self._disk = cache_folder() / f"ready-{key}.qcow2"
        if not self._disk.exists():
            _forget("ready-*")
            self._make(self._disk.with_suffix(".part"))

    def machine(self, moment: str, folder: Path, *, speed: int = SLOW) -> Machine:
        """Give a machine at one of the moments; `speed` of the drive counts from RIPPING on."""
        disk = folder / "disk.qcow2"
        shutil.copyfile(self._disk, disk)
        discs = {} if moment == READY else {0: Disc(self.shelf.tv, speed)}
        return Machine(self.image, disk, folder, discs=discs, snapshot=moment)

    def booted_again(self, folder: Path, discs: Sequence[Path] = ()) -> Machine:
        """Boot the disk that a machine in this folder has left, with discs in its drives."""
        inserted = {number: Disc(disc) for number, disc in enumerate(discs)}
        return Machine(self.image, folder / "disk.qcow2", folder, discs=inserted)

    def _make(self, disk: Path) -> None:
        work = disk.with_suffix(".work")
        shutil.rmtree(work, ignore_errors=True)
        disk.unlink(missing_ok=True)
        overlay(self.image, disk)
        with Machine(self.image, disk, work) as machine:
            self._install(machine, work)
            machine.save(READY)
            self._live(machine)
        shutil.rmtree(work)
        disk.rename(self._disk)

    def _install(self, machine: Machine, work: Path) -> None:
        guest = Guest(machine)
        machine.insert(0, _data_disc(self._package, self.shelf.references, work))
        guest.wait_for("blkid /dev/sr0", "no disc is in the drive")
        machine.out(_INSTALL)
        guest.wait(guest.is_ready, "the service does not start")

    def _live(self, machine: Machine) -> None:
        """Have the first disc ripped; keep three moments: the second title is read, all are, one is filed."""
        guest = Guest(machine)
        machine.insert(0, self.shelf.tv)
        guest.wait(lambda: guest.count("matching") and guest.count("ripping"), "no second title is read")
        machine.throttle(0, SLOW)
        machine.save(RIPPING)
        machine.throttle(0, 0)
        guest.until("matching")
        machine.save(MATCHING)
        guest.wait(lambda: guest.count("completed"), "no title is filed")
        machine.save(FILING)


def _data_disc(package: Path, references: Path, work: Path) -> Path:
    """Make a disc of what is to be installed."""
    folder = work / "disc"
    shutil.copytree(references, folder / "references")
    shutil.copyfile(package, folder / "engramd.deb")
    (folder / "engramd.toml").write_text(CONFIG)
    image = work / "disc.iso"
    subprocess.run(["genisoimage", "-quiet", "-R", "-V", "PACKAGE", "-o", image, folder], check=True)
    return image


def _hash(files: Sequence[Path], *words: str) -> str:
    known = hashlib.sha256(" ".join(words).encode())
    for file in files:
        known.update(file.read_bytes())
    return known.hexdigest()[:12]


def _forget(names: str) -> None:
    """Remove what was made before, which is large."""
    for old in cache_folder().glob(names):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
