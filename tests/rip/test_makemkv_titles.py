"""Titles are known across scans by source file, segment map and duration; numbers mean nothing."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engramd.discs.model import Disc, Media, Title
from engramd.discs.robot import parse_lines
from engramd.discs.robot_log import disc_of, gather
from engramd.rip.makemkv_titles import lost_titles, offered_for

LOGS = sorted((Path(__file__).parents[3] / "shared/corpus/logs").glob("*.txt.gz"))


def title(index: int, source: str, segments: str, duration: float, size: int = 1) -> Title:
    return Title(
        index=index,
        number=index,
        source_file=source,
        segment_map=segments,
        segments=(),
        duration=duration,
        size=size,
    )


def bluray(*titles: Title) -> Disc:
    return Disc(source="x", media=Media.BLURAY, titles=titles)


def dvd(*titles: Title) -> Disc:
    return Disc(source="x", media=Media.DVD, titles=titles)


def found(disc: Disc, wanted: Title, *offered: Title) -> int | None:
    other = offered_for(disc, wanted, offered)
    return None if other is None else other.index


def test_a_playlist_is_found_whatever_its_number() -> None:
    wanted = title(7, "00800.mpls", "1,2", 1500.4)
    offered = title(0, "00801.mpls", "3", 1500), title(1, "00800.mpls", "1,2", 1500)
    assert found(bluray(wanted), wanted, *offered) == 1


def test_of_playlists_that_play_the_same_the_one_that_is_offered_is_taken() -> None:
    wanted = title(0, "00801.mpls", "1,2", 1500)
    assert found(bluray(wanted), wanted, title(3, "00800.mpls", "001,002", 1500)) == 3


@pytest.mark.parametrize(
    "other",
    [
        title(0, "00800.mpls", "1,2", 1504),
        title(0, "00800.mpls", "1,3", 1500),
        title(0, "00801.mpls", "2,1", 1500),
        title(0, "00801.mpls", "", 1500),
    ],
    ids=["another length", "other clips", "another order", "another playlist without clips"],
)
def test_what_differs_is_another_playlist(other: Title) -> None:
    wanted = title(0, "00800.mpls", "1,2", 1500)
    assert found(bluray(wanted), wanted, other) is None


def test_variants_and_pairs_of_3d_clips_are_read_as_what_they_are() -> None:
    wanted = title(0, "00800.mpls", "3,31", 1500)
    assert found(bluray(wanted), wanted, title(0, "00800.mpls(2)", "3/13,31/32", 1500)) == 0


def test_cells_of_dvds_begin_anew_in_each_title_so_only_the_number_tells() -> None:
    wanted = title(1, "02", "1-4", 1320)
    offered = title(0, "01", "1-4", 1320), title(1, "02", "1-3", 1318)
    assert found(dvd(wanted), wanted, *offered) == 1
    assert found(dvd(wanted), wanted, offered[0]) is None
    assert found(dvd(wanted), wanted, title(0, "2", "1-2", 600)) is None, "a false title of that number"


def test_titles_that_a_scan_lost_are_named_but_for_short_ones() -> None:
    disc = dvd(title(0, "01", "1", 1300), title(1, "02", "1", 1310), title(2, "03", "1", 10))
    assert [t.index for t in lost_titles(disc, disc.titles[:1], 15)] == [1]
    assert lost_titles(disc, disc.titles[:2], 15) == []


@pytest.mark.skipif(not LOGS, reason="the recorded logs are not beside the checkout")
@pytest.mark.parametrize("log", LOGS, ids=lambda path: path.name[:40])
def test_every_title_of_a_recorded_scan_is_found_in_a_scan_with_another_shortest_length(log: Path) -> None:
    """The titles of 60 seconds and more, numbered anew as MakeMKV would."""
    lines = gzip.decompress(log.read_bytes()).decode("utf-8", "replace").splitlines()
    disc = disc_of(gather(parse_lines(lines)), "x")
    longer = [t for t in disc.titles if t.duration >= 60]
    offered = tuple(t.model_copy(update={"index": index}) for index, t in enumerate(longer))
    for wanted, right in zip(longer, offered, strict=True):
        other = offered_for(disc, wanted, offered)
        assert other is not None, wanted.source_file
        same = (other.segment_map, other.duration) == (right.segment_map, right.duration)
        assert other.index == right.index or same, (wanted.source_file, other.source_file)
