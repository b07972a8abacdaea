"""Kinds of discs, things that are none, the command line and the child process."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import Disc, Media, read_disc, read_disc_in_child
from engramd.discs.__main__ import main
from engramd.discs.child import disc_from
from engramd.discs.drive_calls import Copyright, DriveState, KernelDrive, TrackKind
from engramd.discs.reader import read_volume
from engramd.discs.volume import OpenVolume
from engramd.errors import Cancelled, NoMedium, UnreadableDisc
from engramd.tools import CancelToken, Outcome, Tools
from tests.discs.test_protection import BadSectors, StandInDrive
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import data_image, truncated_copy


def image_of(folder: Path, target: Path) -> Path:
    """Make a UDF image of a folder."""
    if shutil.which("genisoimage") is None:
        pytest.skip("making images needs genisoimage")
    command = ["genisoimage", "-quiet", "-udf", "-V", "SOME_DISC", "-o", str(target), str(folder)]
    subprocess.run(command, check=True)
    return target


def refused(path: Path) -> UnreadableDisc:
    with pytest.raises(UnreadableDisc) as caught:
        read_disc(path)
    error = caught.value
    assert error.what
    assert error.remedy
    assert str(path) in error.where
    return error


def test_what_is_no_disc_is_refused_with_a_remedy(tmp_path: Path, tv_dvd: AuthoredDisc) -> None:
    (tmp_path / "empty.iso").write_bytes(b"")
    (tmp_path / "garbage.iso").write_bytes(os.urandom(3_000_000))
    (tmp_path / "zeros.iso").write_bytes(bytes(3_000_000))
    (tmp_path / "text.iso").write_text("this is no disc")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    truncated_copy(tv_dvd.image, tmp_path / "stump.iso", 0.002)
    assert refused(tmp_path / "missing.iso").what == "there is nothing to read"
    assert refused(tmp_path / "empty.iso").what == "the file is empty"
    assert refused(tmp_path / "folder").what == "this folder is no disc"
    assert refused(tmp_path / "pipe").what == "this is no disc"
    for name in ("garbage", "zeros", "text", "stump"):
        assert refused(tmp_path / f"{name}.iso").what == "this is no disc that can be read"


@pytest.mark.parametrize("keep", [0.005, 0.02, 0.05])
def test_an_image_that_ends_before_its_files_is_cut_off_and_no_data_disc(
    tmp_path: Path, tv_dvd: AuthoredDisc, keep: float
) -> None:
    truncated_copy(tv_dvd.image, tmp_path / "cut.iso", keep)
    error = refused(tmp_path / "cut.iso")
    assert error.what == "the disc cannot be read beyond its label"
    assert f"of {tv_dvd.image.stat().st_size} bytes" in error.why


def test_a_data_disc_is_data(tmp_path: Path) -> None:
    disc = read_disc(data_image(tmp_path / "data.iso"))
    assert (disc.media, disc.label, disc.titles, disc.problems) == (Media.DATA, "HOLIDAY_PHOTOS", (), ())
    assert disc.content_hash is None
    assert [file.path for file in disc.files] == ["letter.txt"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("VCD/INFO.VCD", "a Video CD"),
        ("SVCD/INFO.SVD", "a Super Video CD"),
        ("HVDVD_TS/FEATURE.EVO", "an HD DVD"),
        ("AUDIO_TS/AUDIO_TS.IFO", "a DVD-Audio"),
        ("DVD_RTAV/VR_MANGR.IFO", "a DVD recorder's disc (DVD-VR)"),
    ],
)
def test_other_discs_of_film_and_music_are_named(tmp_path: Path, path: str, kind: str) -> None:
    file = tmp_path / "disc" / path
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    disc = read_disc(image_of(tmp_path / "disc", tmp_path / "disc.iso"))
    assert disc.media is Media.DATA
    assert disc.problems == (f"This is {kind}, which is not supported.",)


def test_an_empty_audio_folder_of_a_dvd_is_no_dvd_audio(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    folder = shutil.copytree(tv_dvd.folder, tmp_path / "disc")
    (folder / "AUDIO_TS").mkdir(exist_ok=True)
    assert read_disc(folder).media is Media.DVD


def test_a_disc_with_both_parts_is_a_bluray_and_says_so(
    tv_dvd: AuthoredDisc, tv_bluray: AuthoredDisc, tmp_path: Path
) -> None:
    folder = shutil.copytree(tv_dvd.folder, tmp_path / "disc")
    shutil.copytree(tv_bluray.folder / "BDMV", folder / "BDMV")
    disc = read_disc(folder)
    assert disc.media is Media.BLURAY
    assert any("DVD-Video part" in problem for problem in disc.problems)


def test_iso_9660_helps_where_udf_is_spoilt(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    data = bytearray(tv_dvd.image.read_bytes())
    for sector in (256, len(data) // 2048 - 1, len(data) // 2048 - 257):
        data[sector * 2048 : sector * 2048 + 16] = bytes(16)
    image = tmp_path / "half.iso"
    image.write_bytes(data)
    disc = read_disc(image)
    assert disc.titles == read_disc(tv_dvd.image).titles
    assert disc.problems == ("The UDF file system cannot be read; ISO 9660 was used.",)


def test_an_audio_disc_is_not_read_at_all(tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume:
        drive = StandInDrive(tracks=TrackKind.AUDIO)
        disc = read_volume(Path("/dev/sr7"), BadSectors(volume, 0), drive, 64)
    assert disc == Disc(source="/dev/sr7", media=Media.AUDIO)


def test_a_mixed_disc_is_audio_unless_it_has_titles(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    drive = StandInDrive(tracks=TrackKind.MIXED)
    for image, media in ((data_image(tmp_path / "data.iso"), Media.AUDIO), (tv_dvd.image, Media.DVD)):
        with OpenVolume(image) as volume:
            assert read_volume(image, volume, drive, 8).media is media


def test_an_empty_medium_in_a_drive_is_blank(tmp_path: Path) -> None:
    (tmp_path / "blank").write_bytes(bytes(1_000_000))
    with OpenVolume(tmp_path / "blank") as volume:
        assert read_volume(tmp_path, volume, StandInDrive(), 8).media is Media.BLANK
        with pytest.raises(UnreadableDisc) as caught:
            read_volume(tmp_path, BadSectors(volume, 0), StandInDrive(), 8)
        assert "Input/output error" in caught.value.why
        disc = read_volume(tmp_path, BadSectors(volume, 0), StandInDrive(blank=True), 8)
    assert disc.media is Media.BLANK


@pytest.mark.parametrize("state", [DriveState.EMPTY, DriveState.OPEN, DriveState.LOADING])
def test_a_drive_without_a_disc(state: DriveState, tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume, pytest.raises(NoMedium) as caught:
        read_volume(tv_dvd.image, volume, StandInDrive(state=state), 8)
    assert caught.value.remedy


def test_the_real_calls_on_something_that_is_no_drive(tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume:
        drive = KernelDrive(volume.fd)
        assert drive.state() is DriveState.UNKNOWN
        assert drive.tracks() is TrackKind.UNKNOWN
        assert drive.copyright() is Copyright.UNSUPPORTED
        assert not drive.is_blank()


@pytest.fixture
def loop_device(tv_dvd: AuthoredDisc) -> Iterator[Path]:
    """Give a block device with the DVD in it."""
    command = ["losetup", "--read-only", "--find", "--show", str(tv_dvd.image)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        pytest.skip(f"no loop device: {made.stderr.strip()}")
    device = Path(made.stdout.strip())
    yield device
    subprocess.run(["losetup", "--detach", str(device)], check=True)


@pytest.mark.root
@pytest.mark.loop
def test_a_block_device_reads_like_its_image(loop_device: Path, tv_dvd: AuthoredDisc) -> None:
    assert stat.S_ISBLK(loop_device.stat().st_mode)
    disc, image = read_disc(loop_device), read_disc(tv_dvd.image)
    assert disc == image.model_copy(update={"source": str(loop_device)})
    assert disc.titles


def test_the_command_prints_a_disc(tv_dvd: AuthoredDisc, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tv_dvd.image)]) == 0
    printed = capsys.readouterr().out
    assert Disc.model_validate_json(printed) == read_disc(tv_dvd.image)
    assert printed.count("\n") == 1


def test_the_command_prints_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "missing")]) == 1
    error = json.loads(capsys.readouterr().out)["error"]
    assert set(error) == {"code", "what", "where", "why", "remedy"}
    assert error["code"] == "UnreadableDisc"


def test_the_child_starts_light() -> None:
    heavy = "{'sqlalchemy', 'numpy', 'scipy', 'av', 'gi', 'rich', 'click', 'structlog', 'alembic'}"
    program = f"import sys, engramd.discs.__main__; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def tools() -> Iterator[Tools]:
    """Give the runner of children."""
    made = Tools()
    yield made
    made.stop_all()


def test_a_child_gives_the_same_disc(tools: Tools, tv_dvd: AuthoredDisc) -> None:
    assert read_disc_in_child(tools, tv_dvd.image) == read_disc(tv_dvd.image)


def test_a_child_s_error_is_the_same_error(tools: Tools, tmp_path: Path) -> None:
    (tmp_path / "empty.iso").write_bytes(b"")
    expected = refused(tmp_path / "empty.iso")
    with pytest.raises(UnreadableDisc) as caught:
        read_disc_in_child(tools, tmp_path / "empty.iso")
    assert str(caught.value) == str(expected)


class WithHangingChild(Tools):
    """Starts a program that never ends, as one that reads from a drive which does not answer."""

    def run(self, words: Sequence[str | Path], **options: Any) -> Outcome:
        return super().run(["sleep", "infinity"], **options)


def test_a_drive_that_does_not_answer_is_given_up(tv_dvd: AuthoredDisc) -> None:
    with pytest.raises(UnreadableDisc) as caught:
        read_disc_in_child(WithHangingChild(), tv_dvd.image, timeout=0.2)
    assert "did not answer" in caught.value.what


@pytest.mark.parametrize(
    ("outcome", "why"),
    [
        (Outcome((), -11, "", ""), "code -11"),
        (Outcome((), 0, '{"source": "x"', ""), "code 0"),
        (Outcome((), 1, "[]", "Traceback\nMemoryError\n"), "MemoryError"),
    ],
)
def test_a_child_that_crashed_is_an_unreadable_disc(outcome: Outcome, why: str) -> None:
    with pytest.raises(UnreadableDisc) as caught:
        disc_from(outcome, Path("/dev/sr0"))
    assert why in caught.value.why
    assert caught.value.where == "/dev/sr0"


def test_names_that_are_no_text_survive(tools: Tools, tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    shutil.copytree(tv_dvd.folder, folder)
    (folder / "VIDEO_TS" / os.fsdecode(b"na\xefve.txt")).write_text("x")
    disc = read_disc_in_child(tools, folder)
    assert disc.label == "caf\ufffd"
    assert len(disc.titles) == len(tv_dvd.titles)


def test_a_name_that_looks_like_an_option_is_a_path(
    tools: Tools, tv_dvd: AuthoredDisc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("--samples").symlink_to(tv_dvd.image)
    assert read_disc_in_child(tools, Path("--samples")).titles


def test_reading_can_be_cancelled(tools: Tools, tv_dvd: AuthoredDisc) -> None:
    cancel = CancelToken()
    threading.Timer(0.02, cancel.cancel).start()
    with pytest.raises(Cancelled):
        read_disc_in_child(tools, tv_dvd.image, cancel)
