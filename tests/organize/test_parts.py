"""Titles that are parts of episodes: how that is written, and how their files are called."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engramd.errors import InvalidArgument
from engramd.models import AppConfig
from engramd.organize import EpisodeCode, FilingItem, plan_path, read_part, write_part
from engramd.organize.assignments import read_assignments, write_assignments

HALF = FilingItem(kind="episode", title="Harbor Station", year=2019, episode_code="S01E03", episode_part=1)
#: How Jellyfin recognises files that are one video (`NamingOptions.VideoFileStackingRules`); Plex' page on
#: the names of series has ` - pt1` too.
STACKED = re.compile(
    r"^(?P<name>.*?)(?:(?<=[\])}])|[ _.-]+)[(\[]?(?P<kind>cd|dvd|part|pt|dis[ck])[ _.-]*(?P<number>[0-9]+)"
    r"[)\]]?(?:\.[^.]+)?$",
    re.IGNORECASE,
)


def name_of(item: FilingItem, **settings: str) -> str:
    return plan_path(item, AppConfig(**settings)).name


@pytest.mark.parametrize("edition", [None, "Broadcast"])
def test_parts_are_called_so_that_media_servers_play_them_as_one(edition: str | None) -> None:
    names = [
        name_of(HALF.model_copy(update={"episode_part": part, "edition": edition, "episode_title": "Fog"}))
        for part in (1, 2)
    ]
    found = [STACKED.match(name) for name in names]
    assert [one["number"] for one in found if one] == ["1", "2"]
    assert len({one["name"] for one in found if one}) == 1
    assert all(name.endswith(f" - pt{part}.mkv") for part, name in enumerate(names, 1))


def test_a_whole_episode_has_no_part_in_its_name() -> None:
    assert "pt" not in name_of(HALF.model_copy(update={"episode_part": None}))


def test_a_format_may_say_where_the_part_stands() -> None:
    own = {"naming_episode_format": "{show} S{season:02d}E{episode:02d} ({part}) - {episode_title}"}
    titled = HALF.model_copy(update={"episode_title": "Fog"})
    assert name_of(titled, **own) == "Harbor Station S01E03 (pt1) - Fog.mkv"
    whole = titled.model_copy(update={"episode_part": None})
    assert name_of(whole, **own) == "Harbor Station S01E03 - Fog.mkv"


def test_the_longest_name_keeps_its_part() -> None:
    name = name_of(HALF.model_copy(update={"title": "Station " * 60}))
    assert len(name.encode()) <= 255
    assert name.endswith(" - pt1.mkv")


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 99))
def test_every_part_survives_the_way_through_text(season: int, number: int, part: int) -> None:
    code = EpisodeCode(season, number, number)
    assert read_part(write_part(str(code), part)) == (code, part)
    assert read_part(write_part(str(code), None)) == (code, None)


@pytest.mark.parametrize("text", ["S01E03-pt0", "S01E03-pt", "S01E03-pt100", "pt1", "S01E03 pt1", "S01-pt1"])
def test_what_is_no_part_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument):
        read_part(text)


def test_assignments_name_parts_one_by_one() -> None:
    said = {1: "S01E01-pt1", 2: "S01E01-pt2", 3: "S01E02", 4: "S01E03"}
    assert write_assignments(said) == "1=S01E01-pt1 2=S01E01-pt2 3-4=S01E02-E03"
    assert read_assignments(write_assignments(said).split()) == said
    assert read_assignments(["2=s01e01-PT2"]) == {2: "S01E01-pt2"}
    with pytest.raises(InvalidArgument):
        read_assignments(["1-2=S01E01-pt1"])
