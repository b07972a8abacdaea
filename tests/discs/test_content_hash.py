"""TheDiscDB's content hash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engramd.discs import DiscFile, read_disc
from engramd.discs.content_hash import content_hash, hash_of
from engramd.discs.folder import FolderFiles

VECTORS = Path(__file__).parents[3] / "shared" / "corpus" / "content-hash-vectors.json"


def test_the_published_example(tmp_path: Path) -> None:
    stream = tmp_path / "BDMV" / "STREAM"
    stream.mkdir(parents=True)
    (stream / "00001.M2TS").write_bytes(bytes(1024))
    assert content_hash(FolderFiles(tmp_path)) == "D86ABC728DF7FB7A74E6FABFFC1BD47C"
    (stream / "SSIF").mkdir()
    (stream / "SSIF" / "00001.m2ts").write_bytes(b"not counted")
    (stream / "readme.txt").write_bytes(b"not counted")
    assert content_hash(FolderFiles(tmp_path)) == "D86ABC728DF7FB7A74E6FABFFC1BD47C"


def test_a_dvd_counts_every_file_of_video_ts(tmp_path: Path) -> None:
    folder = tmp_path / "VIDEO_TS"
    folder.mkdir()
    for name, size in (("VIDEO_TS.IFO", 3), ("VIDEO_TS.BUP", 2), ("VTS_01_1.VOB", 5)):
        (folder / name).write_bytes(bytes(size))
    expected = hash_of([DiscFile(path=f"VIDEO_TS/{size}", size=size) for size in (2, 3, 5)])
    assert content_hash(FolderFiles(tmp_path)) == expected
    assert read_disc(tmp_path).content_hash == expected


@pytest.mark.skipif(not VECTORS.exists(), reason="the corpus of real discs is not beside the checkout")
def test_hashes_of_real_discs() -> None:
    vectors = json.loads(VECTORS.read_text())
    assert len(vectors) >= 6
    for vector in vectors:
        folder = "VIDEO_TS" if vector["format"] == "DVD" else "BDMV/STREAM"
        files = [DiscFile(path=f"{folder}/{file['name']}", size=file["size"]) for file in vector["files"]]
        assert hash_of(reversed(files)) == vector["content_hash"], vector["path"]
