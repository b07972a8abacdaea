"""Protection: asked of the drive, seen in the bits, undecided where neither can be had."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path

import pytest

from engramd.discs import Media, Protection, read_disc
from engramd.discs.drive_calls import Copyright, DriveCalls, DriveState, NoDrive, TrackKind
from engramd.discs.folder import FolderFiles
from engramd.discs.protection import of_bluray, of_dvd, scrambled_unit, scrambling
from engramd.discs.reader import read_volume
from engramd.discs.udf import read_udf
from engramd.discs.volume import OpenVolume, ReadFailed, Volume
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import aacs_folder, scrambled_copy, truncated_copy


class StandInDrive:
    """Stands in for an optical drive: gives fixed answers."""

    def __init__(
        self,
        copyright_: Copyright = Copyright.UNSUPPORTED,
        tracks: TrackKind = TrackKind.DATA,
        state: DriveState = DriveState.READY,
        blank: bool = False,
    ) -> None:
        self._answers = copyright_, tracks, state
        self._blank = blank

    def is_blank(self) -> bool:
        return self._blank

    def copyright(self) -> Copyright:
        return self._answers[0]

    def tracks(self) -> TrackKind:
        return self._answers[1]

    def state(self) -> DriveState:
        return self._answers[2]


class BadSectors:
    """An image of which some bytes cannot be read, as the kernel says it."""

    def __init__(self, volume: Volume, start: int, end: int = 1 << 60) -> None:
        self.size = volume.size
        self._volume, self._start, self._end = volume, start, end

    def read(self, offset: int, size: int) -> bytes:
        if offset < self._end and offset + size > self._start:
            raise ReadFailed("drive", OSError(errno.EIO, os.strerror(errno.EIO)))
        return self._volume.read(offset, size)


class BadFolder(FolderFiles):
    """Stands in for a folder on a mounted disc, of which a title set's first file has bad sectors."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        if path.endswith("VTS_01_1.VOB") and offset < 2_040_000 and offset + size > 2_000_000:
            raise ReadFailed(path, OSError(errno.EIO, os.strerror(errno.EIO)))
        return super().read(path, offset, size)


def video_start(disc: AuthoredDisc) -> int:
    with OpenVolume(disc.image) as volume:
        files = read_udf(volume)
        offset = files.extents("VIDEO_TS/VTS_01_1.VOB")[0].offset
    assert offset
    return offset


def test_an_authored_dvd_is_clear(tv_dvd: AuthoredDisc) -> None:
    disc = read_disc(tv_dvd.image)
    assert disc.protection is Protection.NONE
    assert "sampled" in disc.protection_reason


def test_a_scrambled_dvd_is_protected_and_its_titles_are_still_known(
    tv_dvd: AuthoredDisc, tmp_path: Path
) -> None:
    disc = read_disc(scrambled_copy(tv_dvd.image, tmp_path / "css.iso"))
    assert disc.protection is Protection.CSS
    assert "scrambled" in disc.protection_reason
    assert len(disc.titles) == len(tv_dvd.titles)


def test_a_few_scrambled_sectors_are_found(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    image = scrambled_copy(tv_dvd.image, tmp_path / "css.iso", every=8)
    assert read_disc(image).protection is Protection.CSS


def test_scrambling_of_the_last_title_set_only_is_found(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    folder = shutil.copytree(tv_dvd.folder, tmp_path / "disc")
    vob = folder / "VIDEO_TS/VTS_02_1.VOB"
    scrambled_copy(vob, tmp_path / "vob")
    shutil.copy(tmp_path / "vob", vob)
    disc = read_disc(folder)
    assert (disc.protection, "set 2" in disc.protection_reason) == (Protection.CSS, True)


def test_a_drive_that_says_protected_is_believed_without_a_look(tv_dvd: AuthoredDisc) -> None:
    start = video_start(tv_dvd)
    with OpenVolume(tv_dvd.image) as volume:
        drive = StandInDrive(Copyright.PROTECTED)
        disc = read_volume(tv_dvd.image, BadSectors(volume, start), drive, 64)
    assert disc.protection is Protection.CSS
    assert "copyright structure" in disc.protection_reason


def test_a_drive_that_says_clear_is_checked(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    image = scrambled_copy(tv_dvd.image, tmp_path / "css.iso")
    for path, expected in ((image, Protection.CSS), (tv_dvd.image, Protection.NONE)):
        with OpenVolume(path) as volume:
            disc = read_volume(path, volume, StandInDrive(Copyright.NONE), 64)
        assert disc.protection is expected


def test_a_drive_that_fails_to_answer_leaves_it_undecided(tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume:
        assert of_dvd(read_udf(volume), StandInDrive(Copyright.FAILED), 64)[0] is Protection.UNKNOWN


def test_video_that_cannot_be_read_is_undecided_and_never_damaged(tv_dvd: AuthoredDisc) -> None:
    start = video_start(tv_dvd)
    with OpenVolume(tv_dvd.image) as volume:
        bad = BadSectors(volume, start + 50_000 * 2, start + 300_000)
        disc = read_volume(tv_dvd.image, bad, StandInDrive(), 64)
    assert disc.protection is Protection.UNKNOWN
    assert "cannot" in disc.protection_reason
    assert disc.titles
    assert disc.problems == ()


def scratched(disc: AuthoredDisc, drive: DriveCalls, width: int = 40_000) -> Protection:
    """Give what is said of a disc with a scratch in its video."""
    start = video_start(disc) + 2_000_000
    with OpenVolume(disc.image) as volume:
        bad = BadSectors(volume, start, start + width)
        return read_volume(disc.image, bad, drive, 64).protection


def test_a_scratch_is_no_protection_where_protection_lets_every_sector_be_read(tv_dvd: AuthoredDisc) -> None:
    assert scratched(tv_dvd, NoDrive()) is Protection.NONE
    assert scratched(tv_dvd, StandInDrive(Copyright.NONE), 200_000) is Protection.NONE
    assert scratched(tv_dvd, StandInDrive()) is Protection.UNKNOWN, "a drive refuses scrambled sectors"


def test_a_scratch_in_a_folder_is_undecided_for_the_folder_may_lie_on_a_mounted_disc(
    tv_dvd: AuthoredDisc,
) -> None:
    assert of_dvd(FolderFiles(tv_dvd.folder), NoDrive(), 64)[0] is Protection.NONE
    verdict, reason = of_dvd(BadFolder(tv_dvd.folder), NoDrive(), 64)
    assert verdict is Protection.UNKNOWN
    assert "cannot" in reason


def test_an_image_of_which_much_cannot_be_read_is_undecided(tv_dvd: AuthoredDisc) -> None:
    assert scratched(tv_dvd, NoDrive(), 10_000_000) is Protection.UNKNOWN


def test_a_scratched_image_that_is_scrambled_is_protected(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    image = scrambled_copy(tv_dvd.image, tmp_path / "css.iso", every=8)
    start = video_start(tv_dvd) + 2_000_000
    with OpenVolume(image) as volume:
        bad = BadSectors(volume, start, start + 40_000)
        assert read_volume(image, bad, NoDrive(), 64).protection is Protection.CSS


def test_a_dvd_without_video_is_undecided(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    folder = shutil.copytree(tv_dvd.folder, tmp_path / "disc")
    for vob in (folder / "VIDEO_TS").glob("*.VOB"):
        vob.unlink()
    assert read_disc(folder).protection is Protection.UNKNOWN


def test_an_image_that_is_cut_off_says_so(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    disc = read_disc(truncated_copy(tv_dvd.image, tmp_path / "cut.iso", 0.5))
    assert len(disc.titles) > 1
    assert any("beyond the end of the volume" in problem for problem in disc.problems)
    assert disc.protection is Protection.NONE


def test_an_authored_bluray_is_clear(tv_bluray: AuthoredDisc) -> None:
    assert read_disc(tv_bluray.image).protection is Protection.NONE


def test_an_aacs_folder_is_protection(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    folder = aacs_folder(tv_bluray.folder, tmp_path / "LOCKED")
    disc = read_disc(folder)
    assert (disc.media, disc.protection) == (Media.BLURAY, Protection.AACS)
    assert len(disc.titles) == len(tv_bluray.titles)
    shutil.rmtree(folder / "AACS")
    disc = read_disc(folder)
    assert (disc.protection, disc.protection_reason.startswith("Clip")) == (Protection.AACS, True)


def test_one_encrypted_clip_of_many_is_found(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    folder = shutil.copytree(tv_bluray.folder, tmp_path / "disc")
    clip = folder / "BDMV/STREAM/00002.m2ts"
    data = bytearray(clip.read_bytes())
    for at in range(0, len(data), 6144):
        data[at + 16 : at + 6144] = bytes(byte ^ 0xA5 for byte in data[at + 16 : at + 6144])
    clip.write_bytes(data)
    disc = read_disc(folder)
    assert (disc.protection, "00002" in disc.protection_reason) == (Protection.AACS, True)


def test_unreadable_clips_are_undecided(tv_bluray: AuthoredDisc) -> None:
    with OpenVolume(tv_bluray.image) as volume:
        files = read_udf(volume)
        at = files.extents("BDMV/STREAM/00001.m2ts")[0].offset
        assert at
        files._volume = BadSectors(volume, at)
        assert of_bluray(files)[0] is Protection.UNKNOWN


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"\0\0\1\xba" + bytes(9) + b"\xf8" + b"\0\0\1\xe0\0\0\x81", False),
        (b"\0\0\1\xba" + bytes(9) + b"\xf8" + b"\0\0\1\xe0\0\0\x91", True),
        (b"\0\0\1\xba" + bytes(9) + b"\xf8" + b"\0\0\1\xbd\0\0\xb1", True),
        (b"\0\0\1\xba" + bytes(9) + b"\xfa" + b"\xff\xff\0\0\1\xc0\0\0\x91", True),
        (b"\0\0\1\xba" + bytes(9) + b"\xf8" + b"\0\0\1\xbb\0\0\xb1", None),
        (b"\0\0\1\xba" + bytes(9) + b"\xf8" + b"\0\0\1\xbe\0\0\xff", None),
        (bytes(32), None),
    ],
)
def test_what_a_sector_says(head: bytes, expected: bool | None) -> None:
    assert scrambling(head.ljust(2048, b"\0")) is expected


def test_what_a_unit_says() -> None:
    packet = b"\0\0\0\0\x47" + bytes(187)
    assert scrambled_unit(packet * 32) is False
    assert scrambled_unit(b"\xc0" + packet[1:] + packet * 31) is True
    assert scrambled_unit(packet + bytes(192) * 31) is True
    assert scrambled_unit(bytes(6144)) is None
    assert scrambled_unit(packet) is None
