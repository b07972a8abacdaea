"""The staging folder: only what engramd made is removed, and never a video."""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest

from engramd.discs.model import Disc, Media
from engramd.errors import FilingFailed, NoSpace, UnreadableDisc
from engramd.organize import Trash
from engramd.pipeline.staging import MARKER, JobFolder, free_bytes, gigabytes
from engramd.rip.head_copy import copy_of


def test_a_job_has_one_folder(tmp_path: Path) -> None:
    first = JobFolder.create(tmp_path / "deep" / "staging", 7)
    assert first == JobFolder.create(tmp_path / "deep" / "staging", 7)
    assert first.path.is_dir()
    assert first.rip_target(0, 1) != first.rip_target(0, 2)


def test_a_folder_of_ours_without_videos_goes(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    folder.save_disc(Disc(source="/dev/sr0", media=Media.DVD))
    assert folder.remove()
    assert list(tmp_path.iterdir()) == []
    assert folder.remove(), "it is gone, so it is removed"


def test_a_folder_with_a_video_stays(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    folder.rip_target(0, 1).write_bytes(b"hours of work")
    assert not folder.remove()
    assert folder.rip_target(0, 1).read_bytes() == b"hours of work"


def test_a_folder_that_is_not_ours_stays(tmp_path: Path) -> None:
    theirs = tmp_path / "job-7"
    theirs.mkdir()
    (theirs / "thesis.txt").write_text("years of work")
    assert not JobFolder(theirs).remove()
    assert (theirs / "thesis.txt").read_text() == "years of work"


def test_no_name_means_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job without a staging folder is `Path("")`, the present folder; that must survive, too."""
    (tmp_path / "thesis.txt").write_text("years of work")
    monkeypatch.chdir(tmp_path)
    assert not JobFolder(Path()).remove()
    assert (tmp_path / "thesis.txt").exists()


def test_only_marked_folders_are_found(tmp_path: Path) -> None:
    JobFolder.create(tmp_path, 3)
    (tmp_path / "job-4").mkdir()
    JobFolder.create(tmp_path, 5).path.rename(tmp_path / "job-five")
    assert [number for number, _ in JobFolder.all_below(tmp_path)] == [3]
    assert JobFolder.all_below(tmp_path / "nowhere") == []


def test_a_staging_folder_that_does_not_answer_has_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stale(*_: object) -> None:
        raise OSError(errno.ESTALE, "Stale file handle")

    monkeypatch.setattr(Path, "glob", stale)
    assert JobFolder.all_below(tmp_path) == []


def test_earlier_attempts_on_a_title_go_and_others_stay(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    for title, attempt in ((0, 1), (0, 2), (0, 3), (1, 1), (10, 1)):
        folder.rip_target(title, attempt).touch()
    folder.forget_attempts(0, keep=folder.rip_target(0, 2))
    left = sorted(path.name for path in folder.path.glob("*.mkv"))
    assert left == ["title-001.attempt-2.mkv", "title-002.attempt-1.mkv", "title-011.attempt-1.mkv"]


@pytest.mark.parametrize(("filed", "goes"), [(b"same size", True), (b"shorter", False), (None, False)])
def test_a_staging_copy_goes_only_if_its_twin_is_filed(
    tmp_path: Path, filed: bytes | None, goes: bool
) -> None:
    folder = JobFolder.create(tmp_path / "staging", 7)
    copy, twin = folder.rip_target(0, 1), tmp_path / "film.mkv"
    copy.write_bytes(b"same size")
    if filed is not None:
        twin.write_bytes(filed)
    folder.forget_filed(str(copy), twin.stat().st_size if twin.exists() else None)
    assert copy.exists() is not goes


def test_a_file_outside_the_folder_is_never_taken_for_a_copy(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path / "staging", 7)
    (tmp_path / "film.mkv").write_bytes(b"x")
    folder.forget_filed(str(tmp_path / "film.mkv"), 1)
    assert (tmp_path / "film.mkv").exists()


def test_a_scan_comes_back(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    disc = Disc(source="/dev/sr0", media=Media.DVD, label="HARBOR", content_hash="A1")
    folder.save_disc(disc)
    assert folder.load_disc() == disc


@pytest.mark.parametrize("content", [None, b"", b"{", b'{"source": "x"}', b"\xff"])
def test_a_scan_that_is_gone_is_named(tmp_path: Path, content: bytes | None) -> None:
    folder = JobFolder.create(tmp_path, 7)
    if content is not None:
        (folder.path / "disc.json").write_bytes(content)
    with pytest.raises(UnreadableDisc, match=str(folder.path)):
        folder.load_disc()


def test_a_staging_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FilingFailed, match="staging_path"):
        JobFolder.create(tmp_path / "file", 7)


def test_space_is_counted_where_the_folder_will_be(tmp_path: Path) -> None:
    assert abs(free_bytes(tmp_path / "not" / "yet" / "made") - free_bytes(tmp_path)) < 10**9


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 kB"), (999_999, "1000 kB"), (10**6, "1.0 MB"), (4_700_000_000, "4.7 GB"), (2 * 10**12, "2.0 TB")],
)
def test_sizes_are_said_as_disk_makers_do(size: int, said: str) -> None:
    assert gigabytes(size) == said


def test_the_image_of_a_damaged_disc_goes_though_a_video_stays(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    folder.rip_target(0, 1).write_bytes(b"hours of work")
    folder.rescue.mkdir()
    folder.rescue_image.write_bytes(b"an image")
    assert not folder.remove()
    assert not folder.rescue.exists()
    assert folder.rip_target(0, 1).exists()


def test_an_image_in_a_folder_that_is_not_ours_stays(tmp_path: Path) -> None:
    theirs = JobFolder(tmp_path / "job-7")
    theirs.rescue.mkdir(parents=True)
    theirs.forget_rescue()
    assert not theirs.remove()
    assert theirs.rescue.exists()


def test_a_copy_of_a_header_that_could_mend_a_video_stays(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    copy = copy_of(folder.rip_target(0, 1))
    copy.write_bytes(b"a header")
    assert not folder.remove()
    assert copy.read_bytes() == b"a header"


def test_only_a_file_of_the_folder_is_discarded_and_it_goes_to_the_trash(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path / "staging", 7)
    file, other = folder.rip_target(0, 1), tmp_path / "film.mkv"
    for path in (file, other):
        path.write_bytes(b"video")
    for given in (str(file), str(other), str(file), "", None):
        folder.discard(given, "a test")
    [entry] = Trash(tmp_path / "staging").entries()
    assert (str(entry.path), entry.why) == (f"job-7/{file.name}", "a test")
    assert not file.exists()
    assert other.exists()


def test_what_engramd_did_not_make_stays_and_so_does_its_folder(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    folder.save_disc(Disc(source="/dev/sr0", media=Media.DVD))
    folder.evidence(0).write_text("{}")
    (folder.path / "title-001.attempt-1.parts").mkdir()
    for name in (".disc.json.812-140.partial", ".title-001.evidence.json.812-141.partial"):
        (folder.path / name).write_bytes(b"")  # the power went
    theirs = [folder.path / "thesis.txt", folder.path / "photos" / "cat.jpg"]
    theirs[1].parent.mkdir()
    for path in theirs:
        path.write_text("years of work")
    assert not folder.remove()
    assert sorted(path.name for path in folder.path.iterdir()) == [MARKER, "photos", "thesis.txt"]
    for path in theirs:
        path.unlink()
    theirs[1].parent.rmdir()
    assert folder.remove()
    assert not folder.path.exists()


def test_a_staging_folder_that_takes_no_file_is_named(tmp_path: Path) -> None:
    folder = JobFolder.create(tmp_path, 7)
    for name in ("disc.json", "title-001.streams.json"):
        (folder.path / name).mkdir()
    with pytest.raises(FilingFailed, match=str(folder.path)):
        folder.save_disc(Disc(source="/dev/sr0", media=Media.DVD))
    with pytest.raises(FilingFailed, match=str(folder.path)):
        folder.save_streams(0, ())


@pytest.mark.root
def test_a_staging_folder_that_is_full_is_no_fault_of_the_title(tmp_path: Path) -> None:
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "none", str(tmp_path)]
    subprocess.run(mount, check=True)
    try:
        folder = JobFolder.create(tmp_path, 7)
        folder.rip_target(0, 1).write_bytes(bytes(16384 - 4096))
        with pytest.raises(NoSpace, match=str(folder.path)):
            folder.save_disc(Disc(source="/dev/sr0", media=Media.DVD, label="X" * 5000))
    finally:
        subprocess.run(["umount", "-l", tmp_path], check=True)
