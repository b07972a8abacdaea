"""Blu-ray: playlists against what was authored and against libbluray."""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

import pytest

from engramd.discs import Media, read_disc
from engramd.discs.binary import BadStructure, View
from engramd.discs.bluray import clip_offset
from engramd.discs.folder import FolderFiles
from engramd.discs.languages import from_bluray
from engramd.discs.mpls import entry_before, parse_playlist
from tests.discs.libbluray import libbluray
from tests.support.authoring import AuthoredDisc, bdmv

CLOCK = 45_000


@pytest.fixture
def copied(tv_bluray: AuthoredDisc, tmp_path: Path) -> Path:
    """Give a copy of the disc's folder that a test may spoil."""
    return shutil.copytree(tv_bluray.folder, tmp_path / "COPIED_DISC")


def play_item(data: bytes | bytearray) -> int:
    """Give the offset of the first play item of a playlist."""
    return int.from_bytes(data[8:12], "big") + 12


def change_item(file: Path, offset: int, raw: bytes) -> None:
    """Overwrite bytes of the first play item."""
    data = bytearray(file.read_bytes())
    at = play_item(data) + offset
    data[at : at + len(raw)] = raw
    file.write_bytes(data)


def test_titles_are_those_that_were_authored(tv_bluray: AuthoredDisc) -> None:
    disc = read_disc(tv_bluray.image)
    assert (disc.media, disc.label, disc.problems) == (Media.BLURAY, tv_bluray.label, ())
    assert disc.disc_name == "Harbor Station: Season 1, Disc 1"
    assert [title.number for title in disc.titles] == [title.number for title in tv_bluray.titles]
    for title, truth in zip(disc.titles, tv_bluray.titles, strict=True):
        assert title.source_file == f"{truth.number:05}.mpls"
        assert title.duration == pytest.approx(truth.seconds, abs=0.01)
        assert title.chapters == pytest.approx(truth.chapters, abs=0.01)
        assert title.resolution == "720p"
        assert [s.kind for s in title.streams].count("subtitle") == truth.subtitles


def test_titles_are_those_that_libbluray_sees(tv_bluray: AuthoredDisc) -> None:
    titles, witnessed = read_disc(tv_bluray.image).titles, libbluray(tv_bluray.image)
    assert len(titles) == len(witnessed) > 3
    for title, other in zip(titles, witnessed, strict=True):
        assert title.number == other.playlist
        assert title.duration == pytest.approx(other.duration, abs=0.001)
        assert title.chapters == pytest.approx(other.chapters, abs=0.001)
        assert tuple(segment.key for segment in title.segments) == other.clips
        # libbluray finds the ends of clips by their entry points, to an aligned unit.
        assert title.size == pytest.approx(other.size, abs=6144 * len(other.clips))
        assert title.angles == other.angles
        assert tuple(stream.stream_id for stream in title.streams) == other.pids
        assert tuple(stream.language or "" for stream in title.streams) == other.languages


def test_play_all_and_duplicate_share_their_clips(tv_bluray: AuthoredDisc) -> None:
    titles = {title.number: title for title in read_disc(tv_bluray.image).titles}
    assert titles[100].segment_map == "1,2,3"
    assert titles[100].segments == titles[1].segments + titles[2].segments + titles[3].segments
    assert titles[201].segments == titles[1].segments


def test_chapters_without_end_are_cut_off() -> None:
    """Their list is handed to FFmpeg as one word, which the kernel limits to 128 KiB."""
    clip = bdmv.Clip(
        number=1,
        start=0,
        end=9000 * CLOCK,
        packets=1,
        height=1080,
        subtitles=False,
        chapters=tuple(float(second) for second in range(5000)),
    )
    found = parse_playlist(View(bdmv.playlist([clip]), "00001.mpls")).chapters
    assert found == tuple(float(second) for second in range(999))


def test_a_part_of_a_clip_is_another_segment(copied: Path) -> None:
    whole = {title.number: title for title in read_disc(copied).titles}
    playlist = copied / "BDMV/PLAYLIST/00201.mpls"
    data = playlist.read_bytes()
    start, end = struct.unpack_from(">II", data, play_item(data) + 12)
    half = start + (end - start) // 2
    change_item(playlist, 12, struct.pack(">II", start, half))
    titles = {title.number: title for title in read_disc(copied).titles}
    (part,) = titles[201].segments
    assert part.key == f"00001@{start}-{half}"
    assert part.duration == pytest.approx(whole[1].duration / 2, abs=0.01)
    assert part.size == pytest.approx(whole[1].size / 2, rel=0.01)
    assert titles[1] == whole[1]
    assert libbluray(copied)[-1].duration == pytest.approx(part.duration, abs=0.01)


def test_angles_are_counted(copied: Path) -> None:
    playlist = copied / "BDMV/PLAYLIST/00001.mpls"
    data = bytearray(playlist.read_bytes())
    at = play_item(data)
    angles = struct.pack(">BB", 2, 0) + b"00002M2TS\0"
    size = int.from_bytes(data[at - 2 : at], "big")
    data[at - 2 : at] = struct.pack(">H", size + len(angles))
    data[at + 10] |= 0x10
    data[at + 32 : at + 32] = angles
    marks = int.from_bytes(data[12:16], "big")
    data[12:16] = struct.pack(">I", marks + len(angles))
    playlist.write_bytes(data)
    before = read_disc(copied.parent / copied.name).titles
    title = before[0]
    assert title.angles == libbluray(copied)[0].angles == 2
    assert title.segment_map == "1"
    assert [s.kind for s in title.streams] == ["video", "audio", "subtitle"]


def clip_information(*entries: tuple[int, int]) -> View:
    """Give a CLPI file with this map of entries: time in ticks of 90 kHz, and packet."""
    clip = bdmv.Clip(1, 0, 10**6, 10**6, 1080, False, (), entries)
    return View(bdmv.clip_information(clip), "00001.clpi")


def test_an_entry_is_the_last_one_before_a_time() -> None:
    """Over the borders of the two halves of the map, which count times and packets roughly and finely."""
    entries = [(54_000_000 + 90_090 * n, 3 + 5_003 * n) for n in range(400)]
    view = clip_information(*entries)
    for time, packet in entries:
        assert entry_before(view, time // 2) == packet
        assert entry_before(view, time // 2 + 40_000) == packet
    assert entry_before(view, 26_000_000) is None
    assert entry_before(view, 2**31) == entries[-1][1]


def test_entries_that_go_in_circles_are_refused() -> None:
    view = clip_information(*((54_000_000 + 90_090 * n, 3 + 5_003 * n) for n in range(400)))
    data = bytearray(view.data)
    at = data.index(struct.pack(">HB", 1, 0) + b"\1" + struct.pack(">H", 0x1011)) + 2
    at += int.from_bytes(data[at + 10 : at + 14], "big") + 4  # the second rough entry, of its stream
    data[at + 8 : at + 12] = b"\xff" * 4
    with pytest.raises(BadStructure):
        entry_before(View(bytes(data), "00001.clpi"), 2**31)


def test_a_clip_without_a_map_is_played_from_its_beginning(copied: Path) -> None:
    assert entry_before(clip_information(), 10**6) is None
    files = FolderFiles(copied)
    entry = clip_offset(files, "00001", 45_000 * 20)
    assert entry % 192 == 0
    assert 0 < entry < (copied / "BDMV/STREAM/00001.m2ts").stat().st_size / 4
    information = copied / "BDMV/CLIPINF/00001.clpi"
    information.write_bytes(information.read_bytes()[:-60])
    with pytest.raises(BadStructure):
        entry_before(View(information.read_bytes(), "00001.clpi"), 2**31)
    assert clip_offset(files, "00001", 2**31) == clip_offset(files, "09999", 0) == 0


def test_a_damaged_playlist_is_taken_from_the_backup(copied: Path) -> None:
    whole = read_disc(copied)
    (copied / "BDMV/PLAYLIST/00002.mpls").write_bytes(b"MPLS0200" + b"\xff" * 100)
    spoilt = read_disc(copied)
    assert spoilt.titles == whole.titles
    assert spoilt.problems[0].startswith("Playlist 00002 cannot be read")
    (copied / "BDMV/BACKUP/PLAYLIST/00002.mpls").unlink()
    lost = read_disc(copied)
    assert [title.number for title in lost.titles] == [t.number for t in whole.titles if t.number != 2]
    assert len(lost.problems) == 1


def test_a_playlist_of_missing_clips_is_a_problem(copied: Path) -> None:
    change_item(copied / "BDMV/PLAYLIST/00003.mpls", 0, b"77777")
    disc = read_disc(copied)
    assert 3 not in [title.number for title in disc.titles]
    assert disc.problems == ("Playlist 00003 plays clips that are not on the disc: 77777.",)


def test_a_playlist_that_ends_before_it_begins_is_a_problem(copied: Path) -> None:
    change_item(copied / "BDMV/PLAYLIST/00003.mpls", 16, struct.pack(">I", 0))
    disc = read_disc(copied)
    assert disc.problems == ("Playlist 00003 plays nothing.",)


def test_ultra_hd_is_told_by_the_index(copied: Path) -> None:
    index = copied / "BDMV/index.bdmv"
    index.write_bytes(b"INDX0300" + index.read_bytes()[8:])
    assert read_disc(copied).media is Media.UHD


def test_2160_lines_are_ultra_hd_and_4k(copied: Path) -> None:
    playlist = copied / "BDMV/PLAYLIST/00200.mpls"
    data = bytearray(playlist.read_bytes())
    at = play_item(data) + 32 + 16 + 10 + 1  # item, stream table, first entry, its attributes' length
    assert data[at] == 0x1B
    data[at : at + 2] = b"\x24\x81"
    playlist.write_bytes(data)
    disc = read_disc(copied)
    title = next(title for title in disc.titles if title.number == 200)
    assert (disc.media, title.resolution, title.width) == (Media.UHD, "4K", 3840)
    assert title.streams[0].codec == "hevc"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ("<a xmlns:d='u'><d:title><d:name>  The\n Name </d:name></d:title></a>", "The Name"),
        ("<!DOCTYPE a [<!ENTITY x 'bomb'>]><a><name>&x;</name></a>", ""),
        ("<a><name>cut", ""),
        ("<?xml version='1.0' encoding='no-such'?><a><name>x</name></a>", ""),
        ("", ""),
    ],
)
def test_the_name_of_a_disc(copied: Path, document: str, name: str) -> None:
    (copied / "BDMV/META/DL/bdmt_eng.xml").write_text(document)
    assert read_disc(copied).disc_name == name


def test_the_english_name_comes_first(copied: Path) -> None:
    (copied / "BDMV/META/DL/bdmt_deu.xml").write_text("<a><name>Hafenstation</name></a>")
    assert read_disc(copied).disc_name.startswith("Harbor Station")
    (copied / "BDMV/META/DL/bdmt_eng.xml").unlink()
    assert read_disc(copied).disc_name == "Hafenstation"


@pytest.mark.parametrize(
    ("code", "language"),
    [(b"eng", "eng"), (b"fra", "fre"), (b"und", None), (b"\0\0\0", None), (b"\xff12", None)],
)
def test_bluray_languages(code: bytes, language: str | None) -> None:
    assert from_bluray(code) == language
