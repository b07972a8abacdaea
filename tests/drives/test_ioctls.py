from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engramd.drives.ioctls import Capability, CdromTray, DiscStatus, DriveStatus, Tray
from engramd.errors import Busy, EngramError, NoMedium, NotAuthorized, NotFound


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A named pipe without a writer: an open that is not O_NONBLOCK hangs for ever."""
    path = tmp_path / "sr0"
    os.mkfifo(path)
    return str(path)


@pytest.mark.timeout(5)
def test_opening_never_blocks(pipe: str) -> None:
    assert CdromTray(pipe).status() is DriveStatus.NO_INFO


def test_a_device_without_a_tray_knows_nothing_and_takes_everything(tmp_path: Path) -> None:
    image = tmp_path / "disc.iso"
    image.touch()
    tray: Tray = CdromTray(str(image))
    assert tray.status() is DriveStatus.NO_INFO
    assert not tray.eject()
    tray.lock()
    tray.unlock()
    tray.clear_auto_close()
    assert CdromTray(str(image)).disc_status() is DiscStatus.NO_INFO
    assert CdromTray(str(image)).capabilities() == Capability(0)


def test_a_missing_node_is_a_drive_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="the drive is gone"):
        CdromTray(str(tmp_path / "sr9")).status()


@pytest.mark.parametrize(
    ("number", "kind", "hint"),
    [
        (errno.EACCES, NotAuthorized, "the group "),
        (errno.EPERM, NotAuthorized, "which owns the device"),
        (errno.ENOMEDIUM, NoMedium, "insert"),
        (errno.EBUSY, Busy, "fuser"),
        (errno.ENXIO, NotFound, "cable"),
        (errno.EIO, EngramError, "off and on"),
    ],
)
def test_errors_of_the_kernel_are_typed(
    number: int, kind: type[EngramError], hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = tmp_path / "disc.iso"
    image.touch()

    def refuse(_descriptor: int, _request: int, _argument: int) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.ioctl", refuse)
    with pytest.raises(kind) as caught:
        CdromTray(str(image)).eject()
    assert type(caught.value) is kind
    assert hint in caught.value.remedy
    assert caught.value.where == str(image)


def test_no_descriptor_stays_open(pipe: str) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        CdromTray(pipe).status()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
