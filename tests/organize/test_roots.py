"""Whether a library is there: real folders and real mounts, where root may make some."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engramd.errors import FilingFailed
from engramd.organize.mounts import Mount, MountTables
from engramd.organize.roots import MARKER, Recorded, Seen, judge, look_at, write_marker
from tests.support.deadshare import dead_share

SEEN = Seen(Path("/srv/media/tv"), is_folder=True, file_system="ext4 UUID=1")
KNOWN = Recorded("11111111-1111-4111-8111-111111111111", "ext4 UUID=1")


def mount(what: str, at: Path, *words: str) -> None:
    subprocess.run(["mount", *words, what, at], check=True)


def unmount(at: Path) -> None:
    subprocess.run(["umount", "-l", at], check=True)


@pytest.fixture
def share(tmp_path: Path) -> Iterator[Path]:
    """Give a mount point on which a file system of its own is mounted."""
    folder = tmp_path / "nas"
    folder.mkdir()
    mount("nas", folder, "-t", "tmpfs")
    yield folder
    while os.path.ismount(folder):
        unmount(folder)


def test_a_fresh_folder_becomes_a_library_at_its_first_use(tmp_path: Path) -> None:
    assert judge(look_at(tmp_path), None), "it needs a marker"
    marker = write_marker(tmp_path)
    seen = look_at(tmp_path)
    assert seen.marker == marker
    assert not judge(seen, Recorded(marker, seen.file_system))
    assert [path.name for path in tmp_path.iterdir()] == [MARKER]
    assert not judge(seen, None), "a marker of an earlier daemon counts"


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (replace(SEEN, is_folder=False), "missing"),
        (SEEN, "marker file is not there"),
        (replace(SEEN, marker="22222222-2222-4222-8222-222222222222"), "another library"),
        (replace(SEEN, marker=KNOWN.marker, file_system="tmpfs nas"), "now tmpfs nas, before ext4 UUID=1"),
        (replace(SEEN, missing_mount="/srv/media"), "/srv/media is not mounted"),
    ],
)
def test_a_known_library_that_is_not_itself_is_not_there(seen: Seen, why: str) -> None:
    with pytest.raises(FilingFailed, match=why) as raised:
        judge(seen, KNOWN)
    assert "mount it" in raised.value.remedy
    if seen.is_folder:
        assert not judge(replace(seen, marker=KNOWN.marker), KNOWN, by_person=True)


@pytest.mark.parametrize("place", ["/mnt/nas/tv", "/media/tv", "/run/media/me/disk/tv", "/net/nas/tv"])
def test_an_empty_folder_where_people_mount_things_is_asked_about(place: str) -> None:
    empty = replace(SEEN, path=Path(place))
    with pytest.raises(FilingFailed, match="library init") as raised:
        judge(empty, None)
    assert place in raised.value.remedy
    assert judge(empty, None, by_person=True)
    assert judge(replace(empty, is_mount=True), None)
    assert judge(replace(empty, holds_media=True), None)
    assert judge(replace(empty, path=Path("/srv/media/tv")), None)


@pytest.mark.parametrize("media", [True, False])
def test_what_the_system_is_to_mount_and_has_not_is_no_library(media: bool) -> None:
    with pytest.raises(FilingFailed, match="/srv/media is to be mounted"):
        judge(replace(SEEN, missing_mount="/srv/media", holds_media=media), None)


@pytest.mark.parametrize("file", ["Film (2003).mkv", "Show/Season 1/Show S01E01.mp4"])
def test_media_are_found_some_folders_below(tmp_path: Path, file: str) -> None:
    (tmp_path / ".hidden.mkv").touch()
    (tmp_path / "lost+found").mkdir()
    assert not look_at(tmp_path).holds_media
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    assert look_at(tmp_path).holds_media


def test_a_marker_with_anything_else_in_it_is_none(tmp_path: Path) -> None:
    (tmp_path / MARKER).write_bytes(os.urandom(5000))
    assert look_at(tmp_path).marker == ""
    (tmp_path / MARKER).unlink()
    (tmp_path / MARKER).mkdir()
    assert look_at(tmp_path).marker == ""


def test_two_that_use_a_library_first_at_once_agree_on_its_marker(tmp_path: Path) -> None:
    """Else the one that is recorded and the one in the folder may be two, and all wait for ever."""
    assert write_marker(tmp_path) == write_marker(tmp_path) == look_at(tmp_path).marker
    (tmp_path / MARKER).write_text("nonsense")
    assert write_marker(tmp_path) == look_at(tmp_path).marker
    assert [path.name for path in tmp_path.iterdir()] == [MARKER]


def test_a_library_with_a_marker_is_not_read_from_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked at several times a title, and a share whose disks wake up takes long for each folder."""
    for number in range(20):
        (tmp_path / f"Show {number}/Season 1").mkdir(parents=True)
    write_marker(tmp_path)
    read: list[object] = []
    scandir = os.scandir

    def noted(path: Path) -> object:
        read.append(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", noted)
    look_at(tmp_path)
    assert [path for path in read if str(path).startswith(str(tmp_path))] == []


def test_a_library_that_is_a_link_to_itself_is_none(tmp_path: Path) -> None:
    (tmp_path / "tv").symlink_to(tmp_path / "tv")
    with pytest.raises(FilingFailed):
        judge(look_at(tmp_path / "tv"), None)


def test_a_library_that_cannot_be_written_gets_no_marker(tmp_path: Path) -> None:
    with pytest.raises(FilingFailed, match="may not be written"):
        write_marker(tmp_path / "gone")


@pytest.mark.root
def test_a_share_that_goes_is_no_library_until_it_is_back(share: Path) -> None:
    known = Recorded(write_marker(share), look_at(share).file_system)
    assert (known.file_system, look_at(share).is_mount) == ("tmpfs nas", True)
    kept = share.parent / "kept"
    kept.mkdir()
    mount(str(share), kept, "--bind")
    unmount(share)
    with pytest.raises(FilingFailed, match="marker file is not there"):
        judge(look_at(share), known)
    assert list(share.iterdir()) == []
    mount(str(kept), share, "--bind")
    unmount(kept)
    assert not judge(look_at(share), known)


@pytest.mark.root
def test_another_disk_in_the_place_of_a_library_is_not_it(share: Path) -> None:
    known = Recorded(write_marker(share), look_at(share).file_system)
    text = (share / MARKER).read_bytes()
    mount("other", share, "-t", "tmpfs")
    (share / MARKER).write_bytes(text)
    with pytest.raises(FilingFailed, match="another file system"):
        judge(look_at(share), known)


@pytest.mark.root
def test_a_folder_below_a_mount_point_lies_on_it_through_links_too(share: Path, tmp_path: Path) -> None:
    (share / "tv").mkdir()
    (tmp_path / "link").symlink_to(share / "tv")
    for path in (share / "tv", tmp_path / "link"):
        seen = look_at(path)
        assert (seen.file_system, seen.is_mount) == ("tmpfs nas", True)


@pytest.mark.root
def test_a_share_whose_server_is_gone_answers_with_an_error(tmp_path: Path) -> None:
    with dead_share(tmp_path / "share") as share, pytest.raises(FilingFailed, match="does not answer"):
        look_at(share / "tv")


@pytest.mark.root
def test_a_read_only_library_is_said_to_be_one(share: Path) -> None:
    mount("nas", share, "-o", "remount,ro")
    assert not look_at(share).is_writable
    with pytest.raises(FilingFailed, match="read-only"):
        write_marker(share)


TABLE = """# comment
UUID=1 / ext4 defaults 0 1
nas:/media /srv/media nfs4 _netdev 0 0
//nas/a\\040b /mnt/a\\040b cifs noauto 0 0
UUID=2 none swap sw 0 0
"""


def tables(tmp_path: Path) -> MountTables:
    (tmp_path / "fstab").write_text(TABLE)
    (tmp_path / "units").mkdir()
    (tmp_path / "units/mnt-disk.mount").write_text("[Mount]\nWhat=/dev/sdz1\nWhere=/mnt/disk\n")
    (tmp_path / "uuids").mkdir()
    (tmp_path / "uuids/ABCD-1").symlink_to("/dev/null")
    return MountTables(table=tmp_path / "fstab", units=tmp_path / "units", uuids=tmp_path / "uuids")


@pytest.mark.parametrize(
    ("folder", "missing"),
    [
        ("/srv/media/tv", "/srv/media"),
        ("/srv/media", "/srv/media"),
        ("/srv/other", ""),
        ("/mnt/a b/tv", "/mnt/a b"),
        ("/mnt/disk/tv", "/mnt/disk"),
    ],
)
def test_the_systems_tables_say_what_should_be_mounted(tmp_path: Path, folder: str, missing: str) -> None:
    told = tables(tmp_path)
    path = Path(folder)
    assert told.missing_at(path, Mount(Path("/"), "ext4", "/dev/sda1")) == missing
    assert told.missing_at(path, Mount(path, "nfs4", "nas:/media")) == ""


def test_a_file_system_is_named_so_that_it_is_known_after_a_restart(tmp_path: Path) -> None:
    told = tables(tmp_path)
    assert told.identity(Mount(Path("/x"), "ext4", "/dev/null")) == "ext4 UUID=ABCD-1"
    assert told.identity(Mount(Path("/x"), "ext4", "/dev/sdq7")) == "ext4", (
        "its number may be another next time"
    )
    assert told.identity(Mount(Path("/x"), "nfs4", "nas:/media")) == "nfs4 nas:/media"


def test_a_pool_that_gets_one_more_disk_is_the_same(tmp_path: Path) -> None:
    told = tables(tmp_path)
    small = told.identity(Mount(Path("/x"), "fuse.mergerfs", "/mnt/1:/mnt/2"))
    assert told.identity(Mount(Path("/x"), "fuse.mergerfs", "/mnt/1:/mnt/2:/mnt/3")) == small


@pytest.mark.parametrize(
    ("now", "then", "alike"),
    [
        ("btrfs", "btrfs UUID=1", True),
        ("btrfs UUID=1", "btrfs", True),
        ("btrfs UUID=1", "btrfs UUID=2", False),
        ("ext4", "btrfs UUID=1", False),
        ("nfs nas:/a", "nfs4 nas:/a", True),
        ("nfs4 nas:/a", "nfs4 nas:/b", False),
    ],
)
def test_a_uuid_that_was_not_to_be_seen_makes_no_other_file_system(now: str, then: str, alike: bool) -> None:
    """Of a Btrfs on two disks, one has the link by its UUID: which, changes from start to start."""
    seen = replace(SEEN, marker=KNOWN.marker, file_system=now)
    if alike:
        assert not judge(seen, Recorded(KNOWN.marker, then))
    else:
        with pytest.raises(FilingFailed, match="another file system"):
            judge(seen, Recorded(KNOWN.marker, then))


def test_the_mount_that_hides_another_counts(tmp_path: Path) -> None:
    lines = [
        "1 0 8:1 / / rw - ext4 /dev/sda1 rw",
        "2 1 0:40 / /srv/a\\040b rw shared:1 - nfs4 nas:/one rw",
        "3 2 0:41 / /srv/a\\040b rw - nfs4 nas:/two rw",
    ]
    (tmp_path / "mountinfo").write_text("\n".join(lines))
    told = replace(tables(tmp_path), mounts=tmp_path / "mountinfo")
    assert told.of(Path("/srv/a b/tv")) == Mount(Path("/srv/a b"), "nfs4", "nas:/two")
    assert told.of(Path("/srv/a")).is_root
