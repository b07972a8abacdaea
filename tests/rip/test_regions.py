"""Where the titles of real discs lie, compared with the files that the discs were made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from engramd.discs import Title, read_disc
from engramd.discs.files import Extent
from engramd.rip.clips import bytes_before, open_disc
from engramd.rip.ddrescue_map import Ranges, joined, size_of, without
from engramd.rip.regions import cell_of, places_in, title_regions
from tests.rip.test_clips import PART, PARTS, branching_disc
from tests.rip.test_open_backend import title_of
from tests.support.authoring import AuthoredDisc
from tests.support.authoring.broken import truncated_copy


def content(image: Path, ranges: Ranges) -> bytes:
    data = image.read_bytes()
    return b"".join(data[start:end] for start, end in ranges)


def test_a_dvd_title_is_its_cells(tv_dvd: AuthoredDisc) -> None:
    disc = read_disc(tv_dvd.image)
    title = title_of(disc, 3)
    found = title_regions(disc, title)
    first, last = (cell_of(title.segments[place].key) for place in (0, -1))
    video = (tv_dvd.folder / "VIDEO_TS/VTS_01_1.VOB").read_bytes()
    assert content(tv_dvd.image, found.played) == video[first[1] * 2048 : (last[2] + 1) * 2048]
    assert size_of(found.played) == title.size


@pytest.mark.parametrize(("number", "clips"), [(2, (2,)), (100, (1, 2, 3))])
def test_a_playlist_is_its_clips(tv_bluray: AuthoredDisc, number: int, clips: tuple[int, ...]) -> None:
    disc = read_disc(tv_bluray.image)
    found = title_regions(disc, title_of(disc, number))
    files = [tv_bluray.folder / f"BDMV/STREAM/{clip:05}.m2ts" for clip in clips]
    played = content(tv_bluray.image, found.played)
    assert all(file.read_bytes() in played for file in files)
    assert len(played) < sum(file.stat().st_size for file in files) + 2048 * len(clips)


@pytest.fixture(scope="module")
def branching() -> AuthoredDisc:
    """Give a Blu-ray with titles that are parts of clips."""
    return branching_disc()


def test_a_part_of_a_clip_is_what_is_played_of_it(branching: AuthoredDisc) -> None:
    """From the very packet that the rip begins with, to the next picture that is none of it any more."""
    disc = read_disc(branching.image)
    title = title_of(disc, PART)
    ((start, end),) = title_regions(disc, title).played
    ((first, last),) = title_regions(disc, only(title, "00002")).played
    before = bytes_before(disc, title)
    assert before > 0
    assert start == first + before // 6144 * 6144
    assert 30 < (end - start) / (last - first) * 70 < 34
    parts = title_regions(disc, title_of(disc, PARTS)).played
    assert len(parts) == 2
    assert size_of(parts) < sum(segment.size for segment in title_of(disc, PARTS).segments) * 1.1


def test_a_part_that_ends_with_its_clip_goes_to_the_end(branching: AuthoredDisc) -> None:
    disc = read_disc(branching.image)
    title = title_of(disc, PART)
    start, end = map(int, title.segments[0].key.partition("@")[2].split("-"))
    rest = only(title, f"00002@{start}-{end + 10 * 45_000}")
    ((_, last),) = title_regions(disc, only(title, "00002")).played
    assert title_regions(disc, rest).played[0][1] == last


@pytest.mark.parametrize("spoiled", ["clocks", "map"])
def test_a_part_of_a_clip_whose_map_does_not_tell_is_the_whole_clip(
    branching: AuthoredDisc, tmp_path: Path, spoiled: str
) -> None:
    """A map that counts by several clocks names places of any of them."""
    disc = read_disc(branching.image)
    image, title = tmp_path / "disc.iso", title_of(disc, PART)
    data = bytearray(branching.image.read_bytes())
    with open_disc(disc) as (_, files):
        (extent,) = files.extents("BDMV/CLIPINF/00002.clpi")
    at = extent.offset or 0
    sequences, entries = (int.from_bytes(data[at + place : at + place + 4], "big") for place in (8, 16))
    if spoiled == "clocks":
        assert data[at + sequences + 4 + 1 + 1 + 4] == 1
        data[at + sequences + 4 + 1 + 1 + 4] = 2
    else:
        data[at + entries : at + entries + 4] = bytes(4)
    image.write_bytes(data)
    copy = disc.model_copy(update={"source": str(image)})
    whole = title_regions(disc, only(title, "00002")).played
    assert title_regions(copy, title).played == whole


def test_a_title_of_very_many_parts_counts_whole_clips(branching: AuthoredDisc) -> None:
    disc = read_disc(branching.image)
    title = title_of(disc, PART)
    segments = tuple(
        title.segments[0].model_copy(update={"key": f"00002@{1_351_350 + n}-{2_702_700 + n}"})
        for n in range(501)
    )
    many, fewer = (title.model_copy(update={"segments": segments[:count]}) for count in (501, 3))
    whole = title_regions(disc, only(title, "00002")).played
    assert title_regions(disc, many).played == whole
    assert title_regions(disc, fewer).played != whole


def only(title: Title, key: str) -> Title:
    """Give a title of one segment."""
    return title.model_copy(update={"segments": (title.segments[0].model_copy(update={"key": key}),)})


@pytest.mark.parametrize("name", ["tv_dvd", "tv_bluray"])
def test_an_image_of_all_regions_is_read_as_the_whole_disc(
    request: pytest.FixtureRequest, tmp_path: Path, name: str
) -> None:
    """The structure is all that it takes to know the disc: its files, titles and streams."""
    image: Path = request.getfixturevalue(name).image
    disc = read_disc(image)
    found = title_regions(disc, disc.titles[-1])
    copy = tmp_path / "disc.iso"
    data = image.read_bytes()
    with copy.open("wb") as file:
        file.truncate(len(data))
        for start, end in found.structure:
            file.seek(start)
            file.write(data[start:end])
    again = read_disc(copy)
    assert (again.titles, again.files, again.label) == (disc.titles, disc.files, disc.label)
    assert size_of(found.structure) < len(data) // 4
    assert all(without(title_regions(disc, title).played, found.structure) for title in disc.titles)


def test_what_lies_beyond_a_truncated_image_is_still_named(tv_dvd: AuthoredDisc, tmp_path: Path) -> None:
    whole = read_disc(tv_dvd.image)
    short = truncated_copy(tv_dvd.image, tmp_path / "short.iso", 0.5)
    cut = whole.model_copy(update={"source": str(short)})
    title = title_of(whole, 4)
    assert title_regions(cut, title).played == title_regions(whole, title).played


def test_a_file_in_pieces_with_a_hole() -> None:
    extents = (Extent(10_000, 100), Extent(None, 50), Extent(20_000, 100))
    assert joined(places_in(extents, 50, 200)) == ((10_050, 10_100), (20_000, 20_050))
    assert list(places_in(extents, 100, 150)) == []
    assert list(places_in(extents, 240, 900)) == [(20_090, 20_100)]
