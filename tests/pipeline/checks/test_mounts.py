"""On which mount a folder lies, by the kernel's own list, and without touching what may hang."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engramd.pipeline.checks.mounts import MountPoint, mount_of, read_mounts
from tests.support.deadshare import hanging_share

#: As a unit with ProtectHome=yes, ProtectSystem=strict and PrivateTmp=yes has it (systemd 252).
OF_A_UNIT = r"""
35 1 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw
36 35 254:0 /srv/media /srv/media rw,relatime shared:1 - ext4 /dev/vda rw
37 35 0:24 /systemd/inaccessible/dir /home ro,nosuid,nodev,noexec,relatime shared:2 - tmpfs tmpfs rw,mode=755
38 35 254:0 /tmp/systemd-private-0f2e-engramd.service-x1/tmp /tmp rw shared:3 - ext4 /dev/vda rw
39 35 0:52 / /mnt/my\040nas rw,relatime shared:4 - nfs4 nas:/export rw,vers=4.2
40 35 8:1 / /media/usb rw,relatime shared:5 - ext4 /dev/sda1 ro,errors=remount-ro
41 35 0:53 / /mnt/pool rw,relatime shared:6 - fuse.mergerfs disk1:disk2 rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> list[MountPoint]:
    file = tmp_path / "mountinfo"
    file.write_text(OF_A_UNIT)
    return read_mounts(file)


def test_what_closes_a_folder_is_told_from_the_list(mounts: list[MountPoint]) -> None:
    def at(folder: str) -> MountPoint:
        return mount_of(Path(folder), mounts)

    closed = at("/data/tv")
    assert (closed.is_closed_here, closed.is_read_only, closed.is_hidden) == (True, False, False)
    assert not at("/srv/media/tv").is_closed_here
    assert at("/home/anna/films").is_hidden
    assert at("/tmp/staging").is_private
    assert at("/media/usb/tv").is_read_only
    nas = at("/mnt/my nas/tv/Some Show")
    assert (nas.point, nas.kind, nas.may_hang) == (Path("/mnt/my nas"), "nfs4", True)
    assert at("/mnt/pool/tv").may_hang
    assert not at("/media/usb/tv").may_hang


def test_links_lead_to_their_mount(tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()
    (tmp_path / "here").symlink_to("usb/films")
    (tmp_path / "loop").symlink_to("loop")
    mounts = [MountPoint(Path("/"), source="/dev/a"), MountPoint(tmp_path / "usb", source="/dev/b")]
    assert mount_of(tmp_path / "here/of/mine", mounts).source == "/dev/b"
    assert mount_of(tmp_path / "loop/x", mounts).source == "/dev/a"
    assert mount_of(tmp_path / "usb/../tv", mounts).source in ("/dev/a", "/dev/b")


@pytest.mark.root
def test_a_share_that_hangs_is_named_without_being_touched(tmp_path: Path) -> None:
    """In a process of its own, which hangs and is ended where it touches the share."""
    (tmp_path / "link").symlink_to(tmp_path / "share/tv")
    code = (
        "import sys; from pathlib import Path\n"
        "from engramd.pipeline.checks.mounts import mount_of, read_mounts\n"
        "print(*(mount_of(Path(name), read_mounts()).point for name in sys.argv[1:]))"
    )
    (tmp_path / "share").mkdir()
    with hanging_share(tmp_path / "share") as share:
        done = subprocess.run(
            [sys.executable, "-c", code, str(share / "tv/Show"), str(tmp_path / "link/Show")],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=Path(__file__).parents[3],
        )
    assert done.stdout.split() == [str(share), str(share)]
