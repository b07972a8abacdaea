"""Spellings of episode numbers in the names of subtitle files."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.match.labels import Label, parse_episode, parse_label


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("S01E02.srt", "S01E02"),
        ("Show.S02E05.1080p.WEB-GRP.srt", "S02E05"),
        ("show - s1e2.en.srt", "S01E02"),
        ("S01.E02.en.srt", "S01E02"),
        ("S01 E04 - x.srt", "S01E04"),
        ("s01e02e03.srt", "S01E02-E03"),
        ("S01E01-E02.srt", "S01E01-E02"),
        ("S01E01-02.srt", "S01E01-E02"),
        ("S01E01-E03 - Trilogy.ass", "S01E01-E03"),
        ("S01E01.S01E02.srt", "S01E01-E02"),
        ("Show - S01E01-S01E03 - Trilogy.srt", "S01E01-E03"),
        ("s1e1-2.srt", "S01E01-E02"),
        ("S01E01-720p.srt", "S01E01"),
        ("S01E01-1080p.srt", "S01E01"),
        ("Show S01E05 - 7 days.srt", "S01E05"),
        ("s01e02.x264.srt", "S01E02"),
        ("S03E100.srt", "S03E100"),
        ("Show 1x02.srt", "S01E02"),
        ("Show - 1x03-04.srt", "S01E03-E04"),
        ("Show 1920x1080 S01E07.srt", "S01E07"),
        ("Show Season 2 Episode 11.vtt", "S02E11"),
        ("Season 1/02 - title.srt", "S01E02"),
        ("Season 1/102 - title.srt", "S01E02"),
        ("S01/Episode 3.srt", "S01E03"),
        ("Saison 02/ep07.srt", "S02E07"),
        ("Season 10/1002.srt", "S10E02"),
        ("Season 1/en/05.srt", "S01E05"),
        ("Specials/01 - pilot.srt", "S00E01"),
        ("Season 1/S02E09.srt", "S02E09"),
        ("S01E01+E04.srt", "S01E01+E04"),
        ("S01E01&E04.srt", "S01E01+E04"),
        ("S01E01-E02+E05.srt", "S01E01-E02+E05"),
        ("[Group] Show S2 - 05 [1080p].ass", "S02E05"),
        ("[Group] Show 2nd Season - 05v2.ass", "S02E05"),
        ("Show Season 2 - 05.srt", "S02E05"),
        ("Show.S00E03.srt", "S00E03"),
        ("Show SP02.srt", "S00E02"),
        ("Show - Special 1.srt", "S00E01"),
        ("Subs/Show.S01E02.1080p-GRP/2_English.srt", "S01E02"),
        ("Show.S01E05-10bit.srt", "S01E05"),
        ("Show.S01E05.50 Ways.srt", "S01E05"),
    ],
)
def test_usual_spellings_are_read(name: str, label: str) -> None:
    assert str(parse_label(PurePath(name))) == label


@pytest.mark.parametrize(
    "name",
    [
        "102.srt",
        "Movie 1920x1080.srt",
        "notes.srt",
        "02 - title.srt",
        "S01E00.srt",
        "S01E01-E24.srt",
        "S01E01-2.srt",
        "S01E01-3 guests.srt",
        "S01E22-S02E01.srt",
        "Show.S01E05.5.srt",
        "S01E01 and S01E04.srt",
        "Season 1/303.srt",
        "Season 1/notes.srt",
        "Class1x02b.srt",
        "[Group] Show S2 - 01-12 [BD].ass",
        "S01E01+E02+E03+E04+E05+E06+E07.srt",
        "Show - 013.srt",
    ],
)
def test_names_that_tell_no_episode_are_refused(name: str) -> None:
    assert parse_label(PurePath(name)) is None


def test_ranges_overlap_with_their_members() -> None:
    both = Label(1, (1, 2))
    assert both.overlaps(Label(1, (2,)))
    assert not both.overlaps(Label(1, (3,)))
    assert not both.overlaps(Label(2, (1,)))


@given(st.integers(0, 99), st.integers(1, 999))
def test_what_is_written_is_read_again(season: int, episode: int) -> None:
    label = Label(season, (episode,))
    assert parse_episode(str(label)) == label
    assert parse_label(PurePath(f"Some Show/Some.Show.{label}.srt")) == label


@given(st.integers(0, 9999), st.sets(st.integers(0, 60), min_size=1))
def test_any_set_of_episodes_is_written_and_read_again(season: int, episodes: set[int]) -> None:
    label = Label(season, tuple(sorted(episodes)))
    assert parse_episode(str(label)) == label


@pytest.mark.parametrize(
    ("episodes", "text"),
    [((1, 2, 3), "S01E01-E03"), ((1, 4), "S01E01+E04"), ((1, 2, 4, 6, 7), "S01E01-E02+E04+E06-E07")],
)
def test_only_neighbours_are_a_range(episodes: tuple[int, ...], text: str) -> None:
    assert str(Label(1, episodes)) == text


def test_episodes_in_any_order_are_put_in_order() -> None:
    assert parse_episode("s1e4+e1") == Label(1, (1, 4))


@pytest.mark.parametrize("code", ["S2019E05", "S01E01-E08", "S01E1234", "S01E00", "S01E01+E04"])
def test_every_episode_that_a_person_may_answer_is_read(code: str) -> None:
    assert str(parse_episode(code)) == code


def test_a_range_that_runs_backwards_is_no_episode() -> None:
    assert parse_episode("S01E08-E01") is None


@given(st.text(max_size=60))
def test_any_name_is_survived(name: str) -> None:
    label = parse_label(PurePath("Season 1") / (name.replace("/", "") + ".srt"))
    assert label is None or label.episodes[0] >= 1
