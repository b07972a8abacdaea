"""Which files are found, and why others are not taken."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engramd.errors import InvalidArgument, NotFound
from engramd.pipeline.import_folders import remove_empty
from engramd.pipeline.import_walk import find_files


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"some bytes")
    return path


def test_files_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("t10.mkv", "t2.mkv", "T1.MKV", ".hidden.mkv", "notes.txt"):
        put(tmp_path / name)
    found = find_files(tmp_path, {})
    assert [file.path.name for file in found.files] == ["T1.MKV", "t2.mkv", "t10.mkv"]
    assert not found.refused


def test_what_is_not_taken_is_refused_with_its_reason(tmp_path: Path) -> None:
    outside = put(tmp_path / "outside" / "x.mkv")
    root = tmp_path / "root"
    put(root / "movie.mp4")
    put(root / "disc.iso")
    put(root / "film" / "VIDEO_TS" / "VTS_01_1.VOB")
    (root / "link.mkv").symlink_to(outside)
    (root / "folder").symlink_to(outside.parent)
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.mkv")
    (root / os.fsdecode(b"bad-\xff.mkv")).write_bytes(b"x")
    found = find_files(root, {})
    why = {one.path.name: one.why for one in found.refused}
    assert not found.files
    assert "mkvmerge" in why["movie.mp4"]
    assert "engramctl rip" in why["disc.iso"]
    assert "engramctl rip" in why["VIDEO_TS"]
    assert "leads out" in why["link.mkv"]
    assert "leads out" in why["folder"]
    assert "ordinary" in why["pipe.mkv"]
    assert "UTF-8" in why[os.fsdecode(b"bad-\xff.mkv")]
    assert "loop" not in why, "what it leads to is seen by itself"


def test_a_link_that_is_named_itself_is_refused(tmp_path: Path) -> None:
    (link := tmp_path / "link.mkv").symlink_to(put(tmp_path / "x.mkv"))
    found = find_files(link, {})
    assert (len(found.files), len(found.refused)) == (0, 1)


def test_closed_folders_are_not_looked_into(tmp_path: Path) -> None:
    put(tmp_path / "tv" / "x.mkv")
    put(tmp_path / "y.mkv")
    closed = {tmp_path / "tv": "it is a library"}
    found = find_files(tmp_path, closed)
    assert [file.path.name for file in found.files] == ["y.mkv"]
    assert [one.why for one in found.refused] == ["it is a library"]
    with pytest.raises(InvalidArgument, match="it is a library"):
        find_files(tmp_path / "tv", closed)
    with pytest.raises(NotFound):
        find_files(tmp_path / "nothing", closed)


def test_a_hidden_file_on_its_way_counts_as_a_change(tmp_path: Path) -> None:
    put(tmp_path / ".x.mkv.Ab12")
    os.utime(tmp_path / ".x.mkv.Ab12", (4e9, 4e9))
    assert find_files(tmp_path, {}).changed == 4e9


def test_only_empty_folders_below_what_was_imported_go(tmp_path: Path) -> None:
    drop = tmp_path / "import" / "drop"
    left, kept = drop / "Show" / "Season 1", put(drop / "Other" / "cover.jpg").parent
    left.mkdir(parents=True)
    remove_empty([left, kept], left, [tmp_path / "import"])
    assert (drop.exists(), kept.exists(), (drop / "Show").exists()) == (True, True, False)

    mine = tmp_path / "mine" / "Show"
    (mine / "Disc 1").mkdir(parents=True)
    remove_empty([mine / "Disc 1"], mine, [])
    assert (mine.exists(), (mine / "Disc 1").exists()) == (True, False)


def test_a_library_that_a_link_leads_to_is_closed_where_it_is_too(tmp_path: Path) -> None:
    put(tmp_path / "disk" / "tv" / "Show" / "x.mkv")
    (library := tmp_path / "tv").symlink_to(tmp_path / "disk" / "tv")
    for root in (tmp_path / "disk" / "tv" / "Show", library):
        with pytest.raises(InvalidArgument, match="a library"):
            find_files(root, {library: "it is a library"})
    assert not find_files(tmp_path / "disk", {library: "it is a library"}).files
