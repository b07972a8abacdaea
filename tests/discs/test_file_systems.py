"""File systems: our UDF and ISO 9660 readers against libudfread, against each other, and against folders."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from engramd.discs import read_disc
from engramd.discs.files import DiscFiles
from engramd.discs.folder import FolderFiles
from engramd.discs.iso9660 import read_iso9660
from engramd.discs.udf import read_udf
from engramd.discs.volume import OpenVolume
from tests.discs.udf_image import write_udf250
from tests.discs.udfread import Udfread, library
from tests.support.authoring import AuthoredDisc

FILES = {
    "BDMV/index.bdmv": b"INDX0200",
    "BDMV/STREAM/00001.m2ts": bytes(range(256)) * 100,
    "BDMV/META/DL/größe.txt": b"8 bits",
    "BDMV/META/DL/日本.txt": b"16 bits",
    "CERTIFICATE/empty.bin": b"",
} | {f"BDMV/PLAYLIST/{number:05}.mpls": b"x" * number for number in range(120)}


Witness = Callable[[Path], Udfread]


@pytest.fixture
def witness() -> Witness:
    """Give libudfread's view of an image."""
    lib = library()
    if lib is None:
        pytest.skip("libudfread is not installed")
    return partial(Udfread, lib)


def sizes(files: DiscFiles) -> dict[str, int]:
    return {file.path: file.size for file in files.files}


def same_as_witness(image: Path, witness: Witness) -> None:
    other = witness(image)
    with OpenVolume(image) as volume:
        ours = read_udf(volume)
        assert ours.problems == []
        assert ours.label == other.label
        assert sizes(ours) == other.sizes()
        for path, size in sizes(ours).items():
            if size < 1_000_000:
                assert ours.read(path, 0, size) == other.read(path), f"{path} differs"
    other.close()


def test_a_dvd_reads_as_libudfread_reads_it(tv_dvd: AuthoredDisc, witness: Witness) -> None:
    same_as_witness(tv_dvd.image, witness)


def test_a_bluray_reads_as_libudfread_reads_it(tv_bluray: AuthoredDisc, witness: Witness) -> None:
    same_as_witness(tv_bluray.image, witness)


def test_udf_250_with_a_metadata_partition_reads_as_libudfread_reads_it(
    tmp_path: Path, witness: Witness
) -> None:
    # libudfread 1.1 reads a metadata file in one run only, so this one is not split.
    same_as_witness(write_udf250(tmp_path / "blue.iso", FILES, split=False), witness)


def test_udf_250_gives_the_bytes_that_were_written(tmp_path: Path) -> None:
    image = write_udf250(tmp_path / "blue.iso", FILES, label="PRESSED_DISC")
    with OpenVolume(image) as volume:
        files = read_udf(volume)
        assert files.label == "PRESSED_DISC"
        assert {path: files.read(path, 0, 1 << 20) for path in sizes(files)} == FILES
        stream = FILES["BDMV/STREAM/00001.m2ts"]
        assert files.read("bdmv/stream/00001.M2TS", 12_000, 3000) == stream[12_000:15_000]


@pytest.mark.parametrize("spoil", ["entry", "content"])
def test_a_spoilt_metadata_file_is_replaced_by_its_mirror(tmp_path: Path, spoil: str) -> None:
    image = write_udf250(tmp_path / "blue.iso", FILES, spoil=spoil)
    with OpenVolume(image) as volume:
        files = read_udf(volume)
        assert sizes(files).keys() == FILES.keys()
        assert "mirror" in files.problems[0]


def test_a_bluray_on_udf_250_is_the_same_disc(tv_bluray: AuthoredDisc, tmp_path: Path) -> None:
    files = {
        str(path.relative_to(tv_bluray.folder)): path.read_bytes()
        for path in tv_bluray.folder.rglob("*")
        if path.is_file()
    }
    image = write_udf250(tmp_path / "pressed.iso", files, label=tv_bluray.label)
    bridge, pressed = read_disc(tv_bluray.image), read_disc(image)
    assert pressed.titles
    assert pressed.model_copy(update={"source": "", "files": ()}) == bridge.model_copy(
        update={"source": "", "files": ()}
    )


def test_iso_9660_and_udf_of_a_dvd_agree(tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume:
        udf, iso = read_udf(volume), read_iso9660(volume)
        assert iso.label == udf.label == tv_dvd.label
        assert len(udf.files) > 5
        assert sizes(iso) == sizes(udf)
        for path in sizes(udf):
            assert iso.extents(path)[0].offset == udf.extents(path)[0].offset


def test_a_folder_agrees_with_its_image_whichever_level_is_named(tv_dvd: AuthoredDisc) -> None:
    with OpenVolume(tv_dvd.image) as volume:
        expected = sizes(read_udf(volume))
    for folder in (tv_dvd.folder, tv_dvd.folder / "VIDEO_TS"):
        assert sizes(FolderFiles(folder)) == expected


def test_folders_beside_the_disc_are_left_alone(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    (tmp_path / "VIDEO_TS").symlink_to(tv_dvd.folder / "VIDEO_TS")
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "film.mkv").write_text("mine")
    assert all(path.startswith("VIDEO_TS/") for path in sizes(FolderFiles(tmp_path)))
    assert len(FolderFiles(tmp_path).files) > 5


def test_a_cyclic_folder_ends(tmp_path: Path) -> None:
    (tmp_path / "BDMV").mkdir()
    (tmp_path / "BDMV" / "index.bdmv").write_bytes(b"INDX0200")
    (tmp_path / "BDMV" / "loop").symlink_to(tmp_path)
    assert sizes(FolderFiles(tmp_path)) == {"BDMV/index.bdmv": 8}
