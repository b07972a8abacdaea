"""Episode numbers in names that give no season, and the seasons that they belong to."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.labels import Label
from engramd.match.model import KnownEpisode
from engramd.match.numbers import find_absolute, likely, parse_absolute, seasoned

ROSTER = [KnownEpisode(season=0, number=n) for n in (1, 2)] + [
    KnownEpisode(season=s, number=n) for s, last in ((1, 12), (2, 13), (3, 12)) for n in range(1, last + 1)
]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Show - 013.srt", 13),
        ("[Group] Show - 13 [1080p].ass", 13),
        ("[Group] Show - 13v2 [1080p][ABCD1234].ass", 13),
        ("[Group] Show - 13 (x265 10bit) [12345678].ass", 13),
        ("Show 013 (720p).srt", 13),
        ("Show.E013.srt", 13),
        ("Show ep 12.srt", 12),
        ("Show Episode 7 - Title.srt", 7),
        ("Show #7.srt", 7),
        ("第13話.srt", 13),
        ("Show 2 - 05.srt", 5),
        ("Show 24 - 05.srt", 5),
        ("24 - 05.srt", 5),
        ("9-1-1 - 05.srt", 5),
        ("Ed - 05.srt", 5),
        ("Show (2019) 05.srt", 5),
        ("Show 2019 05.srt", 5),
        ("Show - 13 - The 7 Days.en.srt", 13),
        ("Show - 3 - 7 days.srt", 3),
        ("Show.013.720p.x264-GRP.srt", 13),
        ("Show_-_13_[DVD].ass", 13),
        ("[G][Show][13][1080p].ass", 13),
        ("013.srt", 13),
        ("02 - title.srt", 2),
        ("Show 003 The Title.srt", 3),
        ("One Piece - 480.srt", 480),
        ("One Piece - 1015.srt", 1015),
    ],
)
def test_numbers_without_a_season_are_read(name: str, number: int) -> None:
    assert parse_absolute(PurePath(name)) == number


@pytest.mark.parametrize(
    "name",
    [
        "Show - 01-12.srt",
        "Show - 01 - 12.srt",
        "Show 01~12 [BD].srt",
        "Show EP01-EP12.srt",
        "Show E01-E12.srt",
        "Show - 13.5.srt",
        "Show 2019.srt",
        "Show 480.srt",
        "Show 1080p.srt",
        "Show.h.264.srt",
        "Show x265 10bit.srt",
        "Movie 1920x1080.srt",
        "Show NCOP1.ass",
        "Show - NCED2.ass",
        "Show - OVA 1.ass",
        "Show Movie 2.ass",
        "Show Part 2.ass",
        "Show - 000.ass",
        "notes.srt",
        "[ABCD1234].srt",
        "S01E00.srt",
        "S01E22-S02E01.srt",
        "Season 1/303.srt",
    ],
)
def test_what_is_no_number_of_an_episode_is_refused(name: str) -> None:
    assert parse_absolute(PurePath(name)) is None


@given(st.text(max_size=80))
def test_any_name_is_survived(name: str) -> None:
    number = parse_absolute(PurePath(name.replace("/", "") + ".srt"))
    assert number is None or number > 0


def believed(*names: str) -> set[int]:
    found = [find_absolute(PurePath(name)) for name in names]
    return likely(one for one in found if one)


def test_a_number_that_may_be_of_the_title_needs_company() -> None:
    assert believed("Show 7.srt") == set()
    assert believed("Show 7.srt", "Show 8.srt", "Show 9.srt") == {7, 8, 9}
    assert believed("101.srt", "102.srt", "103.srt") == set(), "season 1, or a hundred episodes before?"
    assert believed("99.srt", "100.srt", "101.srt") == {99, 100, 101}
    assert believed("Show - 101.srt") == {101}


@pytest.mark.parametrize(
    ("number", "label"), [(1, "S01E01"), (12, "S01E12"), (13, "S02E01"), (25, "S02E13"), (26, "S03E01")]
)
def test_numbers_are_counted_through_the_seasons_of_the_roster(number: int, label: str) -> None:
    assert str(seasoned(number, ROSTER, season=None)) == label


def test_a_number_beyond_the_roster_is_no_episode() -> None:
    assert seasoned(38, ROSTER, season=3) is None


def test_without_seasons_to_count_through_the_season_is_the_one_that_is_asked_for() -> None:
    assert seasoned(5, [], None) == Label(1, (5,))
    assert seasoned(5, [], 2) == Label(2, (5,))
    assert seasoned(5, [KnownEpisode(season=3, number=1)], None) == Label(3, (5,))
