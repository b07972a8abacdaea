"""DVD-Video: titles against what was authored and against lsdvd."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engramd.discs import Disc, Media, Title, read_disc
from engramd.discs.languages import from_dvd
from tests.discs.lsdvd import lsdvd
from tests.support.authoring import AuthoredDisc, make_tv_dvd
from tests.support.authoring.cache import cached_disc
from tests.support.authoring.tracks import make_tracks_dvd

SECTOR = 2048


@pytest.fixture
def copied(tv_dvd: AuthoredDisc, tmp_path: Path) -> Path:
    """Give a copy of the disc's folder that a test may spoil."""
    return shutil.copytree(tv_dvd.folder, tmp_path / "COPIED_DISC")


def patch(folder: Path, name: str, change: Callable[[bytearray], None]) -> None:
    """Change an IFO and its copy alike."""
    for suffix in ("IFO", "BUP"):
        file = folder / "VIDEO_TS" / f"{name}.{suffix}"
        data = bytearray(file.read_bytes())
        change(data)
        file.write_bytes(data)


def long(data: bytes | bytearray, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")


def first_chain(data: bytearray) -> int:
    """Give the offset of the first program chain of a title set."""
    table = long(data, 0xCC) * SECTOR
    return table + long(data, table + 12)


def agree(title: Title, track: dict[str, Any]) -> None:
    """Compare a title with lsdvd's."""
    assert title.number == track["ix"]
    assert title.duration == pytest.approx(track["length"], abs=0.01)
    assert title.angles == track["angles"]
    assert len(title.chapters) == len(track["chapter"])
    starts = [sum(c["length"] for c in track["chapter"][:place]) for place in range(len(track["chapter"]))]
    assert title.chapters == pytest.approx(starts, abs=0.05)
    assert (title.width, title.height) == (track["width"], track["height"])
    for kind, key in (("audio", "audio"), ("subtitle", "subp")):
        streams = [stream for stream in title.streams if stream.kind == kind]
        assert [s.stream_id for s in streams] == [int(t["streamid"], 16) for t in track[key]]
        assert [s.language for s in streams] == [from_dvd(t["langcode"].encode()) for t in track[key]]
    audio = [stream for stream in title.streams if stream.kind == "audio"]
    assert [(s.codec, s.channels) for s in audio] == [(t["format"], t["channels"]) for t in track["audio"]]


def agree_on_cells(title: Title, track: dict[str, Any]) -> None:
    keys = [f"{track['vts']}:{cell['first_sector']}-{cell['last_sector']}" for cell in track["cell"]]
    assert [segment.key for segment in title.segments] == keys


def test_titles_are_those_that_were_authored(tv_dvd: AuthoredDisc) -> None:
    disc = read_disc(tv_dvd.image)
    assert (disc.media, disc.label, disc.problems) == (Media.DVD, tv_dvd.label, ())
    assert [title.number for title in disc.titles] == [title.number for title in tv_dvd.titles]
    for title, truth in zip(disc.titles, tv_dvd.titles, strict=True):
        assert title.index == truth.number - 1
        assert title.source_file == f"{truth.number:02}"
        assert title.duration == pytest.approx(truth.seconds, abs=0.5)
        assert title.chapters == pytest.approx(truth.chapters, abs=0.6)
        assert [s.language for s in title.streams if s.kind == "audio"] == ["eng"]
        assert len([s for s in title.streams if s.kind == "subtitle"]) == truth.subtitles


def test_titles_are_those_that_lsdvd_sees(tv_dvd: AuthoredDisc) -> None:
    titles, tracks = read_disc(tv_dvd.image).titles, lsdvd(tv_dvd.image)
    assert len(titles) == len(tracks) > 3
    for title, track in zip(titles, tracks, strict=True):
        agree(title, track)
        agree_on_cells(title, track)


def test_a_pal_disc_has_576_lines_and_25_pictures_a_second() -> None:
    disc = cached_disc(
        make_tv_dvd, "discs_pal", pal=True, seconds=20, cues=4, episodes=2, subtitles=False, spoken=False
    )
    titles, tracks = read_disc(disc.image).titles, lsdvd(disc.image)
    assert {track["format"] for track in tracks} == {"PAL"}
    for title, track, truth in zip(titles, tracks, disc.titles, strict=True):
        agree(title, track)
        assert title.duration == pytest.approx(truth.seconds, abs=0.5)


def test_a_play_all_shares_its_segments_with_the_episodes(tv_dvd: AuthoredDisc) -> None:
    titles = {title.number: title for title in read_disc(tv_dvd.image).titles}
    everything = next(title for title in tv_dvd.titles if title.kind == "play_all")
    parts = [segment for truth in tv_dvd.episodes for segment in titles[truth.number].segments]
    assert list(titles[everything.number].segments) == parts
    extra = next(title for title in tv_dvd.titles if title.kind == "extra")
    assert not set(titles[extra.number].segments) & set(parts)
    assert titles[everything.number].size == sum(segment.size for segment in parts)


def test_image_and_folder_give_the_same_titles(tv_dvd: AuthoredDisc) -> None:
    image, folder = read_disc(tv_dvd.image), read_disc(tv_dvd.folder / "VIDEO_TS")
    assert image.titles == folder.titles
    assert image.content_hash == folder.content_hash


def test_commentary_and_forced_streams_are_told(copied: Path) -> None:
    def change(data: bytearray) -> None:
        data[0x204 + 5] = 3
        data[0x256 + 5] = 9

    patch(copied, "VTS_01_0", change)
    title, track = read_disc(copied).titles[0], lsdvd(copied)[0]
    assert track["audio"][0]["content"] == "Comments1"
    assert [s.commentary for s in title.streams if s.kind == "audio"] == [True]
    assert [s.forced for s in title.streams if s.kind == "subtitle"] == [True]


def test_what_the_disc_says_of_each_track() -> None:
    disc = cached_disc(make_tracks_dvd, "tracks_dvd")
    title, track = read_disc(disc.image).titles[0], lsdvd(disc.image)[0]
    agree(title, track)
    sound = [stream for stream in title.streams if stream.kind == "audio"]
    assert [(s.language, s.commentary, s.audio_description) for s in sound] == [
        ("eng", True, False),
        ("eng", False, False),
        ("fre", False, False),
        ("eng", False, True),
    ]
    words = [stream for stream in title.streams if stream.kind == "subtitle"]
    assert [s.commentary for s in words] == [True] + [False] * 5
    assert [s.forced for s in words] == [False, False, False, True, False, False]


def test_only_the_first_angle_counts(copied: Path, tv_dvd: AuthoredDisc) -> None:
    before = read_disc(tv_dvd.image).titles[0]

    def two_angles(data: bytearray) -> None:
        chain = first_chain(data)
        cells = chain + int.from_bytes(data[chain + 0xE8 : chain + 0xEA], "big")
        data[cells + 24] = data[cells + 24] & 0x0F | 0x50
        data[cells + 48] = data[cells + 48] & 0x0F | 0xD0

    patch(copied, "VTS_01_0", two_angles)
    patch(copied, "VIDEO_TS", lambda data: data.__setitem__(long(data, 0xC4) * SECTOR + 9, 2))
    after = read_disc(copied).titles[0]
    assert after.angles == lsdvd(copied)[0]["angles"] == 2
    kept = [segment for place, segment in enumerate(before.segments) if place != 2]
    assert list(after.segments) == kept
    assert after.duration == pytest.approx(sum(segment.duration for segment in kept), abs=0.01)


def test_a_title_of_several_chains_plays_them_all(copied: Path) -> None:
    before = read_disc(copied).titles

    def join(data: bytearray) -> None:
        """Let the first title go on with the chain of the second."""
        table = long(data, 0xC8) * SECTOR
        last = table + long(data, table + 12) - 4
        data[last : last + 4] = b"\0\2\0\1"

    patch(copied, "VTS_01_0", join)
    title = read_disc(copied).titles[0]
    assert title.segments == before[0].segments + before[1].segments
    assert title.duration == pytest.approx(before[0].duration + before[1].duration, abs=0.01)
    assert title.chapters[-1] == pytest.approx(before[0].duration, abs=0.01)
    assert title.size == before[0].size + before[1].size


def test_the_copy_is_used_where_an_ifo_is_damaged(copied: Path) -> None:
    whole = read_disc(copied)
    (copied / "VIDEO_TS/VTS_01_0.IFO").write_bytes(b"\xff" * 4096)
    (copied / "VIDEO_TS/VIDEO_TS.IFO").write_bytes(b"")
    spoilt = read_disc(copied)
    assert spoilt.titles == whole.titles
    assert len(whole.titles) > 3
    assert [problem.split()[0] for problem in spoilt.problems] == ["VIDEO_TS.IFO", "VTS_01_0.IFO"]


def test_titles_that_point_nowhere_are_problems(copied: Path) -> None:
    whole = read_disc(copied)

    def to_nowhere(data: bytearray) -> None:
        table = long(data, 0xC4) * SECTOR
        data[table + 8 + 6] = 77  # the first title's title set
        data[table + 8 + 12 + 7] = 99  # the second title's number in its set

    patch(copied, "VIDEO_TS", to_nowhere)
    spoilt = read_disc(copied)
    assert [title.number for title in spoilt.titles] == [title.number for title in whole.titles[2:]]
    assert [title.index for title in spoilt.titles] == list(range(len(whole.titles) - 2))
    text = " ".join(spoilt.problems)
    assert "Title 1 cannot be read" in text
    assert "Title 2 cannot be read" in text


def test_a_dvd_without_any_ifo_has_no_titles(copied: Path) -> None:
    for file in (copied / "VIDEO_TS").glob("*.[IB][FU][OP]"):
        file.unlink()
    disc = read_disc(copied)
    assert (disc.media, disc.titles) == (Media.DVD, ())
    assert disc.problems == ("Neither VIDEO_TS.IFO nor its copy VIDEO_TS.BUP can be read.",)


def test_reading_a_dvd_is_quick(tv_dvd: AuthoredDisc) -> None:
    def took() -> float:
        start = time.perf_counter()
        read_disc(tv_dvd.image)
        return time.perf_counter() - start

    assert min(took() for _ in range(3)) < 0.1


def test_a_disc_survives_the_way_through_json(tv_dvd: AuthoredDisc) -> None:
    disc = read_disc(tv_dvd.image)
    assert Disc.model_validate_json(disc.model_dump_json()) == disc


@pytest.mark.parametrize(
    ("code", "language"),
    [(b"en", "eng"), (b"FR", "fre"), (b"iw", "heb"), (b"\0\0", None), (b"\xff\xff", None)],
)
def test_dvd_languages(code: bytes, language: str | None) -> None:
    assert from_dvd(code) == language
